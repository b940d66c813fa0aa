"""Demand response at the paper's scale: the exact gaps of n = 8 users, four of each type.

In the paper's table that system has 50^8 joint states.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import ssq_core as ssq
from ssq_book.studies.study import Study
from ssq_core.checks import check_count
from ssq_core.layout import Layout
from ssq_core.policy import sub_blocks
from ssq_core.progress import Report, reporter
from ssq_core.value_iteration import solve_blocks

WEIGHT, GAMMA, TOL = 1.5, 0.9, 1e-7


def block_gaps(
    optimum: ssq.QTable, ks: Iterable[int], tol: float = TOL, progress: bool | Report = True
) -> Iterator[tuple[int, ssq.Gap]]:
    """Yield (k, exact optimality gap) for every k in `ks` on the n agents of one solved block.

    `optimum` is `ssq.solve(mdp, n, tol, type_counts=...)`, shared by all k; each gap is that of
    `ssq.optimality_gap`. `tol` certifies the value of the policy (rewards' units). Raises
    ValueError for more than one block, and as `optimality_gap` does.
    """
    mdp, n = optimum.mdp, optimum.k
    if len(optimum.layout.blocks) != 1:
        raise ValueError(f"optimum has {len(optimum.layout.blocks)} blocks, the limit is 1")
    (block,) = optimum.layout.blocks
    best = tuple(table.max(axis=0) for table in optimum.tables)
    for k in ks:
        check_count("k", k, 1, n)
        with reporter(progress) as report:
            q = (
                optimum
                if k == n
                else solve_blocks(
                    mdp, Layout(mdp.classes, k, tuple(sub_blocks(block, k))), tol, report
                )
            )
            value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, n), tol, block, report)
        tables = tuple(high - low for high, low in zip(best, value.tables, strict=True))
        error = optimum.error_bound + value.error_bound
        yield k, ssq.Gap(mdp, value.layout, tables, error)


@lru_cache(maxsize=16)
def exact_table(weight: float, k: int, tol: float) -> ssq.QTable:
    """Return the exact table of k users of both types at gamma = .9, solved once in a process."""
    return ssq.solve(ssq.demand_response(weight, GAMMA), k, tol)


@lru_cache(maxsize=1)
def _optimum(n1: int, n2: int, weight: float, gamma: float, tol: float) -> tuple[ssq.QTable, float]:
    start = time.perf_counter()
    mdp = ssq.demand_response(weight, gamma)
    return ssq.solve(mdp, n1 + n2, tol, type_counts=(n1, n2)), time.perf_counter() - start


def exact_gap(
    n1: int, n2: int, weight: float, gamma: float, tol: float, k: int
) -> Mapping[str, Any]:
    """Return the largest and the mean gap over all joint states, and their certified error.

    Beside them the sweeps and seconds of the optimum, solved once for all k of a process.
    """
    optimum, seconds = _optimum(n1, n2, weight, gamma, tol)
    ((_, gap),) = block_gaps(optimum, [k], tol)
    numbers = {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound}
    return numbers | {"optimum_sweeps": optimum.sweeps, "optimum_seconds": round(seconds, 2)}


_EIGHT = {"n1": 4, "n2": 4, "weight": WEIGHT, "gamma": GAMMA, "tol": TOL}

N8 = Study("demand_response_n8", tuple(_EIGHT | {"k": k} for k in range(1, 9)), exact_gap)
