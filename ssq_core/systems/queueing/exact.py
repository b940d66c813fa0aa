"""The exact optimality gap of a dispatching rule on all n queues, for small n.

A state is (length of the pointed queue, multiset of the other n-1): row of the multiset of all n
lengths and position of the pointed queue in it. Both values are fixed points of operators on that
table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from ssq_core import memory, multisets
from ssq_core.checks import check_count, shown
from ssq_core.frozen import Frozen
from ssq_core.multisets import Floats
from ssq_core.systems.queueing import surrogate
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.surrogate import Operator, Table


@dataclass(frozen=True, eq=False)
class Gap(Frozen):
    """V* - V^pi in every state (pointed length, multiset of the others); `table` is (N, n).

    `max` is the largest and `mean` the mean over the states, each counted once. Certified to
    `error_bound`.
    """

    queues: Queues
    table: Floats
    error_bound: float

    def __repr__(self) -> str:
        size, error = f"{len(self.table):,} multisets", f"exact to {self.error_bound:.2g}"
        return f"Gap(n={self.queues.n}, {size}, max {self.max:.4g}, {error})"

    @property
    def max(self) -> float:
        """The largest gap over all states."""
        return float(self.table.max())

    @property
    def mean(self) -> float:
        """The mean gap over the states (pointed length, multiset of the others)."""
        lengths = multisets.unrank_all(self.queues.n, self.queues.c + 1)
        last = np.pad(lengths[:, :-1] < lengths[:, 1:], ((0, 0), (0, 1)), constant_values=True)
        return float(self.table[last].mean())  # queues of one length count once

    def at(self, pointed: int, others: object) -> float:
        """Return the gap where the pointed queue and the `others` have these lengths."""
        n = self.queues.n
        head = check_count("pointed", pointed, 0, self.queues.c)
        lengths = self.queues.check_lengths("others", others, n - 1)
        ordered = np.sort(np.append(lengths, head))
        return float(self.table[int(multisets.rank(ordered)), np.searchsorted(ordered, head)])


def action_probabilities(operator: Operator, table: Table) -> Floats:
    """Return Eq. (6), (N, n, n): from (multiset, pointed position) to the queue chosen.

    Positions of the last axis are those after the arrival, in sorted order.
    """
    n, k, states = operator.queues.n, table.k, len(operator.reward)
    probability = np.zeros((states, n, n))
    samples = list(combinations(range(n), k))
    rows = np.arange(states)
    for i in range(n):
        after = operator.after[operator.arrival[:, i]]
        arrived = operator.after[:states, i] + 1  # the pointed length after the arrival
        pointer = n - 1 - (after[:, ::-1] == arrived[:, None]).argmax(axis=1)
        for sample in samples:
            row = multisets.rank(after[:, sample])
            chosen = np.append(sample, n)[np.minimum(table.first[row], k)]
            for column, position in enumerate(sample):
                keep = (pointer == position) & table.good[row, column]
                chosen[keep] = position
            inside = chosen < n
            probability[rows[inside], i, chosen[inside]] += 1 / len(samples)
            outside = [j for j in range(n) if j not in sample]
            for j in outside:
                probability[~inside, i, j] += 1 / (len(samples) * len(outside))
    return probability


def optimality_gap(queues: Queues, k: int | Table | tuple[str, int]) -> Gap:
    """Return the exact gap on all n queues (small n) of the exactly solved table of `k` queues.

    Instead of `k` it takes a `Table` or ("jsq", k). Every gap is certified to `error_bound`; ties
    within 1e-9 go to the pointed queue, then to the shortest. Raises as `solve` does.
    """
    if isinstance(k, Table):
        k.check_fits(queues)
        table = k
    elif isinstance(k, tuple):
        if len(k) != 2 or k[0] != "jsq":
            raise ValueError(f'k must be an integer, a Table or ("jsq", k); got {shown(k)}')
        table = surrogate.shortest(queues, check_count("k of the rule", k[1], 1, queues.n))
    else:
        table = surrogate.solve(queues, k)
    n, d = queues.n, queues.c + 1
    memory.require(
        n, lambda j: surrogate.bytes_needed(queues, j) + 24 * j * j * multisets.size(j, d), name="n"
    )
    operator = Operator.of(queues, n)
    reward, gamma = operator.reward[:, None], queues.gamma
    pi = action_probabilities(operator, table)

    def optimal(V: Floats) -> Floats:
        best = operator.expect(V).max(axis=1)
        return np.asarray(reward + gamma * best[operator.arrival])

    def greedy(V: Floats) -> Floats:
        q = operator.expect(V)[operator.arrival]  # (N, n, n)
        return np.asarray(reward + gamma * np.einsum("sij,sij->si", pi, q))

    start = np.zeros(operator.arrival.shape)
    precision = operator.precision(pi.shape[2] + comb(n, table.k))
    best, error, _ = surrogate.fixed_point(optimal, start, precision, surrogate.TOL / 2)
    value, value_error, _ = surrogate.fixed_point(greedy, start, precision, surrogate.TOL / 2)
    return Gap(queues, best - value, error + value_error)
