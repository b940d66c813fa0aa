"""Concentration of a sample of k of n agents, drawn without replacement: bounds and probabilities.

Delta is a uniform k-subset of [n], x_j of its agents are in state j and c_j of all n are. Two
distances between the histograms F_Delta = x/k and F_[n] = c/n are measured (Section 4, Appendix C):

    sup = max_j |x_j/k - c_j/n|,        tv = sum_j (x_j/k - c_j/n)^+ = TV(F_Delta, F_[n]).

Every bound is a sympy expression in `bounds`; here are its numbers, and the probabilities to hold
against them. Both distances are integers over nk, so ties are decided in integers: an `eps` within
one part in 10^12 of a multiple of 1/(nk) counts as that multiple (the float .1 as 1/10).

`size` is |S_l|. Bounds and radii raise ValueError unless 1 <= k <= n, size >= 1, dimension >= 1,
eps > 0 and 0 < delta < 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.stats import binomtest

from ssq_core.checks import (
    check_array,
    check_count,
    check_instance,
    check_integers,
    check_number,
    check_option,
)
from ssq_core.theory import bounds, sample_distance
from ssq_core.theory.sample_distance import Distance

Counts = Sequence[int] | NDArray[np.integer[Any]]
MAX_AGENTS = 10**12  # beyond it floating point is too coarse for the law of a sample
MAX_DRAWS = 10**8


@dataclass(frozen=True)
class Estimate:
    """A probability estimated by Monte Carlo, with its exact (Clopper-Pearson) 95 % interval."""

    value: float
    low: float
    high: float


class TVRadii(NamedTuple):
    """The three corrected radii of TV(F_Delta, F_[n]); each alone holds with 1 - delta."""

    union: float
    martingale: float
    complement: float


def dkw_bound(n: int, k: int, size: int, eps: float) -> float:
    """Return the bound of Theorem 4.3 (C.5) on P[sup >= eps], capped at 1.

    >>> round(ssq.concentration.dkw_bound(n=50, k=40, size=2, eps=0.1), 4)
    0.1054
    """
    return _probability(bounds.theorem_4_3, n, k, eps, size=size)


def serfling_bound(n: int, k: int, eps: float) -> float:
    """Return Serfling's two-sided bound for one state (Lemma C.4, range 1), capped at 1.

    Bounds P[|x_j/k - c_j/n| >= eps].

    >>> round(ssq.concentration.serfling_bound(n=50, k=40, eps=0.1), 4)
    0.0527
    """
    return _probability(bounds.lemma_C_4, n, k, eps)


def bardenet_maillard_bound(n: int, k: int, eps: float) -> float:
    """Return the two-sided bound of Bardenet and Maillard (2015) for one state, capped at 1.

    Sharper than `serfling_bound` for k > n/2 and 0 at k = n.

    >>> round(ssq.concentration.bardenet_maillard_bound(n=50, k=40, eps=0.1), 4)
    0.0404
    """
    return _probability(bounds.bardenet_maillard, n, k, eps)


def dkw_with_replacement_bound(n: int, k: int, dimension: int, eps: float) -> float:
    """Return the bound of Theorem C.2 on P[sup >= eps] for draws with replacement, capped at 1.

    `dimension` is d for S_l in R^d.

    >>> round(ssq.concentration.dkw_with_replacement_bound(50, 40, dimension=1, eps=0.3), 4)
    0.0381
    """
    return _probability(bounds.theorem_C_2, n, k, eps, dimension=dimension)


def dkw_radius(n: int, k: int, size: int, delta: float) -> float:
    """Return the distance that sup exceeds with probability at most `delta` (Theorem 4.3).

    >>> round(ssq.concentration.dkw_radius(n=50, k=40, size=2, delta=0.05), 4)
    0.1098
    """
    return _radius(bounds.theorem_4_3_radius, n, k, size, delta)


def tv_radius_paper(n: int, k: int, size: int, delta: float) -> float:
    """Return the radius of Eq. (13) for TV as printed; it does not hold.

    >>> round(ssq.concentration.tv_radius_paper(n=50, k=40, size=2, delta=0.05), 4)
    0.0549
    """
    return _radius(bounds.equation_13, n, k, size, delta)


def tv_radii(n: int, k: int, size: int, delta: float) -> TVRadii:
    """Return the three corrected radii of TV (0 for size 1, where TV is 0).

    `union`: Serfling's inequality for each non-trivial set of states; `martingale`: the mean of TV
    plus the fluctuation of its Doob martingale; `complement`: 1 - k/n, which always holds.
    >>> round(ssq.concentration.tv_radii(n=50, k=40, size=2, delta=0.05).martingale, 4)
    0.1249
    """
    if size == 1:
        _radius(bounds.tv_complement, n, k, size, delta)  # refuses what is out of range
        return TVRadii(0.0, 0.0, 0.0)
    radii = bounds.tv_union, bounds.tv_martingale, bounds.tv_complement
    return TVRadii(*(_radius(radius, n, k, size, delta) for radius in radii))


def tv_radius(n: int, k: int, size: int, delta: float) -> float:
    """Return the corrected radius of TV: the least of `tv_radii`, with probability 1 - delta.

    >>> round(ssq.concentration.tv_radius(n=50, k=40, size=2, delta=0.05), 4)
    0.1007
    """
    return min(tv_radii(n, k, size, delta))


def failure_probability(
    counts: Counts,
    k: int,
    eps: float | Fraction,
    distance: Distance = "sup",
    method: Literal["exact", "monte_carlo"] = "exact",
    draws: int = 20_000,
    seed: int = 0,
    replace: bool = False,
) -> float | Estimate:
    """Return P[distance >= eps] for k agents drawn uniformly from a population.

    `counts` (|S_l|,) agents in each state, n in sum; `distance` is "sup" or "tv"; with `replace`
    an agent may be drawn again. "exact" gives a float, relative error about 1e-12; "monte_carlo" an
    `Estimate` from `draws` samples. Raises ValueError naming the argument for counts that are
    negative, fractional or all zero, k outside 1..n, eps <= 0, draws < 1, an unknown option, and
    an exact computation that is too large.

    >>> round(ssq.concentration.failure_probability([3, 2], k=2, eps=0.4), 6)
    0.4
    """
    c = _population(counts)
    n = int(c.sum())
    check_count("k", k, 1, n)
    check_option("distance", distance, ("sup", "tv"))
    check_option("method", method, ("exact", "monte_carlo"))
    check_instance("replace", replace, bool)
    threshold = _threshold(eps, n, k)
    occupied = c[c > 0]
    if method == "exact":
        return sample_distance.exact(occupied, k, threshold, distance, replace)
    check_count("draws", draws, 1, MAX_DRAWS)
    check_count("seed", seed, 0)
    hits = sample_distance.count_hits(occupied, k, threshold, distance, replace, draws, seed)
    interval = binomtest(hits, draws).proportion_ci(0.95, method="exact")
    return Estimate(hits / draws, float(interval.low), float(interval.high))


def _threshold(eps: float | Fraction, n: int, k: int) -> int:
    """Return the smallest integer t with t/(nk) >= eps, ties as the head of this module says."""
    check_number("eps", eps, "(0, inf)")
    scaled = Fraction(eps if isinstance(eps, Fraction) else float(eps)) * n * k
    nearest = round(scaled)
    tie = nearest > 0 and abs(scaled - nearest) <= scaled / 10**12
    return nearest if tie else math.ceil(scaled)


def _probability(expr: sp.Expr, n: int, k: int, eps: float, **parameters: int) -> float:
    distance = check_number("eps", eps, "(0, inf)")
    return min(1.0, bounds.value(expr, n=n, k=k, distance=distance, **parameters))


def _radius(expr: sp.Expr, n: int, k: int, size: int, delta: float) -> float:
    check_number("delta", delta, "(0, 1)")
    return bounds.value(expr, n=n, k=k, size=size, delta=delta)


def _population(counts: Counts) -> NDArray[np.int64]:
    c = check_array("counts", counts)
    if c.ndim != 1 or c.size == 0:
        raise ValueError(f"counts must be a list of one number per state, got shape {c.shape}")
    out = check_integers("counts", c, 0, MAX_AGENTS)
    check_count("the sum of counts", sum(out.tolist()), 1, MAX_AGENTS)
    return out
