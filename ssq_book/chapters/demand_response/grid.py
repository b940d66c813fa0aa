"""The explorer's grid: demand response of n = 5 users for k = 1..5 and five values of m.

A learned table tells all 50 local states apart, so the exact value of its policy is over millions
of joint states: seconds for a point, where a built page shows twenty-five at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book.chapters.demand_response import policies as dr
from ssq_book.studies.study import Study
from ssq_core.checks import check_count
from ssq_core.model import Floats, StarMDP
from ssq_core.systems.demand_response import LEVELS

TOL = 1e-4  # certified error of a learned policy's value, in units of the discounted reward
N1, N2, WEIGHT, GAMMA, ITERATIONS, SEED = 3, 2, 1.5, 0.9, 150, 0
KS, MS = (1, 2, 3, 4, 5), (1, 3, 10, 30, 0)


@lru_cache(maxsize=4)
def _system(n1: int, n2: int, weight: float, gamma: float) -> tuple[StarMDP, ssq.QTable, float]:
    """Return the model, its optimum on one block, and the mean of V* over all its joint states."""
    mdp = ssq.demand_response(weight, gamma)
    optimum = ssq.solve(mdp, n1 + n2, dr.TOL, type_counts=(n1, n2))
    kind = mdp.classes.type_of
    values = []
    for g, table in enumerate(optimum.tables):
        local = [c * mdp.r_l[g][kind == t].mean() for t, c in enumerate((n1, n2))]
        values.append(optimum.layout.orderings(g) @ table.max(axis=0) + sum(local) / optimum.k)
    return mdp, optimum, float(np.mean(values))


def grid_point(
    n1: int, n2: int, weight: float, gamma: float, iterations: int, seed: int, k: int, m: int
) -> Mapping[str, Any]:
    """Return what a reader sees at k and m (0: the exact operator), as numbers and short strings.

    `greedy` holds the digits of `policy_map` row by row, `executed` the numbers of `execution_map`
    to three decimals. largest, mean and error are of the exact gap over all joint states, `value`
    is the mean of V^pi over them, `noise` the Bellman noise measured. Raises ValueError for k > n1
    + n2 and whatever the library refuses.
    """
    n = check_count("n1", n1, 0) + check_count("n2", n2, 0)
    check_count("n1 + n2", n)
    check_count("k", k, 1, n)
    mdp, optimum, best = _system(n1, n2, weight, gamma)
    block = (n1, n2) if k == n else None
    exact = optimum if k == n else ssq.solve(mdp, k, dr.TOL)
    if m == 0:
        q, tol, noise = exact, dr.TOL, exact.error_bound
    else:
        q, tol = ssq.learn(mdp, k, m, iterations, seed, type_counts=block), TOL
        noise = ssq.bellman_noise(q, exact) + exact.error_bound
    pi = ssq.SubsampledPolicy(q, n)
    gap = dr.policy_gap(mdp, pi, optimum, (n1, n2), tol)
    numbers = {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound}
    numbers |= {"value": best - gap.mean, "noise": noise}
    digits = dr.policy_map(q, (n1, n2)).reshape(-1, len(LEVELS))
    greedy = " ".join("".join(map(str, row)) for row in digits)
    return numbers | {"greedy": greedy, "executed": _written(dr.execution_map(pi, (n1, n2)))}


def _written(numbers: Floats) -> str:
    return " ".join(f"{x:.3f}" for x in numbers.ravel() + 0.0)


_SETTING = {"n1": N1, "n2": N2, "weight": WEIGHT, "gamma": GAMMA}
_SETTING |= {"iterations": ITERATIONS, "seed": SEED}

GRID = Study("explorer", tuple(_SETTING | {"k": k, "m": m} for k in KS for m in MS), grid_point)
