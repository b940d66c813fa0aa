"""The model: limits of the parameters; Eq. (7) on tuples; figures of the graph and of tables."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import ssq_core as ssq
from ssq_book import style
from ssq_book.limits import SEED, count
from ssq_core.model import Floats

LIMITS = {
    "n": count(1, 16),
    "k": count(1, "n"),
    "k_max": count(1, 200),
    "seed": SEED,
}
SWEEP = ("model-samples", 3)

# of the states 0 and 1, as an open and a filled dot
LOOKS: list[dict[str, Any]] = [
    {"facecolor": "none", "edgecolor": style.PALETTE[0]},
    {"facecolor": style.PALETTE[1], "edgecolor": style.PALETTE[1]},
]


def tuple_table(mdp: ssq.StarMDP, k: int, iterations: int) -> Floats:
    """Return the iterate of Eq. (7) on ordered tuples of k agents, from 0: (G, S, ..., S, A)."""
    agents = np.indices((mdp.S,) * k)
    reward = mdp.r_g.reshape(mdp.G, *[1] * k, mdp.A) + mdp.r_l[:, agents].mean(axis=1)[..., None]
    Q = np.zeros(reward.shape)
    for _ in range(iterations):
        V = Q.max(axis=-1)
        for g in range(mdp.G):
            future = V  # (G, S, ..., S), and one agent after the other moves by P_l[g]
            for i in range(1, k + 1):
                future = np.moveaxis(np.tensordot(mdp.P_l[g], future, axes=(1, i)), 0, i)
            Q[g] = reward[g] + mdp.gamma * np.einsum("ax,x...->...a", mdp.P_g[g], future)
    return Q


def star_graph(n: int, k: int) -> Figure:
    """Draw the star graph S_n with `k` of its `n` agents sampled, spread evenly (Figure 4)."""
    fig, ax = style.figure(width=4.6, height=5, xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), aspect="equal")
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    x, y = np.cos(angle), np.sin(angle)
    sampled = np.isin(np.arange(n), np.arange(k) * n // k)
    blue, orange, *_ = style.PALETTE
    ends = (0, 0.87)  # a line stops at the edge of its leaf
    for kind, colour, width in ((sampled, blue, 2.5), (~sampled, "0.6", 1.5)):
        rays = np.outer(ends, x[kind]), np.outer(ends, y[kind])
        ax.plot(*rays, color=colour, linewidth=width, zorder=1)
    ax.scatter(0, 0, s=1100, color=orange, label="global agent", zorder=2)
    ax.scatter(x[sampled], y[sampled], s=500, color=blue, label=r"sampled, $i \in \Delta$")
    ring: Any = {"facecolor": "none", "edgecolor": "0.6", "linewidth": 2}
    ax.scatter(x[~sampled], y[~sampled], s=500, label="not sampled", **ring)
    for i in range(n):
        at = 1.24 * x[i], 1.24 * y[i]
        ax.annotate(f"$s_{{{i + 1}}}$", at, ha="center", va="center", fontsize=14)
    ax.set_axis_off()
    style.legend_below(ax, markerscale=0.5)
    return fig


def tuples_and_histograms(k: int = 3) -> Figure:
    """Draw the tuples of `k` agents in two states as rows of dots, joined to their histograms."""
    fig, ax = style.figure(height=0.42 * 2**k + 0.9)
    tuples = sorted(product((0, 1), repeat=k), key=sum)
    for ones in range(k + 1):
        rows = [i for i, states in enumerate(tuples) if sum(states) == ones]
        middle = float(np.mean(rows))
        for i in rows:
            for agent, state in enumerate(tuples[i]):
                ax.scatter(agent, i, s=190, linewidth=2, **LOOKS[state])
            ax.plot((k - 0.6, k + 0.9), (i, middle), color="0.6", linewidth=1.2)
        for state, number in enumerate((k - ones, ones)):
            at, height = k + 1.3 + 0.45 * state, -0.9 * number / k
            ax.bar(at, height, 0.38, middle + 0.45, linewidth=2, **LOOKS[state])
        ax.annotate(f"{k - ones} and {ones}", (k + 2.2, middle), va="center")
    ax.set(xlim=(-0.6, k + 3.4), ylim=(2**k - 0.3, -1.2))
    for at, name in (((k - 1) / 2, f"{2**k} ordered tuples"), (k + 2, f"{k + 1} histograms")):
        ax.annotate(name, (at, -0.8), ha="center", va="center", fontsize=14)
    ax.set_axis_off()
    return fig


def table_sizes(sizes: pd.DataFrame) -> Figure:
    """Plot the number of entries of each kind of table against k on a logarithmic axis."""
    fig, ax = style.figure(xlabel="sampled agents $k$", ylabel="entries of the Q-table")
    sns.lineplot(sizes, x="k", y="entries", hue="table", style="table", markers=True, ax=ax)
    ax.set(yscale="log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(title=None)
    return fig
