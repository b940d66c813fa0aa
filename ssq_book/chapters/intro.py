"""The first page's picture: what is lost by looking at few."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style


def gap_at_a_glance(gaps: pd.DataFrame) -> Figure:
    """Draw the largest and the mean gap against k, and 1 / sqrt(k) through the first."""
    fig, ax = style.figure(width=5.2, height=3.0)
    k = gaps["k"].to_numpy()
    for name, marker, colour in (
        ("largest", "o", style.PALETTE[3]),
        ("mean", "s", style.PALETTE[2]),
    ):
        ax.plot(k, gaps[name], marker=marker, color=colour, label=f"{name}, over all states")
    fine = np.linspace(k[0], k[-1], 100)
    first = gaps["largest"].iloc[0] * np.sqrt(k[0])
    ax.plot(fine, first / np.sqrt(fine), color="0.45", ls=":", label=r"falling like $1/\sqrt{k}$")
    ax.set_xticks(k)
    ax.set_ylim(bottom=-0.03)
    ax.set(xlabel="agents looked at, $k$ of 8", ylabel="lost (discounted reward)")
    ax.legend()
    return fig
