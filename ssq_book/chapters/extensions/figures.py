"""Figures of the extensions chapter: sampled rewards, one trajectory, fitted Q iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from ssq_book import style
from ssq_book.common import interval
from ssq_core.model import Floats

MARKERS = "os^D"


def _points(ax: Axes, curves: Mapping[float, Sequence[float]], index: int, label: str) -> None:
    """Draw one curve: means over runs with 95 % intervals; a logarithmic axis has no place for 0.

    A mean that is not positive is left out, and an interval that reaches 0 is cut.
    """
    intervals = {x: interval(curves[x]) for x in sorted(curves)}
    shown = {x: (mean, half) for x, (mean, half) in intervals.items() if mean > 0}
    mean, half = np.array(list(shown.values())).reshape(-1, 2).T
    ax.errorbar(
        list(shown), mean, [np.minimum(half, 0.999 * mean), half], label=label,
        color=style.PALETTE[index], marker=MARKERS[index], markersize=5, linewidth=1.3, capsize=3,
    )  # fmt: skip


def _grouped(frame: pd.DataFrame, x: str, y: str) -> dict[float, Sequence[float]]:
    return {float(str(at)): own.tolist() for at, own in frame.groupby(x)[y]}


def reward_errors(errors: pd.DataFrame, bounds: Mapping[float, Mapping[int, float]]) -> Figure:
    """Plot the largest error of a Q-value against m, for each noise, with its bound dashed.

    `errors` has columns "m", "error" and "noise"; `bounds` maps a noise to {m: bound}.
    """
    fig, ax = style.figure(height=4.3)
    for index, (noise, bound) in enumerate(bounds.items()):
        own = errors[errors["noise"] == noise]
        _points(ax, _grouped(own, "m", "error"), index, f"rewards ± {noise:g}")
        ax.plot(list(bound), list(bound.values()), "--", color=style.PALETTE[index], linewidth=1)
    ms = sorted(errors["m"].unique().tolist())
    ax.set(xscale="log", yscale="log", xlabel="samples per update $m$")
    ax.set_xticks(ms, [str(m) for m in ms])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylabel("largest error of a Q-value\n(units of reward)")
    handles, labels = ax.get_legend_handles_labels()
    handles.append(Line2D([], [], linestyle="--", color="0.3", linewidth=1))
    style.legend_below(ax, handles=handles, labels=[*labels, "bound, same colour"])
    return fig


def online_errors(steps: Sequence[int], errors: Mapping[str, Floats], value: float) -> Figure:
    """Plot the largest error against the steps of the trajectory, one curve a learner.

    `errors` maps a name to (runs, steps); `value` (units of reward), the largest value of a state,
    is the error of the empty table.
    """
    fig, ax = style.figure(height=4.3)
    for index, (name, own) in enumerate(errors.items()):
        _points(ax, {s: own[:, c].tolist() for c, s in enumerate(steps)}, index, name)
    ax.axhline(value, color="0.4", linestyle=":", label="table of zeros")
    ax.set(xscale="log", yscale="log", xlabel="steps of the trajectory")
    ax.set_ylabel(r"largest distance to $\hat{Q}_k^*$" + "\n(units of reward)")
    style.legend_below(ax)
    return fig


def fitted_gaps(
    gaps: pd.DataFrame, exact: Mapping[int, float], blind: Mapping[int, float]
) -> Figure:
    """Plot the mean gap against the transitions used, one panel for each k.

    `gaps` has columns "k", "kind", "transitions" and "gap"; `exact` and `blind` map k to the mean
    gap of the exact table and of the best constant target.
    """
    style.apply()
    ks = sorted(gaps["k"].unique().tolist())
    fig, axes = plt.subplots(1, len(ks), figsize=(style.WIDTH, 4.4), sharey=True, squeeze=False)
    plt.close(fig)
    for ax, k in zip(axes[0], ks, strict=True):
        own = gaps[gaps["k"] == k]
        for index, kind in enumerate(gaps["kind"].unique().tolist()):
            _points(ax, _grouped(own[own["kind"] == kind], "transitions", "gap"), index, kind)
        ax.axhline(blind[k], color="0.4", linestyle=":", label="constant target")
        if exact[k] > 0:
            ax.axhline(exact[k], color="0.4", linestyle="--", label="exact table")
        ax.set(xscale="log", yscale="log", xlabel="transitions")
        ax.annotate(f"$k = {k}$", (0.97, 0.95), xycoords="axes fraction", ha="right", va="top")
    means = gaps.groupby(["k", "kind", "transitions"])["gap"].mean()
    if (means > 0).any():  # an interval that contains 0 leaves by the lower edge
        axes[0, 0].set_ylim(bottom=means[means > 0].min() / 4)
    axes[0, 0].set_ylabel("mean optimality gap\n(units of reward)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=10)
    return fig
