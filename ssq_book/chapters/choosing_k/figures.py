"""Figures of certified losses, of a price for vehicles, and of the worst fork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ssq_book import style


def certified_loss(table: pd.DataFrame) -> Figure:
    """Draw what the exact tables of k lose at most, per number of agents, and at least.

    `table` has the columns of the study: policy, n, upper, lower, lower_half. The lower ends are
    those of the fewest agents, and only those that are above 0.
    """
    fig, ax = style.figure(height=4.4)
    tables = table[table.policy.str.startswith("table")]
    tables = tables.assign(k=tables.policy.str.split().str[1].astype(int))
    for index, (n, rows) in enumerate(tables.groupby("n")):
        number = f"{n:,}".replace(",", r"\,")
        ax.plot(rows.k, rows.upper, marker=style.MARKERS[index], label=f"at most, $n = {number}$")
    few = tables[tables.n == tables.n.min()]
    ends = zip(few.k, few.lower, few.lower_half, strict=True)
    lower = {k: (low, half) for k, low, half in ends if low > half}
    style.intervals(ax, lower, 3, f"at least, $n = {tables.n.min()}$", linestyle=":")
    ax.set(yscale="log", xlabel="sampled agents $k$", ylabel="loss (discounted reward)")
    ax.set_ylim(bottom=0.01)
    style.plain_numbers(ax.yaxis, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5))
    ax.set_xticks(sorted(tables.k.unique()))
    style.legend_below(ax)
    return fig


def price_map(shares: Mapping[str, NDArray[np.float64]], levels: Sequence[float]) -> Figure:
    """Draw how likely the low price is against the share of empty batteries, a line per state.

    `shares` maps a name to probabilities (len(levels),).
    """
    fig, ax = style.figure()
    for index, (name, probability) in enumerate(shares.items()):
        ax.plot(levels, probability, marker=style.MARKERS[index], label=name)
    ax.set(
        xlabel="share of empty batteries among those plugged in",
        ylabel="probability of the low price",
    )
    ax.set_ylim(-0.05, 1.05)
    style.legend_below(ax)
    return fig


def order_attained(losses: Mapping[int, float], limit: float) -> Figure:
    """Draw the largest loss at a fork against k beside its limit `limit` / sqrt k."""
    fig, ax = style.figure()
    ks = np.array(list(losses))
    ax.loglog(ks, list(losses.values()), "o", ms=4, label="largest loss, exact")
    ax.loglog(ks, limit / np.sqrt(ks), "--", color="0.4", label=rf"${limit:.2f}\,/\sqrt{{k}}$")
    ax.set(xlabel="sampled agents $k$", ylabel="loss (discounted reward)")
    for axis in (ax.xaxis, ax.yaxis):
        style.plain_numbers(axis)
    ax.legend()
    return fig
