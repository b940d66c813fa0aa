"""Fixed points with a certified stop; exact solution and Algorithms 1 and 3.

The stop is MacQueen's and Porteus's: if T is the operator and l <= T(V) - V <= u everywhere, then

    T(V) + gamma/(1-gamma) l  <=  V*  <=  T(V) + gamma/(1-gamma) u,

so the midpoint is off by at most gamma/(1-gamma) (u - l)/2, whatever V was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from math import prod

import numpy as np

from ssq_core import memory, multisets
from ssq_core.bellman import Operator, exact, maximum
from ssq_core.layout import Layout, TypeCounts, check_count, check_type_counts
from ssq_core.model import Floats, StarMDP
from ssq_core.qtable import QTable
from ssq_core.sampling import empirical

Values = list[Floats]
Reduce = Callable[[int, Iterator[Floats]], Floats]
LearningRate = float | Sequence[float] | Callable[[int], float]


def sweep(operator: Operator, V: Values, reduce: Reduce = maximum) -> Values:
    """Return T(V): the reduction over actions (by default the maximum) of Q built from V."""
    return [reduce(g, operator.action_values(V, g)) for g in range(len(operator.shapes))]


def _rounding(gamma: float, V: Values) -> float:
    """Return an allowance for floating-point error in the certificate."""
    largest = max(float(np.abs(v).max()) for v in V)
    return 4 * float(np.finfo(float).eps) * largest / (1 - gamma)


def fixed_point(
    operator: Operator, tol: float, reduce: Reduce = maximum
) -> tuple[Values, float, float, int]:
    """Iterate to a certified fixed point of V -> reduce(Q(V)).

    Returns V, the constant to be added to T(V), the certified sup-norm error of T(V) plus that
    constant, and the number of sweeps. Raises ValueError if rounding forbids `tol`.
    """
    gamma = operator.gamma
    V = [np.zeros(shape) for shape in operator.shapes]
    shrink, stalled = np.inf, 0
    for sweeps in count(1):
        new = sweep(operator, V, reduce)
        low = min(float((n - v).min()) for n, v in zip(new, V, strict=True))
        high = max(float((n - v).max()) for n, v in zip(new, V, strict=True))
        rounding = _rounding(gamma, new)
        error = gamma / (1 - gamma) * (high - low) / 2 + rounding
        if error <= tol:
            return V, gamma / (1 - gamma) * (high + low) / 2, error, sweeps
        stalled = stalled + 1 if high - low >= shrink else 0
        if rounding > tol or stalled > 50:
            raise ValueError(f"tol = {tol} is below what rounding allows here, about {error:.1e}")
        shrink = min(shrink, high - low)
        V = new
    raise AssertionError("unreachable")


def plan(mdp: StarMDP, type_counts: Sequence[int] | None) -> Callable[[int], int]:
    """Return a function of k: the bytes that an exact solution takes at most, matrices included.

    With `type_counts` it plans that block, scaled in proportion for another k.
    """

    def bytes_for(k: int) -> int:
        share = None
        if type_counts is not None:
            share = [c * k // max(sum(type_counts), 1) for c in type_counts]
        total = 0
        for g in range(mdp.G):
            sizes = [int(d) for d in mdp.classes.sizes[g]]
            if share is None:
                entries = multisets.size(k, sum(sizes))
            else:
                entries = prod(multisets.size(c, d) for c, d in zip(share, sizes, strict=True))
            total += 8 * entries * (mdp.A + 4)
            for t, d in enumerate(sizes):
                own = k if share is None else share[t]
                # row h of the symmetric power of a kernel has at most prod_c C(h_c + w_c - 1, h_c)
                # entries, w_c being the support of row c; over all h that sums to this:
                support = int((mdp.P_l[g, mdp.classes.representatives(g, t)] > 0).sum())
                total += 12 * min(multisets.size(own, support), multisets.size(own, d) ** 2)
        return total

    return bytes_for


def solve(
    mdp: StarMDP,
    k: int,
    tol: float = 1e-8,
    iterations: int | None = None,
    type_counts: Sequence[int] | None = None,
) -> QTable:
    """Solve the k-agent surrogate system exactly: the fixed point of T_k, Eq. (7).

    `tol` bounds the certified sup-norm error of every Q-value (rewards' units). With `iterations`=T
    the result is the T-th iterate from Q = 0 instead. `type_counts` (one per conserved type, in
    order of the type's smallest state) solves that block alone. Raises ValueError for arguments out
    of range, and TableTooLarge before anything is allocated. Source: Section 3 and Definition A.12.
    """
    check_count("k", k)
    if iterations is not None:
        check_count("iterations", iterations)
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    if type_counts is not None:
        check_type_counts(mdp.classes, k, type_counts)
    memory.require(k, plan(mdp, type_counts))
    layout = Layout.of(mdp.classes, k, None if type_counts is None else [type_counts])
    return _assemble(mdp, layout, tol, iterations)


def _assemble(mdp: StarMDP, layout: Layout, tol: float, iterations: int | None) -> QTable:
    """Solve every block of `layout` and join the tables."""
    tables = tuple(np.empty((mdp.A, layout.entries(g))) for g in range(mdp.G))
    worst, most = 0.0, 0
    for block in layout.blocks:
        operator = exact(mdp, layout, block)
        if iterations is None:
            V, shift, error, sweeps = fixed_point(operator, tol)
            Q = [q + shift for q in operator.q_values(V)]
        else:
            Q = _iterate(operator, iterations)
            error, sweeps = _residual_bound(operator, Q), iterations
        for g, q in enumerate(Q):
            tables[g][:, layout.slice(g, block)] = q.reshape(mdp.A, -1)
        worst, most = max(worst, error), max(most, sweeps)
    return QTable(mdp, layout, "classes", tables, most, worst)


def _iterate(operator: Operator, iterations: int) -> list[Floats]:
    """Return Q^T from Q^0 = 0, exactly `iterations` applications."""
    shapes = operator.shapes
    Q = [np.broadcast_to(f, (len(f), *s)) for f, s in zip(operator.first, shapes, strict=True)]
    for _ in range(iterations - 1):
        Q = operator.q_values([q.max(axis=0) for q in Q])
    return Q


def _residual_bound(operator: Operator, Q: list[Floats]) -> float:
    """Return a certified distance of Q to the fixed point, ||T(Q) - Q|| / (1 - gamma)."""
    V = [q.max(axis=0) for q in Q]
    new = operator.q_values(V)
    residual = max(float(np.abs(n - q).max()) for n, q in zip(new, Q, strict=True))
    return residual / (1 - operator.gamma) + _rounding(operator.gamma, V)


def _rate(learning_rate: LearningRate | None, t: int) -> float:
    """Return eta_t, checked."""
    if learning_rate is None:
        return 1.0
    if callable(learning_rate):
        eta = learning_rate(t)
    elif isinstance(learning_rate, (int, float)):
        eta = learning_rate
    else:
        eta = learning_rate[t - 1]
    if not 0 < eta <= 1:
        raise ValueError(f"learning_rate must lie in (0, 1], got {eta} at t = {t}")
    return float(eta)


def learn(
    mdp: StarMDP,
    k: int,
    m: int,
    iterations: int,
    seed: int = 0,
    samples: str = "fixed",
    learning_rate: LearningRate | None = None,
) -> QTable:
    """Learn the Q-table of k sampled agents from m samples per update: Algorithm 1.

    Exactly `iterations` applications of T_{k,m}, Eq. (5), from Q = 0. `samples` "fixed" draws one
    set of m next states per (s_g, multiset) for the whole run, "fresh" draws anew in every
    iteration (then there is no fixed point, and `error_bound` is inf). With `learning_rate` (a
    number in (0, 1], a sequence, or a function of t = 1, 2, ...) it is Algorithm 3. Raises
    ValueError for arguments out of range, TableTooLarge before allocation.
    """
    check_count("k", k)
    check_count("m", m)
    check_count("iterations", iterations)
    check_count("seed", seed, 0)
    if samples not in ("fixed", "fresh"):
        raise ValueError(f"samples must be 'fixed' or 'fresh', got {samples!r}")
    if isinstance(learning_rate, Sequence) and len(learning_rate) < iterations:
        raise ValueError(
            f"learning_rate has {len(learning_rate)} entries, fewer than iterations = {iterations}"
        )
    memory.require(k, lambda j: mdp.G * multisets.size(j, mdp.S) * (16 * mdp.A + 20 * m))
    layout = Layout.of(mdp.states, k)
    tables = tuple(np.zeros((mdp.A, layout.entries(g))) for g in range(mdp.G))
    seeds = np.random.SeedSequence(seed).spawn(len(layout.blocks))
    worst = 0.0
    for block, own_seed in zip(layout.blocks, seeds, strict=True):
        rng = np.random.default_rng(own_seed)
        operator = empirical(mdp, layout, block, m, rng)
        Q = [np.zeros((mdp.A, *shape)) for shape in operator.shapes]
        for t in range(1, iterations + 1):
            if samples == "fresh" and t > 1:
                operator = empirical(mdp, layout, block, m, rng)
            new = operator.q_values([q.max(axis=0) for q in Q])
            eta = _rate(learning_rate, t)
            Q = new if eta == 1 else [(1 - eta) * q + eta * n for q, n in zip(Q, new, strict=True)]
        worst = max(worst, np.inf if samples == "fresh" else _residual_bound(operator, Q))
        for g, q in enumerate(Q):
            tables[g][:, layout.slice(g, block)] = q
    return QTable(mdp, layout, "states", tables, iterations, worst)


def solve_blocks(mdp: StarMDP, k: int, blocks: Sequence[TypeCounts], tol: float) -> QTable:
    """Solve the listed blocks of type counts alone, each certified to `tol`."""
    return _assemble(mdp, Layout.of(mdp.classes, k, blocks), tol, None)
