"""Figures of the queueing chapter: gaps against k with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, StrMethodFormatter

from ssq_core.companion.figures import style
from ssq_core.systems.queueing import Estimate

Curve = Mapping[int, Estimate]  # k -> gap
MARKERS = "os^Dv"


def _draw(ax: Axes, curves: Mapping[str, Curve], positive: bool) -> None:
    """Draw every curve with its intervals, side by side where several share a k."""
    for index, (label, curve) in enumerate(curves.items()):
        shown = {k: e for k, e in curve.items() if e.low > 0 or not positive}
        shift = 1.02 ** (index - (len(curves) - 1) / 2)
        ax.errorbar(
            [k * shift for k in shown],
            [e.mean for e in shown.values()],
            yerr=[e.half_width for e in shown.values()],
            label=label,
            color=style.PALETTE[index],
            marker=MARKERS[index],
            markersize=5,
            linewidth=1.3,
            capsize=2.5,
        )
    ticks = sorted({k for curve in curves.values() for k in curve})
    ax.set_xscale("log")
    # on a log axis the labels of neighbours above 4 collide: keep those a factor 1.3 apart
    kept = [ticks[0]] if ticks else []
    for k in ticks[1:]:
        if k >= 1.3 * kept[-1]:
            kept.append(k)
    ax.xaxis.set_major_locator(FixedLocator(kept))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("sampled queues $k$")


def queueing_gap(curves: Mapping[str, Curve], ceiling: float, n: int) -> Figure:
    """Return gaps to JSQ(n) against k on log axes (jobs a queue, summed over discounted time).

    `curves` maps a label to {k: Estimate}; points whose interval contains 0 are left out. `ceiling`
    is the largest gap any rule can have. The dashed guide falls like 1/sqrt(k).
    """
    fig, ax = style.figure(height=4.2)
    _draw(ax, curves, positive=True)
    first = next(iter(curves.values()))
    start = min(first)
    level = first[start].mean
    ks = [start, max(first)]
    guide = [level * (start / k) ** 0.5 for k in ks]
    ax.plot(ks, guide, "--", color="0.4", linewidth=1.2, label=r"$\propto 1/\sqrt{k}$")
    ax.axhline(ceiling, color="0.4", linestyle=":", linewidth=1.2, label="largest possible gap")
    ax.set_yscale("log")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylabel(f"gap to JSQ({n}) (discounted jobs a queue)")
    handles, labels = ax.get_legend_handles_labels()  # lines come first: put the curves first
    ax.legend(handles[2:] + handles[:2], labels[2:] + labels[:2], loc="lower left", fontsize=9)
    return fig


def queueing_loss(curves: Mapping[str, Curve]) -> Figure:
    """Return what tables lose against JSQ(k) on the same random numbers, against k."""
    fig, ax = style.figure(height=3.2)
    _draw(ax, curves, positive=False)
    ax.axhline(0, color="0.4", linewidth=0.8)
    ax.set_ylabel("loss against JSQ($k$)\n(discounted jobs a queue)")
    ax.legend(loc="best", fontsize=9)
    return fig


def queueing_control(curves: Mapping[str, Curve], n: int) -> Figure:
    """Return the negative control: gaps to JSQ(n) of the literal reading against k, linear gaps."""
    fig, ax = style.figure(height=3.2)
    _draw(ax, curves, positive=False)
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"gap to JSQ({n})\n(discounted jobs a queue)")
    ax.legend(loc="lower left", fontsize=9)
    return fig
