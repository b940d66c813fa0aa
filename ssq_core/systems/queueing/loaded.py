"""Simulation of the dispatcher under load: J jobs a step, dispatched one after the other.

One job a step for n = 50 queues is a load of 1/(n p) = .025. Here J jobs come in every step, each
joins the shortest of d sampled queues, and each sees where the jobs before it went:

    s_i(t+1) = clip(s_i(t) + (jobs sent to i) - Bern(p), 0, c),    load J/(n p).

All rules run in lock-step on the same services and nested samples: the first d entries of one
shuffle per job. Ties go by a random order of the queues, a new one in every step.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ssq_core import memory
from ssq_core.checks import MAX_STEPS, check_count, check_option
from ssq_core.multisets import Floats, Ints
from ssq_core.progress import Report, reporter
from ssq_core.systems.queueing import relaxation
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.simulation import BATCH
from ssq_core.systems.queueing.statistics import Run

ARRIVALS = ("same step", "next step")


def _shuffle(order: Ints, count: int, rng: np.random.Generator) -> None:
    """Make the first `count` entries of every row of `order` (R, n) a new uniform sample."""
    runs, n = order.shape
    every = np.arange(runs)
    for i in range(count):  # Fisher and Yates; what the rows held before does not matter
        j = i + (rng.random(runs) * (n - i)).astype(np.int64)
        picked = order[every, j]
        order[every, j] = order[:, i]
        order[:, i] = picked


def _dispatch(view: Floats, order: Ints, d: int) -> Ints:
    """Return the queue (R,) that a job joins: the shortest of d sampled, or of all n."""
    if d == view.shape[1]:
        return np.asarray(view.argmin(axis=1))
    every = np.arange(len(view))
    sample = order[:, :d]
    return np.asarray(sample[every, view[every[:, None], sample].argmin(axis=1)])


def _batch(
    queues: Queues,
    jobs: int,
    choices: tuple[int, ...],
    first: Ints,
    horizon: int,
    delayed: bool,
    rng: np.random.Generator,
) -> dict[int, Floats]:
    """Return the discounted rewards (R,) under each d of `choices`, all from `first` (R, n)."""
    runs, n = first.shape
    every, order = np.arange(runs), np.tile(np.arange(n), (runs, 1))
    drawn = max((d for d in choices if d < n), default=0)
    lengths = {d: first for d in choices}
    coming = {d: np.zeros_like(first) for d in choices}  # dispatched, not yet arrived
    returns, weight = {d: np.zeros(runs) for d in choices}, 1.0
    for _ in range(horizon):
        for d in choices:
            returns[d] += weight * queues.reward(lengths[d])
        weight *= queues.gamma
        arrived = {d: lengths[d] + coming[d] for d in choices}
        priority = rng.random(first.shape) / 2  # a fraction: it decides ties and nothing else
        view = {d: arrived[d] + priority for d in choices}
        for _ in range(jobs):
            _shuffle(order, drawn, rng)
            for d in choices:
                view[d][every, _dispatch(view[d], order, d)] += 1
        served = rng.random(first.shape) < queues.p
        for d in choices:
            seen = view[d].astype(np.int64)
            present = arrived[d] if delayed else seen
            lengths[d] = np.clip(present - served, 0, queues.c)
            coming[d] = seen - present
    return returns


def _checked(
    queues: Queues, jobs: int, start: object, horizon: int, arrivals: str
) -> tuple[Ints, bool]:
    """Return the first lengths (n,), and whether a job is on its way for one step."""
    check_count("jobs", jobs)
    check_count("horizon", horizon, 1, MAX_STEPS)
    check_option("arrivals", arrivals, ARRIVALS)
    given = [0] * queues.n if isinstance(start, str) and start == "empty" else start
    return queues.check_lengths("start", given, queues.n), arrivals == "next step"


def simulate(
    queues: Queues,
    jobs: int,
    choices: Iterable[int],
    start: object = "empty",
    horizon: int = 100,
    runs: int = 1000,
    seed: int = 0,
    arrivals: str = "same step",
    progress: bool | Report = True,
) -> dict[int, Run]:
    """Simulate `jobs` jobs a step; return the runs of each d in `choices`; d = n sees all queues.

    `start`: "empty" or n lengths in 0..c; `horizon` steps, `runs` runs, all d on one set of draws.
    With `arrivals` "same step" a job may be served in the step that dispatches it; with "next step"
    it is on its way for one step, as the pointer of Example 2.4 has it. The rules see it in both.
    Memory does not grow with `runs`. Raises ValueError for values out of range.

    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> runs = ssq.queueing.loaded.simulate(d, jobs=2, choices=[1, 4], runs=100)
    >>> ssq.queueing.difference(runs[4], runs[1]).low > 0
    True
    """
    chosen = tuple(check_count("d", d, 1, queues.n) for d in choices)
    lengths, delayed = _checked(queues, jobs, start, horizon, arrivals)
    memory.require(check_count("runs", runs), lambda r: 8 * r * len(chosen), name="runs")
    check_count("seed", seed, 0)
    returns = {d: np.zeros(runs) for d in chosen}
    root, size = np.random.SeedSequence(seed), max(1, BATCH // queues.n)
    with reporter(progress) as report:
        for low in range(0, runs, size):
            rows = slice(low, min(low + size, runs))
            rng = np.random.default_rng(root.spawn(1)[0])
            first = np.tile(lengths, (rows.stop - low, 1))
            batch = _batch(queues, jobs, chosen, first, horizon, delayed, rng)
            for d, values in batch.items():
                returns[d][rows] = values
            report(f"simulated {rows.stop} of {runs} runs")
    return {d: Run(values) for d, values in returns.items()}


def bound_on_every_rule(
    queues: Queues,
    jobs: int,
    start: object = "empty",
    horizon: int = 100,
    arrivals: str = "same step",
) -> float:
    """Return what no rule for `jobs` jobs a step exceeds: a bound of the mean return per queue.

    Arguments as in `simulate`, method and warning as in `Dispatch.bound_on_every_rule`. For the
    paper's 50 queues from empty, joining the shortest costs within 1 % of it up to a load of .9;
    with arrivals in the "next step" up to .5, and 16 % more at .6. Raises ValueError, and
    TableTooLarge for a program that cannot fit.

    >>> d = ssq.queueing.Dispatch(n=50, c=10, p=0.8, gamma=0.9)
    >>> round(ssq.queueing.loaded.bound_on_every_rule(d, jobs=20, horizon=20), 4)
    -0.7565
    """
    lengths, delayed = _checked(queues, jobs, start, horizon, arrivals)
    return relaxation.loaded(queues, jobs, lengths, horizon, delayed)
