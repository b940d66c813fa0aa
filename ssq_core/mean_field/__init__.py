"""The mean-field limit n -> infinity: the agents are a distribution F, which moves without noise.

With a deterministic P_g the limit is a deterministic problem on pairs (s_g, F). With x the next
global state after (s_g, a),

    Q(s_g, F, a) = r_g(s_g, a) + <F, r_l[s_g]> + gamma V(x, F P_l[s_g]),        V = max_a Q.

What a sequence of actions earns is linear in F, so V is a supremum of linear functions <F, alpha>,
and convex. `solve` keeps a finite set of these vectors for every s_g. Each is what some sequence of
actions earns, so their maximum W never exceeds V; and if a step of the recursion never rises above
W by more than e, that is T(W) <= W + e, then V <= T(W) + gamma e / (1 - gamma). So no horizon has
to be chosen, and the certificate is one linear program per vector and action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ssq_core import memory, multisets, policy
from ssq_core.checks import (
    check_count,
    check_distribution,
    check_instance,
    check_number,
    first,
    shown,
    sum_tolerance,
)
from ssq_core.frozen import Frozen
from ssq_core.layout import Layout
from ssq_core.mean_field.alpha_vectors import Problem, constant_actions, grow, prune
from ssq_core.model import Floats, Ints, StarMDP, check_model, check_same
from ssq_core.progress import Report, reporter
from ssq_core.qtable import QTable, tie_tolerance
from ssq_core.stopping import ROUNDOFF, Precision, require


@dataclass(frozen=True, eq=False)
class MeanField(Frozen):
    """The limit's Q-function, made by `solve`, from below.

    It lies at most `error_bound` below the exact one and, up to rounding, never above it.
    `vectors[s_g]` (N, S): the value of F (S,) is max_i <F, vectors[s_g][i]>, before one more step
    of the recursion, which `at` takes. `type_masses` (p,): the only masses of the conserved types
    that may be asked for, None for all. A distribution (..., S) holds the share of the agents in
    every local state; the methods raise ValueError if it is none.
    """

    mdp: StarMDP
    vectors: tuple[Floats, ...]
    type_masses: Floats | None
    error_bound: float

    def __repr__(self) -> str:
        size = f"{sum(map(len, self.vectors)):,} vectors of {self.mdp.S}"
        return f"MeanField({size}, exact to {self.error_bound:.2g})"

    @property
    def tie_tolerance(self) -> float:
        """Actions this close to the best count as tied, as in a `QTable`."""
        return tie_tolerance(self.mdp, self.error_bound)

    def at(self, s_g: object, distribution: ArrayLike) -> Floats:
        """Return the Q-values (..., A) at `s_g` and distributions (..., S)."""
        mdp, g = self.mdp, self.mdp.global_index(s_g)
        F = check_distribution("distribution", distribution, mdp.S)
        if self.type_masses is not None:
            masses = F @ (mdp.type_of[:, None] == np.arange(len(mdp.types)))
            off = np.abs(masses - self.type_masses) > sum_tolerance(distribution)
            if (at := first(off)) is not None:
                raise ValueError(
                    f"distribution{at[:-1] or ''} has a share {masses[tuple(at)]:.6g} of the agents"
                    f" in type {at[-1]}, but this limit was solved for type_masses = "
                    f"{shown(self.type_masses.tolist())} alone; solve it without type_masses"
                )
        flow = F @ mdp.P_l[g]
        future = [(flow @ self.vectors[x].T).max(axis=-1) for x in mdp.P_g[g].argmax(axis=-1)]
        now = mdp.r_g[g] + (F @ mdp.r_l[g])[..., None]
        return np.asarray(now + mdp.gamma * np.stack(future, axis=-1))

    def value(self, s_g: object, distribution: ArrayLike) -> float:
        """Return max_a Q(s_g, F, a) at one distribution (S,)."""
        F = check_distribution("distribution", distribution, self.mdp.S, ndim=1)
        return float(self.at(s_g, F).max())

    def action(self, s_g: object, distribution: ArrayLike) -> int:
        """Return the greedy action at one distribution: the first within the tie tolerance."""
        F = check_distribution("distribution", distribution, self.mdp.S, ndim=1)
        return int(self.greedy(s_g, F))

    def greedy(self, s_g: object, distributions: ArrayLike) -> Ints:
        """Return the greedy actions (...) at many distributions (..., S)."""
        q = self.at(s_g, distributions)
        tied = q >= q.max(axis=-1, keepdims=True) - self.tie_tolerance
        return np.asarray(tied.argmax(axis=-1))


def solve(
    mdp: StarMDP,
    tol: float | None = None,
    type_masses: Sequence[float] | None = None,
    progress: bool | Report = True,
) -> MeanField:
    """Solve the mean-field limit of a system with deterministic P_g.

    `tol` bounds the certified error of every Q-value (rewards' units); left out, it is 1e-8 of the
    range that values can have, or what rounding allows. `type_masses` (one share of
    the agents per conserved type, in order of the type's smallest state, sum 1) solves for these
    alone, with fewer vectors. `progress` as in `ssq.solve`. Raises ValueError for a stochastic P_g,
    for arguments out of range, and if rounding forbids `tol`. Source: the limit of Eq. (7) as k
    grows; not in the paper.

    >>> limit = ssq.mean_field.solve(ssq.counterexamples.match(0.75, gamma=0.5))
    >>> limit.action(0, [0.3, 0.7]), round(limit.value(0, [0.3, 0.7]), 4)
    (1, 0.8667)
    """
    check_model(mdp)
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    S, square = mdp.S, 3 * 8 * mdp.G**2
    memory.require(S, lambda s: square * s * s, name="|S_l|")  # to solve for a repeated action
    masses = None
    if type_masses is not None:
        masses = check_distribution("type_masses", type_masses, len(mdp.types), ndim=1)
    problem, gamma = Problem.of(mdp, masses), mdp.gamma
    # of a step: sums over local states, and how far the kernels are from those given
    moved, mass = mdp.distance(1)
    step = Precision(gamma, (2 * S + 20) * ROUNDOFF + moved + mass, mdp.r_max, mass)
    rounding = step.off(0.0) * step.reach / (1 - gamma)
    attained = max(12 * rounding, 1000 * mdp.default_tolerance)
    if tol is None:
        tol = attained
    elif tol < 2 * rounding:
        require(tol, attained)
    budget = (tol - rounding) * (1 - gamma) / gamma
    vectors, rise = constant_actions(problem), 0.0
    tested = np.zeros(mdp.G, dtype=np.int64)
    with reporter(progress) as report:
        while any(len(kept) > done for kept, done in zip(vectors, tested, strict=True)):
            rise = max(rise, grow(problem, vectors, tested, 0.9 * budget))
            report(f"mean field: {[len(kept) for kept in vectors]} vectors")
    pruned = [prune(problem, g, kept, 0.1 * budget) for g, kept in enumerate(vectors)]
    error = gamma / (1 - gamma) * (rise + max(lost for _, lost in pruned)) + rounding
    if error > tol:
        require(tol, max(error, attained))
    return MeanField(mdp, tuple(kept for kept, _ in pruned), masses, error)


@dataclass(frozen=True, eq=False)
class LimitPolicy:
    """The limit's greedy policy, fed with the histogram of `k` sampled agents: no table, so any k.

    For `execute`; a `limit` of given type masses refuses samples with other ones.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> rule = ssq.mean_field.LimitPolicy(ssq.mean_field.solve(mdp), k=5)
    >>> ssq.execute(mdp, rule, start=(0, [4, 6]), horizon=3, runs=2).actions.shape
    (2, 3)
    """

    limit: MeanField
    k: int

    def __post_init__(self) -> None:
        check_instance("limit", self.limit, MeanField)
        check_count("k", self.k)

    def __repr__(self) -> str:
        return f"LimitPolicy(k={self.k}, {self.limit!r})"

    @property
    def mdp(self) -> StarMDP:
        """The model that it was made for."""
        return self.limit.mdp

    def sample_actions(self, s_g: Ints, states: Ints) -> Ints:
        """Return the greedy actions (R,) at `s_g` (R,) and samples `states` (R, k) in any order."""
        F = _histograms(states, self.mdp.S)
        out = np.empty(len(states), dtype=np.int64)
        for g in np.unique(s_g).tolist():
            out[s_g == g] = self.limit.greedy(g, F[s_g == g])
        return out


def sampled(limit: MeanField, k: int) -> QTable:
    """Return the limit's Q-values at the histograms of k agents, as a table.

    So the policy of `LimitPolicy(limit, k)` can be evaluated exactly, where a table of k fits. It
    is no fixed point of T_k: its error is inf. Raises ValueError for k < 1, TableTooLarge before
    allocation.

    >>> limit = ssq.mean_field.solve(ssq.counterexamples.match(0.75, gamma=0.5))
    >>> ssq.mean_field.sampled(limit, k=3)
    QTable(k=3, 4 multisets × 2 × 2, no certified error)
    """
    check_instance("limit", limit, MeanField)
    check_count("k", k)
    mdp = limit.mdp
    memory.require(k, lambda j: 8 * mdp.G * multisets.size(j, mdp.S) * (2 * mdp.S + 3 * mdp.A))
    layout = Layout.of(mdp.classes, k)
    tables = []
    for g in range(mdp.G):
        F = _histograms(layout.members(g), mdp.S)
        tables.append((limit.at(g, F) - (F @ mdp.r_l[g])[:, None]).T)
    return QTable(mdp, layout, "classes", tuple(tables), 0, np.inf, limit.tie_tolerance)


def _histograms(states: Ints, size: int) -> Floats:
    """Return the distribution (R, size) of the agents of every sample `states` (R, k)."""
    runs, k = states.shape
    place = np.arange(runs)[:, None] * size + states
    return np.asarray(np.bincount(place.ravel(), minlength=runs * size).reshape(runs, size) / k)


def sandwich(limit: MeanField, q: QTable, s_g: object, states: object) -> tuple[float, float]:
    """Return bounds V_inf(F) <= V_k(s_g, states) <= mean of V_j over sub-multisets of size j <= k.

    F is the histogram of the k `states`, `q` an exact table of j agents; its certified error is
    added. Raises ValueError for another model's table, fewer than j states, or a state off range.
    Source: convexity of the limit and monotonicity in k (L3 and L1 of the companion).

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> limit, q = ssq.mean_field.solve(mdp), ssq.solve(mdp, k=2)
    >>> low, high = ssq.mean_field.sandwich(limit, q, 0, [0, 1, 1])
    >>> round(low, 4), round(high, 4)
    (0.8889, 0.9345)
    """
    check_instance("limit", limit, MeanField)
    check_instance("q", q, QTable)
    mdp = limit.mdp
    check_same(mdp, q.mdp, "q")
    g, agents = mdp.indices(s_g, states, None)
    if len(agents) < q.k:
        raise ValueError(f"states holds {len(agents)} agents, fewer than the k = {q.k} of q")
    samples, share = policy.samples(agents, q.k)
    low = limit.value(g, np.bincount(agents, minlength=mdp.S) / len(agents))
    return low, float(share @ q.values(g, samples).max(axis=0)) + q.error_bound
