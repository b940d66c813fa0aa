"""The explorer's grid: demand response of n = 5 users for k = 1..5 and five values of m.

A learned table tells all 50 local states apart, so the exact value of its policy is over millions
of joint states: seconds for a point, where a built page shows twenty-five at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import ssq_core as ssq
from ssq_book.chapters.demand_response import policies as dr
from ssq_book.studies.study import Study
from ssq_core.checks import check_count
from ssq_core.model import Floats
from ssq_core.systems.demand_response import LEVELS

TOL = 1e-4  # certified error of a learned policy's value, in units of the discounted reward
N1, N2, ITERATIONS, SEED = 3, 2, 150, 0
KS, MS = (1, 2, 3, 4, 5), (1, 3, 10, 30, 0)


def grid_point(
    n1: int, n2: int, weight: float, gamma: float, iterations: int, seed: int, k: int, m: int
) -> Mapping[str, Any]:
    """Return what a reader sees at k and m (0: the exact operator), as numbers and short strings.

    `greedy` are the digits of `policy_map`, `executed` the numbers of `execution_map`; `value` is
    the mean of V^pi over all joint states, `noise` the Bellman noise measured.
    """
    n, types = check_count("n1", n1, 0) + check_count("n2", n2, 0), (n1, n2)
    check_count("n1 + n2", n)
    check_count("k", k, 1, n)
    optimum = dr.optimum(n1, n2, weight, gamma)
    mdp, block = optimum.mdp, types if k == n else None
    exact = optimum if k == n else ssq.solve(mdp, k, dr.TOL)
    if m == 0:
        q, tol, noise = exact, dr.TOL, exact.error_bound
    else:
        q, tol = ssq.learn(mdp, k, m, iterations, seed, type_counts=block), TOL
        noise = ssq.bellman_noise(q, exact) + exact.error_bound
    pi = ssq.SubsampledPolicy(q, n)
    gap = cast(ssq.Gap, ssq.optimality_gap(mdp, q, n, tol, types, optimum=optimum))
    numbers = {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound}
    numbers |= {"value": dr.mean_start_value(optimum, types) - gap.mean, "noise": noise}
    digits = dr.policy_map(q, types).reshape(-1, len(LEVELS))
    greedy = " ".join("".join(map(str, row)) for row in digits)
    return numbers | {"greedy": greedy, "executed": _written(dr.execution_map(pi, types))}


def _written(numbers: Floats) -> str:
    return " ".join(f"{x:.3f}" for x in numbers.ravel() + 0.0)


_SETTING = {"n1": N1, "n2": N2, "weight": dr.WEIGHT, "gamma": dr.GAMMA}
_SETTING |= {"iterations": ITERATIONS, "seed": SEED}

GRID = Study("explorer", tuple(_SETTING | {"k": k, "m": m} for k in KS for m in MS), grid_point)
