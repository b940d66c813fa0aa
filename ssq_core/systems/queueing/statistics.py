"""Statistics of simulated returns: means, differences, ratios, slopes, each with its 95 % interval.

All of them compare runs of one seed, so the interval is that of the paired difference. A function
of several means (a ratio, a slope of logarithms) is replaced by its tangent at the means, the delta
method: run i then has the value  sum_j (df/dmean_j) x_ij,  and their spread gives the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ssq_core.checks import check_array, check_instance
from ssq_core.frozen import Frozen
from ssq_core.multisets import Floats


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval `low`..`high` (Student's t)."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    def agrees(self, other: Estimate) -> bool:
        """Return whether two independent estimates may be of one value.

        Twice the 95 % half width of their difference must cover it: chance alone breaks that less
        than once in 10,000 times.
        """
        reach = 2 * (self.half_width**2 + other.half_width**2) ** 0.5
        return bool(abs(self.mean - other.mean) <= reach)


@dataclass(frozen=True, eq=False)
class Run(Frozen):
    """`returns` (R,): sum over t < horizon of gamma**t times the reward; `pairs`: mirrored.

    With `pairs` (antithetic starts), run i and run i + R/2 start from mirrored lengths and are not
    independent.
    """

    returns: Floats
    pairs: bool = False

    def __repr__(self) -> str:
        return f"Run({len(self.returns):,} runs, mean return {self.returns.mean():.6g})"

    @property
    def estimate(self) -> Estimate:
        """The mean return with its interval."""
        return estimate(self.returns, self.pairs)


def estimate(values: Floats, pairs: bool = False) -> Estimate:
    """Return the mean of `values` (R,) with its interval; with `pairs`, i and i + R/2 count as one.

    Raises ValueError for fewer than 2 independent values.

    >>> ssq.queueing.estimate([1.0, 2.0, 3.0]).mean
    2.0
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


def _delta_method(value: float, tangent: Floats, pairs: bool) -> Estimate:
    """Return `value` with the interval that the runs' tangents (R,) give it."""
    half = estimate(tangent, pairs).half_width
    return Estimate(value, value - half, value + half)


def _paired(reference: Run, other: Run) -> Floats:
    """Return reference minus other run by run, or raise ValueError if they do not match."""
    check_instance("reference", reference, Run)
    check_instance("other", other, Run)
    if reference.returns.shape != other.returns.shape or reference.pairs != other.pairs:
        shown = [(len(run.returns), "pairs" if run.pairs else "runs") for run in (reference, other)]
        raise ValueError(f"other must have as many runs or pairs as reference, got {shown}")
    return np.asarray(reference.returns - other.returns)


def difference(reference: Run, other: Run) -> Estimate:
    """Return the mean of `reference` minus `other` run by run: meant for runs of one seed.

    Raises ValueError if the two do not match in number or in pairing.

    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> one, two = (d.simulate(("jsq", k), runs=500, seed=1) for k in (1, 2))
    >>> ssq.queueing.difference(two, one).low > 0  # two choices are better than one
    True
    """
    return estimate(_paired(reference, other), reference.pairs)


def relative_gap(reference: Run, other: Run) -> Estimate:
    """Return (mean reference - mean other) / |mean reference|: what `other` costs more.

    The interval is the delta method's. Raises ValueError as `difference` does, and for a
    reference whose mean return is 0.

    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> best, random = (d.simulate(("jsq", k), runs=500, seed=1) for k in (4, 1))
    >>> 0 < ssq.queueing.relative_gap(best, random).mean < 1
    True
    """
    gap, scale = _paired(reference, other), abs(float(reference.returns.mean()))
    if scale == 0:
        raise ValueError("reference must have a mean return other than 0")
    ratio = float(gap.mean()) / scale
    sign = np.sign(reference.returns.mean())
    return _delta_method(ratio, (gap - ratio * sign * reference.returns) / scale, reference.pairs)


def log_slope(reference: Run, others: Mapping[int, Run]) -> Estimate:
    """Return the least-squares slope of log(gap to `reference`) against log k, over `others`.

    `others` maps k to the runs of its rule, two or more, all of one seed. The interval is the delta
    method's. Raises ValueError as `difference` does, and for a gap that is not positive.

    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> runs = {k: d.simulate(("jsq", k), runs=500, seed=1) for k in (1, 2, 4)}
    >>> ssq.queueing.log_slope(runs.pop(4), runs).mean < 0
    True
    """
    if len(others) < 2:
        raise ValueError(f"others must hold 2 rules or more, got {len(others)}")
    gaps = {k: _paired(reference, run) for k, run in others.items()}
    means = np.array([gap.mean() for gap in gaps.values()])
    if means.min() <= 0:
        raise ValueError(f"the gap must be positive, got {means.min():.3g}")
    x = np.log(list(gaps))
    weight = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    tangent = sum(w / g.mean() * g for w, g in zip(weight, gaps.values(), strict=True))
    return _delta_method(float(weight @ np.log(means)), np.asarray(tangent), reference.pairs)
