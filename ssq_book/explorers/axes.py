"""Figures of the explorers: narrow enough for a phone, drawn fast, on axes that stay comparable."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ssq_book import style

PRINTED, SHARP, OTHER = (style.PALETTE[i] for i in (3, 0, 2))  # the paper's bound, ours, a third


def stacked(
    height: float, rows: Sequence[float], bottom: float, width: float = 6.4, **margins: float
) -> tuple[Figure, list[Axes]]:
    """Return a closed figure (inches) of axes one above the other; its margins are set by hand.

    The constrained layout of the other figures would take most of the drawing time; the
    placeholder keeps it from coming back when a figure is drawn a second time.
    """
    style.apply()
    fig = plt.figure(figsize=(width, height), layout=PlaceHolderLayoutEngine(True, True))
    plt.close(fig)
    usual = {"left": 0.13, "right": 0.965, "top": 0.97, "hspace": 0.12}
    fig.subplots_adjust(bottom=bottom, **usual | margins)
    axes = fig.subplots(len(rows), 1, height_ratios=rows, squeeze=False)[:, 0]
    return fig, list(axes)


def log_y(ax: Axes, low: float, high: float) -> None:
    """Make y logarithmic from `low` to `high`, without minor ticks: most of the drawing time."""
    ax.set(yscale="log", ylim=(low, high))
    ax.yaxis.set_minor_locator(NullLocator())


def log_x(ax: Axes, high: float) -> None:
    """Make x logarithmic, from 1 to `high`, with plain numbers at its ticks."""
    ax.set_xscale("log")
    ax.set_xlim(0.93, max(high, 2) * 1.07)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 3000 else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
