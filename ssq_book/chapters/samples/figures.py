"""Figures of losses against oracle calls."""

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style

NAMES = {
    "rescaled linear": "Q-learning, rescaled linear rate",
    "polynomial": "Q-learning, polynomial rate",
}


def curve_name(learner: str, k: int) -> str:
    """Return the name of a curve in words."""
    return NAMES.get(learner, f"SUB-SAMPLE-Q, $k = {k}$")


def losses_against_calls(table: pd.DataFrame) -> Figure:
    """Draw mean losses with their 95 % intervals over seeds against oracle calls, on log axes.

    `table` has columns system, n, learner, k, samples, calls, loss: a panel per (system, n). A
    mean of 0 has no place on the axis; below 0, within a value's error, it is 0.
    """
    table = table.assign(loss=table.loss.clip(lower=0))
    groups = list(table.groupby(["system", "n"], sort=False))
    fig, axes = style.panels(len(groups), 1, height=2.7 * len(groups) + 0.8)
    order = table[["learner", "k"]].assign(rival=table.learner != "subsample")
    order["name"] = [
        curve_name(learner, k) for learner, k in zip(order.learner, order.k, strict=True)
    ]
    names = list(dict.fromkeys(order.sort_values(["rival", "k", "learner"]).name))
    for ax, ((system, n), here) in zip(axes[:, 0], groups, strict=True):
        ax.set(xscale="log", yscale="log", xlabel="oracle calls", ylabel="mean optimality gap")
        ax.set_ylim(1e-3, 8)
        ax.text(0.03, 0.05, f"{system}, $n = {n}$", transform=ax.transAxes)
        for (learner, k), curve in here.groupby(["learner", "k"], sort=False):
            name = curve_name(str(learner), int(k))
            look = "--" if learner != "subsample" else "-"
            style.means(ax, curve, "calls", "loss", names.index(name), name, linestyle=look)
    style.legend_below(axes[0, 0])
    return fig
