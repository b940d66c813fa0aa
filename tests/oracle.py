"""Slow and direct: surrogate and n-agent system on ordered tuples, as the paper writes them.

A table over (s_g, s_1, ..., s_k, a_g) is a dense array (G, S, ..., S, A). Nothing here knows of
multisets, types or row classes; the library is held to it.
"""

from itertools import combinations, product

import numpy as np

from ssq_core import QTable, StarMDP


def expectation(mdp: StarMDP, V: np.ndarray, s_g: int, x: int) -> np.ndarray:
    """E[V(x, s')] for every ordered tuple s, each agent moving by P_l[s_g]."""
    out = V[x]
    for axis in range(out.ndim):
        out = np.moveaxis(np.tensordot(mdp.P_l[s_g], out, axes=(1, axis)), 0, axis)
    return out


def rewards(mdp: StarMDP, k: int) -> np.ndarray:
    """r_Delta(s, a_g) of Eq. (4), shape (G, S, ..., S, A)."""
    out = np.empty((mdp.G, *[mdp.S] * k, mdp.A))
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * k):
        out[(g, *s)] = mdp.r_g[g] + sum(mdp.r_l[g, i] for i in s) / k
    return out


def backup(mdp: StarMDP, r: np.ndarray, V: np.ndarray) -> np.ndarray:
    """One application of Eq. (7) or Eq. (14): Q from the values V (G, S, ..., S)."""
    Q = r.copy()
    for g in range(mdp.G):
        for x in range(mdp.G):
            future = expectation(mdp, V, g, x)
            for a in range(mdp.A):
                Q[g, ..., a] += mdp.gamma * mdp.P_g[g, a, x] * future
    return Q


def iterate(mdp: StarMDP, k: int, T: int) -> np.ndarray:
    """Q^T from Q^0 = 0."""
    r = rewards(mdp, k)
    Q = np.zeros_like(r)
    for _ in range(T):
        Q = backup(mdp, r, Q.max(axis=-1))
    return Q


def fixed_point(mdp: StarMDP, k: int) -> np.ndarray:
    """Q_k* by plain iteration to machine precision."""
    span = 2 * mdp.r_max / (1 - mdp.gamma)
    return iterate(mdp, k, int(np.ceil(np.log(1e-14 / span) / np.log(mdp.gamma))))


def action_probabilities(choice: np.ndarray, n: int, A: int, rule: str) -> np.ndarray:
    """Eq. (6) or Eq. (26) by listing every subset: (G, S, ..., S, A) over n agents."""
    G, k = choice.shape[0], choice.ndim - 1
    S = choice.shape[1]
    out = np.zeros((G, *[S] * n, A))
    for g, *s in product(range(G), *[range(S)] * n):
        for subset in combinations(s, k):
            out[(g, *s, choice[(g, *subset)])] += 1
    if rule == "actions":
        out = (out > 0).astype(float)
    return out / out.sum(axis=-1, keepdims=True)


def policy_value(mdp: StarMDP, law: np.ndarray) -> np.ndarray:
    """V^pi by plain iteration to machine precision."""
    r = rewards(mdp, law.ndim - 2)
    V = np.zeros(law.shape[:-1])
    span = 2 * mdp.r_max / (1 - mdp.gamma)
    for _ in range(int(np.ceil(np.log(1e-14 / span) / np.log(mdp.gamma)))):
        V = (law * backup(mdp, r, V)).sum(axis=-1)
    return V


def empirical_iterate(
    mdp: StarMDP,
    k: int,
    draws: dict[tuple[int, tuple[int, ...], int], list[tuple[float, int, tuple[int, ...]]]],
    rates: list[float],
) -> dict[tuple[int, tuple[int, ...], int], float]:
    """Algorithm 3 with Eq. (5), entry by entry, on sorted tuples.

    `draws` holds the sampled (weight, s_g', sorted tuple') of every (s_g, sorted tuple, action),
    `rates` one learning rate per iteration.
    """
    Q = dict.fromkeys(draws, 0.0)
    for eta in rates:
        V = {(g, s): max(Q[g, s, a] for a in range(mdp.A)) for g, s, _ in Q}
        new = {}
        for (g, s, a), nexts in draws.items():
            reward = mdp.r_g[g, a] + sum(mdp.r_l[g, i] for i in s) / k
            future = sum(weight * V[x, after] for weight, x, after in nexts)
            new[g, s, a] = (1 - eta) * Q[g, s, a] + eta * (reward + mdp.gamma * future)
        Q = new
    return Q


def expected_rewards(
    mdp: StarMDP, law: np.ndarray, s_g: int, states: tuple[int, ...], horizon: int
) -> np.ndarray:
    """E[r(t)] for t < horizon under an action law (G, S, ..., S, A), from one joint state."""
    r = rewards(mdp, len(states))
    share = np.zeros(law.shape[:-1])
    share[(s_g, *states)] = 1
    out = np.zeros(horizon)
    for t in range(horizon):
        joint = share[..., None] * law  # of state and action
        out[t] = float((joint * r).sum())
        after = np.zeros_like(share)
        for g, a, x in product(range(mdp.G), range(mdp.A), range(mdp.G)):
            moved = joint[g, ..., a]
            for axis in range(len(states)):
                moved = np.moveaxis(np.tensordot(moved, mdp.P_l[g], axes=(axis, 0)), -1, axis)
            after[x] += mdp.P_g[g, a, x] * moved
        share = after
    return out


def joint_states(mdp: StarMDP, n: int) -> product:
    """Every (s_g, s_1, ..., s_n)."""
    return product(range(mdp.G), *[range(mdp.S)] * n)


def table_of(q: QTable) -> np.ndarray:
    """The library's Q on every ordered tuple."""
    out = np.empty((q.mdp.G, *[q.mdp.S] * q.k, q.mdp.A))
    for g, *s in joint_states(q.mdp, q.k):
        out[(g, *s)] = q.at(g, s)
    return out


def greedy_of(q: QTable) -> np.ndarray:
    """The library's greedy action on every ordered tuple."""
    out = np.empty((q.mdp.G, *[q.mdp.S] * q.k), dtype=int)
    for g, *s in joint_states(q.mdp, q.k):
        out[(g, *s)] = q.action(g, s)
    return out
