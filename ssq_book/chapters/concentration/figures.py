"""Figures of the chapter on sampling without replacement."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style
from ssq_book.style import OTHER, PRINTED, SHARP, log_x, log_y, stacked
from ssq_core.theory.concentration import Estimate

FLOOR = 1e-6  # of the axes of probabilities
PROBABILITY: dict[str, Any] = {"ylabel": "probability", "yscale": "log", "ylim": (FLOOR, 2)}


def failure_over_k(table: pd.DataFrame) -> Figure:
    """Draw P[sup >= eps] against k: exact, by Monte Carlo where above 0, and Theorem 4.3."""
    fig, ax = style.figure(xlabel="sampled agents $k$", **PROBABILITY)
    ax.plot(table["k"], table["bound"], color=PRINTED, ls="--", label="bound P-4.3")
    ax.plot(table["k"], table["exact"], color=SHARP, lw=1.5, label="exact probability")
    seen = table[table["low"] > 0]
    reach = [seen["estimate"] - seen["low"], seen["high"] - seen["estimate"]]
    ax.errorbar(
        seen["k"], seen["estimate"], reach, fmt="o", ms=3.5, color=style.PALETTE[1], capsize=2,
        label="Monte Carlo, 95 % interval",
    )  # fmt: skip
    ax.legend(loc="lower left")
    return fig


def failure_over_eps(table: pd.DataFrame) -> Figure:
    """Draw P[sup >= eps] against eps, with and without replacement, below the bound."""
    fig, ax = style.figure(xlabel=r"distance $\epsilon$ (fraction of agents)", **PROBABILITY)
    ax.plot(table["eps"], table["bound"], color=PRINTED, ls="--", label="bound P-4.3")
    for column, colour, line in (("with_replacement", OTHER, ":"), ("without", SHARP, "-")):
        label = f"exact, {column.removesuffix('_replacement')} replacement"
        ax.step(table["eps"], table[column], color=colour, ls=line, lw=2, label=label)
    ax.legend(loc="lower left")
    return fig


def radii_over_states(radii: pd.DataFrame, printed: Sequence[float]) -> Figure:
    """Draw the three columns of `radii`, their least and Eq. (13) against the number of states."""
    fig, ax = style.figure(xlabel="number of local states", ylabel="radius of TV")
    ax.plot(radii.index, radii.min(axis=1), color="0.8", lw=7, label="least of the three")
    looks = (("-", SHARP), ("-.", OTHER), (":", style.PALETTE[1]))
    for form, (dash, colour) in zip(radii, looks, strict=True):
        ax.plot(radii.index, radii[form], dash, color=colour, label=f"{form} form")
    ax.plot(radii.index, printed, "--", color=PRINTED, label="Eq. (13)")
    ax.set_ylim(bottom=0)
    style.legend_below(ax, ncols=3)
    return fig


def coverage_over_k(table: pd.DataFrame, delta: float) -> Figure:
    """Draw P[TV > radius] against k for Eq. (13) and the corrected radius, beside `delta`."""
    ylabel = "probability that TV exceeds the radius"
    fig, ax = style.figure(xlabel="sampled agents $k$", ylabel=ylabel, ylim=(-0.02, 1.02))
    ax.plot(table["k"], table["printed"], color=PRINTED, marker="s", ms=3.5, label="Eq. (13)")
    ax.plot(table["k"], table["corrected"], color=SHARP, marker="o", ms=3.5, label="corrected")
    ax.axhline(delta, color="0.35", ls="--", lw=1.2, label=r"promised $\delta$")
    ax.legend(loc="best")
    return fig


def explorer_view(
    table: pd.DataFrame, k: int, probability: Estimate, here: Mapping[str, float], eps: float
) -> Figure:
    """Draw failure probability and bound against k above both radii of TV; `here` is at `k`."""
    fig, (top, low) = stacked(5.6, (1, 1), 0.105)
    top.plot(table.k, table.bound, "--", color=PRINTED, label="P-4.3")
    top.plot(table.k, table.probability, color=SHARP, label="probability")
    top.plot(k, here["bound"], "s", ms=9, color=PRINTED)
    height = max(probability.value, FLOOR)  # an exact 0 lies on the axis
    bar = [[max(height - probability.low, 0)], [max(probability.high - height, 0)]]
    top.errorbar(k, height, yerr=bar, fmt="o", ms=10, capsize=4, color=SHARP, clip_on=False)
    log_y(top, FLOOR, 2)
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
        log_x(ax, float(table.k.max()))
        ax.axvline(k, color="0.4", lw=1, ls=":")
    top.legend(loc="lower left")
    low.legend(loc="upper right")
    return fig
