"""The queueing chapter's figures draw what they are given."""

from ssq_core.companion.figures.queueing import queueing_gap
from ssq_core.systems.queueing import Estimate


def test_points_whose_interval_contains_zero_are_left_off_the_log_axis():
    curve = {
        1: Estimate(0.8, 0.7, 0.9),
        2: Estimate(0.1, 0.05, 0.15),
        4: Estimate(0.01, -0.01, 0.03),
    }
    (ax,) = queueing_gap({"rule": curve}, ceiling=1.6, n=8).axes
    (drawn,) = ax.containers
    assert drawn.lines[0].get_ydata().tolist() == [0.8, 0.1]
    assert ax.get_yscale() == "log"
