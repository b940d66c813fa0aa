"""Figures of demand response with many users: Figure 1c, its bracket, ever more users."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style

KINDS = {"table": ("o", 2, "-"), "limit": ("s", 0, "--"), "learned": ("^", 3, ":")}  # its look
APART = (0, 1, 2, 3, 5, 7, 8)  # colours of the palette that nobody takes for one another
NAMES = {
    "table": "exact table of $k$",
    "limit": "mean-field policy",
    "learned": "learned table, $m = 50$",
}


def demand_returns(
    table: pd.DataFrame, lines: Mapping[str, float], published: Mapping[int, float]
) -> Figure:
    """Draw returns against k, and `lines` as levels, above the published rewards."""
    fig, axes = style.panels(2, 1, height=5.4, height_ratios=(2, 1))
    ax, other = axes[:, 0]
    for kind, curve in table.groupby("kind", sort=False):
        marker, colour, line = KINDS[str(kind)]
        means = style.half_widths(curve, "k", "mean", "half")
        style.intervals(
            ax, means, colour, NAMES[str(kind)], marker=marker, linestyle=line, linewidth=1
        )
    for (name, level), dashes in zip(lines.items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="0.35", ls=dashes, lw=1.4, label=name)
    ax.set(xscale="log", xlabel="sampled agents $k$", ylabel="discounted return")
    ks = [k for k in (1, 2, 3, 5, 8, 13, 22, 50) if k <= table["k"].max()]
    style.plain_numbers(ax.xaxis, ks)
    ax.legend(fontsize=10, loc="lower right")
    other.plot(pd.Series(published), ":", marker="x", color="0.4")
    other.set(xlabel="sampled agents $k$ (public picture)", ylabel="reward")
    return fig


def demand_bracket(table: pd.DataFrame) -> Figure:
    """Draw low, high and exact (NaN: not solved) mean values of k agents at the start."""
    fig, ax = style.figure(height=3.8, xlabel="agents $k$", ylabel="mean value at the start")
    ks = table.index.to_numpy()
    ax.fill_between(ks, table["low"], table["high"], color=style.PALETTE[9], alpha=0.3, lw=0)
    upper = "upper bound: values of the largest $j$ solved"
    ax.plot(ks, table["high"], "v-", ms=5, color=style.PALETTE[3], label=upper)
    ax.errorbar(
        ks, table["low"], table["half"], fmt="^-", ms=5, capsize=3, color=style.PALETTE[0],
        label="lower bound: mean-field value",
    )  # fmt: skip
    ax.plot(ks, table["exact"], "_", ms=14, mew=2.5, color="0.1", label="exact value")
    ax.set_xscale("log")
    style.plain_numbers(ax.xaxis, ks[ks != 19])
    ax.legend(fontsize=10)
    return fig


def demand_population(table: pd.DataFrame) -> Figure:
    """Draw the return against the number of users n; columns policy, n, mean, half."""
    fig, ax = style.figure(height=4.8, xlabel="users $n$", ylabel="discounted return")
    for i, (policy, curve) in enumerate(table.groupby("policy", sort=False)):
        kind, _, k = str(policy).partition(" ")
        shift = 1.12 ** (i - table["policy"].nunique() / 2)  # so that no bar hides another
        label = NAMES[kind].replace(" of $k$", "") + f", $k = {k}$"
        means = style.half_widths(curve.assign(n=curve["n"] * shift), "n", "mean", "half")
        marker, _, line = KINDS[kind]
        style.intervals(ax, means, APART[i], label, marker=marker, linestyle=line, linewidth=1)
    ax.set_xscale("log")
    style.legend_below(ax)
    return fig


def judged_losses(table: pd.DataFrame) -> Figure:
    """Draw the loss of each policy against the judge's j; columns policy, j, loss, half."""
    fig, ax = style.figure(xlabel="agents $j$ of the judge", ylabel="loss (discounted reward)")
    for i, (policy, rows) in enumerate(table.groupby("policy", sort=False)):
        style.intervals(ax, style.half_widths(rows, "j", "loss", "half"), i, str(policy))
    ax.set_ylim(bottom=0)
    ax.set_xticks(sorted(table.j.unique()))
    style.legend_below(ax)
    return fig
