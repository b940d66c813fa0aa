"""Figures of the demand-response chapter."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

import ssq_core as ssq
from ssq_book import style
from ssq_core.model import Floats, Ints
from ssq_core.systems.demand_response import LEVELS, TYPES

GAP = "optimality gap (discounted reward)"
NEUTRAL = "#f0f0f0"
ACTIONS = LinearSegmentedColormap.from_list(
    "actions", ["#4a9fd8", NEUTRAL, "#f0a02c"]
)  # from lower (-1) over hold (0) to raise (+1), light enough for a black sign on top
TARGETS = (2, 3, 4)  # that have a row of maps
MARKERS = ("_", ".", "+")
LEGEND = ("− lower the target", "· hold", "+ raise the target")
GAP_TICKS = (0, 0.1, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
TOP = 4.5  # of the axis of the explorer's gaps, unless a gap is larger
CMAP = mpl.colormaps["viridis_r"]
LARGEST, MEAN = style.PALETTE[3], style.PALETTE[2]


def draw_cells(
    ax: Axes, change: Floats, signs: bool | NDArray[np.bool_] = True, at: float = 0.0
) -> None:
    """Draw changes of the target in [-1, 1] as square cells from x = `at`; `signs`: where."""
    edges = [np.arange(n + 1.0) for n in change.shape]
    ax.pcolormesh(
        edges[1] + at, edges[0], change, cmap=ACTIONS, vmin=-1, vmax=1, edgecolors="white",
        linewidth=0.8,
    )  # fmt: skip
    for action, marker in enumerate(MARKERS):
        y, x = np.nonzero((change == action - 1) & signs)
        ax.scatter(x + at + 0.5, y + 0.5, s=32, marker=marker, color="black", linewidths=1.3)
    ax.set(aspect="equal")
    ax.tick_params(length=0, pad=1)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def legend_patches() -> list[Patch]:
    """Return what a legend shows of the three actions."""
    colours = zip((0.0, 0.5, 1.0), LEGEND, strict=True)
    return [Patch(facecolor=ACTIONS(x), edgecolor="0.6", label=text) for x, text in colours]


def demand_response_map(greedy: Ints, executed: Floats) -> Figure:
    """Draw greedy actions (2, G, D, D) of like samples beside probabilities executed (G, D, D, A).

    A row of maps for each of `TARGETS`; executed is the likeliest action, its probability in per
    cent where it is not certain.
    """
    D, rows = greedy.shape[-1], len(TARGETS)
    height = 1.6 * rows + 1.2  # inches
    fig, axes = style.stacked(height, [1] * rows, 0.95 / height, left=0.13, hspace=0.06)
    starts, levels = (D + 0.5) * np.arange(3), np.arange(D)
    names = [str(level + 1) for level in levels]
    for ax, target in zip(axes, TARGETS, strict=True):
        likeliest = executed[target - 1].argmax(axis=-1)
        chance = executed[target - 1].max(axis=-1).round(2)
        draw_cells(ax, greedy[0, target - 1] - 1.0)
        draw_cells(ax, greedy[1, target - 1] - 1.0, at=starts[1])
        draw_cells(ax, likeliest - 1.0, np.isclose(chance, 1), at=starts[2])
        for y, x in np.argwhere(chance < 1):
            text = f"{'−·+'[likeliest[y, x]]}{100 * chance[y, x]:.0f}"
            ax.text(starts[2] + x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=10)
        ax.set(xlim=(0, starts[2] + D), ylim=(0, D), xticks=[])
        ax.set_ylabel(f"target {target}\nconsumed", fontsize=10)
        ax.set_yticks(levels + 0.5, names, fontsize=10)
    axes[-1].set_xticks((starts[:, None] + levels + 0.5).ravel(), names * 3, fontsize=10)
    tops = ("all of type 1", "all of type 2", "executed, %")
    bottoms = (r"desired $\bar s$", r"desired $\bar s$", "type 1 (up: type 2)")
    for start, top, bottom in zip(starts, tops, bottoms, strict=True):
        axes[0].text(start + D / 2, D + 0.2, top, ha="center", va="bottom", fontsize=10)
        axes[-1].text(start + D / 2, -0.8, bottom, ha="center", va="top", fontsize=10)
    fig.legend(handles=legend_patches(), loc="lower center", ncols=3, fontsize=10, handlelength=1)
    return fig


def demand_response_samples(learned: pd.DataFrame, exact: float, k: int) -> Figure:
    """Draw mean gaps of learned tables against m, with intervals, and the exact table's gap."""
    ylabel = "mean optimality gap (discounted reward)"
    fig, ax = style.figure(xlabel="samples per update $m$", ylabel=ylabel)
    style.means(ax, learned, "m", "mean", 0, f"learned, $k = {k}$")
    ax.axhline(exact, color=style.PALETTE[1], ls="--", label=f"exact operator, $k = {k}$")
    ax.set_xscale("log")
    style.plain_numbers(ax.xaxis, sorted(learned["m"].unique()))
    ax.set_ylim(bottom=0)
    ax.legend()
    return fig


def demand_trajectory(runs: Mapping[str, ssq.Run]) -> Figure:
    """Draw the target and the mean consumption against the step, for one traced run per name."""
    fig, axes = style.panels(2, 1, height=4.4, sharex=True)
    consumed = np.repeat(np.tile(LEVELS, len(TYPES)), len(LEVELS))  # s* of every local state
    for i, (name, run) in enumerate(runs.items()):
        assert run.s_g is not None
        assert run.counts is not None
        target, counts = run.s_g[0] + 1, run.counts[0]
        means, look = counts @ consumed / counts.sum(axis=1), ("--", "-")[i % 2]
        axes[0, 0].step(range(len(target)), target, look, where="post", label=name)
        axes[1, 0].plot(means, look, marker=style.MARKERS[i], ms=4, label=name)
    axes[0, 0].set_ylabel("target")
    axes[1, 0].set(xlabel="step $t$", ylabel="mean consumption")
    for ax in axes[:, 0]:
        ax.set(ylim=(0.8, 5.2), yticks=LEVELS)
    axes[0, 0].legend()
    return fig


def demand_weights(gaps: pd.DataFrame, edge: float) -> Figure:
    """Draw the columns mean_1, largest_1, ... of k against the weight, and w* at `edge`."""
    fig, ax = style.figure(height=4.2, xlabel="weight $w$", ylabel=GAP)
    for i, name in enumerate(name for name in gaps if str(name).startswith("mean_")):
        k, colour, marker = str(name).removeprefix("mean_"), style.PALETTE[i], style.MARKERS[i]
        ax.plot(gaps[name], "-", marker=marker, ms=5, color=colour, label=f"mean, $k = {k}$")
        largest = gaps[f"largest_{k}"]
        ax.plot(largest, "--", marker=marker, ms=5, color=colour, label=f"largest, $k = {k}$")
    ax.axvline(edge, color="0.35", ls=":", label="w*")
    style.legend_below(ax)
    return fig


def demand_phase(gaps: pd.DataFrame, edge: Mapping[float, float]) -> Figure:
    """Draw a gap by weight (columns) and gamma (rows), and the line of w*; 0 is left empty."""
    fig, ax = style.figure(height=3.6)
    columns, rows = ([float(x) for x in axis] for axis in (gaps.columns, gaps.index))
    shown = np.ma.masked_less_equal(gaps.to_numpy(), 1e-6)
    look: dict[str, Any] = {"cmap": CMAP, "norm": PowerNorm(0.5, 0), "shading": "nearest"}
    image = ax.pcolormesh(columns, rows, shown, **look)
    ax.plot(list(edge.values()), list(edge), color=LARGEST, lw=2, marker="o", ms=5)
    ax.set(xlabel="weight $w$", ylabel=r"discount $\gamma$", yticks=rows[:5] + rows[-1:])
    ax.grid(False)
    fig.colorbar(image, ax=ax, label=r"mean gap times $1 - \gamma$")
    return fig


def demand_gap_published(
    exact: Mapping[str, Mapping[int, float]], published: Mapping[int, float]
) -> Figure:
    """Draw exact gaps by k, of "mean, n = 6" and the like, beside published ones; no zeros."""
    fig, ax = style.figure(height=4.2, xlabel="sampled agents $k$", ylabel=GAP)
    for i, (name, values) in enumerate(exact.items()):
        shown = pd.Series({k: gap for k, gap in values.items() if gap > 1e-6})
        colour, line = LARGEST if name.startswith("largest") else MEAN, ("-", "--")[i // 2]
        ax.plot(shown, line, marker="os"[i % 2], color=colour, label=name)
    ax.plot(pd.Series(published), ":", marker="x", color="0.4", label="public picture")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=10)
    return fig


def explorer_view(
    gaps: pd.DataFrame, of_m: Mapping[int, Mapping[str, Any]], k: int, m: float
) -> Figure:
    """Draw the mean gap against k at m, with the least and greatest of its tables, and over (k, m).

    `gaps` are mean gaps, rows k and columns m (infinite: exact), NaN where unknown; `of_m` maps k
    to the row of numbers at m. The point at `k` and `m` is marked in both.
    """
    fig, (ax, heat) = style.stacked(5.6, (1.25, 1), 0.1, hspace=0.42, right=0.97)
    exact, here, ks = gaps[np.inf], pd.DataFrame(of_m).T.sort_index(), list(gaps.index)
    constant = float(here["constant_mean"].iloc[0])
    ax.axhline(constant, color="0.35", ls=":", lw=1.8, label="best constant target")
    ax.plot(ks, exact.clip(lower=0), "s--", ms=5, color=MEAN, label="exact, $m = ∞$")
    if not np.isinf(m):
        low, mean, high = (here[name].astype(float) for name in ("low", "mean", "high"))
        ax.fill_between(here.index, low, high, color=LARGEST, alpha=0.2, lw=0)
        ax.errorbar(
            here.index, mean, [mean - low, high - mean], fmt="o-", ms=5, capsize=4, color=LARGEST,
            label=f"learned, $m = {m}$",
        )  # fmt: skip
    ax.plot(k, max(float(here.loc[k, "mean"]), 0), "o", ms=14, mfc="none", mec="0.15", mew=1.8)
    highest = max(TOP, 1.1 * float(here["high"].max()))
    ax.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0)), np.square))
    ax.set_ylim(0, highest)
    ticks = [tick for tick in GAP_TICKS if tick <= highest]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks(ks)
    ax.set(xlabel="sampled users $k$", ylabel="mean gap", xlim=(ks[0] - 0.3, ks[-1] + 0.3))
    ax.legend(fontsize=10, loc="upper right")
    _gap_map(heat, gaps, k, m)
    return fig


def _gap_map(ax: Axes, gaps: pd.DataFrame, k: int, m: float) -> None:
    """Draw and write mean gaps over k and log m, the exact ones apart; (k, m) is outlined."""
    ms = np.array([x for x in gaps.columns if np.isfinite(x)])
    middle, ends = np.sqrt(ms[1:] * ms[:-1]), (ms[:1] / 1.4, ms[-1:] * 1.4)
    edges = np.concatenate([ends[0], middle, ends[1]]) if len(ms) else np.ones(1)
    apart = edges[-1] * np.array([1.25, 2.1])  # the exact ones
    norm = PowerNorm(0.35, 0, TOP)
    columns = [*((x, edges[i], edges[i + 1]) for i, x in enumerate(ms)), (np.inf, *apart)]
    for x, left, right in columns:
        for j, value in gaps[x].dropna().items():
            gap = max(float(value), 0.0)
            look: dict[str, Any] = {"ec": "white", "lw": 0.8}
            if j == k and x == m:
                look = {"ec": "0.1", "lw": 3, "zorder": 3}
            ax.add_patch(Rectangle((left, j - 0.5), right - left, 1, fc=CMAP(norm(gap)), **look))
            text = f"{gap:.1f}" if gap >= 1 else f"{gap:.2f}"[1:] if gap >= 0.01 else "<.01"
            ax.text(
                np.sqrt(left * right), j, "0" if gap < 1e-6 else text, ha="center", va="center",
                fontsize=10, color="white" if norm(gap) > 0.6 else "black", zorder=4,
            )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(edges[0], apart[1])
    ax.set_ylim(gaps.index[0] - 0.5, gaps.index[-1] + 0.5)
    ax.set_yticks(list(gaps.index))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks([*ms, np.sqrt(apart[0] * apart[1])], [*(f"{x:g}" for x in ms), "∞"])
    ax.set(xlabel="samples per update $m$", ylabel="$k$")
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
