"""The explorer of concentration: how far a sample of k agents strays from all n."""

import math
from functools import lru_cache
from typing import cast

import numpy as np
import pandas as pd

from ssq_book.chapters.concentration import figures
from ssq_book.explorers.core import Control, Explorer, Range, View
from ssq_book.explorers.live import mode
from ssq_core import concentration as con
from ssq_core.checks import check_count
from ssq_core.theory import sample_distance

TITLE = "Explorer of concentration: agents, sampled agents, local states"
DRAWS = 20_000  # of Monte Carlo, where the exact walk would be too large


@lru_cache(maxsize=4096)
def failure(
    n: int, k: int, size: int, eps: float, distance: sample_distance.Distance
) -> con.Estimate:
    """Return P[distance >= eps] for n agents spread evenly; exact if its interval is a point."""
    counts = np.bincount(np.arange(n) % size, minlength=size)
    try:
        p = cast(float, con.failure_probability(counts, k, eps, distance))
    except ValueError as error:
        if "monte_carlo" not in str(error):
            raise
        drawn = con.failure_probability(counts, k, eps, distance, "monte_carlo", DRAWS)
        return cast(con.Estimate, drawn)
    return con.Estimate(p, p, p)


def _beyond(n: int, k: int, size: int, radius: float) -> con.Estimate:
    """Return P[TV > radius]: the radius itself is still allowed."""
    if radius <= 0:  # at k = n or for one state TV is 0
        return con.Estimate(0.0, 0.0, 0.0)
    return failure(n, k, size, radius * (1 + 1e-9), "tv")


@lru_cache(maxsize=64)
def _over_k(n: int, size: int, eps: float, delta: float) -> pd.DataFrame:
    """Return probabilities, bounds and radii for up to 30 values of k in 1..n."""
    ks = np.unique(np.geomspace(1, n, 30).round().astype(int)).tolist()
    return pd.DataFrame(
        {
            "k": ks,
            "probability": [failure(n, k, size, eps, "sup").value for k in ks],
            "bound": [con.dkw_bound(n, k, size, eps) for k in ks],
            "printed": [con.tv_radius_paper(n, k, size, delta) for k in ks],
            "corrected": [con.tv_radius(n, k, size, delta) for k in ks],
        }
    )


def _written(p: con.Estimate) -> str:
    """Return a probability, with its interval if it is an estimate."""
    return f"{p.value:.3g}" if p.low == p.high else f"{p.value:.3g} ({p.low:.2g} to {p.high:.2g})"


def view(n: int, k: int, size: int, eps: float, delta: float) -> View:
    """Return failure probability and radii against k, with `k` marked."""
    check_count("k", k, 1, n)
    check_count("size", size, 1, n)
    p = failure(n, k, size, eps, "sup")
    bound = con.dkw_bound(n, k, size, eps)
    printed, corrected = con.tv_radius_paper(n, k, size, delta), con.tv_radius(n, k, size, delta)
    missed, kept = (_beyond(n, k, size, radius) for radius in (printed, corrected))
    table = _over_k(n, size, eps, delta)
    here = {"bound": bound, "printed": printed, "corrected": corrected}
    figure = figures.explorer_view(table, k, p, here, eps)
    how = "exactly" if p.low == p.high else f"by {DRAWS:,} samples, with 95 % interval,"
    text = (
        f"k = {k} of n = {n} agents, evenly over {size} states. P[some share is off by {eps:g} or "
        f"more] is {how} {_written(p)}; P-4.3 allows {bound:.3g}. Eq. (13) as printed "
        f"promises TV ≤ {printed:.3g} with probability {1 - delta:g}, and is broken with "
        f"probability {_written(missed)}; the corrected radius {corrected:.3g} with "
        f"{_written(kept)}."
    )
    alt = (
        f"Above, against the sampled agents: the failure probability, {p.value:.2g} at the k "
        f"marked, below the bound P-4.3, {bound:.2g}. Below: the radius of Eq. (13), "
        f"{printed:.2g}, and the corrected radius, {corrected:.2g}."
    )
    return View(figure, alt, text)


def cost(n: int, k: int, size: int, eps: float, delta: float) -> float:
    """Return about how many seconds `view` takes: the two walks over total variations."""
    if not (k <= n and size <= n):
        return 0.0
    steps, unit = min(n, k * size) + size, math.gcd(n, k)
    radii = (f(n, k, size, delta) for f in (con.tv_radius_paper, con.tv_radius))
    updates = [(k + 1) * (1 + min(r, 1) * n * k / unit) * steps for r in radii]
    return sum(1.5e-9 * size for size in updates if size <= sample_distance.MAX_UPDATES)


def concentration(
    n: int = 50, k: int = 10, size: int = 5, eps: float = 0.2, delta: float = 0.1
) -> Explorer:
    """Return the explorer of n, k and |S_l| against probabilities and radii, from these values."""
    controls = (
        Control("n", "agents n", n, (20, 50, 200), Range(1, 500)),
        Control("k", "sampled agents k", k, (1, 2, 5, 10, 15, 20, 35, 50), Range(1, 200)),
        Control("size", "local states", size, (2, 5, 20), Range(1, 100)),
        Control("eps", "distance ε", eps, (), Range(0.01, 0.99, 0.01)),
        Control("delta", "promise δ", delta, (), (0.01, 0.05, 0.1, 0.2)),
    )
    return mode()("concentration", TITLE, controls, view, cost)
