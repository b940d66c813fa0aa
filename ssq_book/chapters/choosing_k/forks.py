"""What a sample loses at a fork near a tie, exactly, with ever more agents."""

from __future__ import annotations

from scipy import optimize, stats


def fork_loss(k: int, d: float, gamma: float) -> float:
    """Return the loss of a sample of odd k at a fork, n -> infinity, a share 1/2 + d going one way.

    The sample's majority is wrong with the probability of a binomial law, and then costs the
    difference of the shares at every later step: gamma / (1 - gamma) * 2 d * P[wrong].
    """
    wrong = stats.binom.cdf(k // 2, k, 0.5 + d)
    return float(gamma / (1 - gamma) * 2 * d * wrong)


def worst_fork(k: int, gamma: float) -> float:
    """Return the largest loss of a sample of odd k at any fork."""
    far = min(0.5, 2 / k**0.5)  # the worst d is near .38 / sqrt k; far beyond, the loss is flat
    worst = optimize.minimize_scalar(
        lambda d: -fork_loss(k, d, gamma), bounds=(0, far), method="bounded"
    )
    return -float(worst.fun)


def limit(gamma: float) -> float:
    """Return the limit of sqrt k times the largest loss: gamma / (1 - gamma) max_x x Phi(-x)."""
    worst = optimize.minimize_scalar(
        lambda x: -x * stats.norm.cdf(-x), bounds=(0, 5), method="bounded"
    )
    return gamma / (1 - gamma) * -float(worst.fun)
