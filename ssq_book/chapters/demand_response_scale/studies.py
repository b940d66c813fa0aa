"""Demand response with n = 50 users and more: returns, what no policy exceeds, a billion users."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book import common_random_numbers
from ssq_book.chapters.demand_response.policies import (
    GAMMA,
    WEIGHT,
    exact_table,
    mean_start_value,
    opposite,
)
from ssq_book.chapters.demand_response_scale import returns as scale
from ssq_book.common import interval, spawn
from ssq_book.studies.study import Study, points
from ssq_core import mean_field
from ssq_core.execution import SamplePolicy

TOL, HALF = 1e-6, 25  # half of the 50 users of each type
TABLES = (1, 2, 3, 4, 5, 6)
SAMPLES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 19, 22, 50)
LEARNED, M, T = (1, 2, 3), 50, 50  # Algorithm 1 as printed for Figure 1c


@lru_cache(maxsize=1)
def _limit(weight: float) -> mean_field.MeanField:
    return mean_field.solve(ssq.demand_response(weight, GAMMA), TOL)


@lru_cache
def _policies(weight: float) -> Mapping[str, SamplePolicy]:
    tables = {k: exact_table(weight, k, TOL) for k in TABLES}
    mdp = ssq.demand_response(weight, GAMMA)
    learned = {f"learned {k}": ssq.learn(mdp, k, M, T) for k in LEARNED}
    return scale.policies(tables, _limit(weight), SAMPLES) | learned


def returns(weight: float, horizon: int, runs: int, batch: int) -> Mapping[str, Any]:
    """Return the mean return of every policy over a batch of runs with common random numbers.

    "V_inf k" is the limit's value at the first k users of each start, on average.
    """
    mdp = ssq.demand_response(weight, GAMMA)
    starts, moves, samples = spawn(batch, 3)
    start = scale.start_agents(mdp, (HALF, HALF), runs, starts)
    earned = common_random_numbers.returns(_policies(weight), start, horizon, moves).mean()
    limit = scale.limit_at_start(_limit(weight), start, SAMPLES, samples)
    return {str(name): value for name, value in earned.items()} | limit


def ceiling(weight: float, n1: int, n2: int, j: int) -> Mapping[str, Any]:
    """Return what no policy on n users exceeds at the start of `returns`: the average of V_j.

    "least" is what none falls short of, "limit" the limit's value at histograms of j < 6 users.
    """
    q = exact_table(weight, j, TOL)
    low = ssq.solve(opposite(q.mdp), j, TOL)
    most, least = (mean_start_value(table, (n1, n2)) for table in (q, low))
    limit = np.nan
    if j < 6:
        limit = mean_start_value(mean_field.sampled(_limit(weight), j), (n1, n2))
    error = max(q.error_bound, low.error_bound)
    return {"most": most, "least": -least, "limit": limit, "error": error}


def population(weight: float, horizon: int, runs: int, n: int, policy: str) -> Mapping[str, Any]:
    """Return the mean return of Algorithm 2 on n users, half of each type, with its half width.

    "first" counts the steps of `returns` alone, a third of the printed T' = 300.
    """
    mdp = ssq.demand_response(weight, GAMMA)
    starts, moves = spawn(n, 2)
    start = scale.start_counts(mdp, (n // 2, n // 2), runs, starts)
    run = ssq.execute(mdp, _policies(weight)[policy], start, horizon, runs, moves)
    mean, half = interval(run.returns, mdp.G)
    first = run.rewards[:, :100] @ GAMMA ** np.arange(100)
    return {"mean": mean, "half": half, "first": float(first.mean())}


_LARGE = ("table 1", "table 2", "table 3", "table 6", "limit 1", "limit 3", "limit 22")

_RUNS = {"weight": WEIGHT, "runs": 1000}
RETURNS = Study(
    "demand_response_returns", points("batch", range(40), **_RUNS, horizon=100), returns
)
CEILING = Study(
    "demand_response_ceiling",
    (
        *points("j", range(1, 7), weight=WEIGHT, n1=HALF, n2=HALF),
        *points("j", range(1, 4), weight=15.0, n1=HALF, n2=HALF),
    ),
    ceiling,
)
POPULATION = Study(
    "demand_response_population",
    points("n policy", (50, 10**3, 10**6, 10**9), _LARGE, **_RUNS, horizon=300),
    population,
)

STUDIES = (RETURNS, CEILING, POPULATION)
