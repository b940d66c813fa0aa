"""The experiments of the queueing chapter: each function computes one row of a table.

The chapter calls them for a few runs, `companion.paper.queueing` for many. A point is given by
keyword; `seed` draws the learned tables, `run_seed` the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book.chapters.queueing import bias as samples_bias
from ssq_book.common import spawn
from ssq_core import multisets
from ssq_core.multisets import Ints
from ssq_core.systems.queueing import (
    Dispatch,
    Estimate,
    Run,
    Table,
    difference,
    estimate,
    log_slope,
    relative_gap,
    supermarket,
)
from ssq_core.systems.queueing import loaded as loaded_regime

Row = dict[str, Any]
KS = (1, 2, 3, 4, 5, 8, 10, 16, 20, 30, 32, 40)  # of join-the-shortest-of-k at n = 50
TABLE_KS = (1, 2, 3, 4, 5)
LITERAL_KS = (1, 2, 5, 10, 25, 40, 49)
TABLES = ("exact", "learned")

# Figure 2 as read off a picture in the first author's public repository RL_sampling, which belongs
# to another version of the paper; approximate.
PICTURE = {1: 10.5, 10: 9.7, 20: 8.6, 30: 7.6, 40: 6.7, 50: 4.5}


def interval(name: str, value: Estimate) -> Row:
    """Return the columns `name`, `name`_low and `name`_high."""
    return {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}


def estimates(table: pd.DataFrame, name: str, key: str) -> dict[Any, Estimate]:
    """Return {value of column `key`: estimate in the columns that `interval` wrote}."""
    columns = [table[key], table[name], table[f"{name}_low"], table[f"{name}_high"]]
    return {at: Estimate(*values) for at, *values in zip(*columns, strict=True)}


LABELS = {
    ("jsq", "-"): "shortest of $k$, JSQ($k$)",
    ("exact", "consistent"): "exact, consistent load",
    ("learned", "consistent"): "learned, consistent load",
    ("exact", "paper"): "exact, paper's load",
    ("learned", "paper"): "learned, paper's load",
}


def curves(table: pd.DataFrame, name: str, penalty: str) -> dict[str, dict[Any, Estimate]]:
    """Return {label: {k: estimate}} of the rows of `gap` with this penalty, JSQ(k) first."""
    found = {}
    for (rule, load), label in LABELS.items():
        own = table[(table.rule == rule) & (table.load == load) & (table.penalty == penalty)]
        if len(own):
            found[label] = estimates(own, name, "k")
    return found


def choice_map(queues: Dispatch) -> Ints:
    """Return what the exact table of two queues chooses at lengths [a, b], its pointer elsewhere.

    0: the shorter, 1: either, a tie, 2: the longer; (c+1, c+1).
    """
    table = queues.solve(2)
    lengths = np.sort(np.indices((queues.c + 1, queues.c + 1)).reshape(2, -1).T, axis=1)
    good = table.good[multisets.rank(lengths)]
    shape = (queues.c + 1, queues.c + 1)
    return np.where(good[:, 0], np.where(good[:, 1], 1, 0), 2).reshape(shape)


def points(names: str, *choices: Iterable[Any], **common: Any) -> tuple[Row, ...]:
    """Return a point for every combination of `choices`, named by the words of `names`."""
    every = product(*choices)
    return tuple(dict(zip(names.split(), one, strict=True)) | common for one in every)


def text(table: pd.DataFrame, name: str, form: str = ".3f", scale: float = 1.0) -> list[str]:
    """Return the estimates `name` of every row as text: value ± half of its interval."""
    half = (table[f"{name}_high"] - table[f"{name}_low"]) / 2
    return [
        f"{scale * x:{form}} ± {scale * y:{form}}" for x, y in zip(table[name], half, strict=True)
    ]


def rows(
    compute: Callable[..., Mapping[str, Any]], points: Iterable[Mapping[str, Any]], **common: Any
) -> pd.DataFrame:
    """Return one row per point: the point, what is common to all, and the numbers of `compute`."""
    full = [dict(point) | common for point in points]
    return pd.DataFrame([point | dict(compute(**point)) for point in full])


def confirm(
    live: pd.DataFrame, stored: pd.DataFrame, on: Iterable[str], names: Iterable[str]
) -> int:
    """Compare the estimates `names` of every row of `live` with the stored row of equal `on`.

    Return how many were compared: 0 where nothing of the kind is stored. Raises AssertionError if
    two of them cannot be of one value.
    """
    keys, compared = list(on), 0
    both = live.merge(stored, on=keys, suffixes=("", " stored"))
    for row in both.to_dict("records"):
        for name in names:
            here, there = (
                Estimate(*(row[f"{name}{end}{source}"] for end in ("", "_low", "_high")))
                for source in ("", " stored")
            )
            if np.isnan(here.mean):  # too few runs to say anything
                continue
            at = ", ".join(f"{key} = {row[key]}" for key in keys)
            assert here.agrees(there), f"{name} at {at}: {here} here, {there} stored"
            compared += 1
    return compared


@lru_cache(maxsize=256)
def _run(
    rule: str, k: int, load: str, penalty: str, n: int, c: int, p: float, gamma: float,
    m: int, iterations: int, horizon: int, runs: int, seed: int, run_seed: int,
) -> Run:  # fmt: skip
    d = Dispatch(n, c, p, gamma, penalty, load if rule in TABLES else "consistent")
    chosen: Table | tuple[str, int] = (rule, k)
    if rule == "exact":
        chosen = d.solve(k)
    elif rule == "learned":
        chosen = d.learn(k, m, iterations, seed)
    return d.simulate(chosen, "antithetic", horizon, runs, run_seed)


def gap(rule: str, load: str, penalty: str, k: int, n: int, **point: Any) -> Row:
    """Return the gap of a rule to JSQ(n), and its loss against a simpler one, on the same draws.

    `rule`: "jsq", "exact" or "learned" (tables of k queues, of that `load`), "literal" or
    "literal-first". The loss is against JSQ(k), for the two literal rules against random dispatch.
    """
    common = {"penalty": penalty, "n": n, **point}
    own = _run(rule=rule, load=load, k=k, **common)
    best = _run(rule="jsq", load="-", k=n, **common)
    simple = _run(rule="jsq", load="-", k=1 if rule.startswith("literal") else k, **common)
    return interval("gap", difference(best, own)) | interval("loss", difference(simple, own))


def slope(rule: str, load: str, penalty: str, first: int, last: int, n: int, **point: Any) -> Row:
    """Return the least-squares slope of log gap on log k, over the k that `gap` is computed for.

    A k whose gap has 0 in its interval is left out; `points` says how many are in. With fewer than
    two the slope is NaN.
    """
    common = {"penalty": penalty, "n": n, **point}
    best = _run(rule="jsq", load="-", k=n, **common)
    ks = [k for k in (TABLE_KS if rule in TABLES else KS) if first <= k <= last]
    runs = {k: _run(rule=rule, load=load, k=k, **common) for k in ks}
    others = {k: run for k, run in runs.items() if difference(best, run).low > 0}
    unknown = Estimate(np.nan, np.nan, np.nan)
    value = log_slope(best, others) if len(others) > 1 else unknown
    return {"points": len(others), **interval("slope", value)}


def samples(
    load: str, k: int, m: int, tables: int, n: int, c: int, p: float, gamma: float,
    iterations: int, horizon: int, runs: int, seed: int,
) -> Row:  # fmt: skip
    """Return what learned tables lose against JSQ(k), averaged over `tables` sets of m samples.

    Each table has its own simulation; the interval is over the tables.
    """
    d, seeds, losses = Dispatch(n, c, p, gamma, load=load), spawn(seed, 2 * tables), []
    for draws, moves in zip(seeds[::2], seeds[1::2], strict=True):
        table = d.learn(k, m, iterations, draws)
        simple, own = (
            d.simulate(rule, "antithetic", horizon, runs, moves) for rule in (("jsq", k), table)
        )
        losses.append(difference(simple, own).mean)
    return interval("loss", estimate(np.array(losses)))


def bias(
    load: str, penalty: str, draws: str, k: int, m: int, tables: int, n: int, c: int, p: float,
    gamma: float, iterations: int, seed: int,
) -> Row:  # fmt: skip
    """Return the two parts of the bias of learned values, averaged over the table."""
    d = Dispatch(n, c, p, gamma, penalty, load)
    parts = samples_bias.bias(d, k, m, iterations, tables, seed, draws)
    return interval("frozen", parts.frozen) | interval("maximum", parts.maximum)


@lru_cache(maxsize=4)
def _loaded(
    jobs: int, arrivals: str, choices: tuple[int, ...], n: int, c: int, p: float, gamma: float,
    horizon: int, runs: int, seed: int,
) -> dict[int, Run]:  # fmt: skip
    d = Dispatch(n, c, p, gamma)
    return loaded_regime.simulate(d, jobs, choices, "empty", horizon, runs, seed, arrivals)


CHOICES = (1, 2, 3, 4, 8)


def loaded(jobs: int, arrivals: str, d: int, n: int, p: float, **point: Any) -> Row:
    """Return what d choices cost more than n when `jobs` jobs arrive per step, from empty.

    `gap` is relative to the cost of JSQ(n). All d of one run share their draws.
    """
    choices = (*(choice for choice in CHOICES if choice < n), n)
    runs = _loaded(jobs=jobs, arrivals=arrivals, choices=choices, n=n, p=p, **point)
    costs = {"cost": -runs[d].estimate.mean, "best_cost": -runs[n].estimate.mean}
    return {"load": jobs / (n * p), **interval("gap", relative_gap(runs[n], runs[d])), **costs}


def stationary(
    n: int, rate: float, d: int, time: float, warm_up: float, replicas: int, seed: int
) -> Row:
    """Return the supermarket model's stationary mean queue length beside its limit as n grows."""
    run = supermarket.simulate(n, rate, d, time, warm_up, replicas, seed)
    limit = supermarket.mean_length(rate, d)
    return interval("length", run.estimate) | {"limit": limit}


def ceiling(n: int, gamma: float) -> float:
    """Return the largest difference that two dispatching rules can have, for the printed reward."""
    return gamma**2 / ((1 - gamma) ** 2 * n)


def bounds_table(ks: Iterable[int], n: int, c: int, gamma: float) -> pd.DataFrame:
    """Return Theorem 3.2 and L5 against k for the literal reading, the queue's index as its type.

    There |S_l| = n(c+1), |A_g| = n, tau = 1, both r~ and the span of r_l are c, and eps is 0.
    """
    system = {"n": n, "size": n * (c + 1), "actions": n, "r_max": float(c), "span": float(c)}
    system |= {"gamma": gamma, "tau": 1.0, "eps": 0.0}
    names = ("theorem_3_2", "L5")
    table = [
        {"k": k}
        | {name: ssq.bounds.value(getattr(ssq.bounds, name), k=k, **system) for name in names}
        for k in ks
    ]
    return pd.DataFrame(table)
