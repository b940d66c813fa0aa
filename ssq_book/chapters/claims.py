"""Figure of the claims chapter: the verdicts by section of the paper."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style
from ssq_book.limits import SEED, count

LIMITS = {
    "systems": count(1, 10_000),
    "seed": SEED,
    "k": count(1, "n"),
    "n": count(1, 5),
    "horizon": count(1, 50),
}
SWEEP = ("claims-rate", 40)

COLORS = {
    "holds": style.PALETTE[2],
    "repaired": style.PALETTE[0],
    "fails": style.PALETTE[3],
    "unrefuted": style.PALETTE[1],
    "definition": "0.75",
}


def verdicts(table: pd.DataFrame, words: Mapping[str, str]) -> Figure:
    """Draw the number of statements of each verdict; `words` names and orders the statuses."""
    fig, ax = style.figure(height=4.2)
    count = table.groupby(["section", "status"], sort=False).size().unstack(fill_value=0)
    start = pd.Series(0, index=count.index)
    for status in [s for s in words if s in count]:
        bars = ax.barh(
            count.index, count[status], left=start, color=COLORS[status], label=words[status]
        )
        ax.bar_label(bars, [n or "" for n in count[status]], label_type="center")
        start = start + count[status]
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(xlabel="number of statements", ylabel="section of the paper")
    style.legend_below(ax)
    return fig
