"""Certified losses of demand response: tables, constant targets and the mean-field policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ssq_core as ssq
from ssq_book.chapters.demand_response.policies import GAMMA, WEIGHT, exact_table
from ssq_book.chapters.demand_response_scale.returns import policies, start_counts
from ssq_book.common import interval
from ssq_book.studies.study import Study
from ssq_core import mean_field
from ssq_core.execution import SamplePolicy
from ssq_core.model import Ints

JUDGE, TOL, HORIZON, RUNS = 6, 1e-6, 120, 10_000
BEST = "limit 22"  # of the policies here


@lru_cache(maxsize=1)
def _policies(weight: float) -> Mapping[str, SamplePolicy]:
    tables = {k: exact_table(weight, k, TOL) for k in range(1, JUDGE + 1)}
    limit = mean_field.solve(ssq.demand_response(weight, GAMMA), TOL)
    return policies(tables, limit, [22])


def start(mdp: ssq.StarMDP, n: int, runs: int, seed: int) -> tuple[Ints, Ints]:
    """Return the start of the stored returns: s_g in turn, users uniform, half of each type."""
    return start_counts(mdp, (n - n // 2, n // 2), runs, seed)


@lru_cache(maxsize=2)
def _certified(weight: float, n: int, policy: str, runs: int, horizon: int) -> ssq.Certificate:
    mdp, every = ssq.demand_response(weight, GAMMA), _policies(weight)
    judge = exact_table(weight, JUDGE, TOL)
    first = start(mdp, n, runs, seed=0)
    return ssq.certify(mdp, every[policy], judge, first, horizon, runs, seed=1, progress=False)


def losses(weight: float, n: int, runs: int, horizon: int, policy: str) -> Mapping[str, Any]:
    """Return what a policy on n users loses: at most, by its certificate, and at least.

    `loss` is the estimate with its 95 % half width by Student, `loss_guaranteed` the half width
    that holds for any law, `upper` the certified loss; `lower` how much less it returns than BEST,
    from the same starts.
    """
    best = _certified(weight, n, BEST, runs, horizon)
    c = best if policy == BEST else _certified(weight, n, policy, runs, horizon)
    loss, loss_half = interval(c.losses, strata=5)
    lower, lower_half = interval(best.returns - c.returns, strata=5)
    mean, mean_half = interval(c.returns, strata=5)
    return {
        "loss": loss,
        "loss_half": loss_half,
        "loss_guaranteed": c.loss_half_width,
        "upper": c.upper,
        "lower": lower,
        "lower_half": lower_half,
        "mean": mean,
        "mean_half": mean_half,
    }


_NAMES = (
    BEST,
    *(f"table {k}" for k in range(1, JUDGE + 1)),
    *(f"constant {c}" for c in range(1, 6)),
)

LOSSES = Study(
    "certified_losses",
    tuple(
        {"weight": WEIGHT, "n": n, "runs": RUNS, "horizon": HORIZON, "policy": name}
        for n in (50, 1000, 10**6)
        for name in _NAMES
    ),
    losses,
)

STUDIES = (LOSSES,)
