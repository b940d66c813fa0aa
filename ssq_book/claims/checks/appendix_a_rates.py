"""Appendix A, how fast: P-A.14 with Eqs. 17-20, Remark A.15, A.19, A.20."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from math import ceil, exp, log, log1p

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.appendix_a import constant
from ssq_book.claims.checks.body_operators import iterations_to_rest, learned
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import (
    SLACK,
    Margin,
    Verdict,
    bounded,
    check,
    distance,
    mended,
    violated,
)

SAMPLES, LIMIT = 3, 1e-15  # m of the learned tables; gamma^T at the limit


BOTH = (False, True)


@check("corollary-A.14")
@check("equation-17", sampled=[False], in_rewards=[False])
@check("equation-18", sampled=[True], in_rewards=[False])
@check("equation-19", sampled=[False], in_rewards=[True])
@check("equation-20", sampled=[True], in_rewards=[True])
def corollary_A_14(
    share: float = 1.0, sampled: Sequence[bool] = BOTH, in_rewards: Sequence[bool] = BOTH
) -> Verdict:
    """||limit - Q^T|| is at most gamma^T ||limit - 0|| (17, 18), or gamma^T r~/(1-gamma) (19, 20).

    Of T_k (17, 19), or of T_{k,m} with fixed samples (18, 20); rewards are signed. `share` scales
    the right sides.
    """
    margins = []
    for mdp in [constant(), *random_systems(8, seed=114)]:
        for k, T, learns, bounds_rewards in product((1, 2), (1, 3, 10), sampled, in_rewards):
            Q, limit = (
                learned(mdp, k, SAMPLES, t, 5) if learns else dense.q_star(mdp, k, t)
                for t in (T, iterations_to_rest(mdp, LIMIT))
            )
            start = float(np.abs(limit).max())
            if bounds_rewards:
                start = mdp.r_max / (1 - mdp.gamma)
            margins.append(Margin(distance(limit, Q), share * mdp.gamma**T * start))
    return bounded(margins)


@check("remark-A.15")
def remark_A_15(rate: float = 1.0) -> Verdict:
    """The error falls by gamma at least in each iteration; `rate` scales gamma. Met by r = 1."""
    margins = []
    for mdp in [constant(), *random_systems(8, seed=115)]:
        limit = dense.q_star(mdp, 2, iterations_to_rest(mdp, LIMIT))
        errors = [distance(limit, dense.q_star(mdp, 2, T)) for T in range(1, 9)]
        margins += [Margin(after, rate * mdp.gamma * before) for before, after in pairwise(errors)]
    return bounded(margins)


@check("theorem-A.19")
def theorem_A_19(p: float = 0.75, T: int = 1500) -> Verdict:
    """Fixed samples lead to Q^est, fresh ones to Q_k*; fixed ones need no finite sum of eta^2.

    match(p, 1/2), k = 1, m = 2. eta_t = t^-0.7 meets both conditions, .1 only the first, t^-2 only
    the second.
    """
    mdp, k, m = ssq.counterexamples.match(p, 0.5), 1, 2
    star, est = dense.q_star(mdp, k), learned(mdp, k, m, 200)

    def run(rate: Callable[[int], float], samples: str = "fixed") -> tuple[float, float]:
        """Return the distances to Q_k* and to Q^est after T steps."""
        Q = learned(mdp, k, m, T, 0, samples, rate)
        return distance(Q, star), distance(Q, est)

    fixed, fresh = run(lambda t: t**-0.7), run(lambda t: t**-0.7, "fresh")
    steady, summable = run(lambda t: 0.1), run(lambda t: (t + 1) ** -2.0)
    works = (
        fixed[1] < 1e-5
        and fresh[0] <= max(1e-5, fresh[1] / 4)
        and steady[1] < 1e-9
        and summable[1] > 0.1
    )
    found = {
        "fixed samples, to Q_k*": fixed[0],
        "to Q^est": fixed[1],
        "fresh samples, to Q_k*": fresh[0],
        "fresh, to Q^est": fresh[1],
        "fixed, eta = .1, to Q^est": steady[1],
        "fixed, eta = (t+1)^-2, to Q^est": summable[1],
    }
    return mended(fixed[0] > 1e-3, works, found)


def enough(r_max: float, gamma: float, eps: float, eta: float) -> int:
    """Return T >= ln(r~/((1-gamma) eps))/(eta (1-gamma)), after which the error is at most eps."""
    return max(1, ceil(log(r_max / ((1 - gamma) * eps)) / (eta * (1 - gamma))))


@check("theorem-A.20")
def theorem_A_20(S: int = 2) -> Verdict:
    """R = 1, gamma = 1/2: the error after the printed T is 2 (1 - eta/2)^T, about 2 exp(-eta T/2).

    eta T = |S_l|^k |A_g|/(1-gamma) has no eps in it, so the printed T suffices from
    eps = r~/(1-gamma) exp(-|S_l|^k |A_g|) on, and fails below. The closed form is held to
    Algorithm 3 at eta = 1/10; the repaired T is tried on this system and on random ones.
    """
    A, k, eps = 2, 1, 0.01
    gamma, horizon = 0.5, 2.0

    def error(T: int, eta: float) -> float:
        return horizon * exp(T * log1p(-eta * (1 - gamma)))

    def printed(eps: float) -> tuple[int, float]:
        return ceil(S**k * A / ((1 - gamma) ** 5 * eps**2) - 1e-9), (1 - gamma) ** 4 * eps**2

    tables = {T: learned(constant(S, A), k, 1, T, rate=0.1) for T in (1, 10, 50)}
    off = max(abs(error(T, 0.1) - (horizon - float(Q.max()))) for T, Q in tables.items())
    T, eta = printed(eps)
    sweeps, ratios, aim, rate = enough(1.0, gamma, eps, eta), [], 0.05, 0.1
    for mdp in random_systems(8, seed=120):  # the repaired T on them
        if mdp.r_max:
            est = learned(mdp, 2, SAMPLES, iterations_to_rest(mdp, LIMIT))
            Q = learned(mdp, 2, SAMPLES, enough(mdp.r_max, mdp.gamma, aim, rate), rate=rate)
            ratios.append(distance(Q, est) / aim)
    least = horizon * exp(-(S**k) * A)  # the printed T suffices for this eps and all larger ones
    scope = all(error(*printed(x * least)) <= x * least * (1 + SLACK) for x in (1, 2, 10))
    covers = scope and error(sweeps, eta) <= eps and max(ratios) <= 1 and off < 1e-9
    found = {
        "error after T": error(T, eta),
        "eps": eps,
        "eta": eta,
        "T": T,
        "eta T": eta * T,
        "printed T suffices for eps from": least,
        "tried there": scope,
        "closed form against Algorithm 3": off,
        "repaired T": sweeps,
        "error after the repaired T": error(sweeps, eta),
        "largest error/eps on random systems": max(ratios),
    }
    return violated(error(T, eta) > eps, covers, found)
