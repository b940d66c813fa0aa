"""Small star-graph systems on dense arrays, in floats or exactly in fractions.

Tables lie over s_g and all multisets of k local states in colex order: values V (G, N), Q-values
and action probabilities (G, N, A). A system is a `StarMDP`, or a `System`, whose local agents may
react to the action (L1 and L5 hold for them too) and whose numbers may be fractions (`exact`).
What the library does for large tables is done here plainly, and what it does not offer.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

import ssq_core as ssq
from ssq_core import multisets
from ssq_core.layout import Layout
from ssq_core.model import Floats, Ints, StarMDP
from ssq_core.qtable import tie_tolerance

Array = NDArray[Any]  # of floats, or of Fractions (dtype object)

TOL = 1e-10  # to which the library's tables are certified
ROUNDING = 1e-9  # smaller probabilities are 0
RULES = ("subsets", "actions")  # of execution: the paper's Eqs. (6) and (26)
MAX_DENOMINATOR = 10**6


@dataclass(frozen=True, eq=False)
class System:
    """P_g (G, A, G), P_l (G, A, S, S), r_g (G, A), r_l (G, A, S) and gamma.

    The axis A of P_l and r_l has length 1, or is left out, where agents do not see the action.
    """

    P_g: Array
    P_l: Array
    r_g: Array
    r_l: Array
    gamma: Any


Model = StarMDP | System


@lru_cache(maxsize=256)
def exact(mdp: StarMDP) -> System:
    """Return `mdp` in Fractions: the ratios of small integers that its floats were written as."""
    P_g, P_l, r_g, r_l, gamma = map(
        np.vectorize(_fraction, otypes=[object]), (mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, mdp.gamma)
    )
    return System(P_g, P_l, r_g, r_l, gamma.item())


def _fraction(number: float) -> Fraction:
    near = Fraction(number).limit_denominator(MAX_DENOMINATOR)
    if abs(near - Fraction(number)) > Fraction(1, 10**12):
        raise ValueError(f"{number} is no ratio of integers up to {MAX_DENOMINATOR}")
    return near


def place(histogram: tuple[int, ...]) -> int:
    """Return where a multiset lies in a table, from its histogram."""
    return int(multisets.rank(np.repeat(np.arange(len(histogram)), histogram)))


def total_variation(k: int, other: int, S: int) -> Floats:
    """Return TV(F, F') for all multisets of k and of `other` states, (N, N')."""
    F, F_other = (multisets.counts(j, S) / j for j in (k, other))
    return np.asarray(np.abs(F[:, None] - F_other[None]).sum(axis=-1) / 2)


# -- tables of the library -------------------------------------------------------------------------


def table(q: ssq.QTable) -> Floats:
    """Return the Q-values (G, N, A) of a table with all its blocks."""
    rows = multisets.unrank_all(q.k, q.mdp.S)
    return np.stack([q.values(g, rows).T for g in range(q.mdp.G)])


def as_table(mdp: StarMDP, k: int, Q: Floats, sweeps: int = 0) -> ssq.QTable:
    """Return Q-values (G, N, A) as a table that a policy can use; its `error_bound` is inf."""
    layout, rows = Layout.of(mdp.states, k), multisets.unrank_all(k, mdp.S)
    tables = np.empty((mdp.G, mdp.A, len(rows)))
    for g in range(mdp.G):
        tables[g][:, layout.rank(g, rows)] = Q[g].T
    return ssq.QTable(mdp, layout, "states", tuple(tables), sweeps, np.inf, tie_tolerance(mdp))


# -- k agents --------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def next_laws(system: Model, k: int) -> Array:
    """Return the law of the next multiset of k agents, (G, A or 1, N, N)."""
    S = system.P_l.shape[-1]
    kernels = system.P_l.reshape(len(system.P_l), -1, S, S)
    laws = np.array([[_next_law(P, k) for P in of_action] for of_action in kernels])
    laws.setflags(write=False)  # shared by all who ask
    return laws


def _next_law(P: Array, k: int) -> Array:
    """Add agents one by one: row(h + e_s) = sum_t P[s, t] row(h) shifted by one agent in t."""
    law = np.ones((1, 1), dtype=P.dtype)
    for j in range(k):
        more = multisets.add_one(j, len(P))
        longer = np.zeros((multisets.size(j + 1, len(P)),) * 2, dtype=P.dtype)
        for (h, s), row in np.ndenumerate(more):
            longer[row] = 0  # the same row from every h + e_s
            for t in range(len(P)):
                longer[row, more[:, t]] += P[s, t] * law[h]
        law = longer
    return law


def rewards(system: Model | ssq.Simulator, k: int) -> Array:
    """Return r_Delta of Eq. (4), (G, N, A)."""
    S = system.r_l.shape[-1]
    r_l = system.r_l.reshape(len(system.r_l), -1, S)
    mean = r_l @ multisets.counts(k, S).T / k
    return np.asarray(system.r_g[:, None] + mean.transpose(0, 2, 1))


def ahead(system: Model, k: int, V: Array) -> Array:
    """Return E V(s_g', next multiset) of values V (G, N), (G, N, A)."""
    future = (next_laws(system, k) @ V.T).transpose(0, 2, 1, 3)  # (G, N, A or 1, G')
    return np.asarray((system.P_g[:, None] * future).sum(axis=-1))


def bellman(system: Model, k: int, V: Array) -> Array:
    """Return T_k applied to values V (G, N), Eq. (7), (G, N, A)."""
    return np.asarray(rewards(system, k) + system.gamma * ahead(system, k, V))


@lru_cache(maxsize=2048)
def q_star(system: Model, k: int, iterations: int | None = None) -> Array:
    """Return Q_k*, or Q_k^T for `iterations` T, (G, N, A).

    Of a `StarMDP` the library's, certified to 1e-10; of a `System` by policy iteration, exact for
    fractions and exact to rounding for floats.
    """
    if isinstance(system, StarMDP):
        Q = table(ssq.solve(system, k, tol=TOL, iterations=iterations, progress=False))
    else:
        Q = _iterated(system, k, iterations)
    Q.setflags(write=False)
    return Q


def _iterated(system: System, k: int, iterations: int | None) -> Array:
    Q = rewards(system, k)
    if iterations is not None:
        Q = 0 * Q
        for _ in range(iterations):
            Q = bellman(system, k, Q.max(axis=-1))
        return Q
    rounding = 0 if Q.dtype == object else 1e-12
    while True:
        V = policy_value(system, k, greedy_law(Q))
        Q = bellman(system, k, V)
        if (Q.max(axis=-1) <= V + rounding).all():
            return Q


def greedy_law(Q: Array) -> Ints:
    """Return the greedy policy of Q as action probabilities, the first action on exact ties."""
    return np.asarray(np.eye(Q.shape[-1], dtype=np.int64)[Q.argmax(axis=-1)])


def chain(system: Model, k: int, law: Array) -> tuple[Array, Array]:
    """Return rewards (G, N) and law of the next state (G, N, G, N) of a policy `law` (G, N, A)."""
    moves = np.zeros((*law.shape[:2], *law.shape[:2]), dtype=system.P_g.dtype)
    laws = next_laws(system, k)
    for a in range(law.shape[-1]):
        of_action = laws[:, a if laws.shape[1] > 1 else 0, :, None]
        moves += law[..., a, None, None] * system.P_g[:, None, a, :, None] * of_action
    return (law * rewards(system, k)).sum(axis=-1), moves


def policy_value(system: Model, k: int, law: Array, horizon: int | None = None) -> Array:
    """Return the value (G, N) of a policy `law` (G, N, A), of the steps 0..`horizon` if given."""
    r, moves = chain(system, k, law)
    if horizon is None:
        return discounted(r, moves, system.gamma)
    V = 0 * r
    for _ in range(horizon + 1):
        V = r + system.gamma * np.tensordot(moves, V, axes=2)
    return V


def discounted(r: Array, moves: Array, gamma: Any) -> Array:
    """Return the solution of V = r + gamma moves V, in the shape of r."""
    matrix = np.eye(r.size, dtype=r.dtype) - gamma * moves.reshape(r.size, r.size)
    if r.dtype != object:
        return np.asarray(np.linalg.solve(matrix, r.ravel())).reshape(r.shape)
    columns = [
        DomainMatrix(
            [[QQ(x.numerator, x.denominator) for x in row] for row in numbers], numbers.shape, QQ
        )
        for numbers in (matrix, r.reshape(-1, 1))
    ]
    solution = columns[0].lu_solve(columns[1]).to_list_flat()
    values = [Fraction(int(x.numerator), int(x.denominator)) for x in solution]
    return np.array(values, dtype=object).reshape(r.shape)


# -- n agents, of whom k are sampled ---------------------------------------------------------------


@lru_cache(maxsize=256)
def sampling(k: int, n: int, S: int, fractions: bool = False) -> Array:
    """Return the law of the multiset of k agents drawn from each multiset of n, (N_n, N_k)."""
    parts = multisets.counts(k, S).tolist()
    ways = [
        [np.prod([comb(c, j) for c, j in zip(whole, part, strict=True)]) for part in parts]
        for whole in multisets.counts(n, S).tolist()
    ]
    return np.array(ways) * (Fraction(1, comb(n, k)) if fractions else 1 / comb(n, k))


def subsampled_law(Q: Array, k: int, n: int, S: int, rule: str = "subsets") -> Array:
    """Return the action law (G, N_n, A), by Eq. (6) or for `rule` "actions" by Eq. (26)."""
    law = np.asarray(sampling(k, n, S, Q.dtype == object) @ greedy_law(Q).astype(Q.dtype))
    if rule == "actions":
        law = (law > ROUNDING) * law.flat[0] ** 0  # 1 as the law's own kind of number
        law = law / law.sum(axis=-1, keepdims=True)
    return law


def gap(system: Model, k: int, n: int, Q: Array | None = None, rule: str = "subsets") -> Array:
    """Return V* - V (G, N_n) of the policy that is greedy in Q, Q_k* unless given, on a sample."""
    Q = q_star(system, k) if Q is None else Q
    law = subsampled_law(Q, k, n, system.P_l.shape[-1], rule)
    return np.asarray(q_star(system, n).max(axis=-1) - policy_value(system, n, law))


def kept_sample_value(system: Model, chosen: Array, k: int, n: int) -> tuple[Array, Ints]:
    """Return the value of acting on one sample for ever, and the multiset of all n agents.

    The system is followed as a pair of multisets, k agents watched and n - k not: values
    (G, N_k, N_{n-k}) and positions (N_k, N_{n-k}). `chosen` are action probabilities (G, N_k, A).
    """
    S = system.P_l.shape[-1]
    seen, unseen = (multisets.counts(j, S) for j in (k, n - k))
    joint = (seen[:, None] + unseen[None]).reshape(-1, S)
    whole = np.array([place(tuple(h)) for h in joint.tolist()]).reshape(len(seen), len(unseen))
    moves = np.einsum(
        "gha,gax,ghi,guv->ghuxiv", chosen, system.P_g, next_laws(system, k)[:, 0],
        next_laws(system, n - k)[:, 0], optimize=True,
    )  # fmt: skip
    r = rewards(system, n)[:, whole] - system.r_g[:, None, None]
    r = r[..., 0] + (chosen * system.r_g[:, None]).sum(axis=-1)[..., None]
    return discounted(r, moves, system.gamma), whole


def mean_over_samples(values: Array, whole: Ints, k: int, n: int, S: int) -> Floats:
    """Return the mean over the samples, (G, N_n), of values as `kept_sample_value` gives them."""
    share = sampling(k, n, S)
    mean = np.zeros((len(values), len(share)))
    for (h, u), i in np.ndenumerate(whole):
        mean[:, i] += share[i, h] * values[:, h, u].astype(float)
    return mean


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
