"""The learning chapter: other readings of Algorithm 1, and its figures.

The library's own reading: samples are drawn once per (s_g, multiset) and shared by the actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, log

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

import ssq_core as ssq
from ssq_book import style
from ssq_book.limits import GAMMA, SEED, count, real
from ssq_core.checks import check_option
from ssq_core.model import Floats, Ints

LIMITS = {
    "k": count(1, 6),
    "m": count(1, 1000),
    "iterations": count(2, 2000),
    "gamma": GAMMA,
    "p": real(0, 1),
    "replicates": count(2, 1000),
    "seed": SEED,
}
SWEEP = ("learning-readings-shared", 9)

DRAWS = ("here", "per action", "per ordering")


def learned(mdp: ssq.StarMDP, k: int, m: int, reading: str, seed: int = 0) -> Floats:
    """Return Q^est_{k,m} on ordered samples, (G, A, S, ..., S), with draws shared as `reading`.

    "here": one set of m next states per (s_g, multiset); "per action": one for each action too;
    "per ordering": one for each ordered sample. Raises ValueError for another reading.
    """
    check_option("reading", reading, DRAWS)
    rng, place = np.random.default_rng(seed), mdp.S ** np.arange(k)[::-1]
    tuples = np.array(list(product(range(mdp.S), repeat=k)))
    source = tuples if reading == "per ordering" else np.sort(tuples, axis=1)
    drawn, inverse = np.unique(source, axis=0, return_inverse=True)
    shape = (mdp.G, mdp.A if reading == "per action" else 1, len(drawn), m)
    law = mdp.P_l[:, drawn][:, None, :, None]  # (G, 1, tuples, 1, k, S)
    local = (_draw(rng.random((*shape, k)), law) @ place)[:, :, inverse]
    uniform = rng.random(shape)[:, :, inverse]
    into = _draw(uniform, mdp.P_g[:, :, None, None, :])  # (G, A, tuples, m)
    reward = mdp.r_g[:, :, None] + mdp.r_l[:, tuples].mean(axis=-1)[:, None]
    Q = np.zeros(reward.shape)
    for _ in range(ceil(log(1e-12) / log(mdp.gamma))):
        Q = reward + mdp.gamma * Q.max(axis=1)[into, local].mean(axis=-1)
    return Q.reshape(mdp.G, mdp.A, *[mdp.S] * k)


def _draw(uniform: Floats, law: Floats) -> Ints:
    """Return indices drawn with probabilities `law` (..., W) from uniform numbers (...)."""
    edges = np.cumsum(law, axis=-1)
    return np.asarray((uniform[..., None] >= edges / edges[..., -1:]).sum(axis=-1))


# Figure 3 of the paper: a node's place, and its formula
_NODES = {
    "start": ((0.0, 2.0), r"$\hat{Q}^{\,0}_{k,m}(s_g, s_\Delta, a_g)$"),
    "est": ((0.0, 1.0), r"$\hat{Q}^{\,\mathrm{est}}_{k,m}(s_g, s_\Delta, a_g)$"),
    "star": ((1.0, 1.0), r"$\hat{Q}^{\,*}_{k}(s_g, s_\Delta, a_g)$"),
    "histogram": ((2.0, 1.0), r"$\hat{Q}^{\,*}_{k}(s_g, F_{s_\Delta}, a_g)$"),
    "full": ((2.0, 0.0), r"$\hat{Q}^{\,*}_{n}(s_g, F_{s_{[n]}}, a_g)$"),
    "optimal": ((1.0, 0.0), r"$Q^*(s_g, F_{s_{[n]}}, a_g)$"),
    "tuple": ((0.0, 0.0), r"$Q^*(s_g, s_{[n]}, a_g)$"),
}
# its arrows: from, to, label, whether the step fails as printed
_ARROWS = (
    ("start", "est", "(1)  Algorithm 1", False),
    ("est", "star", r"(2)  $\approx$" + "\nAssumption 3.1", False),
    ("star", "histogram", "(3)  =\nEq. (12)", False),
    ("histogram", "full", r"(4)  $\approx$  Theorems 4.2, 4.3", True),
    ("full", "optimal", "(5)  =\nRemark A.6", False),
    ("optimal", "tuple", "(6)  =\nEq. (11)", False),
)


def analysis_flow() -> Figure:
    """Draw the flow of the analysis (Figure 3 of the paper), its fourth arrow marked as broken."""
    fig, ax = style.figure(width=7.6, height=4.0)
    for (x, y), formula in _NODES.values():
        box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": "0.5"}
        ax.annotate(formula, (x, y), ha="center", va="center", fontsize=12, bbox=box, zorder=3)
    for tail, head, label, broken in _ARROWS:
        (x0, y0), (x1, y1) = _NODES[tail][0], _NODES[head][0]
        colour = style.PALETTE[3] if broken else "0.25"
        flat = y0 == y1
        reach = 0.31 * np.sign(x1 - x0) if flat else 0.22 * np.sign(y1 - y0)
        ends = (
            [(x0 + reach, y0), (x1 - reach, y1)] if flat else [(x0, y0 + reach), (x1, y1 - reach)]
        )
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2 if broken else 1.3}
        arrow["linestyle"] = "--" if broken else "-"
        ax.annotate("", ends[1], ends[0], arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
        place = (
            ((x0 + x1) / 2, y0 + 0.05)
            if flat
            else (x0 + (-0.05 if broken else 0.05), 0.5 * (y0 + y1))
        )
        align = ("center", "bottom") if flat else (("right" if broken else "left"), "center")
        ax.annotate(
            label, place, ha=align[0], va=align[1], fontsize=9.5, color=colour, linespacing=1.3
        )
    ax.set(xlim=(-0.42, 2.42), ylim=(-0.35, 2.35))
    ax.set_axis_off()
    return fig


def contraction(differences: Mapping[str, Sequence[float]], gamma: float) -> Figure:
    """Plot differences of successive iterates against the sweep, with the slope gamma^t beside.

    `differences` maps a curve's name to its values at t = 0, 1, ... (rewards' units).
    """
    fig, ax = style.figure()
    longest = max(len(values) for values in differences.values())
    frame = pd.DataFrame(
        [
            {"sweep": t, "difference": value, "curve": name}
            for name, values in differences.items()
            for t, value in enumerate(values)
        ]
    )
    sns.lineplot(frame, x="sweep", y="difference", hue="curve", style="curve", ax=ax)
    first = max(values[0] for values in differences.values())
    sweeps = np.arange(longest)
    ax.plot(sweeps, first * gamma**sweeps, color="0.3", linewidth=1, linestyle=":", zorder=1)
    ax.annotate(
        r"slope $\gamma^t$",
        (sweeps[-1], first * gamma ** float(sweeps[-1])),
        textcoords="offset points",
        xytext=(0, 6),
        ha="right",
        va="bottom",
        color="0.3",
    )
    ax.set(yscale="log", xlabel="sweep $t$", ylabel="difference (units of reward)")
    ax.legend(title=None)
    return fig


def error_against_m(errors: pd.DataFrame, bound: Mapping[int, float]) -> Figure:
    """Plot the sup-norm error against the number of samples m, with 95 % intervals over the seeds.

    `errors` has columns "m", "error" and "samples"; `bound` maps m to the bound on fixed samples.
    """
    fig, ax = style.figure()
    sns.lineplot(
        errors, x="m", y="error", hue="samples", style="samples", markers=True, dashes=False,
        errorbar=("ci", 95), err_style="bars", err_kws={"capsize": 4}, seed=0, ax=ax,
    )  # fmt: skip
    ax.plot(list(bound), list(bound.values()), color="0.3", linestyle="--", label="bound (fixed)")
    ax.set(xscale="log", yscale="log", xlabel="samples per update $m$")
    ax.set(ylabel="largest error of a Q-value\n(units of reward)", xticks=sorted(bound))
    ax.set_xticklabels([str(m) for m in sorted(bound)])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 3)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(title=None)
    return fig


def learning_rates(errors: pd.DataFrame) -> Figure:
    """Plot the sup-norm error against the iterations, with 95 % intervals over the seeds.

    `errors` has columns "iterations", "error", "samples" and "learning rate" (in words).
    """
    fig, ax = style.figure(height=4.4)
    sns.lineplot(
        errors, x="iterations", y="error", hue="samples", style="learning rate", markers=True,
        errorbar=("ci", 95), err_style="bars", err_kws={"capsize": 4}, seed=0, ax=ax,
    )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="iterations $T$")
    ticks = sorted(errors["iterations"].unique().tolist())
    ax.set_xticks(ticks, [str(t) for t in ticks])
    ax.xaxis.set_minor_formatter(NullFormatter())
    style.legend_below(ax, ncols=2)
    ax.set(ylabel=r"largest distance to $\hat{Q}_k^*$" + "\n(units of reward)")
    ax.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 3)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    return fig
