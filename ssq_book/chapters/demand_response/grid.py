"""The explorer's grid: demand response of n = 4 users for k = 1..4 and nine values of m.

One learned table is one draw: every point with samples averages the gaps of several. All of it
takes about nine minutes on one core, half of that to learn the tables of k = 4.
"""

from collections.abc import Mapping
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book.chapters.demand_response import policies as dr
from ssq_book.common import interval, spawn
from ssq_book.studies.study import Study, points
from ssq_core.checks import check_count
from ssq_core.systems.demand_response import LEVELS

TOL = 1e-3  # certified error of a learned policy's value, in units of the discounted reward
N1, N2, ITERATIONS, TABLES, SEED = 2, 2, 75, 10, 0
KS, MS = (1, 2, 3, 4), (1, 2, 3, 5, 10, 20, 30, 50, 0)


@lru_cache(maxsize=1)
def best_constant(
    n1: int, n2: int, weight: float, gamma: float, tol: float = TOL
) -> tuple[int, float]:
    """Return the constant target that loses least over all joint states, and its mean gap."""
    optimum = dr.optimum(n1, n2, weight, gamma)
    one = ssq.solve(optimum.mdp, 1, dr.TOL)
    held = {c: dr.constant_target(one, c) for c in LEVELS}
    losses = {c: dr.gap(q, optimum, (n1, n2), tol).mean for c, q in held.items()}
    best = min(LEVELS, key=lambda c: losses[c])
    return best, losses[best]


def grid_point(
    n1: int,
    n2: int,
    weight: float,
    gamma: float,
    iterations: int,
    tables: int,
    seed: int,
    k: int,
    m: int,
) -> Mapping[str, Any]:
    """Return what a reader sees at k and m (0: the exact operator), as numbers and short strings.

    Of the `tables` learned, `mean` is the average of the mean gaps, `half` its 95 % half width,
    `low` and `high` are the least and the greatest; `largest` averages the largest gaps, `noise`
    the Bellman noise. `entries`, `samples` (oracle calls) and `learn_seconds` are of one table.
    `greedy` are the digits of `policy_map` of the first table, `executed` the numbers of its
    `execution_map`.
    """
    n, types = check_count("n1", n1, 0) + check_count("n2", n2, 0), (n1, n2)
    check_count("n1 + n2", n)
    check_count("k", k, 1, n)
    optimum = dr.optimum(n1, n2, weight, gamma)
    mdp, block = optimum.mdp, types if k == n else None
    start = perf_counter()
    exact = ssq.solve(mdp, k, dr.TOL, type_counts=block)
    learned, tol = [exact], dr.TOL
    if m:
        start, tol = perf_counter(), TOL
        learned = [
            ssq.learn(mdp, k, m, iterations, s, type_counts=block) for s in spawn(seed, tables)
        ]
    used = (perf_counter() - start) / len(learned)
    gaps = [dr.gap(q, optimum, types, tol) for q in learned]
    noise = [ssq.bellman_noise(q, exact) if m else 0.0 for q in learned]
    means = [gap.mean for gap in gaps]
    mean, half = interval(means) if m else (means[0], 0.0)
    first = learned[0]
    constant, constant_mean = best_constant(n1, n2, weight, gamma)
    digits = dr.policy_map(first, types).reshape(-1, len(LEVELS))
    executed = dr.execution_map(ssq.SubsampledPolicy(first, n), types)
    return {
        "mean": mean,
        "half": half,
        "low": min(means),
        "high": max(means),
        "largest": float(np.mean([gap.max for gap in gaps])),
        "error": max(gap.error_bound for gap in gaps),
        "noise": float(np.mean(noise)) + exact.error_bound,
        "constant": constant,
        "constant_mean": constant_mean,
        "entries": sum(table.size for table in first.tables),
        "samples": first.oracle_calls,
        "learn_seconds": round(used, 4),
        "greedy": " ".join("".join(map(str, row)) for row in digits),
        "executed": " ".join(f"{x:.2f}" for x in executed.ravel() + 0.0),
    }


_SETTING = {"n1": N1, "n2": N2, "weight": dr.WEIGHT, "gamma": dr.GAMMA}
_SETTING |= {"iterations": ITERATIONS, "tables": TABLES, "seed": SEED}

GRID = Study("explorer", points("k m", KS, MS, **_SETTING), grid_point)
