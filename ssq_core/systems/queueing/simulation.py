"""All n queues simulated, thousands of runs at once, with the same random numbers for every rule.

A step draws one uniform key per queue and one service per queue, whatever the rule: the sample of k
is the k queues of smallest key, so samples are nested in k, and two rules with the same seed see
the same start, the same samples and the same services.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ssq_core import multisets
from ssq_core.checks import check_array, check_count, shown
from ssq_core.multisets import Floats, Ints
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.surrogate import Table

Rule = Table | str | tuple[str, int]
Choice = Callable[[Ints, Ints, Floats], Ints]  # (lengths after arrival, pointed, keys) -> queues
RULES = '"random", "literal", ("jsq", k), ("literal", k), ("literal-first", k) or a Table'


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval `low`..`high` (Student's t)."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, eq=False)
class Run:
    """`returns` (R,): sum over t < horizon of gamma**t times the reward; `pairs`: mirrored.

    With `pairs` (antithetic starts), run i and run i + R/2 start from mirrored lengths and are not
    independent.
    """

    returns: Floats
    pairs: bool = False

    @property
    def estimate(self) -> Estimate:
        """The mean return with its interval."""
        return estimate(self.returns, self.pairs)


def estimate(values: Floats, pairs: bool = False) -> Estimate:
    """Return the mean of `values` (R,) with its interval; with `pairs`, i and i + R/2 count as one.

    Raises ValueError for fewer than 2 independent values.
    """
    numbers = check_array("values", values)
    if numbers.ndim != 1 or (pairs and len(numbers) % 2):
        raise ValueError(f"values must be a list of runs or pairs, got shape {numbers.shape}")
    independent = numbers.reshape(2, -1).mean(axis=0) if pairs and len(numbers) else numbers
    count = len(independent)
    if count < 2:
        raise ValueError(f"an interval needs 2 independent runs or more, got {count}")
    mean = float(independent.mean())
    spread = float(independent.std(ddof=1)) / count**0.5
    half = float(stdtrit(count - 1, 0.975)) * spread
    return Estimate(mean, mean - half, mean + half)


def difference(reference: Run, other: Run) -> Estimate:
    """Return the mean of `reference` minus `other` run by run: meant for runs of one seed.

    Raises ValueError if the two do not match in number or in pairing.
    """
    if reference.returns.shape != other.returns.shape or reference.pairs != other.pairs:
        raise ValueError("other must have as many runs and the same kind of start as reference")
    return estimate(reference.returns - other.returns, reference.pairs)


def _sample(keys: Floats, k: int) -> Ints:
    """Return the k queues of smallest key, (R, k), in no particular order."""
    if k == keys.shape[1]:
        return np.broadcast_to(np.arange(k), keys.shape)
    return np.argpartition(keys, k - 1, axis=1)[:, :k]


def _least(score: Floats, sample: Ints) -> Ints:
    """Return the sampled queue with the least score, (R,)."""
    return np.asarray(sample[np.arange(len(sample)), score.argmin(axis=1)])


def _join_shortest(k: int) -> Choice:
    def choose(after: Ints, pointed: Ints, keys: Floats) -> Ints:
        sample = _sample(keys, k)
        lengths = np.take_along_axis(after, sample, axis=1)
        own = np.take_along_axis(keys, sample, axis=1)
        # halves keep the order of lengths; ties go to the pointed queue, then to the smallest key
        return _least(lengths + (own - (sample == pointed[:, None])) / 2, sample)

    return choose


def _greedy(table: Table) -> Choice:
    def choose(after: Ints, pointed: Ints, keys: Floats) -> Ints:
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
        own = np.take_along_axis(keys, sample, axis=1)
        score = np.where(lengths == target[:, None], own - is_pointed, np.inf)
        chosen = _least(score, sample)
        leaves = ~stay & (column == table.k)
        if leaves.any():
            chosen[leaves] = _outside(table.k)(after[leaves], pointed[leaves], keys[leaves])
        return chosen

    return choose


def _outside(k: int) -> Choice:
    """Return the choice of the (k+1)-th smallest key: uniform over those not sampled."""

    def choose(after: Ints, pointed: Ints, keys: Floats) -> Ints:
        return np.asarray(np.argpartition(keys, k, axis=1)[:, k])

    return choose


def _outside_first(k: int) -> Choice:
    """Return the choice of the smallest index that was not sampled."""

    def choose(after: Ints, pointed: Ints, keys: Floats) -> Ints:
        sampled = np.zeros(keys.shape, dtype=bool)
        np.put_along_axis(sampled, _sample(keys, k), True, axis=1)
        return np.asarray(sampled.argmin(axis=1))

    return choose


def _choice(queues: Queues, rule: Rule) -> Choice:
    """Return the rule as a function, checked."""
    if isinstance(rule, Table):
        rule.check_fits(queues)
        return _greedy(rule)
    if rule == "random":
        return _join_shortest(1)
    pair = rule if isinstance(rule, tuple) and len(rule) == 2 else ("", 0)
    name, k = ("literal", 1) if rule == "literal" else pair
    if name == "jsq":
        return _join_shortest(check_count("k of the rule", k, 1, queues.n))
    if name in ("literal", "literal-first"):
        check_count("k of the rule", k, 1, queues.n - 1)
        return _outside(k) if name == "literal" else _outside_first(k)
    raise ValueError(f"rule must be {RULES}; got {shown(rule)}")


def _start(queues: Queues, start: str | ArrayLike, runs: int, rng: np.random.Generator) -> Ints:
    """Return the first lengths, (runs, n)."""
    shape = (runs, queues.n)
    if not isinstance(start, str):
        lengths = queues.check_range("start", start)
        if lengths.shape not in ((queues.n,), shape):
            raise ValueError(f"start must have shape {(queues.n,)} or {shape}, got {lengths.shape}")
        return np.broadcast_to(lengths, shape)
    if start == "empty":
        return np.zeros(shape, dtype=np.int64)
    if start == "uniform":
        return rng.integers(0, queues.c + 1, size=shape)
    if start == "antithetic":
        if runs % 2:
            raise ValueError(f"runs must be even with start='antithetic', got {runs}")
        half = rng.integers(0, queues.c + 1, size=(runs // 2, queues.n))
        return np.concatenate([half, queues.c - half])
    raise ValueError(f"start must be lengths, 'uniform', 'antithetic' or 'empty'; got {start!r}")


def simulate(
    queues: Queues,
    rule: Rule,
    start: str | ArrayLike,
    horizon: int,
    runs: int,
    seed: int,
    pointed: int | None = None,
) -> Run:
    """Run the n queues under `rule`; see `Dispatch.simulate`."""
    check_count("horizon", horizon)
    check_count("runs", runs)
    check_count("seed", seed, 0)
    choose = _choice(queues, rule)
    first, rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    lengths, every = _start(queues, start, runs, first), np.arange(runs)
    if pointed is None:
        target = first.integers(0, queues.n, size=runs)
    else:
        target = np.full(runs, check_count("pointed", pointed, 0, queues.n - 1))
    returns, weight = np.zeros(runs), 1.0
    for _ in range(horizon):
        returns += weight * queues.reward(lengths)
        weight *= queues.gamma
        after = lengths.copy()
        after[every, target] += 1
        target = choose(after, target, rng.random(after.shape))
        lengths = np.clip(after - (rng.random(after.shape) < queues.p), 0, queues.c)
    return Run(returns, isinstance(start, str) and start == "antithetic")
