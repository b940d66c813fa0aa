"""The law of the distance between a sample's histogram and its population's.

With x_j of the k sampled agents and c_j of all n agents in state j, both distances are integers
over nk, and every event here reads nk * distance >= threshold in integers:

    nk sup = max_j |n x_j - k c_j|,        nk tv = sum_j (n x_j - k c_j)^+.

Arguments are not checked here; `concentration.failure_probability` does that.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Distance = Literal["sup", "tv"]
Integers = NDArray[np.int64]

MAX_UPDATES = 20_000_000_000  # of entries by the exact method: about half a minute
MAX_ENTRIES = 50_000_000  # of its table: 400 MB
CHUNK = 4_000_000  # entries drawn at a time by Monte Carlo


def exact(c: Integers, k: int, threshold: int, distance: Distance, replace: bool) -> float:
    """Return P[nk * distance >= threshold] for the occupied states `c` (states,), in [0, 1].

    Raises ValueError naming k where the table would be too large.
    """
    n = int(c.sum())
    if len(c) == 1 or threshold > n * k:
        return 0.0
    if len(c) == 2:
        return _two_states(int(c[0]), n, k, threshold, replace)
    return _walk(c, n, k, threshold, distance, replace)


def _two_states(c: int, n: int, k: int, threshold: int, replace: bool) -> float:
    """Return both tails of the number of agents drawn from state 0; here sup and tv are equal.

    The law is that of two binomials given their sum: scipy's own hypergeometric law is off by 1e-7
    among 10^9 agents.
    """
    upper = -(-(k * c + threshold) // n)  # smallest x with n x - k c >= threshold
    lower = (k * c - threshold) // n  # largest x with n x - k c <= -threshold
    if replace:
        law = stats.binom(k, c / n)
        return min(1.0, float(law.sf(upper - 1) + law.cdf(lower)))
    if upper == lower + 1:
        return 1.0
    _require(k, n, k + 1, k + 1)
    low, high = max(0, k - (n - c)), min(k, c)
    x = np.append(np.arange(low, lower + 1), np.arange(max(upper, low), high + 1))
    share = k / n
    weight = stats.binom.pmf(x, c, share) * stats.binom.pmf(k - x, n - c, share)
    return min(1.0, float(weight.sum() / stats.binom.pmf(k, n, share)))


def _require(k: int, n: int, updates: int, entries: int) -> None:
    """Refuse an exact computation that is too large."""
    if updates > MAX_UPDATES or entries > MAX_ENTRIES:
        raise ValueError(
            f"k = {k} of n = {n} is too large for method='exact': {updates:.1e} updates of a table "
            f"of {entries:.1e} entries, the limits are {MAX_UPDATES:.0e} and {MAX_ENTRIES:.0e}; "
            "use method='monte_carlo'"
        )


def _walk(c: Integers, n: int, k: int, threshold: int, distance: Distance, replace: bool) -> float:
    """Return the probability by a walk over the states that carries a pair.

    The x_j are independent binomials (with replacement: Poisson variables) given that they sum to
    k, so table[m, s] is the weight of m agents drawn so far and a score s that never falls: for tv
    the sum of (n x_j - k c_j)^+ in units of gcd(n, k), for sup whether a state has strayed already.
    The last score absorbs: it is the event itself, summed without cancellation.
    """
    unit = math.gcd(n, k)
    limit = -(-threshold // unit) if distance == "tv" else 1
    most = [k if replace else min(k, c_j) for c_j in c.tolist()]
    entries = (k + 1) * (limit + 1)
    _require(k, n, entries * (sum(most) + len(most)), entries)
    drawn = [np.arange(1 + x_j) for x_j in most]
    table = np.zeros((k + 1, limit + 1))
    table[0, 0] = 1.0
    for c_j, x in zip(c.tolist(), drawn, strict=True):
        surplus = n * x - k * c_j
        if distance == "tv":
            score = np.minimum(np.maximum(surplus, 0) // unit, limit)
        else:
            score = np.where(np.abs(surplus) >= threshold, limit, 0)
        weight = stats.poisson.pmf(x, k * c_j / n) if replace else stats.binom.pmf(x, c_j, k / n)
        after = np.zeros_like(table)
        for x_j, s, w in zip(x.tolist(), score.tolist(), weight.tolist(), strict=True):
            before = table[: k + 1 - x_j]
            after[x_j:, s:limit] += w * before[:, : limit - s]
            after[x_j:, limit] += w * before[:, limit - s :].sum(axis=1)
        table = after
    total = stats.poisson.pmf(k, k) if replace else stats.binom.pmf(k, n, k / n)
    return min(1.0, float(table[k, limit] / total))


def count_hits(
    c: Integers, k: int, threshold: int, distance: Distance, replace: bool, draws: int, seed: int
) -> int:
    """Return how many of `draws` samples have nk * distance >= threshold.

    Raises ValueError naming counts where n is 10^9 or more, numpy's limit.
    """
    n = int(c.sum())
    if n >= 10**9:
        raise ValueError(f"counts must sum to less than 1e9 for method='monte_carlo', got {n}")
    rng = np.random.default_rng(seed)
    # shuffling agents costs about min(k, n - k) a sample, drawing state by state about 20 a state
    shuffle = n <= 1_000_000 and min(k, n - k) <= 20 * len(c)
    method: Literal["count", "marginals"] = "count" if shuffle else "marginals"
    hits = 0
    rows = max(1, CHUNK // len(c))
    for start in range(0, draws, rows):
        chunk = min(rows, draws - start)
        if replace:
            x = rng.multinomial(k, c / n, size=chunk)
        else:
            x = rng.multivariate_hypergeometric(c, k, size=chunk, method=method)
        surplus = n * x - k * c
        if distance == "tv":
            reached = np.maximum(surplus, 0).sum(axis=1)
        else:
            reached = np.abs(surplus).max(axis=1)
        hits += int(np.count_nonzero(reached >= threshold))
    return hits
