"""Figures of the extensions chapter: sampled rewards, one trajectory, fitted Q iteration."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ssq_book import style
from ssq_book.common import interval
from ssq_core.model import Floats


def reward_errors(errors: pd.DataFrame, bounds: Mapping[float, Mapping[int, float]]) -> Figure:
    """Plot the largest error against m, for each noise, with its bound {m: bound} dashed."""
    fig, ax = style.figure(height=4.3, xscale="log", yscale="log", xlabel="samples per update $m$")
    for index, (noise, bound) in enumerate(bounds.items()):
        of_noise = errors[errors["noise"] == noise]
        style.means(ax, of_noise, "m", "error", index, f"rewards ± {noise:g}")
        ax.plot(list(bound), list(bound.values()), "--", color=style.PALETTE[index], linewidth=1)
    style.plain_numbers(ax.xaxis, sorted(errors["m"].unique()))
    ax.set_ylabel("largest error of a Q-value\n(units of reward)")
    handles, _ = ax.get_legend_handles_labels()
    dashed = Line2D([], [], ls="--", color="0.3", lw=1, label="bound, same colour")
    style.legend_below(ax, handles=[*handles, dashed])
    return fig


def online_errors(steps: Sequence[int], errors: Mapping[str, Floats], value: float) -> Figure:
    """Plot errors (runs, steps) of each learner; `value` is that of the empty table."""
    fig, ax = style.figure(height=4.3)
    ax.set(xscale="log", yscale="log", xlabel="steps of the trajectory")
    for index, (name, of_runs) in enumerate(errors.items()):
        style.intervals(ax, dict(zip(steps, map(interval, of_runs.T), strict=True)), index, name)
    ax.axhline(value, color="0.4", linestyle=":", label="table of zeros")
    ax.set_ylabel("largest distance to the exact table\n(units of reward)")
    style.legend_below(ax)
    return fig


def fitted_gaps(
    gaps: pd.DataFrame, exact: Mapping[int, float], blind: Mapping[int, float]
) -> Figure:
    """Plot the mean gap against the transitions used, one panel for each k in `exact`."""
    fig, axes = style.panels(1, len(exact), height=4.4, sharey=True)
    for ax, k in zip(axes[0], exact, strict=True):
        ax.set(xscale="log", yscale="log", xlabel="transitions")
        for index, kind in enumerate(gaps["kind"].unique()):
            rows = gaps[(gaps["k"] == k) & (gaps["kind"] == kind)]
            style.means(ax, rows, "transitions", "gap", index, kind)
        ax.axhline(blind[k], color="0.4", linestyle=":", label="constant target")
        if exact[k] > 0:
            ax.axhline(exact[k], color="0.4", linestyle="--", label="exact table")
        ax.annotate(f"$k = {k}$", (0.97, 0.95), xycoords="axes fraction", ha="right", va="top")
    means = gaps.groupby(["k", "kind", "transitions"])["gap"].mean()
    if (means > 0).any():  # an interval that contains 0 leaves by the lower edge
        axes[0, 0].set_ylim(bottom=means[means > 0].min() / 4)
    axes[0, 0].set_ylabel("mean optimality gap\n(units of reward)")
    style.legend_below(axes[0, 0])
    return fig
