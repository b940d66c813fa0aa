"""The experiments of the queueing chapter: each function computes one row of a table."""

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
CHOICES = (1, 2, 3, 4, 8)  # sampled queues under load

# Figure 2 as read off a picture in the first author's public repository RL_sampling, which belongs
# to another version of the paper; approximate.
PICTURE = {1: 10.5, 10: 9.7, 20: 8.6, 30: 7.6, 40: 6.7, 50: 4.5}


def columns(name: str, value: Estimate) -> Row:
    """Return the columns `name`, `name`_low and `name`_high."""
    return {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}


def _estimates(table: pd.DataFrame, name: str, source: str = "") -> list[Estimate]:
    """Return the estimates in the columns that `columns` wrote, which may end in a `source`."""
    parts = (table[f"{name}{end}{source}"] for end in ("", "_low", "_high"))
    return [Estimate(*values) for values in zip(*parts, strict=True)]


def estimates(table: pd.DataFrame, name: str, key: str) -> dict[Any, Estimate]:
    """Return {value of column `key`: estimate `name` of that row}."""
    return dict(zip(table[key], _estimates(table, name), strict=True))


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
        rows = table[(table.rule == rule) & (table.load == load) & (table.penalty == penalty)]
        if len(rows):
            found[label] = estimates(rows, name, "k")
    return found


def choice_map(queues: Dispatch) -> Ints:
    """Return the choice of two queues' exact table at lengths [a, b], its pointer elsewhere.

    0: the shorter, 1: either, a tie, 2: the longer; (c+1, c+1).
    """
    lengths = np.sort(np.moveaxis(np.indices((queues.c + 1, queues.c + 1)), 0, -1), axis=-1)
    shorter, longer = np.moveaxis(queues.solve(2).good[multisets.rank(lengths)], -1, 0)[:2]
    return np.where(shorter, longer, 2)


def points(names: str, *choices: Iterable[Any], **common: Any) -> tuple[Row, ...]:
    """Return a point for every combination of `choices`, named by the words of `names`."""
    named = names.split()
    return tuple(dict(zip(named, values, strict=True)) | common for values in product(*choices))


def text(table: pd.DataFrame, name: str, form: str = ".3f", scale: float = 1.0) -> list[str]:
    """Return the estimates `name` of every row as text: value ± half of its interval."""
    shown = _estimates(table, name)
    return [f"{scale * e.mean:{form}} ± {scale * e.half_width:{form}}" for e in shown]


def rows(
    compute: Callable[..., Mapping[str, Any]], points: Iterable[Mapping[str, Any]], **common: Any
) -> pd.DataFrame:
    """Return one row per point: the point, what is common to all, and the numbers of `compute`."""
    full = [dict(point) | common for point in points]
    return pd.DataFrame([point | dict(compute(**point)) for point in full])


def confirm(
    live: pd.DataFrame, stored: pd.DataFrame, on: Iterable[str], names: Iterable[str]
) -> int:
    """Return how many estimates of `live` were compared with the stored row of equal `on`.

    Raises AssertionError if two of them cannot be of one value.
    """
    keys, compared = list(on), 0
    both = live.merge(stored, on=keys, suffixes=("", " stored"))
    for name in names:
        pairs = zip(_estimates(both, name), _estimates(both, name, " stored"), strict=True)
        for point, (here, there) in zip(both[keys].to_dict("records"), pairs, strict=True):
            if not np.isnan(here.mean):  # else too few runs to say anything
                assert here.agrees(there), f"{name} at {point}: {here} here, {there} stored"
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
    """Return the gap of a rule to JSQ(n), and its loss against JSQ(k), on the same draws.

    The two literal rules lose against random dispatch.
    """
    common = {"penalty": penalty, "n": n, **point}
    run = _run(rule=rule, load=load, k=k, **common)
    best = _run(rule="jsq", load="-", k=n, **common)
    simple = _run(rule="jsq", load="-", k=1 if rule.startswith("literal") else k, **common)
    return columns("gap", difference(best, run)) | columns("loss", difference(simple, run))


def slope(rule: str, load: str, penalty: str, first: int, last: int, n: int, **point: Any) -> Row:
    """Return the slope of log gap on log k, over the k whose gap has no 0 in its interval."""
    common = {"penalty": penalty, "n": n, **point}
    best = _run(rule="jsq", load="-", k=n, **common)
    ks = [k for k in (TABLE_KS if rule in TABLES else KS) if first <= k <= last]
    runs = {k: _run(rule=rule, load=load, k=k, **common) for k in ks}
    others = {k: run for k, run in runs.items() if difference(best, run).low > 0}
    unknown = Estimate(np.nan, np.nan, np.nan)
    value = log_slope(best, others) if len(others) > 1 else unknown
    return {"points": len(others), **columns("slope", value)}


def samples(
    load: str, k: int, m: int, tables: int, n: int, c: int, p: float, gamma: float,
    iterations: int, horizon: int, runs: int, seed: int,
) -> Row:  # fmt: skip
    """Return what learned tables lose against JSQ(k), with the interval over the tables."""
    d, seeds, losses = Dispatch(n, c, p, gamma, load=load), spawn(seed, 2 * tables), []
    for draws, moves in zip(seeds[::2], seeds[1::2], strict=True):
        table = d.learn(k, m, iterations, draws)
        simple, learned = (
            d.simulate(rule, "antithetic", horizon, runs, moves) for rule in (("jsq", k), table)
        )
        losses.append(difference(simple, learned).mean)
    return columns("loss", estimate(np.array(losses)))


def bias(
    load: str, penalty: str, draws: str, k: int, m: int, tables: int, n: int, c: int, p: float,
    gamma: float, iterations: int, seed: int,
) -> Row:  # fmt: skip
    """Return the two parts of the bias of learned values, averaged over the table."""
    d = Dispatch(n, c, p, gamma, penalty, load)
    parts = samples_bias.bias(d, k, m, iterations, tables, seed, draws)
    return columns("frozen", parts.frozen) | columns("maximum", parts.maximum)


@lru_cache(maxsize=4)
def _loaded(
    jobs: int, arrivals: str, n: int, c: int, p: float, gamma: float, horizon: int, runs: int,
    seed: int,
) -> dict[int, Run]:  # fmt: skip
    d, choices = Dispatch(n, c, p, gamma), (*(choice for choice in CHOICES if choice < n), n)
    return loaded_regime.simulate(d, jobs, choices, "empty", horizon, runs, seed, arrivals)


def loaded(jobs: int, arrivals: str, d: int, n: int, p: float, **point: Any) -> Row:
    """Return what d choices cost more than n when `jobs` jobs arrive per step, from empty."""
    runs = _loaded(jobs=jobs, arrivals=arrivals, n=n, p=p, **point)
    costs = {"cost": -runs[d].estimate.mean, "best_cost": -runs[n].estimate.mean}
    return {"load": jobs / (n * p), **columns("gap", relative_gap(runs[n], runs[d])), **costs}


def stationary(
    n: int, rate: float, d: int, time: float, warm_up: float, replicas: int, seed: int
) -> Row:
    """Return the supermarket model's stationary mean queue length beside its limit as n grows."""
    run = supermarket.simulate(n, rate, d, time, warm_up, replicas, seed)
    limit = supermarket.mean_length(rate, d)
    return columns("length", run.estimate) | {"limit": limit}


def ceiling(n: int, gamma: float) -> float:
    """Return the largest difference that two dispatching rules can have, for the printed reward."""
    return gamma**2 / ((1 - gamma) ** 2 * n)


def bounds_table(ks: Iterable[int], n: int, c: int, gamma: float) -> pd.DataFrame:
    """Return Theorem 3.2 and L5 against k for the literal reading, the index as the type."""
    system = {"n": n, "size": n * (c + 1), "actions": n, "r_max": float(c), "span": float(c)}
    system |= {"gamma": gamma, "tau": 1.0, "eps": 0.0}
    table = pd.DataFrame({"k": ks})
    for name, bound in (("theorem_3_2", ssq.bounds.theorem_3_2), ("L5", ssq.bounds.L5)):
        table[name] = [ssq.bounds.value(bound, k=k, **system) for k in table["k"]]
    return table
