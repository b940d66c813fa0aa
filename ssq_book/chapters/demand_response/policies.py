"""What the demand-response chapter and its explorer compute: a policy's maps and its exact gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import ssq_core as ssq
from ssq_core import multisets
from ssq_core.checks import check_index
from ssq_core.layout import Layout
from ssq_core.model import Floats, Ints
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

TOL = 1e-7  # certified error of the values behind a gap, in units of the discounted reward

# Gaps of Figure 1b for k = 1..8, read off a picture in the first author's public repository
# RL_sampling: another version of the experiment, with its k = 7 as the reference; approximate.
PUBLIC_GAPS = dict(enumerate((2.81, 2.22, 1.66, 1.25, 0.5, 0.3, 0.2, 0.1), start=1))

CHANGE = np.array([-1.0, 0.0, 1.0])  # what the three actions do to the target


def members(layout: Layout, s_g: int) -> Ints:
    """Return one tuple of local states for every stored multiset at `s_g`, (entries, n)."""
    blocks = []
    for block in layout.blocks:
        sizes = layout.grouping.sizes[s_g]
        own = [
            layout.grouping.representatives(s_g, t)[multisets.unrank_all(c, int(d))]
            for t, (c, d) in enumerate(zip(block, sizes, strict=True))
        ]
        grid = np.indices([len(part) for part in own]).reshape(len(own), -1)
        blocks.append(np.hstack([part[i] for part, i in zip(own, grid, strict=True)]))
    return np.concatenate(blocks)


def policy_gap(
    mdp: ssq.StarMDP,
    pi: ssq.SubsampledPolicy,
    optimum: ssq.QTable,
    type_counts: Sequence[int] | None = None,
    tol: float = TOL,
) -> ssq.Gap:
    """Return V* - V^pi for any subsampled policy, a learned one too, at every joint state.

    `optimum` is `solve(mdp, n, type_counts=type_counts)`; `tol` certifies the value of `pi` (units
    of the discounted reward). Raises ValueError as `policy_value` does, or if `optimum` is not of
    n agents.
    """
    if optimum.k != pi.n:
        raise ValueError(f"optimum has k = {optimum.k}, but pi has n = {pi.n}")
    value = ssq.policy_value(mdp, pi, tol, type_counts)
    tables = tuple(
        optimum.tables[g].max(axis=0)[optimum.layout.rank(g, members(value.layout, g))] - own
        for g, own in enumerate(value.tables)
    )
    return ssq.Gap(mdp, value.layout, tables, optimum.error_bound + value.error_bound)


def policy_map(q: ssq.QTable, type_counts: tuple[int, int] | None = None) -> Ints:
    """Return the greedy action at [psi - 1, s_g, s* - 1, s_bar - 1] when all k agents are alike.

    All are of type psi; with `type_counts` as many of them as there are, the rest of the other.
    """
    k, out = q.k, np.empty((len(TYPES), q.mdp.G, len(LEVELS), len(LEVELS)), dtype=np.int64)
    own = [min(k, c) for c in type_counts or (k, k)]
    for t, g, a, b in np.ndindex(out.shape):
        like, other = (local_state(TYPES[i], LEVELS[a], LEVELS[b]) for i in (t, 1 - t))
        out[t, g, a, b] = q.action(g, [like] * own[t] + [other] * (k - own[t]))
    return out


def execution_map(pi: ssq.SubsampledPolicy, type_counts: tuple[int, int]) -> Floats:
    """Return the mean change of the target under Eq. (6), in [-1, 1].

    At [s_g, y - 1, x - 1] every agent of type 1 desires and consumes x, every agent of type 2 y.
    """
    first, second = type_counts
    out = np.empty((pi.q.mdp.G, len(LEVELS), len(LEVELS)))
    for g, j, i in np.ndindex(out.shape):
        x, y = LEVELS[i], LEVELS[j]
        states = [local_state(1, x, x)] * first + [local_state(2, y, y)] * second
        out[g, j, i] = pi.action_probabilities(g, states) @ CHANGE
    return out


def opposite(mdp: ssq.StarMDP) -> ssq.StarMDP:
    """Return the system with all rewards negated: its best policy is the worst one of `mdp`."""
    return replace(mdp, r_g=-mdp.r_g, r_l=-mdp.r_l)


def constant_target(q: ssq.QTable, target: int) -> ssq.QTable:
    """Return a table like `q` whose greedy action moves s_g (1..5) to `target` and holds it there.

    Its Q-values are 0 and 1, a ranking of the actions alone. Raises ValueError off 1..5.
    """
    goal = check_index("target - 1", target - 1, q.mdp.G)
    tables = []
    for g, own in enumerate(q.tables):
        tables.append(np.zeros_like(own))
        tables[-1][1 + np.sign(goal - g)] = 1
    return replace(q, tables=tuple(tables))
