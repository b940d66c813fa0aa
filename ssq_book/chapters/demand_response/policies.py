"""Policies of demand response: the optimum, constant targets, maps of what a policy does."""

from dataclasses import replace
from functools import lru_cache
from math import comb, prod
from typing import cast

import numpy as np

import ssq_core as ssq
from ssq_core.model import Floats, Ints
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

WEIGHT, GAMMA = 1.5, 0.9  # the weight at which the sample counts; the paper's discount
TOL = 1e-7  # certified error of the values behind a gap, in units of the discounted reward

# Gaps of Figure 1b for k = 1..8, read off a picture in the first author's public repository
# RL_sampling: another version of the experiment, with its k = 7 as the reference; approximate.
PUBLIC_GAPS = dict(enumerate((2.81, 2.22, 1.66, 1.25, 0.5, 0.3, 0.2, 0.1), start=1))


@lru_cache(maxsize=16)
def exact_table(weight: float, k: int, tol: float) -> ssq.QTable:
    """Return the exact table of k users of both types, solved once in a process."""
    return ssq.solve(ssq.demand_response(weight, GAMMA), k, tol)


@lru_cache(maxsize=1)
def optimum(n1: int, n2: int, weight: float, gamma: float) -> ssq.QTable:
    """Return the optimum of n1 + n2 users, solved once for all the policies compared with it."""
    return ssq.solve(ssq.demand_response(weight, gamma), n1 + n2, TOL, type_counts=(n1, n2))


def gap(
    policy: int | ssq.QTable, optimum: ssq.QTable, types: tuple[int, int], tol: float
) -> ssq.Gap:
    """Return the exact gap of a table, or of that of k users, to the optimum of n1 + n2 users."""
    found = ssq.optimality_gap(optimum.mdp, policy, sum(types), tol, types, optimum=optimum)
    return cast(ssq.Gap, found)


def mean_start_value(q: ssq.QTable, type_counts: tuple[int, ...]) -> float:
    """Return the value of k sampled agents, averaged over samples and joint states, exactly.

    By L1 no policy on the n agents earns more on average, `q.error_bound` apart. `type_counts` are
    those of the n agents; every joint state of them weighs the same. `q` is an exact table.
    """
    mdp, layout, n = q.mdp, q.layout, sum(type_counts)
    of_type = np.array([c / n / len(t) for c, t in zip(type_counts, mdp.types, strict=True)])
    total = float((mdp.r_l @ of_type[mdp.type_of]).mean())  # which the table leaves out
    for g, table in enumerate(q.tables):
        orderings, best = layout.orderings(g), table.max(axis=0)
        for block in layout.blocks:
            inside = layout.slice(g, block)
            chance = prod(map(comb, type_counts, block)) / comb(n, q.k)
            mean = orderings[inside] @ best[inside] / orderings[inside].sum()
            total += float(chance * mean) / mdp.G
    return total


def policy_map(q: ssq.QTable, type_counts: tuple[int, int] | None = None) -> Ints:
    """Return the greedy action at [psi - 1, s_g, s* - 1, s_bar - 1] when all k agents are alike.

    All are of type psi; with `type_counts` as many of them as there are, the rest of the other.
    """
    k, out = q.k, np.empty((len(TYPES), q.mdp.G, len(LEVELS), len(LEVELS)), dtype=np.int64)
    alike = [min(k, c) for c in type_counts or (k, k)]
    for t, g, a, b in np.ndindex(out.shape):
        like, other = (local_state(TYPES[i], LEVELS[a], LEVELS[b]) for i in (t, 1 - t))
        out[t, g, a, b] = q.action(g, [like] * alike[t] + [other] * (k - alike[t]))
    return out


def execution_map(pi: ssq.SubsampledPolicy, type_counts: tuple[int, int]) -> Floats:
    """Return the probabilities of the actions under Eq. (6), (G, D, D, A).

    At [s_g, y - 1, x - 1] every agent of type 1 desires and consumes x, every agent of type 2 y.
    """
    first, second = type_counts
    out = np.empty((pi.q.mdp.G, len(LEVELS), len(LEVELS), pi.q.mdp.A))
    for g, j, i in np.ndindex(out.shape[:-1]):
        x, y = LEVELS[i], LEVELS[j]
        states = [local_state(1, x, x)] * first + [local_state(2, y, y)] * second
        out[g, j, i] = pi.action_probabilities(g, states)
    return out


def opposite(mdp: ssq.StarMDP) -> ssq.StarMDP:
    """Return the system with all rewards negated: its best policy is the worst one of `mdp`."""
    return replace(mdp, r_g=-mdp.r_g, r_l=-mdp.r_l)


def constant_target(q: ssq.QTable, target: int) -> ssq.QTable:
    """Return a table like `q`, of 0 and 1, whose greedy action leads s_g (1..5) to `target`."""
    tables = [np.zeros_like(table) for table in q.tables]
    for s_g, table in enumerate(tables, 1):
        table[1 + np.sign(target - s_g)] = 1
    return replace(q, tables=tuple(tables))
