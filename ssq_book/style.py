"""One look for all figures: colour-blind safe, no titles, the same sizes everywhere."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PALETTE = sns.color_palette("colorblind")
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


def legend_below(ax: Axes, **kwargs: Any) -> None:
    """Put the legend of `ax` under its figure, where it takes no width and lies on no curve."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    handles, labels = ax.get_legend_handles_labels()
    if (own := ax.get_legend()) is not None:
        own.remove()
    kwargs = {"handles": handles, "labels": labels, "ncols": 2, "fontsize": 10} | kwargs
    figure.legend(loc="outside lower center", **kwargs)


def power_of_ten(value: float) -> str:
    """Return a positive number to one digit, with its power of ten, as mathematical text."""
    digit, power = f"{value:.0e}".split("e")
    return rf"${digit}\cdot10^{{{int(power)}}}$"


def figure(width: float = WIDTH, height: float = HEIGHT, **kwargs: Any) -> tuple[Figure, Axes]:
    """Return a closed figure and its single axes (inches), in the book's look.

    The figure is detached from pyplot, so that a notebook shows it once: as a cell's result.
    """
    apply()
    fig, ax = plt.subplots(figsize=(width, height), **kwargs)
    plt.close(fig)
    return fig, ax
