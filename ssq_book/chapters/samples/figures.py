"""Figures of losses against oracle calls."""

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style

NAMES = {
    "rescaled linear": "Q-learning, rescaled linear rate",
    "polynomial": "Q-learning, polynomial rate",
}


def losses_against_calls(table: pd.DataFrame) -> Figure:
    """Draw mean losses, intervals over seeds, against oracle calls; a panel per system and n."""
    curve = zip(table.learner, table.k, strict=True)
    words = [NAMES.get(learner, f"SUB-SAMPLE-Q, $k = {k}$") for learner, k in curve]
    table = table.assign(loss=table.loss.clip(lower=0), name=words)  # below 0: within the error
    groups = list(table.groupby(["system", "n"], sort=False))
    fig, axes = style.panels(len(groups), 1, height=2.7 * len(groups) + 0.8)
    order = table.assign(rival=table.learner != "subsample").sort_values(["rival", "k", "learner"])
    names = order.name.unique().tolist()
    for ax, ((system, n), here) in zip(axes[:, 0], groups, strict=True):
        ax.set(xscale="log", yscale="log", xlabel="oracle calls", ylabel="mean optimality gap")
        ax.set_ylim(1e-3, 8)
        ax.text(0.03, 0.05, f"{system}, $n = {n}$", transform=ax.transAxes)
        for name, curve in here.groupby("name", sort=False):
            look = "-" if name.startswith("SUB") else "--"
            style.means(ax, curve, "calls", "loss", names.index(name), name, linestyle=look)
    style.legend_below(axes[0, 0])
    return fig
