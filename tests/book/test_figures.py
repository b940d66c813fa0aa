"""Every plot names its axes and leaves the title to its caption; diagrams have no axes to name."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ssq_book.chapters import execution, learning, model

PLOTS: dict[str, Callable[[], Figure]] = {
    "table_sizes": lambda: model.table_sizes(
        pd.DataFrame({"k": [1, 2, 1, 2], "entries": [5, 25, 5, 15], "table": list("tthh")})
    ),
    "contraction": lambda: learning.contraction({"one": [1, 0.5, 0.2], "two": [2, 0.1]}, gamma=0.5),
    "error_against_m": lambda: learning.error_against_m(
        pd.DataFrame({"m": [1, 1, 9, 9], "error": [1, 2, 0.3, 0.7], "samples": "fixed"}),
        {1: 3.0, 9: 1.0},
    ),
    "learning_rates": lambda: learning.learning_rates(
        pd.DataFrame(
            {
                "iterations": [1, 1, 4, 4],
                "error": [1, 2, 0.3, 0.7],
                "samples": ["fixed", "fresh"] * 2,
                "learning rate": "1",
            }
        )
    ),
    "policy_gaps": lambda: execution.policy_gaps(
        pd.DataFrame({"agents in state 1": [0, 1], "gap": [0.1, 0.2], "policy": ["a", "b"]})
    ),
    "simulated_returns": lambda: execution.simulated_returns(
        pd.DataFrame(
            {
                "start": ["a", "b"],
                "exact": [1, 2],
                "mean": [1.1, 2],
                "low": [0.9, 1],
                "high": [2, 3],
            }
        )
    ),
    "step_cost": lambda: execution.step_cost(
        pd.DataFrame({"n": [100, 10**9], "microseconds": [20.0, 21.0]})
    ),
}
DIAGRAMS: dict[str, Callable[[], Figure]] = {
    "analysis_flow": learning.analysis_flow,
    "star_graph": lambda: model.star_graph(n=7, k=3),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_names_its_axes_and_has_no_title(name: str) -> None:
    (ax,) = PLOTS[name]().axes
    for label in (ax.get_xlabel(), ax.get_ylabel()):
        assert label[0].islower()
    assert ax.get_title() == ""


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_draws_no_axes_and_has_no_title(name: str) -> None:
    (ax,) = DIAGRAMS[name]().axes
    assert not ax.axison
    assert ax.get_title() == ""


@pytest.mark.parametrize("name", [*PLOTS, *DIAGRAMS])
def test_a_figure_can_be_drawn_and_is_detached_from_pyplot(name: str) -> None:
    import matplotlib.pyplot as plt

    figure = (PLOTS | DIAGRAMS)[name]()
    figure.draw_without_rendering()
    assert plt.get_fignums() == []


def test_error_bars_show_the_intervals_they_are_given() -> None:
    starts = pd.DataFrame(
        {"start": ["a"], "exact": [2.0], "mean": [2.5], "low": [2.25], "high": [3.5]}
    )
    (ax,) = execution.simulated_returns(starts).axes
    (segment,) = ax.containers[0].lines[2][0].get_segments()
    assert segment[:, 0].tolist() == [0.25, 1.5]


@pytest.mark.parametrize(("n", "k"), [(7, 1), (7, 3), (12, 12), (30, 29)])
def test_the_star_graph_draws_every_agent_and_k_of_them_as_sampled(n: int, k: int) -> None:
    (ax,) = model.star_graph(n, k).axes
    drawn = {c.get_label(): len(c.get_offsets()) for c in ax.collections}
    assert drawn.get(r"sampled, $i \in \Delta$") == k
    assert drawn.get("local agent", 0) == n - k


def test_the_star_graph_refuses_a_sample_larger_than_the_population() -> None:
    with pytest.raises(ValueError, match=r"k must lie in 1..n = 3, got 4"):
        model.star_graph(3, 4)
