"""One look for all figures: colour-blind safe, no titles, the same sizes everywhere."""

from __future__ import annotations

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
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, StrMethodFormatter

from ssq_book.common import interval

PALETTE = sns.color_palette("colorblind")
MARKERS = "os^Dv"
WIDTH, HEIGHT = 5.4, 3.5  # inches: on a phone the letters are still as high as small print


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
            "svg.hashsalt": "ssq",
        }
    )


def panels(
    rows: int, columns: int, width: float = WIDTH, height: float = HEIGHT, **kwargs: Any
) -> tuple[Figure, Any]:
    """Return a closed figure (inches) and its axes [row, column], in the book's look.

    The figure is detached from pyplot, so that a notebook shows it once: as a cell's result.
    """
    apply()
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **kwargs)
    plt.close(fig)
    return fig, axes


def figure(width: float = WIDTH, height: float = HEIGHT) -> tuple[Figure, Axes]:
    """Return a closed figure and its single axes, as `panels` does."""
    fig, axes = panels(1, 1, width, height)
    return fig, axes[0, 0]


def legend_below(ax: Axes, **kwargs: Any) -> None:
    """Put the legend of `ax` under its figure, where it takes no width and lies on no curve."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    handles, labels = ax.get_legend_handles_labels()
    if (inside := ax.get_legend()) is not None:
        inside.remove()
    kwargs = {"handles": handles, "labels": labels, "ncols": 2, "fontsize": 10} | kwargs
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
    """Draw curve number `index` of `ax`, means with half widths of their intervals by x.

    A logarithmic axis has no place for 0: a mean that is not positive is left out, and an interval
    that reaches 0 is cut.
    """
    log = ax.get_yscale() == "log"
    shown = {x: (mean, half) for x, (mean, half) in means.items() if mean > 0 or not log}
    mean, half = np.array(list(shown.values())).reshape(-1, 2).T
    low = np.minimum(half, 0.999 * mean) if log else half
    usual = {"color": PALETTE[index], "marker": MARKERS[index], "markersize": 5, "capsize": 3}
    ax.errorbar(list(shown), mean, [low, half], label=label, **usual | {"linewidth": 1.3} | look)


def means(
    ax: Axes, samples: pd.DataFrame, x: str, y: str, index: int, label: str, **look: Any
) -> None:
    """Draw the mean of column `y` with its 95 % interval against column `x`, by `intervals`."""
    grouped = {at: interval(values) for at, values in samples.groupby(x)[y]}
    intervals(ax, grouped, index, label, **look)


def power_of_ten(value: float) -> str:
    """Return a positive number to one digit, with its power of ten, as mathematical text."""
    digit, power = f"{value:.0e}".split("e")
    return rf"${digit}\cdot10^{{{int(power)}}}$"
