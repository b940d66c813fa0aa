"""What other readings of Algorithms 1 and 2 would give, exactly, on systems of a few agents.

The library's own reading: samples are drawn once per (s_g, multiset) and shared by the actions; at
every step Delta is drawn anew, without replacement; the first of tied actions is taken.
"""

from __future__ import annotations

from itertools import product
from math import ceil, log

import numpy as np

import ssq_core as ssq
from ssq_core import multisets
from ssq_core.checks import check_count
from ssq_core.model import Floats, Ints

EXECUTIONS = (
    "here", "distinct actions", "last of tied actions", "with replacement", "one sample for ever",
    "the worst sample for ever",
)  # fmt: skip
DRAWS = ("here", "per action", "per ordering")


def _greedy(q: ssq.QTable, last: bool = False) -> Ints:
    """Return the greedy action (G, N) on all multisets of k, the first or the last of the tied."""
    rows, mdp = multisets.unrank_all(q.k, q.mdp.S), q.mdp
    values = np.array([[q.at(g, row) for row in rows] for g in range(mdp.G)])
    tied = values >= values.max(axis=-1, keepdims=True) - q.tie_tolerance
    return np.asarray(mdp.A - 1 - tied[..., ::-1].argmax(-1) if last else tied.argmax(-1))


def _law(chosen: Ints, weights: Floats, actions: int) -> Floats:
    """Return action probabilities (G, H, A) from greedy actions (G, N) and sample laws (H, N)."""
    return np.stack([(chosen == a) @ weights.T for a in range(actions)], axis=-1)


def _without_replacement(n: int, k: int, d: int) -> Floats:
    """Return the law of the sampled multiset of k from each multiset of n, (H, N)."""
    law = np.eye(multisets.size(n, d))
    for j in range(n, k, -1):
        law = law @ multisets.removal(j, d).toarray()
    return law


def _with_replacement(n: int, k: int, d: int) -> Floats:
    """Return the law of k draws with replacement from each multiset of n, (H, N)."""
    parts = multisets.counts(k, d)
    factorial = multisets.log_factorials(k)
    ways = np.exp(factorial[k] - factorial[parts].sum(axis=1))
    shares = multisets.counts(n, d) / n
    return np.asarray(ways * np.prod(shares[:, None, :] ** parts, axis=-1))


def _value(mdp: ssq.StarMDP, law: Floats, moves: list[Floats], rewards: Floats) -> Floats:
    """Return the value (G, H) of action probabilities (G, H, A) on the chain with local `moves`."""
    G, H, _ = law.shape
    chain = np.zeros((G, H, G, H))
    for g, move in enumerate(moves):
        chain[g] = np.einsum("ha,ax,hj->hxj", law[g], mdp.P_g[g], move)
    gain = rewards + np.einsum("gha,ga->gh", law, mdp.r_g)
    flat = np.eye(G * H) - mdp.gamma * chain.reshape(G * H, G * H)
    return np.linalg.solve(flat, gain.ravel()).reshape(G, H)


def _powers(mdp: ssq.StarMDP, k: int) -> list[Floats]:
    return [multisets.symmetric_power(P, k).toarray() for P in mdp.P_l]


def _one_sample(mdp: ssq.StarMDP, q: ssq.QTable, n: int, best: Floats, worst: bool) -> float:
    """Return the largest gap of keeping Delta for ever, as the mean or the worst Delta has it."""
    k, rest, d = q.k, n - q.k, mdp.S
    sampled, others = multisets.counts(k, d), multisets.counts(rest, d)
    pairs = zip(_powers(mdp, k), _powers(mdp, rest), strict=True)
    moves = [np.asarray(np.kron(a, b), dtype=np.float64) for a, b in pairs]
    joint = (sampled[:, None] + others[None]).reshape(-1, d)
    law = np.repeat(np.eye(mdp.A)[_greedy(q)], len(others), axis=1)
    place = {tuple(row): i for i, row in enumerate(multisets.counts(n, d).tolist())}
    into = np.array([place[tuple(row)] for row in joint.tolist()])
    gap = best[:, into] - _value(mdp, law, moves, mdp.r_l @ joint.T / n)
    if worst:
        return float(gap.max())
    # the share of the subsets of a multiset that leave these two parts
    log_ways = multisets.log_comb(joint, np.repeat(sampled, len(others), axis=0)).sum(axis=1)
    mean = np.zeros(best.shape)
    shares = np.exp(log_ways - multisets.log_comb(n, k))
    for own, of_sample in zip(mean, gap, strict=True):
        np.add.at(own, into, of_sample * shares)
    return float(mean.max())


def execution_gap(mdp: ssq.StarMDP, k: int, n: int, reading: str = "here") -> float:
    """Return the largest exact optimality gap of the exact k-agent table, executed as `reading`.

    `reading` is one of `EXECUTIONS`: Eq. (6), Eq. (26), another tie rule, a sample with
    replacement, or a sample that is kept, on average over it or for the worst. Dense, for a few
    agents. Raises ValueError for another reading or k > n.
    """
    check_count("k", k, 1, n)
    if reading not in EXECUTIONS:
        raise ValueError(f"reading must be one of {EXECUTIONS}, got {reading!r}")
    q, rows = ssq.solve(mdp, k, 1e-10), multisets.unrank_all(n, mdp.S)
    top = ssq.solve(mdp, n, 1e-10)
    best = np.array([[top.value(g, row) for row in rows] for g in range(mdp.G)])
    if reading.endswith("for ever"):
        return _one_sample(mdp, q, n, best, reading.startswith("the worst"))
    draw = _with_replacement if reading == "with replacement" else _without_replacement
    law = _law(_greedy(q, reading.startswith("last")), draw(n, k, mdp.S), mdp.A)
    if reading == "distinct actions":
        law = (law > 0) / (law > 0).sum(axis=-1, keepdims=True)
    rewards = mdp.r_l @ multisets.counts(n, mdp.S).T / n
    return float((best - _value(mdp, law, _powers(mdp, n), rewards)).max())


def learned(mdp: ssq.StarMDP, k: int, m: int, reading: str, seed: int = 0) -> Floats:
    """Return Q^est_{k,m} on ordered samples, (G, A, S, ..., S), with draws shared as `reading`.

    "here": one set of m next states per (s_g, multiset); "per action": one for each action too;
    "per ordering": one for each ordered sample. Raises ValueError for another reading.
    """
    check_count("m", m)
    if reading not in DRAWS:
        raise ValueError(f"reading must be one of {DRAWS}, got {reading!r}")
    rng, place = np.random.default_rng(seed), mdp.S ** np.arange(k)[::-1]
    tuples = np.array(list(product(range(mdp.S), repeat=k)))
    source = tuples if reading == DRAWS[2] else np.sort(tuples, axis=1)
    own, inverse = np.unique(source, axis=0, return_inverse=True)
    sets = mdp.A if reading == DRAWS[1] else 1
    shape = (mdp.G, sets, len(own), m)
    edges = np.cumsum(mdp.P_l, axis=-1) / mdp.P_l.sum(axis=-1, keepdims=True)
    law = edges[:, own][:, None, :, None]  # (G, 1, tuples, 1, k, S)
    local = ((rng.random((*shape, k))[..., None] >= law).sum(axis=-1) @ place)[:, :, inverse]
    edges = np.cumsum(mdp.P_g, axis=-1) / mdp.P_g.sum(axis=-1, keepdims=True)
    uniform = rng.random(shape)[:, :, inverse, :, None]
    into = (uniform >= edges[:, :, None, None, :]).sum(axis=-1)  # (G, A, tuples, m)
    reward = mdp.r_g[:, :, None] + mdp.r_l[:, tuples].mean(axis=-1)[:, None]
    Q = np.zeros(reward.shape)
    for _ in range(ceil(log(1e-12) / log(mdp.gamma))):
        Q = reward + mdp.gamma * Q.max(axis=1)[into, local].mean(axis=-1)
    return Q.reshape(mdp.G, mdp.A, *[mdp.S] * k)


def asymmetry(Q: Floats) -> float:
    """Return the largest difference of Q(s_g, ., a) (G, A, S, S) between two orders of a pair."""
    return float(np.abs(Q - Q.swapaxes(2, 3)).max())
