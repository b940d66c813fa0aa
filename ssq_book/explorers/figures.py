"""Figures of the explorers: narrow enough for a phone, drawn fast, on axes that stay comparable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from ssq_book import style
from ssq_book.chapters.demand_response.figures import LARGEST, MEAN, draw_map
from ssq_core.systems.queueing import Estimate
from ssq_core.theory.concentration import Estimate as Probability

PRINTED, SHARP, OTHER = style.PALETTE[3], style.PALETTE[0], style.PALETTE[2]
WIDTH = 6.4  # inches
GAP_TICKS = (0, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
TOP = 6.5  # of the axis of demand response's gaps, unless a gap is larger
FLOOR = 1e-6  # of the axes of probabilities


def _figure(height: float, rows: Sequence[float], bottom: float) -> tuple[Figure, list[Axes]]:
    """Return a closed figure of axes one above the other; its margins are set by hand.

    The constrained layout of the other figures would take most of the drawing time; the
    placeholder keeps it from coming back when a figure is drawn a second time.
    """
    style.apply()
    fig = plt.figure(figsize=(WIDTH, height), layout=PlaceHolderLayoutEngine(True, True))
    plt.close(fig)
    fig.subplots_adjust(left=0.13, right=0.965, top=0.97, bottom=bottom, hspace=0.12)
    axes = fig.subplots(len(rows), 1, height_ratios=rows, squeeze=False)[:, 0]
    return fig, list(axes)


def _log_y(ax: Axes, low: float, high: float) -> None:
    """Make y logarithmic from `low` to `high`, without minor ticks: most of the drawing time."""
    ax.set(yscale="log", ylim=(low, high))
    ax.yaxis.set_minor_locator(NullLocator())


def _log_x(ax: Axes, high: float) -> None:
    """Make x logarithmic, from 1 to `high`, with plain numbers at its ticks."""
    ax.set_xscale("log")
    ax.set_xlim(0.93, max(high, 2) * 1.07)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 3000 else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())


def demand_response_view(
    greedy: NDArray[np.int64],
    executed: NDArray[np.float64],
    curves: Mapping[str, Sequence[float]],
    here: tuple[int, Mapping[str, Any]],
    error: float,
) -> Figure:
    """Draw the maps of `demand_response_map` above the optimality gap against k.

    `curves` has the exact operator's "largest" and "mean" gaps at k = 1, 2, ..., `here` is k and
    the same of the policy shown, `error` the certified error of a gap: below it, 0 is drawn.
    """
    height = 7.0
    fig, axes = _figure(height, (1,) * 4, 0.1)
    for ax, low, tall in zip(axes, (5.74, 4.7, 3.2, 0.8), (0.96, 0.96, 0.96, 1.64), strict=True):
        ax.set_position((0.115, low / height, 0.87, tall / height))  # inches, from below
    draw_map(axes[:3], greedy, executed, levels_size=10)
    for ax in axes[:3]:
        ax.yaxis.label.set_fontsize(10)
    ax = axes[3]
    ks, highest = np.arange(1, len(curves["largest"]) + 1), TOP
    for name, size, colour in (("largest", 11, LARGEST), ("mean", 7, MEAN)):
        values, own = np.array(curves[name]), float(here[1][name])
        shown = np.where(values > error, values, 0.0)
        ax.plot(ks, shown, "o--", ms=4, color=colour, alpha=0.6, label=f"{name}, $m = ∞$")
        at = own if own > error else 0.0
        ax.plot(here[0], at, "D", ms=size, color=colour, label=f"{name}, shown", clip_on=False)
        highest = max(highest, own, *values)
    ax.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0)), np.square))
    ax.set_ylim(0, 1.02 * highest)
    ticks = [tick for tick in GAP_TICKS if tick <= highest]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="sampled users $k$", ylabel="optimality gap")
    ax.margins(x=0.08)
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.47, -0.28), ncols=4, fontsize=9, columnspacing=1
    )
    return fig


def concentration_view(
    table: pd.DataFrame, k: int, probability: Probability, here: Mapping[str, float], eps: float
) -> Figure:
    """Draw failure probability and bound against k above both radii of TV, with `k` marked.

    `table` has columns k, probability, bound, printed, corrected; `here` the last three at `k`.
    """
    fig, (top, low) = _figure(5.6, (1, 1), 0.105)
    top.plot(table.k, table.bound, "--", color=PRINTED, label="Theorem 4.3")
    top.plot(table.k, table.probability, color=SHARP, label="probability")
    top.plot(k, here["bound"], "s", ms=9, color=PRINTED)
    height = max(probability.value, FLOOR)  # an exact 0 lies on the axis
    bar = [[max(height - probability.low, 0)], [max(probability.high - height, 0)]]
    top.errorbar(k, height, yerr=bar, fmt="o", ms=10, capsize=4, color=SHARP, clip_on=False)
    _log_y(top, FLOOR, 2)
    top.set(ylabel=f"P[sup ≥ {eps:g}]")
    top.tick_params(labelbottom=False)
    for column, colour, dash, marker, name in (
        ("printed", PRINTED, "--", "s", "Eq. (13) as printed"),
        ("corrected", SHARP, "-", "o", "corrected"),
    ):
        low.plot(table.k, table[column], dash, color=colour, label=name)
        low.plot(k, here[column], marker, ms=9, color=colour, clip_on=False)
    low.set(ylim=(0, 1.02), ylabel="radius of TV", xlabel="sampled agents $k$")
    for ax in (top, low):
        _log_x(ax, float(table.k.max()))
        ax.axvline(k, color="0.4", lw=1, ls=":")
    top.legend(loc="lower left")
    low.legend(loc="upper right")
    return fig


def queueing_view(
    gaps: Mapping[int, Estimate], k: int, tails: Mapping[int, NDArray[np.float64]], n: int
) -> Figure:
    """Draw the gap to JSQ(n) against k, with `k` marked, above the shares of queue lengths.

    `tails` maps values of k to the share of queues with l = 0, 1, ... jobs or more.
    """
    fig, (top, low) = _figure(6.2, (1, 1), 0.1)
    fig.subplots_adjust(hspace=0.34)
    values = list(gaps.values())
    bars = [e.half_width for e in values]
    top.errorbar(list(gaps), [e.mean for e in values], yerr=bars, fmt="o-", ms=5, capsize=3,
                 color=SHARP)  # fmt: skip
    top.plot(k, gaps[k].mean, "D", ms=11, color=PRINTED, clip_on=False)
    _log_x(top, max(gaps))
    top.xaxis.set_major_locator(FixedLocator([j for j in (1, 2, 3, 5, 8, 16, 32, 64) if j <= n]))
    top.axhline(0, color="0.4", lw=0.8)
    top.set(xlabel="sampled queues $k$", ylabel=f"gap to JSQ({n})")
    for j, tail in tails.items():
        jobs, name = np.arange(len(tail)), f"$k = n = {n}$" if j == n else f"$k = {j}$"
        look = (PRINTED, "-") if j == k else (OTHER, "--") if j == n else ("0.35", ":")
        low.plot(jobs, np.where(tail > 0, tail, np.nan), look[1], color=look[0], lw=2, label=name)
    _log_y(low, 1e-4, 1.3)
    low.set(xlim=(0, 15), xlabel="jobs $l$ in a queue")
    low.set_ylabel("share with $l$ or more")
    low.xaxis.set_major_locator(MaxNLocator(integer=True))
    low.legend(loc="upper right")
    return fig


def bound_view(table: pd.DataFrame, k: int, here: Mapping[str, float]) -> Figure:
    """Draw Theorem 3.2 and L5 against k as multiples of the largest possible gap; `k` is marked.

    `table` has columns k, theorem_3_2 and L5, `here` the last two at `k`; above 1 (shaded) a bound
    says nothing, and a bound of 0 is not on the axis.
    """
    fig, (ax,) = _figure(4.2, (1,), 0.14)
    bottom, top = 1e-3, 1e3
    ax.axhspan(1, top, color="0.92", zorder=0)
    for name, colour, dash, marker, label in (
        ("theorem_3_2", PRINTED, "--", "s", "Theorem 3.2"),
        ("L5", SHARP, "-", "o", "L5"),
    ):
        ax.plot(table.k, table[name].where(table[name] > 0), dash, color=colour, lw=2, label=label)
        ax.plot(k, max(here[name], bottom), marker, ms=10, color=colour, clip_on=False)
    _log_x(ax, float(table.k.max()))
    ax.axvline(k, color="0.4", lw=1, ls=":")
    _log_y(ax, bottom, top)
    ax.set(xlabel="sampled agents $k$")
    ax.set_ylabel("bound / largest possible gap")
    ax.legend(loc="lower left")
    return fig
