"""Figures of the chapter on sampling without replacement."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssq_book import style

BOUND, EXACT, CONTRAST = style.PALETTE[3], style.PALETTE[0], style.PALETTE[2]
FLOOR = 1e-6  # of the axes of probabilities


def _probabilities(xlabel: str) -> tuple[Figure, Axes]:
    fig, ax = style.figure()
    ax.set(xlabel=xlabel, ylabel="probability", yscale="log", ylim=(FLOOR, 2))
    return fig, ax


def failure_over_k(table: pd.DataFrame) -> Figure:
    """Return P[sup >= eps] against k: exact line, Monte Carlo intervals, bound of Theorem 4.3.

    `table` has columns k, exact, bound, and estimate, low, high; rows whose interval reaches 0
    show no point, because the axis of probabilities is logarithmic.
    """
    fig, ax = _probabilities("sampled agents $k$")
    ax.plot(table["k"], table["bound"], color=BOUND, ls="--", label="bound of Theorem 4.3")
    ax.plot(table["k"], table["exact"], color=EXACT, lw=1.5, label="exact probability")
    seen = table[table["low"] > 0]
    reach = [seen["estimate"] - seen["low"], seen["high"] - seen["estimate"]]
    ax.errorbar(
        seen["k"], seen["estimate"], reach, fmt="o", ms=3.5, color=style.PALETTE[1], capsize=2,
        label="Monte Carlo, 95 % interval",
    )  # fmt: skip
    ax.legend(loc="lower left")
    return fig


def failure_over_eps(table: pd.DataFrame) -> Figure:
    """Return P[sup >= eps] against eps, with and without replacement, below the bound.

    `table` has columns eps, without, with_replacement, bound.
    """
    fig, ax = _probabilities(r"distance $\epsilon$ (fraction of agents)")
    ax.plot(table["eps"], table["bound"], color=BOUND, ls="--", label="bound of Theorem 4.3")
    for column, colour, line, width in (
        ("with_replacement", CONTRAST, ":", 2),
        ("without", EXACT, "-", 1.5),
    ):
        label = f"exact, {column.removesuffix('_replacement')} replacement"
        ax.step(
            table["eps"], table[column], where="pre", color=colour, ls=line, lw=width, label=label
        )
    ax.legend(loc="lower left")
    return fig


def coverage_over_k(table: pd.DataFrame, delta: float) -> Figure:
    """Return P[TV > radius] against k for Eq. (13) as printed and for the corrected radius.

    `table` has columns k, printed, corrected; the dashed line is the promised `delta`.
    """
    fig, ax = style.figure()
    ax.plot(table["k"], table["printed"], color=BOUND, marker="s", ms=3.5, label="Eq. (13)")
    ax.plot(table["k"], table["corrected"], color=EXACT, marker="o", ms=3.5, label="corrected")
    ax.axhline(delta, color="0.35", ls="--", lw=1.2, label=r"promised $\delta$")
    ax.set(xlabel="sampled agents $k$", ylabel="probability that TV exceeds the radius")
    ax.set(ylim=(-0.02, 1.02))
    ax.legend(loc="best")
    return fig
