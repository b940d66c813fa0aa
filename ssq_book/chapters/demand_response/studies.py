"""Small demand-response systems, exactly: printed rewards, the weight, readings, learned tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book.chapters.demand_response import policies as demand_response
from ssq_book.chapters.demand_response import readings as demand_readings
from ssq_book.chapters.demand_response.gaps import GAMMA, N8, TOL, WEIGHT, block_gaps, exact_table
from ssq_book.chapters.demand_response.grid import GRID
from ssq_book.chapters.demand_response.readings import LOWER_THEN_HOLD, READINGS
from ssq_book.studies.study import Study


def printed(k: int, weight: float, gamma: float) -> Mapping[str, Any]:
    """Return in how many stored multisets the best action is not: lower to 1, then hold.

    Beside it the least advantage of that action over the second best, and the certified error.
    """
    q = ssq.solve(ssq.demand_response(weight, gamma), k, TOL)
    other, margin = 0, np.inf
    for own, table, wanted in zip(q.greedy, q.tables, LOWER_THEN_HOLD, strict=True):
        other += int(np.count_nonzero(own != wanted))
        rest = np.delete(table, wanted, axis=0).max(axis=0)
        margin = min(margin, float((table[wanted] - rest).min()))
    multisets = sum(table.shape[1] for table in q.tables)
    return {"multisets": multisets, "others": other, "margin": margin, "error": q.error_bound}


def gaps_over_k(
    n1: int,
    n2: int,
    weight: float,
    gamma: float,
    reading: str = "as here",
    most: int = 3,
    tol: float = TOL,
) -> dict[str, Any]:
    """Return exact largest and mean gaps for k = 1, ..., `most`, with one certified error."""
    if READINGS[reading] == demand_readings.Reading():
        mdp = ssq.demand_response(weight, gamma)
    else:
        mdp = demand_readings.system(READINGS[reading], weight, gamma)
    n = n1 + n2
    optimum = ssq.solve(mdp, n, tol, type_counts=(n1, n2))
    out: dict[str, Any] = {}
    error = 0.0
    for k, gap in block_gaps(optimum, range(1, min(most, n) + 1), tol, progress=False):
        out |= {f"largest_{k}": gap.max, f"mean_{k}": gap.mean}
        error = max(error, gap.error_bound)
    return out | {"error": error}


def phase(n1: int, n2: int, gamma: float, weight: float) -> Mapping[str, Any]:
    """Return gaps for k = 1, 2, 3 at a weight, and the weight from which all gaps are 0."""
    return gaps_over_k(n1, n2, weight, gamma) | {
        "blind_weight": demand_readings.blind_weight(gamma)
    }


def reading(reading: str, n1: int, n2: int, weight: float, gamma: float) -> Mapping[str, Any]:
    """Return gaps for k = 1, 2, 3 under another reading, and the weight from which they are 0."""

    def build(w: float, g: float) -> ssq.StarMDP:
        return demand_readings.system(READINGS[reading], w, g)

    own = gaps_over_k(n1, n2, weight, gamma, reading)
    return own | {"blind_weight": demand_readings.blind_weight(gamma, build=build)}


@lru_cache(maxsize=1)
def _solved(n1: int, n2: int, weight: float) -> tuple[ssq.StarMDP, ssq.QTable]:
    mdp = ssq.demand_response(weight, GAMMA)
    return mdp, ssq.solve(mdp, n1 + n2, TOL, type_counts=(n1, n2))


def learned(
    n1: int, n2: int, weight: float, iterations: int, k: int, m: int, seed: int
) -> Mapping[str, Any]:
    """Return the exact gap of one table of Algorithm 1, and its distance to the exact table."""
    mdp, optimum = _solved(n1, n2, weight)
    q = ssq.learn(mdp, k, m, iterations, seed)
    pi = ssq.SubsampledPolicy(q, n1 + n2)
    gap = demand_response.policy_gap(mdp, pi, optimum, (n1, n2), tol=1e-5)
    eps = ssq.bellman_noise(q, exact_table(weight, k, TOL))
    return {"largest": gap.max, "mean": gap.mean, "error": gap.error_bound, "eps": eps}


_FOUR = {"n1": 2, "n2": 2}
_MIXES = ((2, 2), (4, 0), (3, 1), (1, 3), (0, 4))
_GAMMAS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_WEIGHTS = (*(i / 4 for i in range(15)), 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)

PRINTED = Study(
    "demand_response_printed",
    tuple({"k": k, "weight": 15.0, "gamma": GAMMA} for k in range(1, 7)),
    printed,
)
PHASE = Study(
    "demand_response_phase",
    tuple(_FOUR | {"gamma": g, "weight": w} for g in _GAMMAS for w in _WEIGHTS),
    phase,
)
OTHERS = Study(
    "demand_response_readings",
    tuple(
        {"reading": name, "n1": n1, "n2": n2, "weight": WEIGHT, "gamma": GAMMA}
        for name in READINGS
        for n1, n2 in (_MIXES if name == "as here" else _MIXES[:1])
    ),
    reading,
)
LEARNED = Study(
    "demand_response_learned",
    tuple(
        _FOUR | {"weight": WEIGHT, "iterations": 300, "k": k, "m": m, "seed": seed}
        for k in (1, 2, 3)
        for m in (1, 5, 20, 50)
        for seed in range(10)
    ),
    learned,
)

STUDIES = (N8, PRINTED, PHASE, OTHERS, LEARNED, GRID)
