"""The counterexamples as systems that can be solved exactly.

In most of them s_g only selects the reward that the local agents earn, so what a sample gets wrong
is what it believes of the population's histogram.
"""

from __future__ import annotations

from itertools import count

import numpy as np

from ssq_core.checks import check_count, check_number
from ssq_core.model import Floats, StarMDP

MAX_ACTIONS = 10_000
MAX_BITS = 6  # 2^m global states and actions: a kernel of 2^(3m) entries


def match(p: float, gamma: float) -> StarMDP:
    """Return the matching game: the global agent names a state, agents in that state earn 1.

    S_l = S_g = A_g = {0, 1}; s_g' = a_g; a local agent keeps its state with probability `p` in [0,
    1], else flips; r_l = 1{s_i = s_g}, r_g = 0. Theorem 4.2 fails on it for k != k' from T = 3 on.

    >>> ssq.counterexamples.match(0.75, gamma=0.5)
    StarMDP(G=2, A=2, S=2, gamma=0.5)
    """
    check_number("p", p, "[0, 1]")
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    P_l = np.broadcast_to([[p, 1 - p], [1 - p, p]], (2, 2, 2))
    return StarMDP(P_g, P_l, np.zeros((2, 2)), np.eye(2), gamma)


def _vote(m: int) -> Floats:
    """Return r_l (2^m, 2m): at bits b the type (j, c), numbered 2j + c, earns 1/2 or -1/2.

    The reward is 1/2 where c is bit j of b; bit 0 is the lowest.
    """
    bits = np.arange(2**m)[:, None] >> np.arange(m) & 1
    return np.stack([0.5 - bits, bits - 0.5], axis=2).reshape(2**m, 2 * m)


def overfit(m: int, gamma: float) -> StarMDP:
    """Return the overfitting game: agents leave a common root for 2m types, bits are bet on them.

    Local state 0 is the root, 1 + 2j + c the type (j, c), j < m, c in {0, 1}; the root goes to each
    type with equal probability, types absorb. S_g = A_g = {0..2^m - 1} (m bits, lowest first);
    s_g' = a_g; r_l = 1/2 for the type (j, c) where bit j of s_g is c, else -1/2; 0 at the root.
    With all agents at the root every total variation is 0, yet k agents value their own luck.
    1 <= m <= 6.

    >>> ssq.counterexamples.overfit(m=2, gamma=0.9)
    StarMDP(G=4, A=4, S=5, gamma=0.9)
    """
    check_count("m", m, 1, MAX_BITS)
    G, S = 2**m, 2 * m + 1
    row = np.eye(S)
    row[0] = np.append(0, np.full(2 * m, 1 / (2 * m)))
    r_l = np.hstack([np.zeros((G, 1)), _vote(m)])
    P_g = np.broadcast_to(np.eye(G), (G, G, G))
    return StarMDP(P_g, np.broadcast_to(row, (G, S, S)), np.zeros((G, G)), r_l, gamma)


def tree(m: int, actions: int, w: float, gamma: float) -> StarMDP:
    """Return the game of `overfit` behind a tree of |A_g| = `actions`, with a safe way out.

    Local states are the types 2j + c, which never change. Global states: 0 the root, 1 safe, then
    the inner nodes of an `actions`-ary tree of depth d = ceil(m / log2 actions), level by level,
    then 2^m absorbing leaves. At the root action 0 leads to safe and any other to the top of the
    tree; the d digits chosen there name a leaf (modulo 2^m). A leaf with bits b earns
    1/2 or -1/2 per agent as in `overfit`, every other global state w. 1 <= m <= 6, `actions` >= 2.

    >>> ssq.counterexamples.tree(m=2, actions=2, w=0.25, gamma=0.9)
    StarMDP(G=9, A=2, S=4, gamma=0.9)
    """
    check_count("m", m, 1, MAX_BITS)
    check_count("actions", actions, 2, MAX_ACTIONS)
    depth = tree_depth(m, actions)
    first = [2]  # the first node of each level
    for level in range(depth):
        first.append(first[-1] + actions**level)
    G, S = first[-1] + 2**m, 2 * m
    P_g = np.zeros((G, actions, G))
    P_g[0, 0, 1] = P_g[0, 1:, 2] = 1
    for level in range(depth):
        for node in range(actions**level):
            for a in range(actions):
                child = node * actions + a
                target = child % 2**m if level == depth - 1 else child
                P_g[first[level] + node, a, first[level + 1] + target] = 1
    for absorbing_state in (1, *range(first[-1], G)):
        P_g[absorbing_state, :, absorbing_state] = 1
    r_l = np.full((G, S), check_number("w", w, "(-inf, inf)"))
    r_l[first[-1] :] = _vote(m)
    P_l = np.broadcast_to(np.eye(S), (G, S, S))
    return StarMDP(P_g, P_l, np.zeros((G, actions)), r_l, gamma)


def tree_depth(m: int, actions: int) -> int:
    """Return ceil(m / log2(actions)): how many choices among `actions` name m bits."""
    return next(depth for depth in count() if actions**depth >= 2**m)


def absorbing(gamma: float, actions: int = 2, signed: bool = False) -> StarMDP:
    """Return the system in which nothing ever moves: two global and two local absorbing states.

    r_l = 1{s_i = s_g}, or with `signed` 1/2 and -1/2 instead of 1 and 0; the `actions` do nothing.
    Every value is 1/(1 - gamma) times the mean reward: a sample's error is never forgotten.

    >>> ssq.solve(ssq.counterexamples.absorbing(gamma=0.5), k=2).value(0, [0, 0])
    2.0
    """
    check_count("actions", actions, 1, MAX_ACTIONS)
    P_g = np.broadcast_to(np.eye(2)[:, None], (2, actions, 2))
    P_l = np.broadcast_to(np.eye(2), (2, 2, 2))
    return StarMDP(P_g, P_l, np.zeros((2, actions)), np.eye(2) - 0.5 * signed, gamma)


def fork(gamma: float, signed: bool = False) -> StarMDP:
    """Return `absorbing` behind one decision: at the root, action a leads to global state a.

    Global states 0 and 1 absorb with the rewards of `absorbing`, state 2 is the root, where local
    agents earn 0; local agents never move.

    >>> ssq.solve(ssq.counterexamples.fork(gamma=0.5), k=3).action(2, [0, 1, 1])
    1
    """
    P_g = np.zeros((3, 2, 3))
    P_g[0, :, 0] = P_g[1, :, 1] = 1
    P_g[2] = np.eye(2, 3)
    P_l = np.broadcast_to(np.eye(2), (3, 2, 2))
    r_l = np.vstack([np.eye(2) - 0.5 * signed, np.zeros((1, 2))])
    return StarMDP(P_g, P_l, np.zeros((3, 2)), r_l, gamma)


def non_monotone() -> StarMDP:
    """Return a system without ties in which a larger sample is worse.

    gamma = 1/2; with n = 3 agents the largest optimality gap rises from k = 1 to k = 2.

    >>> gaps = ssq.optimality_gap(ssq.counterexamples.non_monotone(), [1, 2], n=3)
    >>> gaps[1].max < gaps[2].max
    True
    """
    P_l = np.array([[[0.25, 0.75], [1, 1]], [[0.75, 0.25], [0, 0]]])  # [s_i', s_i, s_g]
    P_g = np.array([[[1, 0], [0.25, 0]], [[0, 1], [0.75, 1]]])  # [s_g', s_g, a_g]
    r_l = np.array([[1, 0], [0.5, 1]])  # [s_i, s_g]
    r_g = np.array([[0, 0.25], [0.25, 0.25]])
    return StarMDP(P_g.transpose(1, 2, 0), P_l.transpose(2, 1, 0), r_g, r_l.T, 0.5)
