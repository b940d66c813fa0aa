"""The queueing chapter's figures draw what they are given, on named axes and without a title."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ssq_book.chapters.queueing import figures
from ssq_core.systems.queueing import Estimate


def near(value, half=0.01):
    return Estimate(value, value - half, value + half)


CURVE = {1: near(0.8), 2: near(0.4), 4: Estimate(0.01, -0.01, 0.03)}
PANELS = {"printed": {"rule": CURVE, "table": CURVE}, "full": {"rule": CURVE}}
BOUNDS = pd.DataFrame({"k": [1, 2, 4], "theorem_3_2": [9.0, 8.0, 7.0], "L5": [5.0, 4.0, 0.0]})
PLOTS = {
    "gap": lambda: figures.queueing_gap(PANELS, CURVE, {2: near(-0.8)}, ceiling=1.6, n=8),
    "loss": lambda: figures.queueing_loss(PANELS),
    "control": lambda: figures.queueing_control({"rule": CURVE}, n=8),
    "bounds": lambda: figures.queueing_bounds({"rule": CURVE}, BOUNDS, ceiling=1.6),
    "samples": lambda: figures.queueing_samples({"paper": {"$k = 2$": CURVE}}),
    "picture": lambda: figures.queueing_picture({"rule": CURVE}, {1: 10.5, 4: 4.5}, ceiling=1.6),
    "loaded": lambda: figures.queueing_loaded({"$d = 1$": {0.5: near(2.2)}}),
    "supermarket": lambda: figures.queueing_supermarket(
        {"$d = 1$": {0.5: near(1.0)}}, {"$d = 1$": (np.array([0.4, 0.6]), np.array([0.7, 1.5]))}
    ),
    "map": lambda: figures.queueing_map(
        dict.fromkeys("abcd", np.array([[1, 0, 0], [0, 1, 2], [0, 2, 1]]))
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_figure_names_its_axes_in_lower_case_and_has_no_title(name):
    figure = PLOTS[name]()
    figure.draw_without_rendering()
    below = [ax.get_xlabel() for ax in figure.axes if ax.get_subplotspec().is_last_row()]
    left = [ax.get_ylabel() for ax in figure.axes if ax.get_subplotspec().is_first_col()]
    assert all(label[0].islower() for label in below + left)
    assert not any(ax.get_title() for ax in figure.axes)
    assert plt.get_fignums() == []


def test_points_whose_interval_contains_zero_are_left_off_the_log_axis():
    for name in ("gap", "bounds", "samples", "picture"):
        ax = PLOTS[name]().axes[0]
        assert ax.get_yscale() == "log"
        drawn = [c.lines[0].get_ydata().tolist() for c in ax.containers]
        assert all(values == [0.8, 0.4] for values in drawn)


def test_a_bound_of_zero_is_left_off_the_log_axis():
    lines = {line.get_label(): line for line in PLOTS["bounds"]().axes[0].lines}
    assert lines["L5, its sharper form"].get_ydata().tolist() == [5.0, 4.0]
    assert lines["Theorem 3.2"].get_ydata().tolist() == [9.0, 8.0, 7.0]


def test_nothing_to_draw_on_a_log_axis_is_no_error():
    nothing = {"$k = 2$": {10: Estimate(0.0, -0.1, 0.1)}}
    for figure in (figures.queueing_samples({"paper": nothing}), figures.queueing_loaded(nothing)):
        figure.draw_without_rendering()
        assert figure.axes[0].get_yscale() == "linear"


def test_error_bars_are_the_intervals_and_the_slope_is_written():
    ax = PLOTS["gap"]().axes[0]
    (segment, *_) = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(segment[:, 1], [0.79, 0.81])
    assert "slope −0.80 ± 0.01" in [text.get_text() for text in ax.texts]
