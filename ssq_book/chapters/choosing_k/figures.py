"""Figures of certified losses, of bounds, and of the worst fork."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssq_book import style


def _tables(losses: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of exact tables, with their k."""
    rows = losses[losses.policy.str.startswith("table")]
    return rows.assign(k=rows.policy.str.split().str[1].astype(int))


def _losses(ax: Axes, least: float) -> None:
    """Make y logarithmic from `least` on, with plain numbers."""
    ax.set(yscale="log", ylabel="loss (discounted reward)")
    ax.set_ylim(bottom=least)
    style.plain_numbers(ax.yaxis, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5))


LEVEL: dict[str, Any] = {"color": "0.45", "ls": "--", "lw": 1.4}


def certified_loss(losses: pd.DataFrame) -> Figure:
    """Draw what exact tables lose at most, for each n, and with the fewest agents at least."""
    fig, ax = style.figure(height=4.6, xlabel="sampled agents $k$")
    tables = _tables(losses)
    for index, (n, rows) in enumerate(tables.groupby("n")):
        number = f"{n:,}".replace(",", r"\,")
        ax.plot(rows.k, rows.upper, marker=style.MARKERS[index], label=f"at most, $n = {number}$")
    few = tables[tables.n == tables.n.min()]
    few = few[few.lower > few.lower_half]
    _losses(ax, 0.01)
    lower = style.half_widths(few, "k", "lower", "lower_half")
    style.intervals(ax, lower, 3, f"at least, $n = {tables.n.min()}$", linestyle=":")
    level = best_constant(losses, tables.n.min()).upper
    ax.axhline(level, label="best constant target, at most", **LEVEL)
    ax.set_xticks(sorted(tables.k.unique()))
    style.legend_below(ax)
    return fig


def best_constant(losses: pd.DataFrame, n: int) -> pd.Series:
    """Return the row of the constant target that loses least with n agents."""
    rows = losses[losses.policy.str.startswith("constant") & (losses.n == n)]
    return rows.loc[rows.loss.idxmin()]


def learned_loss(learned: pd.DataFrame, losses: pd.DataFrame) -> Figure:
    """Draw what learned tables lose against m, per k, beside exact ones and a constant target."""
    fig, ax = style.figure(height=4.6, xlabel="samples $m$")
    n = int(learned.n.iloc[0])
    tables = _tables(losses[losses.n == n]).set_index("k")
    most = learned.m.max()
    _losses(ax, 0.05)
    ax.set_xscale("log")
    for index, (k, rows) in enumerate(learned.groupby("k")):
        curve = style.half_widths(rows, "m", "loss", "loss_half")
        style.intervals(ax, curve, index, f"learned, $k = {k}$")
        ax.plot(
            1.5 * most, tables.loss[k], style.MARKERS[index], color=style.PALETTE[index], mfc="none"
        )
    ax.plot([], [], "o", color="0.45", mfc="none", label="exact table, $m = \\infty$")
    ax.axhline(best_constant(losses, n).loss, label="best constant target", **LEVEL)
    ms = sorted(learned.m.unique())
    ax.set_xticks([*ms, 1.5 * most], [*map(str, ms), "∞"])
    ax.minorticks_off()
    style.legend_below(ax)
    return fig


def bounds_and_losses(bounds: pd.DataFrame, losses: pd.DataFrame) -> Figure:
    """Draw bounds on the gap above 0, a column each, rows by k, above what is lost at most."""
    fig, ax = style.figure(height=4.4, xlabel="sampled agents $k$", ylabel="discounted reward")
    tables = _tables(losses)
    looks = zip(bounds, (("-", 3), ("-", 0), ("--", 7)), strict=True)
    for name, (line, colour) in looks:
        above = bounds[name][bounds[name] > 0]
        ax.plot(above.index, above, line, color=style.PALETTE[colour], label=name)
    ax.plot(tables.k, tables.upper, "o-", color=style.PALETTE[2], label="certified loss")
    ax.set(xscale="log", yscale="log")
    style.plain_numbers(ax.xaxis)
    style.plain_numbers(ax.yaxis, (0.1, 1, 10, 100, 1000))
    style.legend_below(ax)
    return fig


def order_attained(losses: Mapping[int, float], limit: float) -> Figure:
    """Draw the largest loss at a fork against k beside its limit `limit` / sqrt k."""
    fig, ax = style.figure(xlabel="sampled agents $k$", ylabel="loss (discounted reward)")
    ks = np.array(list(losses))
    ax.loglog(ks, list(losses.values()), "o", ms=4, label="largest loss, exact")
    ax.loglog(ks, limit / np.sqrt(ks), "--", color="0.4", label=rf"${limit:.2f}\,/\sqrt{{k}}$")
    for axis in (ax.xaxis, ax.yaxis):
        style.plain_numbers(axis)
    ax.legend()
    return fig
