"""Figures draw what they are given: intervals as they are, and no zero on a logarithmic axis."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ssq_book.chapters import execution
from ssq_book.chapters.choosing_k import figures as choosing_k
from ssq_book.chapters.demand_response import figures as demand_response
from ssq_book.chapters.demand_response_scale import figures as scale
from ssq_book.chapters.extensions import figures as extensions
from ssq_book.chapters.queueing import figures as queueing
from ssq_core.systems.queueing import Estimate


def near(value: float, half: float = 0.01) -> Estimate:
    return Estimate(value, value - half, value + half)


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


STARTS = pd.DataFrame({"start": ["a"], "exact": [2.0], "mean": [2.5], "± 95 %": [0.75]})
ERRORS = frame("m noise error", (1, 0.5, 2.0), (1, 0.5, 3.0), (9, 0.5, 1.0), (9, 0.5, 1.5))
FITS = [(2, kind, used, gap) for kind, gap in (("a", 0.5), ("b", 0.0)) for used in (10, 10, 90, 90)]
FITS = frame("k kind transitions gap", *FITS)
CURVE = {1: near(0.8), 2: near(0.4), 4: Estimate(0.01, -0.01, 0.03)}
RULES = {"rule": CURVE, "table": CURVE}
NOTHING = {"$k = 2$": {10: Estimate(0.0, -0.1, 0.1)}}
BOUNDS = frame("k theorem_3_2 L5", (1, 9.0, 5.0), (2, 8.0, 4.0), (4, 7.0, 0.0))
RETURNS = frame("kind k mean half", ("table", 1, 1.0, 0.25), ("limit", 2, 3.0, 0.125))
BRACKET = frame("low half high exact", (1.0, 0.0, 2.0, 1.5), (0.5, 0.25, 1.5, np.nan))
USERS = frame("policy n mean half", ("table 1", 50, 1, 0.5), ("limit 22", 1000, 2, 0.125))
WEIGHTS = frame("largest_1 mean_1 error", (1.0, 0.5, 0.0), (0.0, 0.0, 0.0))
JUDGED = frame(
    "policy j loss half upper", ("k = 1", 1, 0.5, 0.125, 0.7), ("k = 1", 2, 0.25, 0.125, 0.4)
)
LOSSES = frame(
    "policy n loss upper lower lower_half", ("table 1", 50, 0.5, 0.6, 0.3, 0.1),
    ("table 2", 50, 0.1, 0.2, 0.0, 0.1), ("constant 1", 50, 0.3, 0.4, 0.2, 0.1),
)  # fmt: skip
OF_M = frame("k m n loss loss_half", (1, 3, 50, 2.0, 0.5), (1, 30, 50, 0.8, 0.1))
ON_GAP = pd.DataFrame({"P-3.2": [9.0, 8.0], "L5": [5.0, 0.0], "any": [7.0, 7.0]}, [1, 50])
EXACT = {"largest, n = 2": {1: 0.5, 2: 0.0}, "mean, n = 2": {1: 0.1, 2: 0.0}}

PLOTS: dict[str, Callable[[], Figure]] = {
    "returns": lambda: execution.simulated_returns(STARTS),
    "reward errors": lambda: extensions.reward_errors(ERRORS, {0.5: {1: 5.0, 9: 2.0}}),
    "fitted gaps": lambda: extensions.fitted_gaps(FITS, exact={2: 0.0}, blind={2: 0.4}),
    "queueing gap": lambda: queueing.gap(RULES, CURVE, {2: near(-0.8)}, n=8),
    "queueing samples": lambda: queueing.samples({"paper": {"$k = 2$": CURVE}}),
    "queueing picture": lambda: queueing.public_picture(RULES, {1: 10.5, 4: 4.5}, BOUNDS, 1.6),
    "queueing time line": queueing.time_line,
    "no samples above 0": lambda: queueing.samples({"paper": NOTHING}),
    "no gap above 0": lambda: queueing.loaded(NOTHING),
    "demand returns": lambda: scale.demand_returns(RETURNS, {"level": 4.0}, {2: 36.8}),
    "demand bracket": lambda: scale.demand_bracket(BRACKET.set_axis([1, 22])),
    "users": lambda: scale.demand_population(USERS),
    "certified loss": lambda: choosing_k.certified_loss(LOSSES),
    "learned loss": lambda: choosing_k.learned_loss(OF_M, LOSSES),
    "bounds and losses": lambda: choosing_k.bounds_and_losses(ON_GAP, LOSSES),
    "demand weights": lambda: demand_response.demand_weights(WEIGHTS, 3.3),
    "demand judges": lambda: scale.judged_losses(JUDGED),
    "demand gap": lambda: demand_response.demand_gap_published(EXACT, {1: 2.0, 2: 1.0}),
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


def points(name: str) -> list[list[float]]:
    """Return the means of every curve with intervals in the first panel of a plot."""
    bars = PLOTS[name]().axes[0].containers
    return [bar.lines[0].get_ydata().tolist() for bar in bars]


def intervals(name: str, axis: int = 1) -> list[list[float]]:
    """Return the ends of all intervals in the first panel of a plot."""
    bars = [bar.lines[2][0] for bar in PLOTS[name]().axes[0].containers]
    return [part[:, axis].tolist() for bar in bars for part in bar.get_segments()]


def test_error_bars_show_the_intervals_they_are_given() -> None:
    assert intervals("returns", axis=0) == [[-0.25, 1.25]]
    assert intervals("queueing gap")[0] == pytest.approx([0.79, 0.81])
    assert intervals("demand returns") == [[0.75, 1.25], [2.875, 3.125]]
    assert intervals("demand bracket") == [[1.0, 1.0], [0.25, 0.75]]
    assert intervals("certified loss") == [[pytest.approx(0.2), 0.4]]  # the other reaches 0
    assert intervals("learned loss") == [[1.5, 2.5], pytest.approx([0.7, 0.9])]
    assert intervals("users") == [[0.5, 1.5], [1.875, 2.125]]
    assert [low for low, _ in intervals("reward errors")] == pytest.approx([2.5e-3, 1.25e-3])


def test_means_bounds_and_intervals_of_zero_are_left_off_the_log_axis() -> None:
    for name in ("gap", "samples", "picture"):
        assert PLOTS[f"queueing {name}"]().axes[0].get_yscale() == "log"
        assert all(values == [0.8, 0.4] for values in points(f"queueing {name}"))
    assert points("fitted gaps") == [[0.5, 0.5], []]
    lines = {line.get_label(): line for line in PLOTS["queueing picture"]().axes[0].lines}
    assert lines["main theorem (L5)"].get_ydata().tolist() == [5.0, 4.0]
    for name, drawn in (
        ("demand gap", [[0.5], [0.1], [2.0, 1.0]]),
        ("bounds and losses", [[9.0, 8.0], [5.0], [7.0, 7.0], [0.6, 0.2]]),
    ):
        (ax,) = PLOTS[name]().axes
        assert [list(line.get_ydata()) for line in ax.lines] == drawn


def test_the_votes_are_those_of_the_samples_and_the_bars_their_laws() -> None:
    laws = {"six": np.array([2 / 3, 1 / 3]), "other": np.array([0.5, 0.5])}
    top, below = execution.votes([0, 0, 1], [0, 0, 1], laws).axes
    said = [text.get_text() for text in top.texts if text.get_text()]
    assert said == ["a vote for action 0", "a vote for action 0", "a vote for action 1"]
    assert [bar.get_width() for bar in below.patches] == pytest.approx([2 / 3, 1 / 3, 0.5, 0.5])
    assert [text.get_text() for text in below.texts] == ["2/3", "1/3", "1/2", "1/2"]
