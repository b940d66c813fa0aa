"""Every plot names its axes and leaves the title to its caption, and draws what it is given."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ssq_book.chapters import execution, learning, mean_field, model
from ssq_book.chapters.choosing_k import figures as choosing
from ssq_book.chapters.concentration import figures as concentration
from ssq_book.chapters.extensions import figures as extensions
from ssq_book.chapters.optimality_bound import figures as bound
from ssq_book.chapters.performance import figures as performance
from ssq_book.chapters.queueing import figures as queueing
from ssq_book.chapters.samples import figures as samples
from ssq_core.systems.queueing import Estimate


def near(value: float, half: float = 0.01) -> Estimate:
    return Estimate(value, value - half, value + half)


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


STARTS = pd.DataFrame({"start": ["a"], "exact": [2.0], "mean": [2.5], "± 95 %": [0.75]})
RATES = pd.DataFrame({"iterations": [1, 1, 4, 4], "error": [1, 2, 0.3, 0.7]})
RATES = RATES.assign(samples=["fixed", "fresh"] * 2, **{"learning rate": "1"})
RATES = pd.concat([RATES, RATES])
EXCESS = frame("k excess start", (1, 1, "a"), (2, 0.5, "a"), (1, 1, "b"), (2, 0.7, "b"))
SANDWICH = pd.DataFrame({"exact": [0.2, 0.1], "$j = 1$": [0.4, 0.5], "$j = 2$": [0.3, 0.2]})
FAILURES = frame("k exact bound estimate low high", (1, 0.5, 1, 0.5, 0.4, 0.6), (2, 0, 1, 0, 0, 1))
REPLACED = frame("eps without with_replacement bound", (0.1, 0.5, 0.6, 1), (0.2, 0.3, 0.4, 1))
COVERED = frame("k printed corrected", (1, 0.5, 0.1), (2, 0.6, 0.0))
BOUNDED = frame("k theorem_3_2 best_delta martingale variance", (1, 9, 8, 7, 6), (2, 6, 5, 4, 3))
BESIDE = frame("k largest mean L5 theorem_3_2 trivial", (1, 1, 0.5, 3, 9, 7), (2, 0, 0, 2, 8, 7))
SECONDS = pd.DataFrame({1: [1.0, 2.0], 2: [3.0, 4.0]}, index=["ssq", "quantecon mpi"])
GROWN = {name: frame(f"{name} seconds work", (1, 2, 3), (9, 8, 7)) for name in ("k", "states", "m")}
GROWN |= {"n": frame("n seconds work", (50, 2, 1), (10**9, 2, 1))}
EXPONENTS = frame("varies fitted predicted", *((name, 1.0, 2.0) for name in GROWN))
ERRORS = frame("m noise error", (1, 0.5, 2.0), (1, 0.5, 3.0), (9, 0.5, 1.0), (9, 0.5, 1.5))
FITS = [(2, kind, used, gap) for kind, gap in (("a", 0.5), ("b", 0.0)) for used in (10, 10, 90, 90)]
FITS = frame("k kind transitions gap", *FITS)
CURVE = {1: near(0.8), 2: near(0.4), 4: Estimate(0.01, -0.01, 0.03)}
PANELS = {"printed": {"rule": CURVE, "table": CURVE}, "full": {"rule": CURVE}}
NOTHING = {"$k = 2$": {10: Estimate(0.0, -0.1, 0.1)}}
BOUNDS = frame("k theorem_3_2 L5", (1, 9.0, 5.0), (2, 8.0, 4.0), (4, 7.0, 0.0))
CHOICES = np.array([[1, 0, 0], [0, 1, 2], [0, 2, 1]])
MAPS = np.random.default_rng(0).integers(3, size=(2, 5, 5))
ENDS = np.array([0.0, 1.0])

LOSSES = frame("policy n upper lower lower_half", ("table 1", 50, 0.5, 0.4, 0.1),
               ("table 2", 50, 0.3, 0.0, 0.1), ("limit 22", 50, 0.1, 0.0, 0.0))  # fmt: skip
CALLS = [("match", 4, name, k, c, x) for name, k in (("subsample", 1), ("polynomial", 4))
         for c, x in ((10, 0.5), (10, 0.4), (99, 0.2), (99, 0.3))]  # fmt: skip
CALLS = frame("system n learner k calls loss", *CALLS)

PLOTS: dict[str, Callable[[], Figure]] = {
    "certified losses": lambda: choosing.certified_loss(LOSSES),
    "prices": lambda: choosing.price_map({"calm": ENDS, "tight": ENDS}, [0.0, 1.0]),
    "order attained": lambda: choosing.order_attained({1: 1.0, 3: 0.5}, 1.5),
    "samples": lambda: samples.losses_against_calls(CALLS),
    "model sizes": lambda: model.table_sizes(
        frame("k entries table", (1, 5, "t"), (2, 25, "t"), (1, 5, "h"), (2, 15, "h"))
    ),
    "contraction": lambda: learning.contraction({"one": [1, 0.5, 0.2], "two": [2, 0.1]}, 0.5),
    "error against m": lambda: learning.error_against_m(
        frame("m error samples", *((m, m / 9 + i, "fixed") for m in (1, 9) for i in (1, 2))),
        {1: 3.0, 9: 1.0},
    ),
    "learning rates": lambda: learning.learning_rates(RATES),
    "policy gaps": lambda: execution.policy_gaps(
        pd.DataFrame({"agents in state 1": [0, 1], "gap": [0.1, 0.2], "policy": ["a", "b"]})
    ),
    "returns": lambda: execution.simulated_returns(STARTS),
    "step cost": lambda: execution.step_cost(frame("n microseconds", (100, 20.0), (10**9, 21.0))),
    "mean-field value": lambda: mean_field.value(ENDS, 1 + ENDS, {1: (ENDS, 2 + ENDS)}),
    "mean-field rate": lambda: mean_field.rate(EXCESS, frame("k L3", (1, 3.0), (2, 2.0))),
    "sandwich": lambda: mean_field.sandwich(SANDWICH),
    "failure over k": lambda: concentration.failure_over_k(FAILURES),
    "failure over eps": lambda: concentration.failure_over_eps(REPLACED),
    "coverage": lambda: concentration.coverage_over_k(COVERED, 0.1),
    "objective": lambda: bound.objective_over_delta(
        frame("delta f", (0.1, 2), (1, 3)), (0.5, 2.5), (0.1, 2)
    ),
    "bounds": lambda: bound.bounds_over_k(BOUNDED),
    "gap beside bounds": lambda: bound.gap_beside_bounds(BESIDE),
    "learning time": lambda: performance.learning_time({"public picture": {1: 5, 2: 9}}),
    "solver times": lambda: performance.solver_times(SECONDS),
    "growth": lambda: performance.growth(GROWN, EXPONENTS),
    "reward errors": lambda: extensions.reward_errors(ERRORS, {0.5: {1: 5.0, 9: 2.0}}),
    "online errors": lambda: extensions.online_errors([4, 9], {"a": np.eye(2) + 1}, 5.0),
    "fitted gaps": lambda: extensions.fitted_gaps(FITS, exact={2: 0.0}, blind={2: 0.4}),
    "queueing gap": lambda: queueing.gap(PANELS, CURVE, {2: near(-0.8)}, ceiling=1.6, n=8),
    "queueing loss": lambda: queueing.loss(PANELS),
    "queueing control": lambda: queueing.control({"rule": CURVE}, n=8),
    "queueing bounds": lambda: queueing.bounds({"rule": CURVE}, BOUNDS, ceiling=1.6),
    "queueing samples": lambda: queueing.samples({"paper": {"$k = 2$": CURVE}}),
    "queueing picture": lambda: queueing.public_picture({"rule": CURVE}, {1: 10.5, 4: 4.5}, 1.6),
    "queueing loaded": lambda: queueing.loaded({"$d = 1$": {0.5: near(2.2)}}),
    "queueing stationary": lambda: queueing.stationary(
        {"$d = 1$": {0.5: near(1.0)}}, {"$d = 1$": (ENDS, 1 + ENDS)}
    ),
    "queueing choices": lambda: queueing.choices(dict.fromkeys("abcd", CHOICES)),
    "no samples above 0": lambda: queueing.samples({"paper": NOTHING}),
    "no gap above 0": lambda: queueing.loaded(NOTHING),
}
DIAGRAMS: dict[str, Callable[[], Figure]] = {
    "analysis_flow": learning.analysis_flow,
    "star_graph": lambda: model.star_graph(n=7, k=3),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_names_its_axes_in_lower_case_has_no_title_and_is_detached_from_pyplot(
    name: str,
) -> None:
    figure = PLOTS[name]()
    figure.draw_without_rendering()
    places = [(ax, ax.get_subplotspec()) for ax in figure.axes]
    below = [ax.get_xlabel() for ax, place in places if place and place.is_last_row()]
    left = [ax.get_ylabel() for ax, place in places if place and place.is_first_col()]
    assert all(label[0].islower() or label[0] in "$1" for label in below + left)
    assert not any(ax.get_title() for ax in figure.axes)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_draws_no_axes_and_has_no_title(name: str) -> None:
    figure = DIAGRAMS[name]()
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert not ax.axison
    assert ax.get_title() == ""
    assert plt.get_fignums() == []


def points(name: str, panel: int = 0) -> list[list[float]]:
    """Return the means of every curve with intervals in one panel of a plot."""
    bars = PLOTS[name]().axes[panel].containers
    return [bar.lines[0].get_ydata().tolist() for bar in bars]


def test_error_bars_show_the_intervals_they_are_given() -> None:
    (ax,) = PLOTS["returns"]().axes
    (segment,) = ax.containers[0].lines[2][0].get_segments()
    assert segment[:, 0].tolist() == [-0.25, 1.25]
    ax = PLOTS["queueing gap"]().axes[0]
    (segment, *_) = ax.containers[0].lines[2][0].get_segments()
    assert segment[:, 1] == pytest.approx([0.79, 0.81])
    assert "slope −0.80 ± 0.01" in [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("name", ["gap", "bounds", "samples", "picture"])
def test_points_whose_interval_contains_zero_are_left_off_the_log_axis(name: str) -> None:
    assert PLOTS[f"queueing {name}"]().axes[0].get_yscale() == "log"
    assert all(values == [0.8, 0.4] for values in points(f"queueing {name}"))


def test_means_and_bounds_of_zero_are_left_off_the_log_axis() -> None:
    assert points("fitted gaps") == [[0.5, 0.5], []]
    lines = {line.get_label(): line for line in PLOTS["queueing bounds"]().axes[0].lines}
    assert lines["L5, its sharper form"].get_ydata().tolist() == [5.0, 4.0]
    assert lines["Theorem 3.2"].get_ydata().tolist() == [9.0, 8.0, 7.0]


def test_an_interval_that_reaches_zero_is_cut_on_the_log_axis() -> None:
    (ax,) = PLOTS["reward errors"]().axes
    segments = ax.containers[0].lines[2][0].get_segments()
    assert [segment[0, 1] for segment in segments] == pytest.approx([2.5e-3, 1.25e-3])


@pytest.mark.parametrize(("n", "k"), [(7, 1), (7, 3), (12, 12), (30, 29)])
def test_the_star_graph_draws_every_agent_and_k_of_them_as_sampled(n: int, k: int) -> None:
    (ax,) = model.star_graph(n, k).axes
    drawn = {c.get_label(): len(c.get_offsets()) for c in ax.collections}
    assert drawn.get(r"sampled, $i \in \Delta$") == k
    assert drawn.get("local agent", 0) == n - k


def test_the_map_of_actions_marks_every_cell_with_its_action() -> None:
    axes = mean_field.actions({"a": MAPS, "b": 2 - MAPS}).axes
    for ax, shown in zip(axes, [*MAPS, *(2 - MAPS)], strict=True):
        cells, *markers = ax.collections
        assert np.asarray(cells.get_array()).ravel().tolist() == shown.ravel().tolist()
        counts = np.bincount(shown.ravel(), minlength=3)
        assert [len(marker.get_offsets()) for marker in markers] == counts.tolist()
