"""The same histogram MDP given to general solvers: quantecon's DiscreteDP and mdpsolver.

Both take the flat transition matrix between all (s_g, multiset) pairs, one row per pair and action.
It is put together as a skilled user would: one symmetric power of the plain kernel per s_g (at k =
1 the kernel itself), and its rows shifted to the columns of the next s_g, which here is certain.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import ssq_core as ssq
from ssq_core import multisets

Floats = NDArray[np.float64]
TOL = 1e-6  # largest error of a value that every contender promises


def powers(mdp: ssq.StarMDP, k: int) -> list[sparse.csr_array]:
    """Return the symmetric power of every plain kernel P_l[s_g]."""
    if k == 1:
        return [sparse.csr_array(kernel) for kernel in mdp.P_l]
    return [multisets.symmetric_power(kernel, k) for kernel in mdp.P_l]


def local_rewards(mdp: ssq.StarMDP, k: int) -> Floats:
    """Return the average of r_l over every multiset, (G, N)."""
    return mdp.r_l @ multisets.counts(k, mdp.S).T / k


def next_global(mdp: ssq.StarMDP) -> NDArray[np.int64]:
    """Return the certain next s_g, (G, A); raises ValueError if it is not certain."""
    if np.any(mdp.P_g.max(axis=-1) < 1):
        raise ValueError("P_g is not deterministic")
    return np.asarray(mdp.P_g.argmax(axis=-1))


def quantecon_build(mdp: ssq.StarMDP, k: int) -> Any:
    """Return the DiscreteDP in its sparse form, one row per pair of state and action."""
    from quantecon.markov import DiscreteDP

    E, target, N = powers(mdp, k), next_global(mdp), multisets.size(k, mdp.S)
    pairs = [(g, a) for g in range(mdp.G) for a in range(mdp.A)]
    data = np.concatenate([E[g].data for g, a in pairs])
    columns = np.concatenate([E[g].indices + np.int32(target[g, a] * N) for g, a in pairs])
    lengths = np.concatenate([np.diff(E[g].indptr) for g, a in pairs])
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    Q = sparse.csr_matrix((data, columns, pointer), shape=(len(pairs) * N, mdp.G * N))
    R = local_rewards(mdp, k)[:, None] + mdp.r_g[:, :, None]
    states = np.arange(mdp.G)[:, None, None] * N + np.arange(N)
    states = np.broadcast_to(states, R.shape).ravel()
    actions = np.broadcast_to(np.arange(mdp.A)[:, None], R.shape).ravel()
    return DiscreteDP(R.ravel(), Q, mdp.gamma, states, actions)


def quantecon_solve(method: str, tol: float = TOL) -> Callable[[Any], Floats]:
    """Return the solution by one of quantecon's methods; its epsilon is twice the error of V."""

    def solve(problem: Any) -> Floats:
        result = problem.solve(method=method, epsilon=2 * tol, max_iter=10**6)
        return np.asarray(result.v)

    return solve


def mdpsolver_build(mdp: ssq.StarMDP, k: int) -> Any:
    """Return the mdpsolver model; it takes nested Python lists, equal rows shared here."""
    import mdpsolver

    E, target, N = powers(mdp, k), next_global(mdp), multisets.size(k, mdp.S)
    rewards = local_rewards(mdp, k)[:, :, None] + mdp.r_g[:, None, :]
    probabilities, columns = [], []
    for g in range(mdp.G):
        bounds = list(zip(E[g].indptr[:-1].tolist(), E[g].indptr[1:].tolist(), strict=True))
        values = E[g].data.tolist()
        rows = [values[i:j] for i, j in bounds]
        places = {}
        for x in np.unique(target[g]).tolist():
            shifted = (E[g].indices + x * N).tolist()
            places[x] = [shifted[i:j] for i, j in bounds]
        probabilities += [[row] * mdp.A for row in rows]
        columns += [list(row) for row in zip(*(places[x] for x in target[g].tolist()), strict=True)]
    model = mdpsolver.model()
    model.mdp(
        discount=mdp.gamma,
        rewards=rewards.reshape(-1, mdp.A).tolist(),
        tranMatProbs=probabilities,
        tranMatColumns=columns,
    )
    return model


def mdpsolver_solve(algorithm: str) -> Callable[[Any], Floats]:
    """Return the solution by one of mdpsolver's algorithms, on one thread."""

    def solve(problem: Any) -> Floats:
        problem.solve(algorithm=algorithm, tolerance=TOL, parallel=False)
        return np.array(problem.getValueVector())

    return solve


def values(q: ssq.QTable) -> Floats:
    """Return V(s_g, h) of a solved table on all multisets, (G * N,), for comparison."""
    mdp, own = q.mdp, multisets.unrank_all(q.k, q.mdp.S)
    local = local_rewards(mdp, q.k)
    parts = [q.tables[g][:, q.layout.rank(g, own)].max(axis=0) + local[g] for g in range(mdp.G)]
    return np.concatenate(parts)
