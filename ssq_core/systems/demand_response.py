"""The paper's demand-response system (Example 2.3 and Section 5).

A regulator sets a target s_g in 1..5. A user has a type psi in {1, 2}, a consumption s* and a
desired consumption s_bar, both in 1..5. What the paper leaves open is decided here and said in the
chapter: s_bar +- 1 is clipped to 1..5, a user with s_bar <= s_g consumes what it desires, and any
other user consumes s_bar or s_bar + s_g - s*, with probability 1/2 each, clipped.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ssq_core.checks import check_count, check_number
from ssq_core.model import StarMDP

LEVELS = range(1, 6)
TYPES = (1, 2)


def local_state(psi: int, s_star: int, s_bar: int) -> int:
    """Return the index of the local state (psi, s*, s_bar): 25(psi-1) + 5(s*-1) + (s_bar-1).

    Raises ValueError unless psi is 1 or 2 and both levels are in 1..5.

    >>> from ssq_core.systems.demand_response import local_state
    >>> local_state(psi=2, s_star=1, s_bar=3)
    27
    """
    for name, value, levels in (
        ("psi", psi, TYPES),
        ("s_star", s_star, LEVELS),
        ("s_bar", s_bar, LEVELS),
    ):
        check_count(name, value, levels[0], levels[-1])
    return 25 * (psi - 1) + 5 * (s_star - 1) + (s_bar - 1)


def _clip(value: int) -> int:
    return min(max(value, LEVELS[0]), LEVELS[-1])


def demand_response(weight: float = 15.0, gamma: float = 0.9) -> StarMDP:
    """Return the demand-response system; `weight` is the 15 in r_g = 15/s_g - 1{a_g = -1}.

    s_g index = value - 1; actions 0, 1, 2 change s_g by -1, 0, +1; local state indices as in
    `local_state`. G = 5, A = 3, S = 50. Raises ValueError for a `weight` that is not finite or
    `gamma` outside (0, 1). Source: Section 5, with the readings stated in this module.

    >>> ssq.demand_response(weight=1.5)
    StarMDP(G=5, A=3, S=50, gamma=0.9)
    """
    check_number("weight", weight, "(-inf, inf)")
    moves = (-1, 0, 1)
    P_g = np.zeros((5, 3, 5))
    r_g = np.zeros((5, 3))
    r_l = np.zeros((5, 50))
    consume = np.zeros((5, 50, 50))  # [s_g] first: s* becomes s*'
    desire = np.zeros((50, 50))  # then s_bar becomes s_bar'
    for s_g in LEVELS:
        for a, move in enumerate(moves):
            P_g[s_g - 1, a, _clip(s_g + move) - 1] = 1
            r_g[s_g - 1, a] = weight / s_g - (move == -1)
    states = list(product(TYPES, LEVELS, LEVELS))
    for i, (psi, s_star, s_bar) in enumerate(states):
        desires = [_clip(s_bar - 1), _clip(s_bar + 1)] if psi == 1 else list(LEVELS)
        for next_bar in desires:
            desire[i, local_state(psi, s_star, next_bar)] += 1 / len(desires)
        for s_g in LEVELS:
            r_l[s_g - 1, i] = s_star - 0.5 * (s_star > s_g)
            follow = s_bar <= s_g
            for next_star in (s_bar, s_bar if follow else _clip(s_bar + s_g - s_star)):
                consume[s_g - 1, i, local_state(psi, next_star, s_bar)] += 0.5
    labels = [f"({psi}, {s_star}, {s_bar})" for psi, s_star, s_bar in states]
    names = {"s_g": [str(v) for v in LEVELS], "a_g": ["-1", "0", "+1"], "s_i": labels}
    stages = (consume, np.broadcast_to(desire, consume.shape))
    return StarMDP(P_g, consume @ desire, r_g, r_l, gamma, names, stages)
