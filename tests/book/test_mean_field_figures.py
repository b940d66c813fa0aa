"""The figures of the mean-field chapter show what they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ssq_book.chapters import mean_field as figures

FIGURES = {
    "value": lambda: figures.mean_field_value(
        np.array([0.0, 1.0]), np.array([1.0, 2.0]), {1: (np.array([0.0, 1.0]), np.array([2.0, 3]))}
    ),
    "rate": lambda: figures.mean_field_rate(
        pd.DataFrame({"k": [1, 2, 1, 2], "excess": [1, 0.5, 1, 0.7], "start": list("aabb")}),
        pd.DataFrame({"k": [1, 2], "L3": [3.0, 2.0]}),
    ),
    "sandwich": lambda: figures.mean_field_sandwich(
        pd.DataFrame({"exact": [0.2, 0.1], "$j = 1$": [0.4, 0.5], "$j = 2$": [0.3, 0.2]})
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_plot_names_its_axes_and_has_no_title(name: str) -> None:
    (ax,) = FIGURES[name]().axes
    assert ax.get_title() == ""
    assert ax.get_xlabel()[0].islower()
    assert ax.get_ylabel()[0] in "vd$"


def test_the_rate_is_drawn_on_log_axes_as_given() -> None:
    (ax,) = FIGURES["rate"]().axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    drawn = [list(line.get_ydata()) for line in ax.lines]
    assert [1, 0.5] in drawn
    assert [1, 0.7] in drawn
    assert [3, 2] in drawn


def test_the_map_of_actions_marks_every_cell_with_its_action() -> None:
    maps = np.random.default_rng(0).integers(3, size=(2, 5, 5))
    axes = figures.mean_field_actions({"a": maps, "b": 2 - maps}).axes
    for ax, own in zip(axes, [*maps, *(2 - maps)], strict=True):
        cells, *markers = ax.collections
        assert np.asarray(cells.get_array()).ravel().tolist() == own.ravel().tolist()
        assert [len(m.get_offsets()) for m in markers] == np.bincount(
            own.ravel(), minlength=3
        ).tolist()
