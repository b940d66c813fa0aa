"""The figures of the demand-response chapters show what they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ssq_book.chapters.demand_response import figures as small
from ssq_book.chapters.demand_response_scale import figures

CURVES = pd.DataFrame(
    {
        "kind": ["table", "table", "limit"],
        "k": [1, 2, 2],
        "mean": [1.0, 2.0, 3.0],
        "half": [0.25, 0.5, 0.125],
    }
)
BRACKET = pd.DataFrame(
    {"low": [1.0, 0.5], "half": [0.0, 0.25], "high": [2.0, 1.5], "exact": [1.5, np.nan]},
    index=[1, 22],
)
CROWDS = pd.DataFrame(
    {
        "policy": ["table 1", "table 1", "limit 22"],
        "n": [50, 1000, 1000],
        "mean": [1.0, 1.5, 2.0],
        "half": [0.5, 0.25, 0.125],
    }
)
PHASE = pd.DataFrame([[0.0, 1.0], [2.0, 0.0]], pd.Index([1, 2], name="agents"), [0.5, 15.0])
DRAWN = {
    "phase": lambda: small.demand_phase({"largest": PHASE}, "gap", {1: 1.0, 2: 1.0}),
    "published": lambda: small.demand_gap_published(
        {"largest, n = 2": {1: 0.5, 2: 0.0}, "mean, n = 2": {1: 0.1, 2: 0.0}}, {1: 2.0, 2: 1.0}
    ),
    "returns": lambda: figures.demand_returns(CURVES, {"level": 4.0}, {2: 36.8}),
    "bracket": lambda: figures.demand_bracket(BRACKET),
    "population": lambda: figures.demand_population(CROWDS),
}


def halves(figure, number: int) -> list[float]:
    """Return the half widths of all error bars of one axes."""
    bars = figure.axes[number].containers
    return [
        float(np.ptp(segment[:, 1])) / 2
        for bar in bars
        for segment in bar.lines[2][0].get_segments()
    ]


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_names_its_axes_and_has_no_title(name: str) -> None:
    figure = DRAWN[name]()
    figure.draw_without_rendering()
    for ax in figure.axes:
        labels = [label for label in (ax.get_xlabel(), ax.get_ylabel()) if label]
        assert labels
        assert all(label[0].islower() for label in labels)
        assert ax.get_title() == ""


def test_intervals_are_drawn_as_given() -> None:
    assert halves(DRAWN["returns"](), 0) == [0.25, 0.5, 0.125]
    assert halves(DRAWN["population"](), 0) == [0.5, 0.25, 0.125]
    assert halves(DRAWN["bracket"](), 0) == [0.0, 0.25]


def test_a_gap_of_zero_has_no_place_on_the_logarithmic_axis() -> None:
    (ax,) = DRAWN["published"]().axes
    assert ax.get_yscale() == "log"
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.5], [0.1], [2.0, 1.0]]


def test_zeros_of_the_map_are_left_white_and_the_edge_is_in_its_place() -> None:
    ax = DRAWN["phase"]().axes[0]
    shown = ax.collections[0].get_array()
    assert np.ma.getmaskarray(shown).ravel().tolist() == [True, False, False, True]
    (line,) = ax.lines
    # 1 lies between the columns 0.5 and 15, whose centres are at 0.5 and 1.5
    assert line.get_xdata().tolist() == pytest.approx([0.5 + 0.5 / 14.5] * 2)


def test_the_level_that_no_policy_exceeds_is_drawn() -> None:
    lines = DRAWN["returns"]().axes[0].lines
    assert any(list(line.get_ydata()) == [4.0, 4.0] for line in lines)
