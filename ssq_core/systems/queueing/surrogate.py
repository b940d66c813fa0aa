"""The surrogate system of k sampled queues, solved exactly or from m samples.

A surrogate state is (length of the pointed queue, multiset of the other k-1), or (nowhere, multiset
of k) when the pointed queue is outside the sample. Whatever happens next depends on it only through
z, the multiset of lengths *after* the arrival: the pointed length plus one, in 0..c+1. So one table
serves all states. With z' the next lengths and U the best continuation value,

    V(z', j) = r(z') + gamma U(z' + e_j)      the job of the next step goes to sampled queue j,
    V(z', -) = r(z') + gamma U(z')            it goes elsewhere,
    q(z, j)  = E[V(z', j) | z],               and likewise q(z, -);

    load="paper":       U(z) = max_j q(z, j)
    load="consistent":  U(z) = max_j (k/n) q(z, j) + (1 - k/n) q(z, -)
    load="literal":     U(z) = max{ q(z, -), max_j q(z, j) }

and Q = r + gamma q. Sorted lengths stay sorted when queues of equal length trade places, so column
j of a table means position j in sorted order, and queues of one length share the mean of their
columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ssq_core import memory, multisets
from ssq_core.checks import MAX_STEPS, check_count, check_number
from ssq_core.draws import invert_sparse
from ssq_core.frozen import Frozen, cached_property
from ssq_core.multisets import Floats, Ints
from ssq_core.progress import Report, reporter
from ssq_core.stopping import ROUNDOFF, Precision, StoppingRule, require, widest
from ssq_core.systems.queueing.model import Queues

TIE = 1e-9  # values closer than this, or than ten times the certified error, are tied
TOL = 1e-10  # of a solution, where none is asked for and rounding allows it


def bytes_needed(queues: Queues, k: int, m: int = 0) -> int:
    """Return the bytes that the kernel and tables of `k` queues take at most (with m samples)."""
    rows = multisets.size(k, queues.c + 2)
    return rows * (36 * (1 << min(k, 64)) + 40 * k + 12 * k * k + 40 * m)


@dataclass(frozen=True, eq=False)
class Operator:
    """The map U -> q of `k` queues: Z multisets after the arrival, N before it, N < Z.

    `after` (Z, k): sorted lengths after the arrival; row z < N is also the z-th multiset before
    it. `arrival` (N, k): row of z' + e_j. `law` (Z, N): next multiset. `share` averages columns of
    one length.
    """

    queues: Queues
    k: int
    after: Ints
    arrival: Ints
    law: sparse.csr_array
    share: sparse.csr_array
    reward: Floats

    @classmethod
    def of(cls, queues: Queues, k: int) -> Operator:
        """Build the exact operator; raises TableTooLarge before anything is allocated."""
        memory.require(k, lambda j: bytes_needed(queues, j))
        before = multisets.unrank_all(k, queues.c + 1)
        rest = multisets.unrank_all(k - 1, queues.c + 1)
        full = np.column_stack([rest, np.full(len(rest), queues.c + 1)])
        after = np.concatenate([before, full])  # colex: the multisets with one c+1 come next
        arrival = np.column_stack(
            [multisets.rank(np.sort(before + job, axis=1)) for job in np.eye(k, dtype=np.int64)]
        )
        law = multisets.symmetric_power(queues.service(), k)[: len(after)]
        same = after[:, :, None] == after[:, None, :]
        row, i, j = np.nonzero(same)
        weight = 1 / same.sum(axis=2)[row, i]
        share = sparse.csr_array((weight, (row * k + i, row * k + j)), shape=(after.size,) * 2)
        return cls(queues, k, after, arrival, law, share, queues.reward(before))

    def empirical(self, m: int, rng: np.random.Generator) -> Operator:
        """Return the operator with `m` sampled next multisets per row, shared by its actions."""
        rows = len(self.after)
        columns = invert_sparse(self.law, rng.random((rows, m))).ravel()
        entries = (np.full(rows * m, 1 / m), columns, np.arange(0, rows * m + 1, m))
        sampled = sparse.csr_array(entries, shape=self.law.shape)
        sampled.sum_duplicates()
        return replace(self, law=sampled)

    def precision(self, terms: int = 0) -> Precision:
        """Return how exactly the operator is applied, with sums of `terms` more terms."""
        terms += widest(self.law) + widest(self.share) + 2 * self.k * (self.queues.c + 5) + 20
        largest = float(np.abs(self.reward).max())
        return Precision(self.queues.gamma, 1.01 * terms * ROUNDOFF, largest)

    def columns(self, U: Floats) -> Floats:
        """Return q (Z, k), or (Z, k+1) with the action "elsewhere" last, from U (Z,)."""
        gamma, k, n = self.queues.gamma, self.k, self.queues.n
        inside = self.expect(self.reward[:, None] + gamma * U[self.arrival])
        if k == n or self.queues.load == "paper":
            return inside
        elsewhere = self.law @ (self.reward + gamma * U[: len(self.reward)])
        if self.queues.load == "literal":
            return np.column_stack([inside, elsewhere])
        return np.asarray(k / n * inside + (1 - k / n) * elsewhere[:, None])

    def expect(self, V: Floats) -> Floats:
        """Return E[V(z', j) | z] (Z, k) from V (N, k)."""
        mean = self.law @ V
        return np.asarray(self.share @ mean.ravel()).reshape(mean.shape)


def fixed_point(
    step: Callable[[Floats], Floats],
    start: Floats,
    precision: Precision,
    tol: float,
    progress: bool | Report = False,
) -> tuple[Floats, float, int]:
    """Return x with ||x - x*|| <= error, the error, and the sweeps of the map `step`.

    `step` is monotone and adds gamma * const when const is added to x: MacQueen's and Porteus's
    bounds then hold on both sides. The error is above `tol` only where rounding allows no less.
    """
    with reporter(progress) as report:
        x, stop = start, StoppingRule(precision, tol, report)
        while True:
            new = step(x)
            change = new - x
            largest = max(float(np.abs(new).max()), float(np.abs(x).max()))
            if stop.met(float(change.min()), float(change.max()), largest):
                return new + stop.shift, stop.error, stop.sweeps
            x = new - new.flat[0]  # a constant only moves the shift


@dataclass(frozen=True, eq=False)
class Table(Frozen):
    """Q-values of the surrogate system of `k` queues, and the rule that is greedy for them.

    `q` (Z, k): value after this step of sending the next job to the queue at each position of the
    sorted lengths after the arrival (a last column k: elsewhere). Values within `tie` of the best
    are tied; ties go to the pointed queue, then to the shortest. `error_bound` is the certified
    sup-norm distance of the Q-values to their fixed point, `sweeps` the applications of the
    operator.
    """

    queues: Queues
    k: int
    q: Floats
    tie: float
    sweeps: int
    error_bound: float

    def __repr__(self) -> str:
        rows, actions = self.q.shape
        error = "no certified error"
        if np.isfinite(self.error_bound):
            error = f"within {self.error_bound:.2g} of its fixed point"
        return f"Table(k={self.k}, {rows:,} multisets × {actions}, {error})"

    def check_fits(self, queues: Queues) -> None:
        """Raise ValueError unless the table can dispatch to `queues`: the same c, k at most n."""
        if self.queues.c != queues.c:
            raise ValueError(f"the table is for c = {self.queues.c}, not for c = {queues.c}")
        check_count("k of the table", self.k, 1, queues.n)

    @cached_property
    def good(self) -> NDArray[np.bool_]:
        """Whether each action is greedy, up to ties; the shape of `q`."""
        return np.asarray(self.q >= self.q.max(axis=1, keepdims=True) - self.tie)

    @cached_property
    def first(self) -> Ints:
        """The first greedy column of every row, (Z,): the shortest greedy queue."""
        return np.asarray(self.good.argmax(axis=1))

    def _lengths(self, pointed: int | None, others: object) -> tuple[Ints, Ints]:
        """Return the checked lengths before and after the arrival, the pointed queue first."""
        if pointed is None:
            before = self.queues.check_lengths("others", others, self.k)
            return before, before
        head = check_count("pointed", pointed, 0, self.queues.c)
        before = np.append(head, self.queues.check_lengths("others", others, self.k - 1))
        return before, before + (np.arange(self.k) == 0)

    def action(self, pointed: int | None, others: object) -> int | str | None:
        """Return the length of the queue chosen, or "pointed" for the pointed queue itself.

        `pointed` is the length of the queue that gets this step's job and `others` are the other
        k-1 sampled lengths; with `pointed` None that job goes outside the sample and `others` are
        k lengths. With load="literal" the answer may be None: outside the sample. Raises
        ValueError.
        """
        after = self._lengths(pointed, others)[1]
        ordered = np.sort(after)
        row = int(multisets.rank(ordered))
        if pointed is not None and self.good[row, np.searchsorted(ordered, after[0])]:
            return "pointed"
        column = int(self.first[row])
        return int(ordered[column]) if column < self.k else None

    def value(self, pointed: int | None, others: object) -> float:
        """Return the largest Q-value at a surrogate state, given as for `action`."""
        before, after = self._lengths(pointed, others)
        row = int(multisets.rank(np.sort(after)))
        return float(self.queues.reward(before) + self.queues.gamma * self.q[row].max())


def solve(
    queues: Queues, k: int, tol: float | None = None, progress: bool | Report = True
) -> Table:
    """Solve the surrogate system of `k` sampled queues, every Q-value certified to `tol`.

    Left out, that is 1e-10 or what rounding allows; see `error_bound` of the table. `progress` as
    for `ssq.solve`. Raises ValueError unless 1 <= k <= n, and TableTooLarge before anything is
    allocated.
    """
    check_count("k", k, 1, queues.n)
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    operator = Operator.of(queues, k)

    def step(U: Floats) -> Floats:
        return np.asarray(operator.columns(U).max(axis=1))

    start = np.zeros(len(operator.after))
    precision = operator.precision()
    U, error, sweeps = fixed_point(step, start, precision, TOL if tol is None else tol, progress)
    level = float(U.flat[0])  # apart, so that little is lost to rounding
    q = operator.columns(U - level) + queues.gamma * level
    error += 2 * ROUNDOFF * float(np.abs(q).max())
    require(tol, error)
    return Table(queues, k, q, max(TIE, 10 * error), sweeps + 1, error)


def learn(
    queues: Queues, k: int, m: int, iterations: int, seed: int = 0, progress: bool | Report = True
) -> Table:
    """Learn the table from samples: Algorithm 1, exactly `iterations` applications from Q = 0.

    One set of `m` next multisets per multiset of lengths after the arrival is drawn once, shared by
    the actions and kept for every iteration. Raises as `solve` does, and ValueError for m,
    iterations < 1.
    """
    check_count("k", k, 1, queues.n)
    check_count("m", m)
    check_count("iterations", iterations, 1, MAX_STEPS)
    check_count("seed", seed, 0)
    memory.require(k, lambda j: bytes_needed(queues, j, m))
    operator = Operator.of(queues, k).empirical(m, np.random.default_rng(seed))
    shape = operator.columns(np.zeros(len(operator.after))).shape
    q = np.zeros(shape)  # Q^1 = r: the first application adds nothing after this step
    with reporter(progress) as report:
        for t in range(1, iterations):
            q = operator.columns(q.max(axis=1))
            report(f"k = {k}: application {t + 1} of {iterations}")
    residual = float(np.abs(operator.columns(q.max(axis=1)) - q).max())
    precise = operator.precision(m)
    error = (queues.gamma * residual + precise.off(float(np.abs(q).max()))) * precise.reach
    return Table(queues, k, q, TIE, iterations, error)


def shortest(queues: Queues, k: int) -> Table:
    """Return the table of pointer-aware JSQ(k): the shorter after the arrival, the better."""
    operator = Operator.of(queues, k)
    return Table(queues, k, -operator.after.astype(float), TIE, 0, np.inf)
