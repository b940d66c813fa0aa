"""Simulation of all n queues with common random numbers: every rule sees the same draws.

A step draws one uniform key per queue and one service per queue, whatever the rule: the sample of k
is the k queues of smallest key, so samples are nested in k, and two rules with the same seed see
the same start, the same samples and the same services. Runs go in batches, each with its own child
of the seed, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ssq_core import memory, multisets
from ssq_core.checks import MAX_STEPS, check_count, check_integers, shown
from ssq_core.multisets import Floats, Ints
from ssq_core.progress import Report, reporter
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.statistics import Run
from ssq_core.systems.queueing.surrogate import Table

Rule = Table | str | tuple[str, int]
BATCH = 1 << 15  # lengths simulated together: what a step makes of them stays in the cache
Choice = Callable[[Ints, Ints, Floats], Ints]  # (lengths after arrival, pointed, keys) -> queues
RULES = '"random", "literal", ("jsq", k), ("literal", k), ("literal-first", k) or a Table'


def _sample(keys: Floats, k: int) -> Ints:
    """Return the k queues of smallest key, (R, k), in no particular order."""
    if k == keys.shape[1]:
        return np.broadcast_to(np.arange(k), keys.shape)
    return np.argpartition(keys, k - 1, axis=1)[:, :k]


def _least(score: Floats, sample: Ints) -> Ints:
    """Return the sampled queue with the least score, (R,)."""
    return np.asarray(sample[np.arange(len(sample)), score.argmin(axis=1)])


def _join_shortest(k: int, after: Ints, pointed: Ints, keys: Floats) -> Ints:
    """Return the shortest of k sampled queues: of equal ones the pointed, or of smallest key."""
    sample = _sample(keys, k)
    lengths = np.take_along_axis(after, sample, axis=1)
    key = np.take_along_axis(keys, sample, axis=1)
    # halves keep the order of lengths
    return _least(lengths + (key - (sample == pointed[:, None])) / 2, sample)


def _greedy(table: Table, after: Ints, pointed: Ints, keys: Floats) -> Ints:
    """Return the greedy choice of a table."""
    sample, every = _sample(keys, table.k), np.arange(len(after))
    lengths = np.take_along_axis(after, sample, axis=1)
    ordered = np.sort(lengths, axis=1)
    row = multisets.rank(ordered)
    is_pointed = sample == pointed[:, None]
    arrived = after[every, pointed]
    position = np.minimum((ordered < arrived[:, None]).sum(axis=1), table.k - 1)
    stay = is_pointed.any(axis=1) & table.good[row, position]
    column = table.first[row]
    target = np.where(stay, arrived, ordered[every, np.minimum(column, table.k - 1)])
    key = np.take_along_axis(keys, sample, axis=1)
    score = np.where(lengths == target[:, None], key - is_pointed, np.inf)
    chosen = _least(score, sample)
    leaves = ~stay & (column == table.k)
    if leaves.any():
        chosen[leaves] = _outside(table.k, after[leaves], pointed[leaves], keys[leaves])
    return chosen


def _outside(k: int, after: Ints, pointed: Ints, keys: Floats) -> Ints:
    """Return the queue of (k+1)-th smallest key: uniform over those not sampled."""
    return np.asarray(np.argpartition(keys, k, axis=1)[:, k])


def _outside_first(k: int, after: Ints, pointed: Ints, keys: Floats) -> Ints:
    """Return the queue of smallest index that was not sampled."""
    sampled = np.zeros(keys.shape, dtype=bool)
    np.put_along_axis(sampled, _sample(keys, k), True, axis=1)
    return np.asarray(sampled.argmin(axis=1))


def _choice(queues: Queues, rule: Rule) -> Choice:
    """Return the rule as a function, checked."""
    if isinstance(rule, Table):
        rule.check_fits(queues)
        return partial(_greedy, rule)
    pair = {"random": ("jsq", 1), "literal": ("literal", 1)}.get(str(rule), rule)
    name, k = pair if isinstance(pair, tuple) and len(pair) == 2 else ("", 0)
    if name == "jsq":
        return partial(_join_shortest, check_count("k of the rule", k, 1, queues.n))
    if name not in ("literal", "literal-first"):
        raise ValueError(f"rule must be {RULES}; got {shown(rule)}")
    check_count("k of the rule", k, 1, queues.n - 1)
    return partial(_outside if name == "literal" else _outside_first, k)


def given_lengths(queues: Queues, start: str | ArrayLike, runs: int) -> Ints | None:
    """Return the first lengths (runs, n) if they are given, None if they are to be drawn."""
    shape = (runs, queues.n)
    if not isinstance(start, str):
        lengths = check_integers("start", start, 0, queues.c)
        if lengths.shape not in ((queues.n,), shape):
            raise ValueError(f"start must have shape {(queues.n,)} or {shape}, got {lengths.shape}")
        return np.broadcast_to(lengths, shape)
    if start == "empty":
        return np.broadcast_to(np.int64(0), shape)
    if start not in ("uniform", "antithetic"):
        raise ValueError(
            f"start must be lengths, 'uniform', 'antithetic' or 'empty'; got {shown(start)}"
        )
    if start == "antithetic" and runs % 2:
        raise ValueError(f"runs must be even with start='antithetic', got {runs}")
    return None


def _batches(runs: int, n: int, pairs: bool) -> Iterator[Ints]:
    """Yield the indices of the runs of each batch; mirrored runs i and i + runs/2 stay together."""
    count = runs // 2 if pairs else runs
    size = max(1, BATCH // (2 * n if pairs else n))
    for low in range(0, count, size):
        rows = np.arange(low, min(low + size, count))
        yield np.concatenate([rows, rows + count]) if pairs else rows


def _returns(
    queues: Queues,
    choose: Choice,
    lengths: Ints,
    target: Ints,
    horizon: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the discounted rewards (R,) of one batch that starts from `lengths` and `target`."""
    every = np.arange(len(lengths))
    returns, weight = np.zeros(len(lengths)), 1.0
    for _ in range(horizon):
        returns += weight * queues.reward(lengths)
        weight *= queues.gamma
        after = lengths.copy()
        after[every, target] += 1
        target = choose(after, target, rng.random(after.shape))
        lengths = np.clip(after - (rng.random(after.shape) < queues.p), 0, queues.c)
    return returns


def simulate(
    queues: Queues,
    rule: Rule,
    start: str | ArrayLike = "uniform",
    horizon: int = 100,
    runs: int = 1000,
    seed: int = 0,
    pointed: int | None = None,
    progress: bool | Report = True,
) -> Run:
    """Simulate `runs` copies of the n queues for `horizon` steps under `rule` (Algorithm 2).

    `rule`: a `Table`, ("jsq", k): join the shortest of k sampled queues, the pointed queue
    counted with its job; "random": any queue; ("literal", k) or "literal" (k = 1): any queue
    outside the sample; ("literal-first", k): the first queue outside the sample. `start`: lengths
    (n,) or (runs, n), "empty", "uniform" on 0..c, or "antithetic": run i + runs/2 mirrors the
    uniform start of run i. `pointed`: the queue of the first job, by default uniform. The same seed
    gives every rule the same starts, services and nested samples. Memory does not grow with `runs`.
    `progress` as for `ssq.solve`. Raises ValueError, and TableTooLarge before allocation.
    """
    check_count("horizon", horizon, 1, MAX_STEPS)
    memory.require(check_count("runs", runs), lambda r: 8 * r + 64 * queues.n, name="runs")
    check_count("seed", seed, 0)
    if pointed is not None:
        check_count("pointed", pointed, 0, queues.n - 1)
    choose, given = _choice(queues, rule), given_lengths(queues, start, runs)
    n, pairs = queues.n, isinstance(start, str) and start == "antithetic"
    returns, root, done = np.zeros(runs), np.random.SeedSequence(seed), 0
    with reporter(progress) as report:
        for rows in _batches(runs, n, pairs):
            (child,) = root.spawn(1)
            first, rng = (np.random.default_rng(s) for s in child.spawn(2))
            if given is not None:
                lengths = given[rows]
            else:
                lengths = first.integers(0, queues.c + 1, size=(len(rows), n))
                if pairs:
                    lengths[len(rows) // 2 :] = queues.c - lengths[: len(rows) // 2]
            target = first.integers(0, n, size=len(rows))
            if pointed is not None:
                target[:] = pointed
            returns[rows] = _returns(queues, choose, lengths, target, horizon, rng)
            done += len(rows)
            report(f"simulated {done} of {runs} runs")
    return Run(returns, pairs)
