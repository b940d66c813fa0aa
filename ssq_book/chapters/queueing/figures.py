"""Figures of the queueing chapter: gaps against k with their intervals, the rules, the loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FixedLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
    StrMethodFormatter,
)

from ssq_book import style
from ssq_book.explorers.axes import OTHER, PRINTED, SHARP, log_x, log_y, stacked
from ssq_core.multisets import Floats, Ints
from ssq_core.systems.queueing import Estimate

Curve = Mapping[Any, Estimate]  # the horizontal axis -> a value with its interval
Curves = Mapping[str, Curve]  # label -> curve
MARKERS = "os^Dv"
GAP = "discounted jobs a queue"


def _draw(ax: Axes, curves: Curves, positive: bool, spread: float = 1.02, first: int = 0) -> None:
    """Draw every curve with its intervals, side by side where several share a point.

    `first` is the colour of the first curve: one rule keeps its colour from figure to figure.
    """
    for index, (label, curve) in enumerate(curves.items(), start=first):
        shown = {x: e for x, e in curve.items() if e.low > 0 or not positive}
        shift = spread ** (index - first - (len(curves) - 1) / 2)
        ax.errorbar(
            [x * shift for x in shown],
            [e.mean for e in shown.values()],
            yerr=[e.half_width for e in shown.values()],
            label=label,
            color=style.PALETTE[index],
            marker=MARKERS[index],
            markersize=5,
            linewidth=1.3,
            capsize=2.5,
        )


def _log_ticks(ax: Axes, values: Sequence[float], name: str = "sampled queues $k$") -> None:
    """Put a log axis below with ticks at `values`, but none closer than a factor 1.4."""
    kept: list[float] = []
    for value in sorted(set(values)):
        if not kept or value >= 1.4 * kept[-1]:
            kept.append(value)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(kept))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel(name)


def _log_gaps(axes: Sequence[Axes], panels: Sequence[Curves]) -> None:
    """Make the vertical axes logarithmic, if there is a point that can be drawn on one."""
    if any(e.low > 0 for curves in panels for curve in curves.values() for e in curve.values()):
        for ax in axes:
            ax.set_yscale("log")


def _ks(curves: Curves) -> list[int]:
    return sorted({k for curve in curves.values() for k in curve})


def _panels(
    curves: Mapping[str, Curves], height: float, corner: tuple[float, float]
) -> tuple[Figure, list[Axes]]:
    """Return one pair of axes per penalty, side by side on one vertical axis, each named inside."""
    fig, _ = style.figure(height=height)
    fig.clear()
    axes = list(np.atleast_1d(fig.subplots(1, len(curves), sharey=True)))
    for ax, name in zip(axes, curves, strict=True):
        ax.text(*corner, f'penalty "{name}"', va="center", transform=ax.transAxes)
    return fig, axes


def queueing_gap(
    panels: Mapping[str, Curves],
    live: Curve,
    slopes: Curve,
    ceiling: float,
    n: int,
) -> Figure:
    """Return gaps to JSQ(n) against k on log axes, one panel per penalty.

    `panels` maps a penalty to {label: {k: Estimate}}, JSQ(k) first; points whose interval contains
    0 are left out. `live` is JSQ(k) computed on the page. Each of `slopes`, by the last k that it
    is of, is written beside JSQ(k) in the first panel. The dashed guide falls like 1/sqrt(k); the
    dotted line is the largest gap that the printed reward allows.
    """
    fig, axes = _panels(panels, height=4.9, corner=(0.04, 0.06))
    for ax, (penalty, curves) in zip(axes, panels.items(), strict=True):
        first = next(iter(curves.values()))
        ends = [min(first), max(first)]
        guide = [first[ends[0]].mean * (ends[0] / k) ** 0.5 for k in ends]
        ax.plot(ends, guide, "--", color="0.4", linewidth=1.2, label=r"$\propto 1/\sqrt{k}$")
        if penalty == "printed":
            ax.axhline(ceiling, color="0.4", ls=":", lw=1.2, label="largest possible gap")
        _draw(ax, curves, positive=True)
        _log_ticks(ax, _ks(curves))
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter(NullFormatter())
    shown = {k: e for k, e in live.items() if e.low > 0}
    axes[0].errorbar(
        list(shown), [e.mean for e in shown.values()], yerr=[e.half_width for e in shown.values()],
        ls="", marker="x", ms=8, color="k", elinewidth=0.8, label="JSQ($k$), this page's runs",
    )  # fmt: skip
    curve = next(iter(panels["printed"].values()))
    for high, slope in slopes.items():
        if high in curve and np.isfinite(slope.mean):
            text = f"slope −{-slope.mean:.2f} ± {slope.half_width:.2f}"
            axes[0].annotate(
                text, (high, curve[high].mean), xytext=(-6, -5), textcoords="offset points",
                ha="right", va="top", fontsize=9,
            )  # fmt: skip
    axes[0].set_ylabel(f"gap to JSQ({n}) ({GAP})")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return fig


def queueing_loss(panels: Mapping[str, Curves]) -> Figure:
    """Return what tables lose against JSQ(k) on the same random numbers, a panel per penalty."""
    fig, axes = _panels(panels, height=3.8, corner=(0.04, 0.94))
    for ax, curves in zip(axes, panels.values(), strict=True):
        _draw(ax, curves, positive=False, first=1)
        _log_ticks(ax, _ks(curves))
        ax.axhline(0, color="0.4", linewidth=0.8)
        ax.margins(y=0.15)
    axes[0].set_ylabel(f"loss against JSQ($k$)\n({GAP})")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return fig


def queueing_control(curves: Curves, n: int) -> Figure:
    """Return the negative control: gaps to JSQ(n) of the literal reading against k, linear gaps."""
    fig, ax = style.figure(height=3.2)
    _draw(ax, curves, positive=False)
    _log_ticks(ax, _ks(curves))
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"gap to JSQ({n})\n({GAP})")
    ax.legend(loc="lower left", fontsize=9)
    return fig


def queueing_map(choices: Mapping[str, Ints]) -> Figure:
    """Return maps of the choice among two sampled lengths, one panel per table, two in a row.

    `choices` maps a label to (d, d) integers at [one length, other length]: 0 the shorter, 1 either
    (a tie), 2 the longer.
    """
    fig, _ = style.figure(height=5.8)
    fig.clear()
    colors = [style.PALETTE[0], "0.85", style.PALETTE[3]]
    axes = fig.subplots(-(-len(choices) // 2), 2, sharex=True, sharey=True, squeeze=False)
    for ax, (label, choice) in zip(axes.flat, choices.items(), strict=True):
        ax.imshow(choice, origin="lower", cmap=ListedColormap(colors), vmin=0, vmax=2)
        ax.text(
            0.03, 0.97, label.replace(", ", ",\n"), va="top", transform=ax.transAxes, fontsize=9,
            bbox={"facecolor": "w", "edgecolor": "none", "alpha": 0.85, "pad": 2},
        )  # fmt: skip
        ax.grid(visible=False)
    for ax in axes[-1]:
        ax.set_xlabel("one sampled length (jobs)")
    for ax in axes[:, 0]:
        ax.set_ylabel("the other (jobs)")
    names = ("the shorter queue", "either: a tie", "the longer queue")
    patches = [Patch(color=color, label=name) for color, name in zip(colors, names, strict=True)]
    fig.legend(handles=patches, loc="outside lower center", ncols=3, fontsize=9)
    return fig


def queueing_bounds(curves: Curves, bounds: pd.DataFrame, ceiling: float) -> Figure:
    """Return gaps against k beside the bounds of Theorem 3.2 and L5 (columns of `bounds`)."""
    fig, ax = style.figure(height=4.8)
    _draw(ax, curves, positive=True)
    lines = (("theorem_3_2", "--", "Theorem 3.2"), ("L5", "-.", "L5, its sharper form"))
    for index, (column, dash, label) in enumerate(lines, start=len(curves)):
        shown = bounds[bounds[column] > 0]  # L5 is 0 at k = n, which a log axis has not
        ax.plot(shown.k, shown[column], ls=dash, color=style.PALETTE[index], label=label)
    ax.axhline(ceiling, color="0.4", ls=":", lw=1.2, label="largest possible gap")
    _log_ticks(ax, [1, 2, 4, 8, 16, 32, int(bounds.k.max())])
    ax.set_yscale("log")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylabel(f"gap or bound ({GAP})")
    style.legend_below(ax)
    return fig


def queueing_samples(panels: Mapping[str, Curves]) -> Figure:
    """Return what learned tables lose against JSQ(k), against m, a panel per load."""
    fig, _ = style.figure(height=3.4)
    fig.clear()
    axes = np.atleast_1d(fig.subplots(1, len(panels), sharey=True))
    for ax, (load, curves) in zip(axes, panels.items(), strict=True):
        _draw(ax, curves, positive=True)
        _log_ticks(ax, sorted({m for curve in curves.values() for m in curve}), "samples $m$")
        ax.text(0.04, 0.06, f'load "{load}"', va="center", transform=ax.transAxes)
    _log_gaps(list(axes), list(panels.values()))
    axes[0].set_ylabel(f"loss against JSQ($k$)\n({GAP})")
    axes[-1].legend(loc="center left", fontsize=9)
    return fig


def queueing_picture(curves: Curves, picture: Mapping[int, float], ceiling: float) -> Figure:
    """Return the public picture of Figure 2 beside gaps of the printed reward (log gaps)."""
    fig, ax = style.figure(height=4.2)
    ax.plot(list(picture), list(picture.values()), "P--", color="0.25", label="public picture")
    ax.axhline(ceiling, color="0.4", ls=":", lw=1.2, label="largest possible gap")
    _draw(ax, curves, positive=True, spread=1.0)
    ax.set(xlabel="sampled queues $k$", ylabel="gap, as each reports it", yscale="log")
    style.legend_below(ax)
    return fig


def queueing_loaded(curves: Curves) -> Figure:
    """Return what d choices cost more than n (a ratio) against the load, on a log axis."""
    fig, ax = style.figure(height=3.8)
    _draw(ax, {label: _percent(curve) for label, curve in curves.items()}, True, spread=1.0)
    _log_gaps([ax], [curves])
    ax.set_xlabel("load, jobs a step over what all servers can do")
    ax.set_ylabel("cost above the best known (%)")
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    style.legend_below(ax, ncols=5, columnspacing=1, handlelength=1)
    return fig


def _percent(curve: Curve) -> Curve:
    return {x: Estimate(100 * e.mean, 100 * e.low, 100 * e.high) for x, e in curve.items()}


def queueing_supermarket(curves: Curves, limits: Mapping[str, tuple[Floats, Floats]]) -> Figure:
    """Return simulated stationary lengths and, as lines, their limits (rates, lengths), by label.

    `curves` and `limits` have the same labels.
    """
    fig, ax = style.figure(height=3.8)
    for index, (label, curve) in enumerate(curves.items()):
        ax.plot(*limits[label], color=style.PALETTE[index], linewidth=1.2)
        ax.errorbar(
            list(curve), [e.mean for e in curve.values()],
            yerr=[e.half_width for e in curve.values()], ls="", marker=MARKERS[index],
            ms=5, capsize=2.5, color=style.PALETTE[index], label=label,
        )  # fmt: skip
    ax.set(xlabel=r"arrival rate $\lambda$ per server", yscale="log")
    ax.set_ylabel("stationary mean length (jobs)")
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(loc="upper left", fontsize=9)
    return fig


def explorer_view(
    gaps: Mapping[int, Estimate], k: int, tails: Mapping[int, Floats], n: int
) -> Figure:
    """Draw the gap to JSQ(n) against k, with `k` marked, above the shares of queue lengths.

    `tails` maps values of k to the share of queues with l = 0, 1, ... jobs or more.
    """
    fig, (top, low) = stacked(6.2, (1, 1), 0.1)
    fig.subplots_adjust(hspace=0.34)
    values = list(gaps.values())
    bars = [e.half_width for e in values]
    top.errorbar(list(gaps), [e.mean for e in values], yerr=bars, fmt="o-", ms=5, capsize=3,
                 color=SHARP)  # fmt: skip
    top.plot(k, gaps[k].mean, "D", ms=11, color=PRINTED, clip_on=False)
    log_x(top, max(gaps))
    top.xaxis.set_major_locator(FixedLocator([j for j in (1, 2, 3, 5, 8, 16, 32, 64) if j <= n]))
    top.axhline(0, color="0.4", lw=0.8)
    top.set(xlabel="sampled queues $k$", ylabel=f"gap to JSQ({n})")
    for j, tail in tails.items():
        jobs, name = np.arange(len(tail)), f"$k = n = {n}$" if j == n else f"$k = {j}$"
        look = (PRINTED, "-") if j == k else (OTHER, "--") if j == n else ("0.35", ":")
        low.plot(jobs, np.where(tail > 0, tail, np.nan), look[1], color=look[0], lw=2, label=name)
    log_y(low, 1e-4, 1.3)
    low.set(xlim=(0, 15), xlabel="jobs $l$ in a queue")
    low.set_ylabel("share with $l$ or more")
    low.xaxis.set_major_locator(MaxNLocator(integer=True))
    low.legend(loc="upper right")
    return fig
