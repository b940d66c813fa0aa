"""Figures of the demand-response chapters: where k matters, Figures 1b and 1c, ever more users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from ssq_core.companion.figures import style

GAP = "optimality gap (discounted reward)"
KINDS = {"table": ("o", 2), "limit": ("s", 0), "learned": ("^", 3)}  # marker, colour
NAMES = {
    "table": "exact table of $k$",
    "limit": "mean-field policy",
    "learned": "learned table, $m = 50$",
}


def demand_phase(
    panels: Mapping[str, pd.DataFrame], label: str, edge: Mapping[float, float] | None = None
) -> Figure:
    """Draw a gap by weight (columns) and k or gamma (rows), one panel per name; 0 is left white.

    `label` names the colours. `edge` maps a row to the weight from which the gap is 0: a line.
    """
    style.apply()
    width = 1.6 + 1.9 * len(panels)
    fig, axes = plt.subplots(1, len(panels), figsize=(width, 3.4), sharey=True, squeeze=False)
    plt.close(fig)
    top = max(float(np.nanmax(own.to_numpy())) for own in panels.values())
    for ax, (name, own) in zip(axes[0], panels.items(), strict=True):
        shown = np.ma.masked_less_equal(own.to_numpy(), 1e-6)
        image = ax.pcolormesh(
            shown, cmap="viridis_r", norm=PowerNorm(0.5, 0, top), edgecolors="white", linewidth=0.3
        )
        columns, rows = np.array(own.columns, dtype=float), list(own.index)
        step = max(1, round(len(columns) / 4))
        ax.set_xticks(np.arange(0, len(columns), step) + 0.5, [f"{w:g}" for w in columns[::step]])
        ax.set_yticks(np.arange(len(rows)) + 0.5, [f"{row:g}" for row in rows])
        if edge:
            at = np.interp([edge[row] for row in rows], columns, np.arange(len(columns)) + 0.5)
            height = np.arange(len(rows)) + 0.5
            ax.plot(at, height, color=style.PALETTE[3], lw=2, marker="o", ms=4)
        ax.set_xlabel(f"weight $w$\n{name}")
        ax.set_ylim(0, len(rows))
        ax.grid(False)
    axes[0, 0].set_ylabel(str(next(iter(panels.values())).index.name))
    fig.colorbar(image, ax=axes, label=label)
    return fig


def demand_gap_published(
    exact: Mapping[str, Mapping[int, float]], published: Mapping[int, float]
) -> Figure:
    """Plot exact gaps against k beside published ones, on a logarithmic axis; zeros are left out.

    `exact` maps "mean, n = 6" and the like to gaps by k.
    """
    fig, ax = style.figure(height=4.2)
    for i, (name, values) in enumerate(exact.items()):
        shown = {k: gap for k, gap in values.items() if gap > 1e-6}
        colour = style.PALETTE[3 if name.startswith("largest") else 2]
        line = ("-", "-", "--", "--")[i % 4]
        ax.plot(
            list(shown), list(shown.values()), line, marker="os"[i % 2], color=colour, label=name
        )
    ax.plot(
        list(published), list(published.values()), ":", marker="x", color="0.4",
        label="public picture",
    )  # fmt: skip
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    ax.minorticks_off()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="sampled agents $k$", ylabel=GAP)
    ax.legend(fontsize=9)
    return fig


def _bars(ax: Axes, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Draw mean and 95 % half width against k for every kind of policy."""
    mean, half = columns
    for kind, own in table.groupby("kind", sort=False):
        marker, colour = KINDS[str(kind)]
        ax.errorbar(
            own["k"], own[mean], own[half], marker=marker, color=style.PALETTE[colour], ls="-",
            lw=1, ms=5, capsize=3, label=NAMES[str(kind)],
        )  # fmt: skip


def demand_returns(
    table: pd.DataFrame, lines: Mapping[str, float], published: Mapping[int, float]
) -> Figure:
    """Draw the return against k with 95 % intervals, beside the published rewards on their axis.

    `table` has columns kind ("table", "limit", "learned"), k, mean, half; `lines` are levels.
    """
    style.apply()
    fig, (ax, other) = plt.subplots(2, 1, figsize=(style.WIDTH, 5.4), height_ratios=(2, 1))
    plt.close(fig)
    _bars(ax, table, ("mean", "half"))
    for (name, level), dashes in zip(lines.items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="0.35", ls=dashes, lw=1.4, label=name)
    ax.set_xscale("log")
    ks = [k for k in (1, 2, 3, 5, 8, 13, 22, 50) if k <= table["k"].max()]
    ax.set_xticks(ks, [str(k) for k in ks])
    ax.minorticks_off()
    ax.set(xlabel="sampled agents $k$", ylabel="discounted return")
    ax.legend(fontsize=9, loc="lower right")
    other.plot(list(published), list(published.values()), ":", marker="x", color="0.4")
    other.set(xlabel="sampled agents $k$ (public picture)", ylabel="reward")
    return fig


def demand_bracket(table: pd.DataFrame) -> Figure:
    """Draw what is known of the start's mean value of k agents, k in the index.

    Columns: low, half (95 % half width of low), high, and exact, NaN where no table was solved.
    """
    fig, ax = style.figure(height=3.8)
    ks = table.index.to_numpy()
    ax.fill_between(ks, table["low"], table["high"], color=style.PALETTE[9], alpha=0.3, lw=0)
    ax.plot(
        ks, table["high"], "v-", ms=5, color=style.PALETTE[3], label="average of $V_j$, largest $j$"
    )
    ax.errorbar(
        ks, table["low"], table["half"], fmt="^-", ms=5, capsize=3, color=style.PALETTE[0],
        label=r"$V_\infty$ at the histogram",
    )  # fmt: skip
    ax.plot(ks, table["exact"], "_", ms=14, mew=2.5, color="black", label="exact $V_k$")
    ax.set_xscale("log")
    ax.set_xticks(ks[ks != 19], [str(k) for k in ks[ks != 19]])
    ax.minorticks_off()
    ax.set(xlabel="agents $k$", ylabel="mean value at the start")
    ax.legend(fontsize=9)
    return fig


def demand_population(table: pd.DataFrame) -> Figure:
    """Draw the return against the number of users n; columns policy, n, mean, half."""
    fig, ax = style.figure(height=4.8)
    for i, (policy, own) in enumerate(table.groupby("policy", sort=False)):
        kind, _, k = str(policy).partition(" ")
        shift = 1.12 ** (i - table["policy"].nunique() / 2)  # so that no bar hides another
        ax.errorbar(
            own["n"] * shift, own["mean"], own["half"], marker=KINDS[kind][0], ms=5, capsize=3,
            ls="-", lw=1, color=style.PALETTE[i], label=f"{NAMES[kind].replace(' of $k$', '')}, "
            f"$k = {k}$",
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set(xlabel="users $n$", ylabel="discounted return")
    style.legend_below(ax)
    return fig
