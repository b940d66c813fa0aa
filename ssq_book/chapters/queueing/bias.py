"""What m fixed samples do to the learned values, taken apart.

Let U be the fixed point of the exact operator, pi its greedy rule, U^m the fixed point of the
operator of one fixed set of m samples, and W^m the value of pi under the same samples, where no
maximum is taken. Then

    U^m - U = (W^m - U) + (U^m - W^m):

the first bracket is what fixed samples do to the value of a fixed rule, of either sign; the second
is what maximising over noisy values adds, never negative, and 0 where there is nothing to choose.
"""

from collections.abc import Sequence

import numpy as np

from ssq_core.multisets import Floats
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.statistics import Estimate, estimate
from ssq_core.systems.queueing.surrogate import Operator, solve


def _columns(operators: Sequence[Operator], U: Floats) -> Floats:
    """Return q (Z, actions), column j from the j-th operator's samples (or the only one's)."""
    if len(operators) == 1:
        return operators[0].columns(U)
    return np.column_stack([sampled.columns(U)[:, j] for j, sampled in enumerate(operators)])


def bias(
    queues: Queues, k: int, m: int, iterations: int, tables: int, seed: int, draws: str
) -> tuple[Estimate, Estimate]:
    """Return W^m - U and U^m - W^m of tables of `k` queues: means over the table and its samples.

    The intervals are over `tables` sets of `m` samples. `draws` "shared": one set per row for all
    actions, as `Dispatch.learn` draws it; "separate": one for each action.
    """
    table, operator = solve(queues, k, tol=1e-10), Operator.of(queues, k)
    exact, greedy, rows = table.q.max(axis=1), table.first, np.arange(len(table.q))
    sets = table.q.shape[1] if draws == "separate" else 1
    fixed, maximum = np.zeros(tables), np.zeros(tables)
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(tables)):
        sampled = [operator.empirical(m, np.random.default_rng(s)) for s in child.spawn(sets)]
        best = value = np.zeros(len(rows))
        for _ in range(iterations):
            best = _columns(sampled, best).max(axis=1)
            value = _columns(sampled, value)[rows, greedy]
        fixed[i], maximum[i] = (value - exact).mean(), (best - value).mean()
    return estimate(fixed), estimate(maximum)
