"""Figures of the queueing chapter: gaps against k with their intervals, the rules, the loads."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter

from ssq_book import style
from ssq_book.style import OTHER, PRINTED, log_x, log_y, stacked
from ssq_core.multisets import Floats, Ints
from ssq_core.systems.queueing import Estimate

Curve = Mapping[Any, Estimate]  # the horizontal axis -> a value with its interval
Curves = Mapping[str, Curve]  # label -> curve
GAP = "discounted jobs a queue"


def _draw(
    ax: Axes, curves: Curves, spread: float = 1.02, first: int = 0, scale: float = 1.0, **look: Any
) -> None:
    """Draw curves with intervals, in colours from `first` on; on a log axis none contains 0."""
    log = ax.get_yscale() == "log"
    if log:
        ax.yaxis.set_major_formatter("{x:g}")
    for index, (label, curve) in enumerate(curves.items()):
        shift = spread ** (index - (len(curves) - 1) / 2)
        shown = {
            x * shift: (scale * e.mean, scale * e.half_width)
            for x, e in curve.items()
            if e.low > 0 or not log
        }
        style.intervals(ax, shown, first + index, label, **look)


def _log_x(ax: Axes, curves: Curves, name: str = "sampled queues $k$") -> None:
    """Put a log axis below, its numbers where curves have points but a factor 1.4 apart."""
    kept: list[float] = []
    for value in sorted({x for curve in curves.values() for x in curve}):
        if not kept or value >= 1.4 * kept[-1]:
            kept.append(value)
    ax.set(xscale="log", xlabel=name)
    style.plain_numbers(ax.xaxis, kept)


def _panels(what: str, names: Iterable[str], height: float, y: float) -> tuple[Figure, Any]:
    """Return axes side by side on one vertical axis, each named inside at the height `y`."""
    words = [f'{what} "{name}"' for name in names]
    fig, axes = style.panels(1, len(words), height=height, sharey=True)
    for ax, word in zip(axes[0], words, strict=True):
        ax.text(0.04, y, word, va="center", transform=ax.transAxes)
    axes[0, 0].set_ylabel(f"loss against JSQ($k$)\n({GAP})")
    return fig, axes[0]


def time_line() -> Figure:
    """Draw when the jobs of three steps are sent, arrive and may be served."""
    fig, ax = style.figure(height=3.6)
    for job in range(3):
        arrival = job + 1 / 3
        parts: dict[str, tuple[list[float], str, int]] = {  # times, look, colour
            "sent (action)": ([job - 1], "v", 3),
            "on its way (global state)": ([job - 1, arrival], ":", 0),
            "arrival": ([arrival], "o", 0),
            "in its queue": ([arrival, 3], "-", 0),
            "service?": (np.arange(job + 2 / 3, 3).tolist(), "s", 2),
        }
        for name, (times, look, color) in parts.items():
            label, color = name if job == 0 else None, style.PALETTE[color]
            ax.plot(times, [job] * len(times), look, ms=9, lw=2.5, color=color, label=label)
    ax.set(xlim=(-0.25, 3), ylim=(2.5, -0.5), xlabel="time", ylabel="job of step")
    ax.set_xticks(range(4), ["$t$", "$t+1$", "$t+2$", "$t+3$"])
    ax.set_yticks(range(3), ["$t$", "$t+1$", "$t+2$"])
    ax.grid(visible=False, axis="y")
    style.legend_below(ax, ncols=3, columnspacing=1)
    return fig


def gap(curves: Curves, live: Curve, slopes: Curve, n: int) -> Figure:
    """Draw gaps to JSQ(n), JSQ(k) first and `live`; each slope stands at the last k it is of."""
    fig, ax = style.figure(height=4.6, yscale="log", ylabel=f"gap to JSQ({n}) ({GAP})")
    first = next(iter(curves.values()))
    ends = [min(first), max(first)]
    guide = [first[ends[0]].mean * (ends[0] / k) ** 0.5 for k in ends]
    ax.plot(ends, guide, "--", color="0.4", linewidth=1.2, label=r"$\propto 1/\sqrt{k}$")
    _draw(ax, curves)
    here = {"JSQ($k$), this page's runs": live}
    _draw(ax, here, color="0.4", ls="", marker="x", markersize=9, capsize=0, elinewidth=0.8)
    for high, slope in slopes.items():
        if high in first and np.isfinite(slope.mean):
            text = f"slope −{-slope.mean:.2f}\n± {slope.half_width:.2f}"
            ax.annotate(
                text, (high, first[high].mean), xytext=(-12, -4), textcoords="offset points",
                ha="right", va="top", fontsize=10,
            )  # fmt: skip
    _log_x(ax, curves)
    ax.yaxis.set_minor_formatter(NullFormatter())
    style.legend_below(ax)
    return fig


def loss(panels: Mapping[str, Curves]) -> Figure:
    """Return what tables lose against JSQ(k) on the same random numbers, a panel per penalty."""
    fig, axes = _panels("penalty", panels, 3.8, 0.94)
    for ax, curves in zip(axes, panels.values(), strict=True):
        _draw(ax, curves, first=1)
        _log_x(ax, curves)
        ax.axhline(0, color="0.4", linewidth=0.8)
        ax.margins(y=0.15)
    style.legend_below(axes[0])
    return fig


def control(curves: Curves, n: int) -> Figure:
    """Return the negative control: gaps to JSQ(n) of the literal reading against k, linear gaps."""
    fig, ax = style.figure(height=3.2, ylabel=f"gap to JSQ({n})\n({GAP})")
    _draw(ax, curves)
    _log_x(ax, curves)
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower left", fontsize=10)
    return fig


def choices(maps: Mapping[str, Ints]) -> Figure:
    """Draw maps of the choice among two lengths: 0 the shorter, 1 a tie, 2 the longer."""
    colors = [style.PALETTE[0], "0.85", style.PALETTE[3]]
    fig, axes = style.panels(-(-len(maps) // 2), 2, height=5.8, sharex=True, sharey=True)
    for ax, (label, choice) in zip(axes.flat, maps.items(), strict=True):
        ax.imshow(choice, origin="lower", cmap=ListedColormap(colors), vmin=0, vmax=2)
        ax.text(0, 1.02, label, va="bottom", transform=ax.transAxes, fontsize=10)
        ax.grid(visible=False)
    for ax in axes[-1]:
        ax.set_xlabel("one sampled length (jobs)")
    for ax in axes[:, 0]:
        ax.set_ylabel("the other (jobs)")
    names = ("the shorter queue", "either: a tie", "the longer queue")
    patches = [Patch(color=color, label=name) for color, name in zip(colors, names, strict=True)]
    style.legend_below(axes[0, 0], handles=patches, ncols=3)
    return fig


def samples(panels: Mapping[str, Curves]) -> Figure:
    """Return what learned tables lose against JSQ(k), against m, a panel per load."""
    fig, axes = _panels("load", panels, 3.4, 0.06)
    for ax, curves in zip(axes, panels.values(), strict=True):
        ax.set_yscale("log")
        _draw(ax, curves)
        _log_x(ax, curves, "samples $m$")
    axes[-1].legend(loc="center left", fontsize=10)
    return fig


def public_picture(
    curves: Curves, published: Mapping[int, float], bounds: pd.DataFrame, ceiling: float
) -> Figure:
    """Draw Figure 2: the public picture beside gaps and bounds (columns of `bounds`), log gaps."""
    ylabel = f"gap or bound ({GAP})"
    fig, ax = style.figure(height=5.2, xlabel="sampled queues $k$", ylabel=ylabel, yscale="log")
    for name, dash, label in (("theorem_3_2", "--", "P-3.2"), ("L5", "-.", "main theorem (L5)")):
        shown = bounds[bounds[name] > 0]  # L5 is 0 at k = n, which a log axis has not
        ax.plot(shown.k, shown[name], ls=dash, color=style.PALETTE[4], label=label)
    ax.plot(pd.Series(published), "P--", color="0.4", label="public picture")
    ax.axhline(ceiling, color="0.4", ls=":", lw=1.5, label="largest possible gap")
    _draw(ax, curves, spread=1.0)
    ax.yaxis.set_major_formatter("{x:,g}")
    style.legend_below(ax)
    return fig


def loaded(curves: Curves) -> Figure:
    """Return what d choices cost more than n (a ratio) against the load, on a log axis."""
    xlabel = "load, jobs a step over what all servers can do"
    fig, ax = style.figure(
        height=3.8, xlabel=xlabel, yscale="log", ylabel="cost above JSQ($n$) (%)"
    )
    _draw(ax, curves, spread=1.0, scale=100)
    ax.set_xlabel("load, jobs a step over what all servers can do")
    style.legend_below(ax, ncols=5, columnspacing=1, handlelength=1)
    return fig


def stationary(curves: Curves, limits: Mapping[str, tuple[Floats, Floats]]) -> Figure:
    """Draw simulated lengths and, as lines, their limits (rates, lengths), by label."""
    xlabel, ylabel = r"arrival rate $\lambda$ per server", "stationary mean length (jobs)"
    fig, ax = style.figure(height=3.8, xlabel=xlabel, yscale="log", ylabel=ylabel)
    for index, label in enumerate(curves):
        ax.plot(*limits[label], color=style.PALETTE[index], linewidth=1.2)
    _draw(ax, curves, spread=1.0, ls="")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(loc="upper left", fontsize=10)
    return fig


def explorer_view(
    gaps: Mapping[int, Estimate], k: int, tails: Mapping[int, Floats], n: int
) -> Figure:
    """Draw the gap to JSQ(n), `k` marked, above the shares of queues with l jobs or more."""
    fig, (top, low) = stacked(6.2, (1, 1), 0.1)
    fig.subplots_adjust(hspace=0.34)
    _draw(top, {"": gaps}, linewidth=1.5)
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
