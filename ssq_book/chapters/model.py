"""The model: limits of the parameters; figures of the star graph and of the tables' sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssq_book import style
from ssq_book.limits import SEED, count

LIMITS = {
    "n": count(1, 16),
    "k": count(1, "n"),
    "k_max": count(1, 200),
    "seed": SEED,
}
SWEEP = ("model-samples", 2)

MAX_LABELS = 24  # beyond it the names of the local agents would overlap


def star_graph(n: int, k: int) -> Figure:
    """Draw the star graph S_n with `k` of its `n` agents sampled, spread evenly (Figure 4)."""
    fig, ax = style.figure(width=4.6, height=4.6)
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    x, y = np.cos(angle), np.sin(angle)
    sampled = np.zeros(n, dtype=bool)
    sampled[np.arange(k) * n // k] = True
    size = float(np.clip(9000 / n, 40, 750))
    for chosen, colour, name in (
        (False, "0.75", "local agent"),
        (True, style.PALETTE[1], r"sampled, $i \in \Delta$"),
    ):
        here_x, here_y = x[sampled == chosen], y[sampled == chosen]
        width = 2.5 if chosen else 1
        from_hub = (np.outer((0, 1), here_x), np.outer((0, 1), here_y))
        ax.plot(*from_hub, color=colour, linewidth=width, zorder=1)
        if here_x.size:
            ax.scatter(here_x, here_y, s=size, color=colour, zorder=2, label=name)
    ax.scatter([0], [0], s=1500, color=style.PALETTE[0], zorder=2)
    ax.annotate("$s_g$", (0, 0), ha="center", va="center", color="white", fontsize=15)
    if n <= MAX_LABELS:
        for i in range(n):
            ax.annotate(f"$s_{{{i + 1}}}$", (x[i], y[i]), ha="center", va="center", fontsize=11)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal")
    ax.set_axis_off()
    style.legend_below(ax, fontsize=None, markerscale=0.5)
    return fig


def table_sizes(sizes: pd.DataFrame) -> Figure:
    """Plot the number of entries of each kind of table against k on a logarithmic axis."""
    fig, ax = style.figure()
    sns.lineplot(sizes, x="k", y="entries", hue="table", style="table", markers=True, ax=ax)
    ax.set(yscale="log", xlabel="sampled agents $k$", ylabel="entries of the Q-table")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(title=None)
    return fig
