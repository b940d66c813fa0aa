"""Stochastic rewards (Section 6 of the paper): the empirical operator with sampled rewards.

The global reward and that of every agent is its mean plus or minus `noise`, with probability 1/2
each: of all laws on an interval of that length, the one that spreads most. With each of its m next
states the operator of Eq. (5) draws new rewards and averages them,

    (1/m) sum_j [ rho_g^j(s_g, a) + (1/k) sum_{i in Delta} rho_l^{ij} + gamma max_a' Q(s^j, a') ].
"""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np

import ssq_core as ssq
from ssq_core.layout import Layout
from ssq_core.model import Floats
from ssq_core.operators import Operator, empirical
from ssq_core.qtable import tie_tolerance
from ssq_core.value_iteration import fixed_point


def mean_of_signs(rng: np.random.Generator, draws: int, shape: tuple[int, ...]) -> Floats:
    """Return means of `draws` independent fair signs, drawn as what they are: scaled binomials."""
    return np.asarray(2 * rng.binomial(draws, 0.5, shape) / draws - 1)


def with_sampled_rewards(
    operator: Operator, k: int, m: int, noise: float, rng: np.random.Generator
) -> Operator:
    """Return an empirical operator whose rewards are means of `m` draws, kept throughout.

    Those of the agents are shared by the actions, as the next states are.
    """
    rewards = []
    for mean in operator.rewards:
        local = mean_of_signs(rng, m * k, mean.shape[1:])
        rewards.append(mean + noise * (mean_of_signs(rng, m, mean.shape) + local))
    return replace(operator, rewards=tuple(rewards), first=tuple(rewards))


def learn(
    mdp: ssq.StarMDP, k: int, m: int, noise: float, seed: int = 0, tol: float = 1e-8
) -> ssq.QTable:
    """Return Q^est_{k,m} with sampled rewards: Algorithm 1 to its fixed point, certified to `tol`.

    Without noise it is the limit of `ssq.learn(mdp, k, m, iterations, seed)`.
    """
    layout = Layout.of(mdp.states, k)
    tables = tuple(np.empty((mdp.A, layout.entries(g))) for g in range(mdp.G))
    seeds = np.random.SeedSequence(seed).spawn(len(layout.blocks))
    worst, most = 0.0, 0
    for block, block_seed in zip(layout.blocks, seeds, strict=True):
        rng = np.random.default_rng(block_seed)
        sampled = empirical(mdp, layout, block, m, rng)
        operator = with_sampled_rewards(sampled, k, m, noise, rng)
        V, shift, error, sweeps = fixed_point(operator, tol)
        for g, q in enumerate(operator.q_values(V)):
            tables[g][:, layout.slice(g, block)] = q + shift
        worst, most = max(worst, error), max(most, sweeps)
    return ssq.QTable(mdp, layout, "states", tables, most, worst, tie_tolerance(mdp, worst))


def hoeffding(
    mdp: ssq.StarMDP, k: int, m: int, noise: float, span: float, entries: int, delta: float
) -> float:
    """Return what |Q^est - Q_k*| exceeds with probability at most `delta` (units of reward).

    `span` is max V_k* - min V_k*, `entries` the number of Q-values. An update is a sum of
    independent terms, of lengths 2 noise / m, 2 noise / (mk) and gamma span / m. Source:
    Hoeffding's inequality, and the contraction.
    """
    length = 4 * noise**2 * (1 + 1 / k) + (mdp.gamma * span) ** 2
    return sqrt(length * log(2 * entries / delta) / (2 * m)) / (1 - mdp.gamma)
