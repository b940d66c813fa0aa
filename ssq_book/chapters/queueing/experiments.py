"""The experiments of the queueing chapter: each function computes one row of a table."""

from functools import lru_cache
from typing import Any

import numpy as np

from ssq_book.chapters.queueing import bias as samples_bias
from ssq_book.common import spawn
from ssq_core.systems.queueing import (
    Dispatch,
    Estimate,
    Run,
    Table,
    difference,
    estimate,
    log_slope,
    relative_gap,
    relaxation,
    supermarket,
)
from ssq_core.systems.queueing import loaded as loaded_regime

Row = dict[str, Any]
KS = (1, 2, 3, 4, 5, 8, 10, 16, 20, 30, 32, 40)  # of join-the-shortest-of-k at n = 50
TABLE_KS = (1, 2, 3, 4, 5)
LITERAL_KS = (1, 2, 5, 10, 25, 40, 49)
TABLES = ("exact", "learned")
CHOICES = (1, 2, 3, 4, 8)  # sampled queues under load


def columns(name: str, value: Estimate) -> Row:
    """Return the columns `name`, `name`_low and `name`_high."""
    return {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}


@lru_cache(maxsize=256)
def _run(
    rule: str, k: int, load: str, m: int, iterations: int, horizon: int, runs: int, seed: int,
    run_seed: int, **queues: Any,
) -> Run:  # fmt: skip
    d = Dispatch(**queues, load=load if rule in TABLES else "consistent")
    chosen: Table | tuple[str, int] = (rule, k)
    if rule == "exact":
        chosen = d.solve(k)
    elif rule == "learned":
        chosen = d.learn(k, m, iterations, seed)
    return d.simulate(chosen, "antithetic", horizon, runs, run_seed)


def gap(rule: str, load: str, k: int, n: int, **point: Any) -> Row:
    """Return the gap of a rule to JSQ(n), and its loss against JSQ(k), on the same draws."""
    run = _run(rule=rule, load=load, k=k, n=n, **point)
    # the two literal rules lose against random dispatch
    seen = 1 if rule.startswith("literal") else k
    best, simple = (_run(rule="jsq", load="-", k=j, n=n, **point) for j in (n, seen))
    return columns("gap", difference(best, run)) | columns("loss", difference(simple, run))


def slope(rule: str, load: str, first: int, last: int, n: int, **point: Any) -> Row:
    """Return the slope of log gap on log k, over the k whose gap has no 0 in its interval."""
    best = _run(rule="jsq", load="-", k=n, n=n, **point)
    ks = [k for k in (TABLE_KS if rule in TABLES else KS) if first <= k <= last]
    runs = {k: _run(rule=rule, load=load, k=k, n=n, **point) for k in ks}
    others = {k: run for k, run in runs.items() if difference(best, run).low > 0}
    unknown = Estimate(np.nan, np.nan, np.nan)
    value = log_slope(best, others) if len(others) > 1 else unknown
    return {"points": len(others), **columns("slope", value)}


def samples(
    k: int, m: int, tables: int, iterations: int, horizon: int, runs: int, seed: int, **queues: Any
) -> Row:
    """Return what learned tables lose against JSQ(k), with the interval over the tables."""
    d, seeds, losses = Dispatch(**queues), spawn(seed, 2 * tables), []
    for draws, moves in zip(seeds[::2], seeds[1::2], strict=True):
        table = d.learn(k, m, iterations, draws)
        simple, learned = (
            d.simulate(rule, "antithetic", horizon, runs, moves) for rule in (("jsq", k), table)
        )
        losses.append(difference(simple, learned).mean)
    return columns("loss", estimate(np.array(losses)))


def bias(draws: str, k: int, m: int, tables: int, iterations: int, seed: int, **queues: Any) -> Row:
    """Return the two parts of the bias of learned values, averaged over the table."""
    d = Dispatch(**queues)
    fixed, maximum = samples_bias.bias(d, k, m, iterations, tables, seed, draws)
    return columns("fixed", fixed) | columns("maximum", maximum)


def bound(n: int, c: int, p: float, gamma: float, horizon: int, runs: int, seed: int) -> Row:
    """Return what any rule can earn more than JSQ(n), at most (L8): from mirrored uniform starts.

    Starts and services are shared by the runs and the bound of each start.
    """
    d, half = Dispatch(n, c, p, gamma), runs // 2
    drawn = np.random.default_rng(seed).integers(0, c + 1, (half, n))
    starts = np.concatenate([drawn, c - drawn])
    run = d.simulate(("jsq", n), starts, horizon, runs, seed)
    room = relaxation.by_start(d, starts, None, horizon) - run.returns
    return columns("room", estimate(room, pairs=True))


@lru_cache(maxsize=4)
def _loaded(
    jobs: int, arrivals: str, horizon: int, runs: int, seed: int, **queues: Any
) -> dict[int, Run]:
    d = Dispatch(**queues)
    choices = (*(choice for choice in CHOICES if choice < d.n), d.n)
    return loaded_regime.simulate(d, jobs, choices, "empty", horizon, runs, seed, arrivals)


def loaded(jobs: int, arrivals: str, d: int, n: int, p: float, **point: Any) -> Row:
    """Return what d choices cost more than n when `jobs` jobs arrive per step, from empty."""
    runs = _loaded(jobs=jobs, arrivals=arrivals, n=n, p=p, **point)
    costs = {"cost": -runs[d].estimate.mean, "best_cost": -runs[n].estimate.mean}
    return {"load": jobs / (n * p), **columns("gap", relative_gap(runs[n], runs[d])), **costs}


def loaded_bound(
    jobs: int, n: int, c: int, p: float, gamma: float, horizon: int, runs: int, seed: int
) -> Row:
    """Return the least that any rule can cost at `jobs` jobs a step, and what JSQ(n) costs more."""
    d = Dispatch(n, c, p, gamma)
    least = -loaded_regime.bound_on_every_rule(d, jobs, "empty", horizon)
    run = loaded_regime.simulate(d, jobs, [n], "empty", horizon, runs, seed)[n]
    excess = columns("excess", estimate(-run.returns / least - 1))
    return {"load": jobs / (n * p), "least_cost": least, **excess}


def stationary(
    n: int, rate: float, d: int, time: float, warm_up: float, replicas: int, seed: int
) -> Row:
    """Return the supermarket model's stationary mean queue length beside its limit as n grows."""
    run = supermarket.simulate(n, rate, d, time, warm_up, replicas, seed)
    limit = supermarket.mean_length(rate, d)
    return columns("length", run.estimate) | {"limit": limit}
