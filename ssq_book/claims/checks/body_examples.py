"""Section 2's examples: demand response (2.3) and queueing (2.4)."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_book.claims.verdict import SLACK, Verdict, check, distance, mended
from ssq_core.model import StarMDP
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

State = tuple[int, int, int]  # (psi, s*, s_bar)


def clipped(value: int) -> int:
    """Project to 1..5."""
    return min(max(value, LEVELS[0]), LEVELS[-1])


def step(state: State, s_g: int, clips: bool, strict: bool = False) -> dict[State, float]:
    """Return the law of the next state, Section 5; `strict` compares s_bar < s_g, as in 2.3."""
    psi, s, bar = state
    follows = bar < s_g if strict else bar <= s_g
    consumed = [bar, bar if follows else clipped(bar + s_g - s)]
    desired = [bar - 1, bar + 1] if psi == 1 else list(LEVELS)
    if clips:
        desired = [clipped(x) for x in desired]
    ways = Counter(product([psi], consumed, desired))
    return {state: count / ways.total() for state, count in ways.items()}


@check("example-2.3")
def example_2_3(clips: bool = False) -> Verdict:
    """s_bar +- 1 leaves [5]; `<` and `<=` differ; the next state is printed in another order."""
    states = list(product(TYPES, LEVELS, LEVELS))
    known = set(states)
    leaves = differs = swapped = 0
    for state, s_g in product(states, LEVELS):
        law = step(state, s_g, clips)
        leaves += not law.keys() <= known
        differs += law != step(state, s_g, clips, strict=True)
        swapped += law != {(p, b, s): w for (p, s, b), w in law.items()}
    mdp, off = ssq.demand_response(), 0.0
    for state, s_g in product(states, LEVELS):
        row = np.zeros(mdp.S)
        for key, w in step(state, s_g, clips=True).items():
            row[local_state(*key)] += w
        off = max(off, distance(mdp.P_l[s_g - 1, local_state(*state)], row))
    return mended(
        leaves > 0,
        off < SLACK and len(mdp.types) == len(TYPES),
        {
            "pairs (s_i, s_g)": len(states) * len(LEVELS),
            "pairs whose next state leaves S_l": leaves,
            "pairs where < and <= differ": differs,
            "pairs where the printed order differs": swapped,
            "conserved types after the repair": len(mdp.types),
        },
    )


def indexed_queues(n: int, c: int, p: float, gamma: float, jobs: int = 1) -> StarMDP:
    """Return the n queues with the index as the type: local state i (c+1) + length, s_g = index."""
    S = n * (c + 1)
    P_l, r_l = np.zeros((n, S, S)), np.zeros((n, S))
    for g, i, s in product(range(n), range(n), range(c + 1)):
        here = i * (c + 1)
        for leaves, weight in ((0, 1 - p), (1, p)):
            after = min(c, max(0, s + jobs * (g == i) - leaves))
            P_l[g, here + s, here + after] += weight
        r_l[g, here + s] = -s - 10 * (s > c)
    P_g = np.broadcast_to(np.eye(n), (n, n, n))
    return StarMDP(P_g, P_l, np.zeros((n, n)), r_l, gamma)


@check("example-2.4")
def example_2_4(jobs: int = 1) -> Verdict:
    """1{s_g = i} needs the queue's index: with it as the type the example is a star MDP, tau = 1.

    Q* of n queues, one per type, is compared with the queueing solver's;
    `jobs` arrive at the pointed queue in a step.
    """
    n, c, p, gamma = 3, 2, 0.8, 0.9
    mdp = indexed_queues(n, c, p, gamma, jobs)
    q = ssq.solve(mdp, n, tol=1e-11, type_counts=(1,) * n)
    dispatch = ssq.queueing.Dispatch(n, c, p, gamma).solve(n)
    worst = 0.0
    for g, *s in product(range(n), *[range(c + 1)] * n):
        others = [length for i, length in enumerate(s) if i != g]
        found = q.value(g, [i * (c + 1) + length for i, length in enumerate(s)])
        worst = max(worst, abs(found - dispatch.value(s[g], others)))
    # the first two queues, of which the first is pointed at
    pointed, other = (mdp.P_l[0, i : i + c + 1, i : i + c + 1] for i in (0, c + 1))
    apart = float(np.abs(pointed - other).sum(axis=-1).max() / 2)
    return mended(
        apart > 0,
        worst < SLACK and len(mdp.types) == n,
        {
            "TV of next lengths, pointed against not": apart,
            "types": len(mdp.types),
            "tau": mdp.tau,
            "largest deviation of V*": worst,
            "states with s_i > c": int((-mdp.r_l > c).sum()),
        },
    )
