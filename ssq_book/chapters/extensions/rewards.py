"""Stochastic rewards (Section 6 of the paper): Algorithm 1 on the means of m sampled rewards.

A sampled reward is its mean plus or minus `noise`, with probability 1/2 each: of all laws on an
interval of that length, the one that spreads most.
"""

from dataclasses import replace
from math import ceil, log, sqrt

import numpy as np

import ssq_core as ssq


def learn(mdp: ssq.StarMDP, k: int, m: int, noise: float, seed: int = 0) -> ssq.QTable:
    """Return Q^est_{k,m}, to rounding, with every reward the mean of m sampled ones."""
    rng = np.random.default_rng(seed)
    r_g, r_l = (
        mean + noise * (2 * rng.binomial(m, 0.5, mean.shape) / m - 1)  # a sum of fair signs
        for mean in (mdp.r_g, mdp.r_l)
    )
    seen = ssq.StarMDP(mdp.P_g, mdp.P_l, r_g, r_l, mdp.gamma)
    iterations = ceil(25 / -log(mdp.gamma))
    return replace(ssq.learn(seen, k, m, iterations, seed, progress=False), mdp=mdp)


def hoeffding(
    mdp: ssq.StarMDP, m: int, noise: float, span: float, entries: int, delta: float
) -> float:
    """Return what |Q^est - Q_k*| exceeds with probability at most `delta` (units of reward).

    `span` is max V_k* - min V_k*, `entries` the number of Q-values. Hoeffding's inequality: see the
    proposition of the chapter.
    """
    length = 8 * noise**2 + (mdp.gamma * span) ** 2
    return sqrt(length * log(2 * entries / delta) / (2 * m)) / (1 - mdp.gamma)
