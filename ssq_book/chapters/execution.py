"""Execution: limits of the parameters; figures of two policies, returns and a step's cost."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssq_book import style
from ssq_book.limits import SEED, WEIGHT, count

LIMITS = {
    "k": count(1, "n_1 + n_2"),
    "n_1": count(0),
    "n_2": count(0),
    "n_1 + n_2": count(1, 8),
    "weight": WEIGHT,
    "horizon": count(1, 10_000),
    "runs": count(2, 1_000_000),
    "seed": SEED,
}
SWEEP = ("execution-worst-z", 4)


def policy_gaps(gaps: pd.DataFrame) -> Figure:
    """Plot the optimality gap of the two policies over the number of agents in state 1.

    `gaps` has columns "agents in state 1", "gap" (units of reward) and "policy".
    """
    fig, ax = style.figure(height=3.4)
    sns.barplot(gaps, x="agents in state 1", y="gap", hue="policy", ax=ax)
    ax.set(xlabel="agents in state 1", ylabel="optimality gap (units of reward)")
    ax.legend(title=None, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return fig


def simulated_returns(starts: pd.DataFrame) -> Figure:
    """Plot simulated minus exact return of every start, with its 95 % interval.

    `starts` has columns "start" (a name), "exact", "mean" and "± 95 %" (units of reward).
    """
    fig, ax = style.figure(height=0.45 * len(starts) + 1.2)
    ax.axvline(0, color="0.3", linewidth=1, linestyle="--")
    place, off = range(len(starts)), starts["mean"] - starts["exact"]
    ax.errorbar(off, place, xerr=starts["± 95 %"], fmt="o", color=style.PALETTE[0], capsize=4)
    ax.set_yticks(place, starts["start"].tolist())
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.set(xlabel="simulated − exact return (units of reward)")
    ax.set(ylabel=r"start $s_g$: local states")
    return fig


def step_cost(cost: pd.DataFrame) -> Figure:
    """Plot the time of one step against the number of local agents n.

    `cost` has columns "n" and "microseconds" (of one step of one run).
    """
    fig, ax = style.figure(height=3.2)
    sns.lineplot(cost, x="n", y="microseconds", marker="o", ax=ax)
    ax.set(xscale="log", xlabel="local agents $n$", ylabel="time of a step (µs)")
    ax.set_ylim(bottom=0)
    return fig
