"""Figures of the demand-response chapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from ssq_book import style
from ssq_core.model import Floats, Ints

GAP = "optimality gap (discounted reward)"
NEUTRAL = "#f0f0f0"
ACTIONS = LinearSegmentedColormap.from_list(
    "actions", ["#4a9fd8", NEUTRAL, "#f0a02c"]
)  # from lower (-1) over hold (0) to raise (+1), light enough for a black sign on top
MARKERS = ("_", ".", "+")
LEGEND = ("− lower the target", "· hold", "+ raise the target")
GAP_TICKS = (0, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
TOP = 6.5  # of the axis of the explorer's gaps, unless a gap is larger
LARGEST, MEAN = style.PALETTE[3], style.PALETTE[2]


def demand_response_map(greedy: Ints, executed: Floats) -> Figure:
    """Draw greedy actions (2, G, D, D) of like samples, and the mean change executed (G, D, D)."""
    margins = {"left": 0.09, "right": 0.99, "top": 0.95, "hspace": 0.1}
    fig, axes = style.stacked(5.2, (1, 1, 0.22, 1), 0.17, width=8.2, **margins)
    axes.pop(2).remove()  # room for the labels of the upper rows
    draw_map(axes, greedy, executed)
    return fig


def draw_cells(ax: Axes, change: Floats, signs: bool = True) -> None:
    """Draw changes of the target in [-1, 1] as square cells, with their signs; NaN is a gap."""
    shown = np.ma.masked_invalid(change)
    ax.pcolormesh(shown, cmap=ACTIONS, vmin=-1, vmax=1, edgecolors="white", linewidth=0.8)
    for action, marker in enumerate(MARKERS if signs else ()):
        y, x = np.nonzero(change == action - 1)
        ax.scatter(x + 0.5, y + 0.5, s=32, marker=marker, color="black", linewidths=1.3)
    ax.set(aspect="equal")
    ax.tick_params(length=0, pad=1)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def legend_patches() -> list[Patch]:
    """Return what a legend shows of the three actions."""
    colours = zip((0.0, 0.5, 1.0), LEGEND, strict=True)
    return [Patch(facecolor=ACTIONS(x), edgecolor="0.6", label=text) for x, text in colours]


def draw_map(axes: Sequence[Axes], greedy: Ints, executed: Floats, levels_size: float = 8) -> None:
    """Draw three rows of maps, one axes each: the maps of all s_g side by side, a gap between."""
    G, D = executed.shape[:2]
    starts, levels = (D + 1) * np.arange(G), np.arange(D)
    names = [str(level + 1) for level in levels]
    labels = ("type 1\nconsumed $s^{*}$", "type 2\nconsumed $s^{*}$", "executed\n$\\bar s$, type 2")
    for row, (ax, change) in enumerate(zip(axes, [*(greedy - 1.0), executed], strict=True)):
        strip = np.pad(change, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)
        draw_cells(ax, np.concatenate(list(strip), axis=1)[:, :-1], signs=row < 2)
        ax.set(ylabel=labels[row])
        ax.set_yticks(levels + 0.5, names, fontsize=levels_size)
        where = (starts[:, None] + levels + 0.5).ravel() if row else []
        ax.set_xticks(where, names * G if row else [], fontsize=levels_size)
    for g, start in enumerate(starts):
        axes[0].text(start + D / 2, D + 0.2, f"$s_g = {g + 1}$", ha="center", va="bottom")
    axes[1].set_xlabel(r"desired consumption $\bar s$ of every sampled agent", fontsize=10)
    axes[2].set_xlabel(r"$\bar s = s^*$ of every agent of type 1", fontsize=10)
    axes[2].legend(
        handles=legend_patches(), loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=3,
        fontsize=9,
    )  # fmt: skip


def _log_gaps(ax: Axes) -> None:
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    ax.minorticks_off()


def demand_response_gap(largest: Sequence[float], mean: Sequence[float], error: float) -> Figure:
    """Draw the exact largest and mean gap against k = 1..n; below `error`, 0 is written."""
    fig, ax = style.figure()
    ks = np.arange(1, len(largest) + 1)
    zero = np.array(largest) <= error
    for values, marker, colour, name in (
        (largest, "o", LARGEST, "largest over all joint states"),
        (mean, "s", MEAN, "mean over all joint states"),
    ):
        shown = np.where(zero, np.nan, values) if not zero.all() else np.zeros(len(ks))
        ax.plot(ks, shown, marker=marker, color=colour, label=name)
    if not zero.all():
        _log_gaps(ax)
        for k in ks[zero]:
            digit, power = f"{error:.0e}".split("e")
            text = f"0 at $k = {k}$\n(certified to ${digit}\\cdot10^{{{int(power)}}}$)"
            where = ("data", "axes fraction")
            ax.annotate(text, (k, 0.04), xycoords=where, ha="center", fontsize=9)
    ax.set_xlim(0.6, len(ks) + 0.5)
    ax.set_xticks(ks)
    ax.set(xlabel="sampled agents $k$", ylabel=GAP)
    ax.legend()
    return fig


def demand_response_samples(learned: pd.DataFrame, exact: float, k: int) -> Figure:
    """Draw mean gaps of learned tables against m, with intervals, and the exact table's gap."""
    fig, ax = style.figure()
    style.means(ax, learned, "m", "mean", 0, f"learned, $k = {k}$")
    ax.axhline(exact, color=style.PALETTE[1], ls="--", label=f"exact operator, $k = {k}$")
    ax.set_xscale("log")
    style.plain_numbers(ax.xaxis, sorted(learned["m"].unique()))
    ax.set_ylim(bottom=0)
    ax.set(xlabel="samples per update $m$", ylabel="mean optimality gap (discounted reward)")
    ax.legend()
    return fig


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
    top = max(float(np.nanmax(gaps.to_numpy())) for gaps in panels.values())
    for ax, (name, gaps) in zip(axes[0], panels.items(), strict=True):
        shown = np.ma.masked_less_equal(gaps.to_numpy(), 1e-6)
        image = ax.pcolormesh(
            shown, cmap="viridis_r", norm=PowerNorm(0.5, 0, top), edgecolors="white", linewidth=0.3
        )
        columns, rows = np.array(gaps.columns, dtype=float), list(gaps.index)
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
    _log_gaps(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="sampled agents $k$", ylabel=GAP)
    ax.legend(fontsize=9)
    return fig


def explorer_view(
    greedy: Ints,
    executed: Floats,
    curves: Mapping[str, Sequence[float]],
    here: tuple[int, Mapping[str, Any]],
    error: float,
) -> Figure:
    """Draw the maps above the gap against k; `here` is k and the gaps shown, below `error` 0."""
    height = 7.0
    fig, axes = style.stacked(height, (1,) * 4, 0.1)
    for ax, low, tall in zip(axes, (5.74, 4.7, 3.2, 0.8), (0.96, 0.96, 0.96, 1.64), strict=True):
        ax.set_position((0.115, low / height, 0.87, tall / height))  # inches, from below
    draw_map(axes[:3], greedy, executed, levels_size=10)
    for ax in axes[:3]:
        ax.yaxis.label.set_fontsize(10)
    ax = axes[3]
    ks, highest = np.arange(1, len(curves["largest"]) + 1), TOP
    for name, size, colour in (("largest", 11, LARGEST), ("mean", 7, MEAN)):
        values, value = np.array(curves[name]), float(here[1][name])
        shown = np.where(values > error, values, 0.0)
        ax.plot(ks, shown, "o--", ms=4, color=colour, alpha=0.6, label=f"{name}, $m = ∞$")
        at = value if value > error else 0.0
        ax.plot(here[0], at, "D", ms=size, color=colour, label=f"{name}, shown", clip_on=False)
        highest = max(highest, value, *values)
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
