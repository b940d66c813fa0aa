"""One look for all figures: colour-blind safe, no titles, the same sizes everywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.scale import LogScale, register_scale
from matplotlib.ticker import (
    FixedLocator,
    LogFormatterSciNotation,
    LogLocator,
    NullFormatter,
    NullLocator,
    StrMethodFormatter,
)

from ssq_book.common import interval

PALETTE = sns.color_palette("colorblind")
MARKERS = "os^Dv"
PRINTED, SHARP, OTHER = (PALETTE[i] for i in (3, 0, 2))  # the paper's bound, ours, a third
WIDTH, HEIGHT = 5.4, 3.5  # inches: on a phone the letters are still as high as small print


class PlainLogFormatter(LogFormatterSciNotation):
    """Numbers in full where matplotlib writes powers: an exponent is too small for a phone."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of `x`, empty where matplotlib writes none."""
        return f"{x:,g}" if super().__call__(x, pos) else ""


class PlainLogScale(LogScale):
    """A log scale with plain numbers, in place of matplotlib's own."""

    name = "log"

    def __init__(self, **options: Any) -> None:
        super().__init__(None, **options)  # without the axis, which matplotlib no longer wants

    def set_default_locators_and_formatters(self, axis: Axis) -> None:
        """Set the ticks of `axis` and how they are labelled."""
        super().set_default_locators_and_formatters(axis)
        axis.set_major_formatter(PlainLogFormatter())
        axis.set_minor_formatter(PlainLogFormatter(minor_thresholds=(1, 0.4)))


register_scale(PlainLogScale)


def apply() -> None:
    """Set the book's look for every figure made afterwards."""
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind")
    mpl.rcParams.update(
        {
            "figure.dpi": 110,
            "savefig.dpi": 110,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "font.size": 11,
        }
    )


def panels(
    rows: int, columns: int, width: float = WIDTH, height: float = HEIGHT, **kwargs: Any
) -> tuple[Figure, Any]:
    """Return a figure (inches) and its axes [row, column]; closed, so that a cell shows it once."""
    apply()
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **kwargs)
    plt.close(fig)
    return fig, axes


def figure(width: float = WIDTH, height: float = HEIGHT, **look: Any) -> tuple[Figure, Axes]:
    """Return a closed figure and its single axes, as `panels` does, with the axes' `look` set."""
    fig, axes = panels(1, 1, width, height, subplot_kw=look)
    return fig, axes[0, 0]


def stacked(
    height: float, rows: Sequence[float], bottom: float, **margins: float
) -> tuple[Figure, list[Axes]]:
    """Return a closed figure (inches) of axes one above the other.

    The constrained layout of the other figures would take most of an explorer's drawing time; the
    placeholder keeps it from coming back when a figure is drawn a second time.
    """
    apply()
    fig = plt.figure(figsize=(WIDTH, height), layout=PlaceHolderLayoutEngine(True, True))
    plt.close(fig)
    usual = {"left": 0.17, "right": 0.965, "top": 0.97, "hspace": 0.12}
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
    ax.xaxis.set_major_formatter(PlainLogFormatter(labelOnlyBase=False))
    ax.xaxis.set_minor_locator(NullLocator())


def legend_below(ax: Axes, **kwargs: Any) -> None:
    """Put the legend of `ax` under its figure, where it takes no width and lies on no curve."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    handles, _ = ax.get_legend_handles_labels()  # which know their labels
    if (inside := ax.get_legend()) is not None:
        inside.remove()
    kwargs = {"handles": handles, "ncols": 2, "fontsize": 10} | kwargs
    figure.legend(loc="outside lower center", **kwargs)


def plain_numbers(axis: Axis, ticks: Sequence[float] | None = None) -> None:
    """Write 30 and 100 on a logarithmic axis, not powers: at `ticks`, or 1 and 3 of each decade."""
    locator = LogLocator(subs=(1, 3)) if ticks is None else FixedLocator(list(ticks))
    axis.set_major_locator(locator)
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def intervals(
    ax: Axes, means: Mapping[Any, tuple[float, float]], index: int, label: str, **look: Any
) -> None:
    """Draw curve number `index` of `ax`: means and half widths of their intervals by x.

    A log axis has no place for 0: such a mean is left out, and an interval that reaches 0 is cut.
    """
    log = ax.get_yscale() == "log"
    shown = {x: (mean, half) for x, (mean, half) in means.items() if mean > 0 or not log}
    mean, half = np.array(list(shown.values())).reshape(-1, 2).T
    low = np.minimum(half, 0.999 * mean) if log else half
    marker = MARKERS[index % len(MARKERS)]
    usual = {"color": PALETTE[index], "marker": marker, "markersize": 5, "capsize": 3}
    ax.errorbar(list(shown), mean, [low, half], label=label, **usual | {"linewidth": 1.3} | look)


def half_widths(table: pd.DataFrame, x: str, mean: str, half: str) -> dict[Any, Any]:
    """Return the columns `mean` and `half` by column `x`, as `intervals` takes them."""
    return dict(zip(table[x], zip(table[mean], table[half], strict=True), strict=True))


def means(
    ax: Axes, samples: pd.DataFrame, x: str, y: str, index: int, label: str, **look: Any
) -> None:
    """Draw the mean of column `y` with its 95 % interval against column `x`, by `intervals`."""
    grouped = {at: interval(values) for at, values in samples.groupby(x)[y]}
    intervals(ax, grouped, index, label, **look)
