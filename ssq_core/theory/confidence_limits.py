"""Confidence limits of the mean of bounded variables, valid for every law and number of them.

For a candidate m, a gambler who stakes the same share c < 1 of what can be lost on every value,

    K_c(m) = prod_l (1 - c (x_l - m) / (1 - m)),     x_l in [0, 1] independent,

has a capital that is nonnegative and rises with m. At m = the mean of the E x_l its expectation is
prod_l (1 - c (E x_l - m) / (1 - m)) <= 1, as a geometric mean is at most the arithmetic one. So the
mean of K_c over fixed stakes reaches 1/alpha there with probability alpha at most (Markov), and the
m at which it does is an upper limit of the mean with confidence 1 - alpha. The values need not have
one law (runs may start in different states), and their order does not matter. The stakes fall from
CAP to sqrt(2 ln(1/alpha) / R) by factors of RATIO: for any variance, one of them is near the best.

Why not Student's t: of ten values of which one in fifty is not 0, it sees nothing but zeros, and
misses the mean, with probability .98^10 = .82. Stakes that follow the variance seen so far
(Waudby-Smith and Ramdas, JRSS B 86(1), 2024, Section 4) are somewhat nearer to the mean, but
hold for values of one law only.
"""

from __future__ import annotations

from math import ceil, log, sqrt

import numpy as np

from ssq_core.multisets import Floats

CAP = 0.95  # of the capital lost at most on one value
RATIO = 4
TOLERANCE = 1e-12


def upper_limit(x: Floats, alpha: float) -> float:
    """Return what the mean of independent values `x` (R,) in [0, 1] exceeds with chance `alpha`."""
    from scipy.optimize import brentq  # takes a while

    smallest = sqrt(2 * log(1 / alpha) / len(x))
    stakes = CAP / RATIO ** np.arange(max(0, ceil(log(CAP / smallest, RATIO))) + 1.0)

    def excess(m: float) -> float:
        """Return the logarithm of alpha times the mean of K_c(m)."""
        ratios = (1 - x) / (1 - m) - 1
        capital = [np.log1p(c * ratios).sum() for c in stakes]
        return float(np.logaddexp.reduce(capital)) - log(len(stakes) / alpha)

    if excess(1 - TOLERANCE) < 0:
        return 1.0
    return float(brentq(excess, x.mean(), 1 - TOLERANCE, xtol=TOLERANCE)) + 2 * TOLERANCE


def lower_limit(x: Floats, alpha: float) -> float:
    """Return what the mean of values `x` (R,) in [0, 1] falls below with chance `alpha`."""
    return 1 - upper_limit(1 - x, alpha)
