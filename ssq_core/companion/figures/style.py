"""One look for all figures: colour-blind safe, no titles, the same sizes everywhere."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PALETTE = sns.color_palette("colorblind")
WIDTH, HEIGHT = 6.4, 3.8  # inches; at the book's resolution one figure fills a text column


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


def figure(width: float = WIDTH, height: float = HEIGHT, **kwargs: Any) -> tuple[Figure, Axes]:
    """Return a closed figure and its single axes (inches), in the book's look.

    The figure is detached from pyplot, so that a notebook shows it once: as a cell's result.
    """
    apply()
    fig, ax = plt.subplots(figsize=(width, height), **kwargs)
    plt.close(fig)
    return fig, ax
