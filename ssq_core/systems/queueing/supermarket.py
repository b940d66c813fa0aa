"""The supermarket model: the power of two choices in its own, stationary setting.

Jobs come to n queues as a Poisson stream of rate n * lambda; each joins the shortest of d queues
chosen independently and uniformly, with replacement; every server works at rate 1. As n grows, the
stationary share of queues with i jobs or more tends to

    s_i = lambda^(1 + d + ... + d^(i-1)) = lambda^((d^i - 1)/(d - 1)),      lambda^i for d = 1

(Mitzenmacher, 2001; Vvedenskaya, Dobrushin and Karpelevich, 1996). For d = 1 that is exact at
every n: n separate M/M/1 queues.

The simulation is exact too, by uniformization: events come at rate n (1 + lambda), the next one is
an arrival with probability lambda/(1 + lambda), and else a service at a uniform queue, lost if that
is empty. All replicas go from event to event together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssq_core.checks import check_count, check_number
from ssq_core.frozen import Frozen
from ssq_core.multisets import Floats, Ints
from ssq_core.progress import Report, reporter
from ssq_core.systems.queueing.statistics import Estimate, estimate

DRAWN = 1 << 20  # random numbers drawn at once


def fixed_point(rate: float, d: int, smallest: float = 1e-16) -> Floats:
    """Return the limit's shares s_1, s_2, ... of queues with i jobs or more, down to `smallest`.

    `rate` is lambda in (0, 1) and d >= 1 the number of choices. Their sum is the mean length.
    Raises ValueError for values out of range.

    >>> ssq.queueing.supermarket.fixed_point(rate=0.5, d=2, smallest=0.1)
    array([0.5      , 0.125    , 0.0078125])
    """
    check_number("rate", rate, "(0, 1)")
    check_count("d", d)
    shares, power = [rate], 1
    while shares[-1] > smallest:
        power = 1 + d * power
        shares.append(rate**power)
    return np.array(shares)


def mean_length(rate: float, d: int) -> float:
    """Return the limit's stationary mean queue length, the sum of `fixed_point`.

    >>> round(ssq.queueing.supermarket.mean_length(rate=0.5, d=1), 6)
    1.0
    """
    return float(fixed_point(rate, d).sum())


@dataclass(frozen=True, eq=False)
class Stationary(Frozen):
    """`lengths` (R,): mean queue length of each replica, averaged over the time measured."""

    lengths: Floats

    def __repr__(self) -> str:
        return f"Stationary({len(self.lengths):,} replicas, mean length {self.lengths.mean():.6g})"

    @property
    def estimate(self) -> Estimate:
        """The stationary mean queue length with its interval over the replicas."""
        return estimate(self.lengths)


def _events(
    lengths: Ints, rate: float, d: int, events: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Run `events` events from the flat `lengths` (R, n); return them and sums over events (R,).

    The sum is over the total number of jobs just before each event.
    """
    replicas, n = lengths.shape
    flat, every = lengths.ravel().copy(), np.arange(replicas)
    jobs = lengths.sum(axis=1).astype(float)
    total, size = np.zeros(replicas), max(1, DRAWN // (d * replicas))
    for low in range(0, events, size):
        block = min(size, events - low)
        # queues as positions in `flat`; a service looks at one queue, so at d copies of it
        picks = rng.integers(0, n, size=(block, d, replicas)) + n * every
        change = np.where(rng.random((block, replicas)) < rate / (1 + rate), 1, -1)
        picks = np.where(change[:, None] < 0, picks[:, :1], picks)
        for queues, step in zip(picks, change, strict=True):
            total += jobs
            seen = flat[queues]
            shortest = seen.argmin(axis=0)
            before = seen[shortest, every]
            after = np.maximum(before + step, 0)
            flat[queues[shortest, every]] = after
            jobs += after - before
    return flat.reshape(replicas, n), total


def simulate(
    n: int,
    rate: float,
    d: int,
    time: float,
    warm_up: float = 0.0,
    replicas: int = 32,
    seed: int = 0,
    progress: bool | Report = True,
) -> Stationary:
    """Simulate `replicas` systems of n queues for `time` mean service times after `warm_up`.

    `rate` is lambda in (0, 1). Every replica starts from queues drawn independently from the fixed
    point: exactly stationary for d = 1, and off by what n < infinity changes for d > 1, which is
    what `warm_up` is for. Raises ValueError for values out of range.

    >>> ssq.queueing.supermarket.simulate(n=10, rate=0.5, d=2, time=5, replicas=8).lengths.shape
    (8,)
    """
    check_number("rate", rate, "(0, 1)")
    for name, count, least in (("n", n, 1), ("d", d, 1), ("replicas", replicas, 2)):
        check_count(name, count, least)
    check_count("seed", seed, 0)
    check_number("time", time, "(0, inf)")
    check_number("warm_up", warm_up, "[0, inf)")
    rng = np.random.default_rng(seed)
    shares = fixed_point(rate, d)[::-1]  # ascending
    lengths = len(shares) - np.searchsorted(shares, rng.random((replicas, n)))
    per_unit = n * (1 + rate)
    measured, total, parts = max(1, round(time * per_unit)), np.zeros(replicas), 50
    with reporter(progress) as report:
        lengths, _ = _events(lengths, rate, d, round(warm_up * per_unit), rng)
        for part in range(parts):
            share = (part + 1) * measured // parts - part * measured // parts
            lengths, part_total = _events(lengths, rate, d, share, rng)
            total += part_total
            report(f"simulated {(part + 1) * time / parts:.0f} of {time:.0f} service times")
    return Stationary(total / (measured * n))
