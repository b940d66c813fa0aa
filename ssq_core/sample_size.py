"""How many agents to sample: the first k whose certified loss is small enough."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass, fields
from math import ceil, log
from typing import Any

from scipy.special import stdtrit

from ssq_core.certificate import certify, largest_losses
from ssq_core.checks import MAX_STEPS, check_count, check_number
from ssq_core.execution import Start, checked_start
from ssq_core.frozen import Frozen
from ssq_core.memory import TableTooLarge
from ssq_core.model import StarMDP, check_model
from ssq_core.progress import Report, reporter
from ssq_core.value_iteration import solve

RUNS = 10_000
REST = 0.01  # of the wished loss: what may lie behind the horizon


@dataclass(frozen=True)
class Row:
    """What was found for one k: the greedy policy of its exact table, judged by that table.

    `entries`: Q-values stored. `seconds`: of solving and certifying. `mean_return` has a Student
    interval of half width `return_half_width`; `loss`, `loss_half_width` and `upper` are those of
    `certify`, and so is the confidence that they have.
    """

    k: int
    entries: int
    seconds: float
    mean_return: float
    return_half_width: float
    loss: float
    loss_half_width: float
    upper: float


@dataclass(frozen=True, eq=False)
class Choice(Frozen):
    """The answer `k` (None if no row meets the wish), the rows tried, and why there are no more.

    `ended` is "reached", "k_max", "n" or "memory".
    """

    k: int | None
    wish: float
    rows: tuple[Row, ...]
    ended: str

    def __repr__(self) -> str:
        return (
            f"Choice(k={self.k} for a loss of {self.wish:g}, {len(self.rows)} rows, {self.ended})"
        )

    def __str__(self) -> str:
        head = f"{'k':>3} {'entries':>13} {'seconds':>8} {'mean return':>20} {'certified loss':>15}"
        lines = [
            f"{row.k:>3} {row.entries:>13,} {row.seconds:>8.1f} "
            f"{f'{row.mean_return:.5g} ± {row.return_half_width:.2g}':>20} {row.upper:>15.4g}"
            for row in self.rows
        ]
        answer = f"k = {self.k} is enough" if self.k else f"no k is enough; ended by {self.ended}"
        return "\n".join([head, *lines, f"{answer} for a loss of at most {self.wish:g}"])

    def frame(self) -> Any:
        """Return the rows as a pandas DataFrame; ImportError where pandas is not installed."""
        import pandas as pd

        names = [field.name for field in fields(Row)]
        return pd.DataFrame(map(astuple, self.rows), columns=names)


def choose_k(
    mdp: StarMDP,
    start: Start,
    loss: float,
    k_max: int | None = None,
    seed: int = 0,
    horizon: int | None = None,
    runs: int = RUNS,
    confidence: float = 0.95,
    progress: bool | Report = True,
) -> Choice:
    """Solve k = 1, 2, ... until the certified loss of SUB-SAMPLE-Q from `start` is at most `loss`.

    The greedy policy of each exact table is certified by `certify`, with that table as the judge:
    `loss` bounds V* - V^pi in the rewards' units. It ends at `k_max`, at n, or where the next table
    does not fit in memory. `horizon`: by default so long that less than a hundredth of `loss` lies
    behind it. The rows hold together with probability `confidence`: row k is certified to one minus
    (1 - confidence) / (k (k + 1)). `start`, `runs`, `seed` and `progress` as for `certify`. Raises
    ValueError for arguments out of range.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> table = ssq.choose_k(mdp, start=(0, [500, 500]), loss=0.1, runs=2000)
    >>> table.k, table.ended, table.rows[-1].upper <= 0.1
    (4, 'reached', True)
    """
    check_model(mdp)
    check_number("loss", loss, "(0, inf)")
    check_number("confidence", confidence, "(0, 1)")
    check_count("runs", runs, 2)
    n = int(checked_start(mdp, 1, start, runs)[1][0].sum())
    last = n if k_max is None else min(n, check_count("k_max", k_max))
    rows: list[Row] = []
    with reporter(progress) as report:
        for k in range(1, last + 1):
            began = time.perf_counter()
            try:
                q = solve(mdp, k, progress=report)
            except TableTooLarge:
                return Choice(None, loss, tuple(rows), "memory")
            steps = horizon or _horizon(mdp.gamma, REST * loss, float(largest_losses(q).max()))
            level = 1 - (1 - confidence) / (k * (k + 1))
            c = certify(mdp, q, q, start, steps, runs, seed, level, report)
            half = float(stdtrit(runs - 1, 0.5 + confidence / 2) * c.returns.std(ddof=1))
            rows.append(
                Row(
                    k,
                    sum(table.size for table in q.tables),
                    time.perf_counter() - began,
                    float(c.returns.mean()),
                    half / runs**0.5,
                    c.loss,
                    c.loss_half_width,
                    c.upper,
                )
            )
            report(f"k = {k}: certified loss {c.upper:.4g}, wished {loss:g}")
            if c.upper <= loss:
                return Choice(k, loss, tuple(rows), "reached")
    return Choice(None, loss, tuple(rows), "n" if last == n else "k_max")


def _horizon(gamma: float, rest: float, largest: float) -> int:
    """Return the steps after which losses of at most `largest` each add no more than `rest`."""
    ratio = rest * (1 - gamma) / largest if largest else 1.0
    return min(max(1, ceil(log(ratio) / log(gamma))), MAX_STEPS)
