"""Figures of the chapter on the bound of Theorem 3.2."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssq_book import style
from ssq_book.style import OTHER, PALETTE, PRINTED, SHARP, log_x, log_y, stacked

BEST = PALETTE[1]


def objective_over_delta(
    table: pd.DataFrame, paper: Sequence[float], best: Sequence[float]
) -> Figure:
    """Draw f(delta) with the paper's choice and the minimiser, each as (delta, f)."""
    xlabel = r"failure probability $\delta$"
    fig, ax = style.figure(xlabel=xlabel, ylabel=r"$f(\delta)$", xscale="log")
    ax.plot(table["delta"], table["f"], color=SHARP)
    for (delta, height), color, marker, label in (
        (paper, PRINTED, "s", "the paper's choice"),
        (best, BEST, "o", "minimiser (Lambert W)"),
    ):
        ax.plot([delta], [height], ls="", marker=marker, ms=9, color=color, label=label)
    ax.legend(loc="upper left")
    return fig


def bounds_over_k(table: pd.DataFrame) -> Figure:
    """Draw bounds against k as multiples of the largest gap: above 1 they say nothing."""
    fig, ax = style.figure(
        height=4.2, xlabel="sampled agents $k$", ylabel="bound / largest possible gap"
    )
    lines = (
        ("theorem_3_2", PRINTED, "--", "P-3.2"),
        ("best_delta", BEST, "-.", r"P-D.3, best $\delta$"),
        ("martingale", SHARP, "-", "L5, martingale form"),
        ("variance", OTHER, ":", "L5, variance form"),
    )
    for column, color, dash, label in lines:
        ax.plot(table["k"], table[column], color=color, ls=dash, lw=2, label=label)
    top = 1.3 * float(table.drop(columns="k").max().max())
    ax.axhspan(1, top, color="0.9", zorder=0)
    ax.set(xscale="log", yscale="log", xlim=(table["k"].min(), table["k"].max()))
    ax.set_ylim(top=top)
    ax.legend(loc="lower left")
    return fig


def gap_beside_bounds(table: pd.DataFrame) -> Figure:
    """Draw the exact gap against k beside the bounds on it; zeros are left out."""
    fig, ax = style.figure(height=4.4)
    lines = (
        ("theorem_3_2", PRINTED, "--", "s", "P-3.2"),
        ("trivial", "0.35", ":", "", "largest possible gap"),
        ("L5", OTHER, "-.", "^", "L5"),
        ("largest", SHARP, "-", "o", "exact gap, largest"),
        ("mean", BEST, "-", "D", "exact gap, mean"),
    )
    for column, color, dash, marker, label in lines:
        shown = table[table[column] > 1e-6]  # certified zeros
        ax.plot(shown["k"], shown[column], color=color, ls=dash, marker=marker, label=label)
    ax.set(xlabel="sampled agents $k$", ylabel="discounted reward", yscale="log")
    ax.set(xlim=(table["k"].min() - 0.2, table["k"].max() + 0.2))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.legend_below(ax)
    return fig


def explorer_view(table: pd.DataFrame, k: int, here: Mapping[str, float]) -> Figure:
    """Draw both bounds against k as multiples of the largest gap; `here` are those at `k`."""
    fig, (ax,) = stacked(4.2, (1,), 0.14)
    bottom, top = 1e-3, 1e3
    ax.axhspan(1, top, color="0.92", zorder=0)
    for name, colour, dash, marker, label in (
        ("theorem_3_2", PRINTED, "--", "s", "P-3.2"),
        ("L5", SHARP, "-", "o", "L5"),
    ):
        ax.plot(table.k, table[name].where(table[name] > 0), dash, color=colour, lw=2, label=label)
        ax.plot(k, max(here[name], bottom), marker, ms=10, color=colour, clip_on=False)
    log_x(ax, float(table.k.max()))
    ax.axvline(k, color="0.4", lw=1, ls=":")
    log_y(ax, bottom, top)
    ax.set(xlabel="sampled agents $k$", ylabel="bound / largest possible gap")
    ax.legend(loc="lower left")
    return fig
