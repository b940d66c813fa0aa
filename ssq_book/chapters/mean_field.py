"""The mean-field limit: limits of the parameters; figures of its value, rate and actions."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ssq_book import style
from ssq_book.chapters.demand_response.figures import draw_cells, legend_patches
from ssq_book.limits import GAMMA, SEED, WEIGHT, count, one_of, real
from ssq_core.model import Floats, Ints

LIMITS = {
    "p": real(0.5, 1),
    "share": real(0.5, 1),
    "gamma": GAMMA,
    "k_max": one_of(8, 16, 32, 64, 128, 256),
    "weight": WEIGHT,
    "n1": count(0),
    "n2": count(0),
    "n1 + n2": count(2, 8),
    "states": count(1, 10_000),
    "seed": SEED,
}
SWEEP = ("mean-field-width", 10)


def value(share: Floats, limit: Floats, samples: Mapping[int, tuple[Floats, Floats]]) -> Figure:
    """Draw V_inf over the share of the agents in state 0; `samples`: k to shares and V_k there."""
    ylabel = "value at global state 0 (discounted reward)"
    fig, ax = style.figure(
        height=4.4, xlabel="share of the agents in state 0, $F(0)$", ylabel=ylabel
    )
    colors = sns.color_palette("viridis_r", len(samples) + 1)[1:]
    for color, (k, (at, values)) in zip(colors, samples.items(), strict=True):
        ax.plot(at, values, "o-", ms=4, lw=0.8, color=color, label=f"$k = {k}$ agents")
    ax.plot(share, limit, color=style.PALETTE[3], lw=3, label="mean field")
    style.legend_below(ax)
    return fig


def rate(excess: pd.DataFrame, bound: pd.DataFrame) -> Figure:
    """Draw V_k - V_inf against k on log axes, one line per place, beside L3."""
    fig, ax = style.figure(height=4.4)
    sns.lineplot(
        excess, x="k", y="excess", hue="start", style="start", markers=True, dashes=False, ax=ax,
        palette=style.PALETTE[: excess["start"].nunique()], markeredgewidth=0,
    )  # fmt: skip
    ax.plot(bound["k"], bound["L3"], color="0.35", ls="--", label=r"L3, of order $1/\sqrt{k}$")
    ax.set(xscale="log", yscale="log")
    style.plain_numbers(ax.xaxis, sorted(excess["k"].unique()))
    ax.set(xlabel="sampled agents $k$", ylabel="value above the mean field's (discounted reward)")
    style.legend_below(ax, ncols=1)
    return fig


def sandwich(table: pd.DataFrame) -> Figure:
    """Draw the column exact between V_inf, at 0, and the upper bounds, the other columns."""
    fig, ax = style.figure(height=4.2)
    table = table.sort_values("exact", ignore_index=True)
    uppers = [name for name in table if name != "exact"]
    colors = sns.color_palette("viridis_r", len(uppers) + 1)[1:]
    for color, marker, name in zip(colors, "vD^sphX"[: len(uppers)], uppers, strict=True):
        ax.plot(table.index, table[name], marker, ms=5, color=color, label=f"upper bound, {name}")
    ax.plot(table.index, table["exact"], "_", ms=9, mew=2.2, color=style.SHARP, label="exact value")
    ax.axhline(0, color=style.PALETTE[3], label="lower bound, mean field")
    ax.set(xlabel="state (sorted by its exact value)", xticks=[])
    ax.set(ylabel="value above the mean field's (discounted reward)")
    style.legend_below(ax)
    return fig


def actions(maps: Mapping[str, Ints]) -> Figure:
    """Draw greedy actions [s_g, level of type 2, of type 1], one row of maps per entry."""
    G, D = next(iter(maps.values())).shape[:2]
    fig, axes = style.panels(len(maps), G, height=1.2 * len(maps) + 1, sharex=True, sharey=True)
    ticks, names = np.arange(D) + 0.5, [str(level + 1) for level in range(D)]
    for row, (label, chosen) in zip(axes, maps.items(), strict=True):
        for ax, change in zip(row, chosen - 1.0, strict=True):
            draw_cells(ax, change)
            ax.set_xticks(ticks, names)
            ax.set_yticks(ticks, names)
        row[0].set_ylabel(f"{label}\nlevel, type 2")
    for g, ax in enumerate(axes[0]):
        ax.text(D / 2, D + 0.2, f"target {g + 1}", ha="center", va="bottom")
    axes[-1, G // 2].set_xlabel("level of every user of type 1 (consumed as desired)")
    style.legend_below(axes[0, 0], handles=legend_patches(), ncols=3)
    return fig
