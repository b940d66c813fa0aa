"""Learning: limits of the parameters; other readings of Algorithm 1; figures.

The library's own reading: samples are drawn once per (s_g, multiset) and shared by the actions.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, log

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import ssq_core as ssq
from ssq_book import style
from ssq_book.limits import GAMMA, SEED, count, real
from ssq_core import draws
from ssq_core.model import Floats
from ssq_core.operators import Operator

LIMITS = {
    "k": count(1, 6),
    "m": count(1, 1000),
    "iterations": count(2, 2000),
    "gamma": GAMMA,
    "p": real(0, 1),
    "replicates": count(2, 1000),
    "seed": SEED,
}
SWEEP = ("learning-readings-shared", 11)

DRAWS = ("here", "per action", "per ordering")


def learned(mdp: ssq.StarMDP, k: int, m: int, reading: str, seed: int = 0) -> Floats:
    """Return Q^est_{k,m} on ordered samples, (G, A, S, ..., S), with draws shared as in `DRAWS`.

    "here": one set of m next states per (s_g, multiset); "per action": one for each action too;
    "per ordering": one for each ordered sample.
    """
    rng, place = np.random.default_rng(seed), mdp.S ** np.arange(k)[::-1]
    tuples = np.array(list(product(range(mdp.S), repeat=k)))
    source = tuples if reading == "per ordering" else np.sort(tuples, axis=1)
    drawn, inverse = np.unique(source, axis=0, return_inverse=True)
    shape = (mdp.G, mdp.A if reading == "per action" else 1, len(drawn), m)
    law = draws.distribution(mdp.P_l)[:, drawn][:, None, :, None]  # (G, 1, tuples, 1, k, S)
    local = (draws.invert(law, rng.random((*shape, k))) @ place)[:, :, inverse]
    law = draws.distribution(mdp.P_g)[:, :, None, None]
    into = draws.invert(law, rng.random(shape)[:, :, inverse])  # (G, A, tuples, m)
    reward = mdp.r_g[:, :, None] + mdp.r_l[:, tuples].mean(axis=-1)[:, None]
    Q = np.zeros(reward.shape)
    for _ in range(ceil(log(1e-12) / log(mdp.gamma))):
        Q = reward + mdp.gamma * Q.max(axis=1)[into, local].mean(axis=-1)
    return Q.reshape(mdp.G, mdp.A, *[mdp.S] * k)


# Figure 3 of the paper: its formulas and the steps between them
_FORMULAS = (
    r"$\hat{Q}^{\,0}_{k,m}(s_g, s_\Delta, a_g) = 0$",
    r"$\hat{Q}^{\,\mathrm{est}}_{k,m}(s_g, s_\Delta, a_g)$",
    r"$\hat{Q}^{\,*}_{k}(s_g, s_\Delta, a_g)$",
    r"$\hat{Q}^{\,*}_{k}(s_g, F_{s_\Delta}, a_g)$",
    r"$\hat{Q}^{\,*}_{n}(s_g, F_{s_{[n]}}, a_g)$",
    r"$Q^*(s_g, F_{s_{[n]}}, a_g)$",
    r"$Q^*(s_g, s_{[n]}, a_g)$",
)
_STEPS = (
    "(1)  Algorithm 1", r"(2)  $\approx$  P-3.1", "(3)  =  Eq. (12)",
    r"(4)  $\approx$  P-4.2, P-4.3", "(5)  =  P-A.6", "(6)  =  Eq. (11)",
)  # fmt: skip


def analysis_flow() -> Figure:
    """Draw the flow of the analysis (Figure 3 of the paper), its fourth arrow marked as broken."""
    fig, ax = style.figure(width=4.8, height=6.6)
    box = {"boxstyle": "round,pad=0.4", "facecolor": "none", "edgecolor": "0.5"}
    for row, formula in enumerate(_FORMULAS):
        ax.annotate(formula, (0, row), ha="center", va="center", fontsize=13, bbox=box)
    for row, label in enumerate(_STEPS):
        broken = row == 3
        look = {"linewidth": 2, "linestyle": "--"} if broken else {"linewidth": 1.3}
        colour = style.PALETTE[3] if broken else "0.3"
        arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0} | look
        ax.annotate("", (0, row + 0.7), (0, row + 0.3), arrowprops=arrow)
        ax.annotate(label, (0.08, row + 0.5), va="center", color=colour)
    ax.set(xlim=(-0.6, 1.1), ylim=(6.4, -0.4))
    ax.set_axis_off()
    return fig


def differences(operator: Operator, sweeps: int) -> tuple[Floats, Floats]:
    """Return sup norms of Q^(t+1) - Q^t, t < `sweeps` and Q^0 = 0, and half spans of their V."""
    Q: Floats = np.zeros((len(operator.shapes), 1, *operator.shapes[0]))
    sup, half_span = np.zeros(sweeps), np.zeros(sweeps)
    for t in range(sweeps):
        new = np.array(operator.q_values(Q.max(axis=1)))
        sup[t] = np.abs(new - Q).max()
        half_span[t] = np.ptp(new.max(axis=1) - Q.max(axis=1)) / 2
        Q = new
    return sup, half_span


def contraction(differences: Mapping[str, Sequence[float]], gamma: float) -> Figure:
    """Plot differences of successive iterates, by curve, with the slope gamma^t beside."""
    fig, ax = style.figure(
        yscale="log", xlabel="iteration $t$", ylabel="difference (units of reward)"
    )
    for line, (name, values) in zip(("-", "--", "-."), differences.items(), strict=False):
        ax.plot(values, line, label=name)
    iterations = np.arange(max(map(len, differences.values())))
    slope = max(values[0] for values in differences.values()) * gamma**iterations
    ax.plot(slope, color="0.3", linewidth=1, linestyle=":", zorder=1)
    ax.annotate(
        r"slope $\gamma^t$", (iterations[-1], slope[-1]), textcoords="offset points", xytext=(0, 6),
        ha="right", va="bottom", color="0.3", fontsize=14,
    )  # fmt: skip
    ax.legend()
    return fig


def error_against_m(errors: pd.DataFrame, bound: Mapping[int, float]) -> Figure:
    """Plot the error against m with 95 % intervals over the seeds; `bound` is {m: bound}."""
    fig, ax = style.figure(xscale="log", yscale="log", xlabel="samples per update $m$")
    for index, (kind, rows) in enumerate(errors.groupby("samples")):
        style.means(ax, rows, "m", "error", index, str(kind))
    ax.plot(list(bound), list(bound.values()), color="0.3", linestyle="--", label="bound (fixed)")
    style.plain_numbers(ax.xaxis, sorted(bound))
    style.plain_numbers(ax.yaxis)
    ax.set(ylabel="largest error of a Q-value\n(units of reward)")
    ax.legend()
    return fig


def learning_rates(errors: pd.DataFrame) -> Figure:
    """Plot the error against the iterations, with 95 % intervals over the seeds."""
    fig, ax = style.figure(height=4.4, xscale="log", yscale="log", xlabel="iterations $T$")
    for index, (kind, of_kind) in enumerate(errors.groupby("samples")):
        for line, (rate, rows) in zip(("-", "--"), of_kind.groupby("learning rate"), strict=False):
            label = f"{kind} samples, rate {rate}"
            style.means(ax, rows, "iterations", "error", index, label, linestyle=line)
    style.plain_numbers(ax.xaxis, sorted(errors["iterations"].unique()))
    style.plain_numbers(ax.yaxis)
    ax.set(ylabel="largest distance to the exact table\n(units of reward)")
    style.legend_below(ax)
    return fig
