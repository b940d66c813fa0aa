"""The figure of a sweep: one number against one parameter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from ssq_book import style


def summary(points: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the mean of `value` in each group, and the half width of its 95 % interval.

    The interval is Student's, over the runs of a group (its seeds); NaN for a single run.
    """
    groups = points.groupby(by, sort=False)["value"]
    out = groups.agg(["mean", "count", "sem"]).reset_index()
    few = out["count"] < 2
    quantile = stats.t.ppf(0.975, out["count"].where(~few, 2) - 1)
    out["half"] = np.where(few, np.nan, quantile * out["sem"])
    return out


def sweep(points: pd.DataFrame, x: str, lines: list[str], name: str) -> Figure:
    """Draw the number `name` against parameter `x`, one line for each setting of `lines`.

    `points` has a column `value` and one per parameter. Bars are 95 % intervals over the seeds.
    """
    fig, ax = style.figure(width=6.4, height=4.2)
    table = summary(points.astype({"value": float}), [x, *lines])
    settings = table[lines].drop_duplicates().to_dict("records") if lines else [{}]
    colors = style.PALETTE if len(settings) <= 8 else None
    for i, setting in enumerate(settings):
        own = table
        for column, value in setting.items():
            own = own[own[column] == value]
        label = ", ".join(f"{column} = {value}" for column, value in setting.items())
        color = colors[i] if colors else None
        ax.errorbar(
            own[x], own["mean"], own["half"], fmt="o-", ms=4, lw=1.2, capsize=3, label=label,
            color=color,
        )  # fmt: skip
    if pd.api.types.is_integer_dtype(table[x]) and table[x].nunique() <= 12:
        ax.set_xticks(sorted(table[x].unique()))
    ax.set(xlabel=x, ylabel=name)
    if lines:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
    return fig
