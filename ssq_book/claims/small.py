"""Small systems on dense arrays over all multisets in colex order, indexed (G, N, A).

What the library does for large tables is done here plainly, for what it does not offer: policies
greedy in a perturbed table, policies that keep one sample for ever, the mean-field limit.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import ssq_core as ssq
from ssq_book.claims.instances import table
from ssq_core import multisets
from ssq_core.model import Floats, StarMDP

TOL = 1e-10


@lru_cache(maxsize=2048)
def q_star(mdp: StarMDP, k: int, iterations: int | None = None) -> Floats:
    """Return Q_k* to 1e-10, or Q_k^T exactly for `iterations` T, (G, N, A)."""
    Q = table(ssq.solve(mdp, k, tol=TOL, iterations=iterations, progress=False))
    Q.setflags(write=False)  # shared by all who ask
    return Q


def sampling(k: int, n: int, S: int) -> Floats:
    """Return the law of the multiset of k agents drawn from each multiset of n, (N_n, N_k)."""
    steps = [multisets.removal(j, S) for j in range(n, k, -1)]
    law: Floats = np.eye(multisets.size(n, S))
    for step in steps:
        law = law @ step
    return law


@lru_cache(maxsize=2048)
def next_multisets(mdp: StarMDP, k: int) -> Floats:
    """Return the law of the next multiset of k agents for each s_g, (G, N, N)."""
    laws = np.stack([multisets.symmetric_power(rows, k).toarray() for rows in mdp.P_l])
    laws.setflags(write=False)
    return laws


def mean_reward(mdp: StarMDP, k: int) -> Floats:
    """Return the average of r_l over each multiset of k agents, (G, N)."""
    return np.asarray(mdp.r_l @ multisets.counts(k, mdp.S).T / k)


def policy_value(mdp: StarMDP, n: int, law: Floats) -> Floats:
    """Return the value (G, N) of a policy with action probabilities `law` (G, N, A)."""
    moves = np.einsum("gha,gax,ghi->ghxi", law, mdp.P_g, next_multisets(mdp, n))
    r: Floats = np.einsum("gha,ga->gh", law, mdp.r_g) + mean_reward(mdp, n)
    return _discounted(r, mdp.gamma * moves.reshape(r.size, r.size))


def _discounted(r: Floats, moves: Floats) -> Floats:
    """Return the solution of V = r + moves V, in the shape of r."""
    flat = np.asarray(np.linalg.solve(np.eye(len(moves)) - moves, r.ravel()), dtype=float)
    return flat.reshape(r.shape)


def greedy_law(Q: Floats) -> Floats:
    """Return the greedy policy of Q as action probabilities, the first action on exact ties."""
    return np.asarray(np.eye(Q.shape[-1])[Q.argmax(axis=-1)])


def subsampled_law(Q: Floats, k: int, n: int, S: int) -> Floats:
    """Return the action law of Eq. (6) for the policy greedy in Q of k agents, (G, N_n, A)."""
    return np.asarray(sampling(k, n, S) @ greedy_law(Q))


def fixed_sample_value(mdp: StarMDP, Q: Floats, k: int, n: int) -> Floats:
    """Return the mean over Delta of the value of acting on s_Delta for ever, (G, N_n).

    The system is followed as a pair of multisets: k agents watched, n - k not.
    """
    if k == n:
        return policy_value(mdp, n, greedy_law(Q))
    seen, unseen = (multisets.counts(j, mdp.S) for j in (k, n - k))
    law = greedy_law(Q)
    moves = np.einsum(
        "gha,gax,ghi,guv->ghuxiv",
        law, mdp.P_g, next_multisets(mdp, k), next_multisets(mdp, n - k), optimize=True,
    )  # fmt: skip
    both = seen[:, None, :] + unseen[None, :, :]
    r: Floats = np.einsum("gs,hus->ghu", mdp.r_l, both / n)
    r = r + np.einsum("gha,ga->gh", law, mdp.r_g)[:, :, None]
    value = _discounted(r, mdp.gamma * moves.reshape(r.size, r.size))
    rank = multisets.rank(np.sort(_states(both), axis=-1))  # the multiset of all n, (N_k, N_{n-k})
    share = sampling(k, n, mdp.S)
    mean = np.zeros((mdp.G, len(share)))
    for h, u in np.ndindex(rank.shape):
        mean[:, rank[h, u]] += share[rank[h, u], h] * value[:, h, u]
    return mean


def _states(histograms: np.ndarray) -> np.ndarray:
    """Return the sorted states of each histogram, (..., n) from (..., S)."""
    flat = histograms.reshape(-1, histograms.shape[-1])
    states = [np.repeat(np.arange(len(h)), h) for h in flat]
    return np.array(states).reshape(*histograms.shape[:-1], -1)


def mean_field(mdp: StarMDP, F: Floats, iterations: int) -> Floats:
    """Return the T-th iterate Q_infinity^T (G, N, A) at distributions F (N, S), from 0.

    F flows deterministically, F' = F P_l[s_g]; cost grows as G^T.
    """
    out = np.empty((mdp.G, len(F), mdp.A))
    for g in range(mdp.G):
        out[g] = mdp.r_g[g] + (F @ mdp.r_l[g])[:, None]
        if iterations > 1:
            V = mean_field(mdp, F @ mdp.P_l[g], iterations - 1).max(axis=-1)
            out[g] += mdp.gamma * (mdp.P_g[g] @ V).T
    return out
