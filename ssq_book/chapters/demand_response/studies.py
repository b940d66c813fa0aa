"""Small demand-response systems, exactly: printed rewards, the weight, readings, learned tables.

`N8` is the paper's Figure 1b, eight users, four of each type: 50^8 joint states in its table.
"""

from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, cast

import numpy as np

import ssq_core as ssq
from ssq_book.chapters.demand_response import policies, readings
from ssq_book.chapters.demand_response.grid import GRID
from ssq_book.chapters.demand_response.policies import GAMMA, TOL, WEIGHT, exact_table, optimum
from ssq_book.chapters.demand_response.readings import LOWER_THEN_HOLD, READINGS
from ssq_book.studies.study import Study, points


def exact_gap(
    n1: int, n2: int, weight: float, gamma: float, tol: float, k: int
) -> Mapping[str, Any]:
    """Return the largest and the mean gap over all joint states, and their certified error."""
    start = perf_counter()
    best = optimum(n1, n2, weight, gamma)
    seconds = perf_counter() - start
    gap = policies.gap(k, best, (n1, n2), tol)
    numbers = {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound}
    return numbers | {"optimum_seconds": round(seconds, 2)}


def printed(k: int, weight: float, gamma: float) -> Mapping[str, Any]:
    """Return in how many multisets the best action is not "lower to 1, then hold"; its margin."""
    q = ssq.solve(ssq.demand_response(weight, gamma), k, TOL)
    other, margin = 0, np.inf
    for greedy, table, wanted in zip(q.greedy, q.tables, LOWER_THEN_HOLD, strict=True):
        other += int(np.count_nonzero(greedy != wanted))
        rest = np.delete(table, wanted, axis=0).max(axis=0)
        margin = min(margin, float((table[wanted] - rest).min()))
    multisets = sum(table.shape[1] for table in q.tables)
    return {"multisets": multisets, "others": other, "margin": margin, "error": q.error_bound}


def gaps_over_k(
    mdp: ssq.StarMDP, n1: int, n2: int, k_max: int = 3, tol: float = TOL
) -> dict[str, Any]:
    """Return exact largest and mean gaps for k = 1, ..., `k_max`, with one certified error."""
    n = n1 + n2
    ks = range(1, min(k_max, n) + 1)
    gaps = cast(dict[int, ssq.Gap], ssq.optimality_gap(mdp, ks, n, tol, (n1, n2)))
    out = {f"largest_{k}": gap.max for k, gap in gaps.items()}
    out |= {f"mean_{k}": gap.mean for k, gap in gaps.items()}
    return out | {"error": max(gap.error_bound for gap in gaps.values())}


def reading(reading: str, n1: int, n2: int, weight: float, gamma: float) -> Mapping[str, Any]:
    """Return gaps for k = 1, 2, 3 under a reading, and the weight from which they are 0."""
    build: Callable[[float, float], ssq.StarMDP] = partial(readings.system, READINGS[reading])
    if reading == "as here":
        build = ssq.demand_response  # faster: it knows its stages
    gaps = gaps_over_k(build(weight, gamma), n1, n2)
    return gaps | {"blind_weight": readings.blind_weight(gamma, build)}


def phase(n1: int, n2: int, gamma: float, weight: float) -> Mapping[str, Any]:
    """Return what `reading` does, at any weight and discount."""
    return reading("as here", n1, n2, weight, gamma)


def learned(
    n1: int, n2: int, weight: float, iterations: int, k: int, m: int, seed: int
) -> Mapping[str, Any]:
    """Return the exact gap of one table of Algorithm 1, and its distance to the exact table."""
    best = optimum(n1, n2, weight, GAMMA)
    q = ssq.learn(best.mdp, k, m, iterations, seed)
    gap = policies.gap(q, best, (n1, n2), 1e-5)
    eps = ssq.bellman_noise(q, exact_table(weight, k, TOL))
    return {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound, "eps": eps}


_SETTING = {"weight": WEIGHT, "gamma": GAMMA}
_FOUR = {"n1": 2, "n2": 2}
_MIXES = ((2, 2), (4, 0), (3, 1), (1, 3), (0, 4))
_GAMMAS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_WEIGHTS = (*(i / 4 for i in range(15)), 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)

N8 = Study(
    "demand_response_n8", points("k", range(1, 9), n1=4, n2=4, **_SETTING, tol=TOL), exact_gap
)
PRINTED = Study(
    "demand_response_printed", points("k", range(1, 7), weight=15.0, gamma=GAMMA), printed
)
PHASE = Study("demand_response_phase", points("gamma weight", _GAMMAS, _WEIGHTS, **_FOUR), phase)
OTHERS = Study(
    "demand_response_readings",
    tuple(
        {"reading": name, "n1": n1, "n2": n2, **_SETTING}
        for name in READINGS
        for n1, n2 in (_MIXES if name == "as here" else _MIXES[:1])
    ),
    reading,
)
_OF_TABLE = {**_FOUR, "weight": WEIGHT, "iterations": 300}
LEARNED = Study(
    "demand_response_learned",
    points("k m seed", (1, 2, 3), (1, 5, 20, 50), range(10), **_OF_TABLE),
    learned,
)

STUDIES = (N8, PRINTED, PHASE, OTHERS, LEARNED, GRID)
