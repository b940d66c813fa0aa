"""Certified losses of demand response: exact and learned tables, constant targets, the limit."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ssq_core as ssq
from ssq_book.chapters.demand_response.grid import best_constant
from ssq_book.chapters.demand_response.policies import (
    GAMMA,
    WEIGHT,
    exact_table,
    mean_start_value,
    optimum,
)
from ssq_book.chapters.demand_response_scale.returns import policies, start_counts
from ssq_book.common import interval, spawn
from ssq_book.studies.study import Study, points
from ssq_core import mean_field
from ssq_core.execution import SamplePolicy
from ssq_core.model import Floats
from ssq_core.systems.demand_response import LEVELS

JUDGE, TOL, HORIZON = 6, 1e-6, 120
BEST = "limit 22"  # of the policies here


@lru_cache(maxsize=1)
def _policies(weight: float) -> Mapping[str, SamplePolicy]:
    tables = {k: exact_table(weight, k, TOL) for k in range(1, JUDGE + 1)}
    limit = mean_field.solve(ssq.demand_response(weight, GAMMA), TOL)
    return policies(tables, limit, [22])


@lru_cache(maxsize=2)
def _certified(weight: float, n: int, policy: str, runs: int, horizon: int) -> ssq.Certificate:
    mdp, every = ssq.demand_response(weight, GAMMA), _policies(weight)
    judge = exact_table(weight, JUDGE, TOL)
    first = start_counts(mdp, (n - n // 2, n // 2), runs, seed=0)
    return ssq.certify(mdp, every[policy], judge, first, horizon, runs, seed=1, progress=False)


def _ends(name: str, samples: Floats) -> dict[str, float]:
    """Return the columns `name` and `name`_half of samples that start at s_g in turn."""
    return dict(zip((name, f"{name}_half"), interval(samples, strata=5), strict=True))


def losses(weight: float, n: int, runs: int, horizon: int, policy: str) -> Mapping[str, Any]:
    """Return what a policy on n users loses: at most, by its certificate, and at least.

    `loss` is the estimate with its 95 % half width by Student, `loss_guaranteed` the half width
    that holds for any law, `upper` the certified loss; `lower` how much less it returns than BEST,
    from the same starts.
    """
    best, c = (_certified(weight, n, name, runs, horizon) for name in (BEST, policy))
    certified = {"loss_guaranteed": c.loss_half_width, "upper": c.upper}
    lower = _ends("lower", best.returns - c.returns)
    return _ends("loss", c.losses) | certified | lower | _ends("mean", c.returns)


def learned_losses(
    weight: float, n: int, runs: int, horizon: int, iterations: int, tables: int, k: int, m: int
) -> Mapping[str, Any]:
    """Return what tables of Algorithm 1 lose on n users: their mean certificate, and the worst.

    `loss` is the mean of `tables` independent tables, with its 95 % half width over them; `entries`
    of a table are Q-values, `calls` those of its oracle.
    """
    mdp, judge = ssq.demand_response(weight, GAMMA), exact_table(weight, JUDGE, TOL)
    first, each = start_counts(mdp, (n - n // 2, n // 2), runs, seed=0), []
    for seed in spawn(k, tables):
        q = ssq.learn(mdp, k, m, iterations, seed, progress=False)
        each.append(ssq.certify(mdp, q, judge, first, horizon, runs, seed, progress=False).loss)
    loss, half = interval(each)
    entries = sum(table.size for table in q.tables)
    numbers = {"loss": loss, "loss_half": half, "worst": max(each)}
    return numbers | {"entries": entries, "calls": q.oracle_calls}


def constants(weight: float, half: int) -> Mapping[str, Any]:
    """Return the optimum's mean value over all joint states, and the best constant target's loss.

    There are `half` users of each type. What a target that ignores them earns is that of one pair.
    """
    target, loss = best_constant(1, 1, weight, GAMMA, TOL)
    pair, value = (
        mean_start_value(optimum(size, size, weight, GAMMA), (size, size)) for size in (1, half)
    )
    return {"value": value, "target": target, "loss": loss - (pair - value)}


_NAMES = (BEST, *(f"table {k}" for k in range(1, JUDGE + 1)), *(f"constant {c}" for c in LEVELS))
_RUNS = {"weight": WEIGHT, "horizon": HORIZON}
LOSSES = Study(
    "certified_losses", points("n policy", (50, 1000, 10**6), _NAMES, **_RUNS, runs=10_000), losses
)
LEARNED = Study(
    "learned_losses",
    points(
        "k m", (1, 2, 3), (3, 10, 30, 50, 100), **_RUNS, n=50, runs=1000, iterations=120, tables=10
    ),
    learned_losses,
)
CONSTANTS = Study("constant_target", ({"weight": WEIGHT, "half": 4},), constants)

STUDIES = (LOSSES, LEARNED, CONSTANTS)
