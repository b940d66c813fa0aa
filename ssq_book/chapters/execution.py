"""Execution: limits of the parameters; other readings of Algorithm 2, exactly; figures.

The library's own reading: at every step Delta is drawn anew, without replacement; the first of tied
actions is taken.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

import ssq_core as ssq
from ssq_book import dense, style
from ssq_book.chapters.model import LOOKS
from ssq_book.limits import SEED, WEIGHT, count
from ssq_core import multisets
from ssq_core.checks import check_option
from ssq_core.model import Floats

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
SWEEP = ("execution-worst-z", 8)

READINGS = (
    "here", "distinct actions", "last of tied actions", "with replacement", "one sample for ever",
    "the worst sample for ever",
)  # fmt: skip


def execution_gap(mdp: ssq.StarMDP, k: int, n: int, reading: str = "here") -> float:
    """Return the largest exact gap of the exact k-agent table, executed as one of `READINGS`."""
    check_option("reading", reading, READINGS)
    Q, best = (dense.q_star(dense.exact(mdp), agents) for agents in (k, n))
    best = best.max(axis=-1).astype(float)
    chosen = dense.greedy_law(Q)
    if reading == "last of tied actions":
        chosen = dense.greedy_law(Q[..., ::-1])[..., ::-1]
    if reading.endswith("for ever"):
        values, whole = dense.kept_sample_value(mdp, chosen, k, n)
        if reading.startswith("the worst"):
            return float((best[:, whole] - values).max())
        return float((best - dense.mean_over_samples(values, whole, k, n, mdp.S)).max())
    if reading == "with replacement":  # from each multiset of n, (N_n, N_k)
        shares = multisets.counts(n, mdp.S) / n
        draw = stats.multinomial.pmf(multisets.counts(k, mdp.S), k, shares[:, None])
    else:
        draw = dense.sampling(k, n, mdp.S)
    law = draw @ chosen
    if reading == "distinct actions":
        law = (law > 0) / (law > 0).sum(axis=-1, keepdims=True)
    return float((best - dense.policy_value(mdp, n, law)).max())


def votes(states: Sequence[int], chosen: Sequence[int], laws: Mapping[str, Floats]) -> Figure:
    """Draw each sample of one agent with the action chosen, and the action laws that result."""
    fig, axes = style.panels(2, 1, height=5, height_ratios=(len(states), 1.3 * len(laws)))
    top, below = axes[:, 0]
    n, arrow = len(states), {"arrowstyle": "-|>", "color": "0.5"}
    for row, a in enumerate(chosen):
        for i, s in enumerate(states):
            top.scatter(i, row, s=230, linewidth=2, **LOOKS[s])
        top.scatter(row, row, s=800, facecolor="none", edgecolor="0.5", linewidth=1.5, marker="s")
        top.annotate("", (n + 0.6, row), (n - 0.4, row), arrowprops=arrow)
        top.annotate(f"a vote for action {a}", (n + 0.75, row), va="center")
    top.set(xlim=(-0.6, n + 3.4), ylim=(n - 0.4, -0.6))
    top.set_axis_off()
    bars = [(f"{name}, action {a}", p) for name, law in laws.items() for a, p in enumerate(law)]
    names, chances = zip(*bars, strict=True)
    drawn = below.barh(names, chances, color=style.PALETTE[:2] * len(laws), height=0.7)
    below.bar_label(drawn, [str(Fraction(p).limit_denominator(99)) for p in chances], padding=4)
    below.set(xlim=(0, 1), xlabel=r"probability $\tilde{\pi}(a \mid s)$")
    below.invert_yaxis()
    below.grid(axis="y", visible=False)
    return fig


def policy_gaps(gaps: pd.DataFrame) -> Figure:
    """Plot the gap of the two policies over the number of agents in state 1."""
    fig, ax = style.figure(height=3.4, ylabel="optimality gap (units of reward)")
    sns.barplot(gaps, x="agents in state 1", y="gap", hue="policy", ax=ax)
    ax.legend(title=None, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return fig


def simulated_returns(starts: pd.DataFrame) -> Figure:
    """Plot simulated minus exact return of every start, with its 95 % interval."""
    height, xlabel = 0.45 * len(starts) + 1.2, "simulated − exact return (units of reward)"
    fig, ax = style.figure(height=height, xlabel=xlabel, ylabel="start (global: local states)")
    ax.axvline(0, color="0.3", linewidth=1, linestyle="--")
    place, off = range(len(starts)), starts["mean"] - starts["exact"]
    ax.errorbar(off, place, xerr=starts["± 95 %"], fmt="o", color=style.PALETTE[0], capsize=4)
    ax.set_yticks(place, starts["start"].tolist())
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    return fig


def step_cost(cost: pd.DataFrame) -> Figure:
    """Plot the microseconds of one step of one run against the number of agents n."""
    fig, ax = style.figure(height=3.2, xlabel="local agents $n$", ylabel="time of a step (µs)")
    sns.lineplot(cost, x="n", y="microseconds", marker="o", ax=ax)
    ax.set(xscale="log")
    ax.set_ylim(bottom=0)
    return fig
