"""Appendix A, how fast: Corollary A.14 with Eqs. 17-20, Remark A.15, Algorithm 3, A.19, A.20."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, exp, log, log1p

import numpy as np

import ssq_core as ssq
from ssq_book.claims import exact, small
from ssq_book.claims.corrected import Margin
from ssq_book.claims.instances import random_systems, table
from ssq_book.claims.judge import SLACK, bounded, equal, mended
from ssq_book.claims.verdict import Status, Verdict, check
from ssq_core.model import Floats, StarMDP

Case = tuple[StarMDP, int, Floats, Floats]
SAMPLES = 3  # m of the learned tables


def _constant(S: int = 1, A: int = 1) -> StarMDP:
    """Return the system in which every step earns 1 and nothing can be chosen, gamma = 1/2."""
    P_l = np.broadcast_to(np.eye(S), (1, S, S))
    return StarMDP(np.ones((1, A, 1)), P_l, np.zeros((1, A)), np.ones((1, S)), 0.5)


def _rest(mdp: StarMDP) -> int:
    """Return T with gamma^T <= 1e-15: the limit, up to rounding."""
    return ceil(-15 * log(10) / log(mdp.gamma))


def _limits(learned: bool) -> Iterator[Case]:
    """Yield system, T, Q^T and its limit, of T_k or (`learned`) of T_{k,m}; rewards are signed."""
    for mdp in [_constant(), *random_systems(8, seed=114)]:
        rest = _rest(mdp)
        for k in (1, 2):
            for T in (1, 3, 10):
                if learned:
                    Q, limit = (table(ssq.learn(mdp, k, SAMPLES, t, seed=5)) for t in (T, rest))
                else:
                    Q, limit = (small.q_star(mdp, k, t) for t in (T, rest))
                yield mdp, T, Q, limit


def _decay(learned: bool, in_rewards: bool, share: float) -> Iterator[Margin]:
    """Yield ||limit - Q^T|| beside gamma^T ||limit - 0||, or gamma^T r~/(1-gamma)."""
    for mdp, T, Q, limit in _limits(learned):
        start = mdp.r_max / (1 - mdp.gamma) if in_rewards else float(np.abs(limit).max())
        yield Margin(float(np.abs(limit - Q).max()), share * mdp.gamma**T * start)


@check("corollary-A.14")
def corollary_A_14(share: float = 1.0) -> Verdict:
    """Equations 17-20 together, signed rewards allowed; `share` scales the right sides."""
    kinds = product((False, True), repeat=2)
    return bounded([m for learned, rewards in kinds for m in _decay(learned, rewards, share)])


@check("equation-17")
def equation_17(share: float = 1.0) -> Verdict:
    """||Q_k* - Q_k^T|| <= gamma^T ||Q_k* - Q_k^0||."""
    return bounded(_decay(False, False, share))


@check("equation-18")
def equation_18(share: float = 1.0) -> Verdict:
    """The same for Q_km^T and its limit Q^est, fixed samples."""
    return bounded(_decay(True, False, share))


@check("equation-19")
def equation_19(share: float = 1.0) -> Verdict:
    """||Q_k* - Q_k^T|| <= gamma^T r~/(1-gamma)."""
    return bounded(_decay(False, True, share))


@check("equation-20")
def equation_20(share: float = 1.0) -> Verdict:
    """The same for Q_km^T and Q^est."""
    return bounded(_decay(True, True, share))


@check("remark-A.15")
def remark_A_15(rate: float = 1.0) -> Verdict:
    """The error falls by gamma at least in each iteration; `rate` scales gamma. Met by r = 1."""
    margins = []
    for mdp in [_constant(), *random_systems(8, seed=115)]:
        limit = small.q_star(mdp, 2, _rest(mdp))
        errors = [float(np.abs(limit - small.q_star(mdp, 2, T)).max()) for T in range(1, 9)]
        margins += [Margin(after, rate * mdp.gamma * before) for before, after in pairwise(errors)]
    return bounded(margins)


@check("algorithm-3")
def algorithm_3(T: int = 6, delay: int = 0) -> Verdict:
    """`learn` with a learning rate is Algorithm 3; agents that never move make T_{k,m} exact.

    `delay` shifts the rates that are executed.
    """
    mdp, k = ssq.counterexamples.match(1.0, 0.5), 2
    Q = {key: [Fraction(0)] * mdp.A for key in exact.iterate(mdp, k, 0)}
    for t in range(1, T + 1):
        eta = Fraction(1, t + 1)
        new = exact.backup(mdp, k, {key: max(row) for key, row in Q.items()})
        for key, row in Q.items():
            Q[key] = [(1 - eta) * q + eta * x for q, x in zip(row, new[key], strict=True)]
    learned = table(ssq.learn(mdp, k, SAMPLES, T, learning_rate=lambda t: 1 / (t + 1 + delay)))
    own = np.array([[float(x) for x in row] for row in Q.values()]).reshape(learned.shape)
    return equal([float(np.abs(own - learned).max())], {"T": T, "entries": learned.size})


@check("theorem-A.19")
def theorem_A_19(p: float = 0.75, T: int = 1500) -> Verdict:
    """Fixed samples lead to Q^est, fresh ones to Q_k*; fixed ones need no finite sum of eta^2.

    match(p, 1/2), k = 1, m = 2. eta_t = t^-0.7 meets both conditions, .1 only the first, t^-2 only
    the second.
    """
    mdp, k, m = ssq.counterexamples.match(p, 0.5), 1, 2
    star, est = small.q_star(mdp, k), table(ssq.learn(mdp, k, m, 200))

    def run(rate: Callable[[int], float], samples: str) -> tuple[float, float]:
        """Return the distances to Q_k* and to Q^est after T steps."""
        Q = table(ssq.learn(mdp, k, m, T, 0, samples, rate))
        return float(np.abs(Q - star).max()), float(np.abs(Q - est).max())

    fixed = run(lambda t: t**-0.7, "fixed")
    fresh = run(lambda t: t**-0.7, "fresh")
    steady = run(lambda t: 0.1, "fixed")
    summable = run(lambda t: (t + 1) ** -2.0, "fixed")
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


def _repaired(eta: float = 0.1, eps: float = 0.05) -> Iterator[Margin]:
    """Yield ||Q_km^T - Q^est|| beside eps after `enough` sweeps of Algorithm 3."""
    for mdp in random_systems(8, seed=120):
        if mdp.r_max:
            T = enough(mdp.r_max, mdp.gamma, eps, eta)
            Q = table(ssq.learn(mdp, 2, SAMPLES, T, learning_rate=eta))
            est = table(ssq.learn(mdp, 2, SAMPLES, _rest(mdp)))
            yield Margin(float(np.abs(Q - est).max()), eps)


@check("theorem-A.20")
def theorem_A_20(eps: float = 0.01, S: int = 2, A: int = 2, k: int = 1) -> Verdict:
    """R = 1, gamma = 1/2: the error after the printed T is 2 (1 - eta/2)^T, about 2 exp(-eta T/2).

    eta T = |S_l|^k |A_g|/(1-gamma) has no eps in it, so the printed T suffices from
    eps = r~/(1-gamma) exp(-|S_l|^k |A_g|) on, and fails below. The closed form is held to
    Algorithm 3 at eta = 1/10; the repaired T is tried on this system and on random ones.
    """
    mdp = _constant(S, A)
    gamma, horizon = mdp.gamma, 1 / (1 - mdp.gamma)

    def error(T: int, eta: float) -> float:
        return horizon * exp(T * log1p(-eta * (1 - gamma)))

    off = max(
        abs(
            error(T, 0.1)
            - (horizon - float(table(ssq.learn(mdp, k, 1, T, learning_rate=0.1)).max()))
        )
        for T in (1, 10, 50)
    )

    def printed(eps: float) -> tuple[float, int]:
        return (1 - gamma) ** 4 * eps**2, ceil(S**k * A / ((1 - gamma) ** 5 * eps**2) - 1e-9)

    eta, T = printed(eps)
    sweeps = enough(1.0, gamma, eps, eta)
    ratio = max(m.ratio for m in _repaired())
    covers = error(sweeps, eta) <= eps and ratio <= 1 and off < 1e-9
    least = horizon * exp(-(S**k) * A)  # the printed T suffices for this eps and all larger ones
    tried = {x: printed(x) for x in (least, 2 * least, 10 * least)}
    scope = all(error(steps, rate) <= x * (1 + SLACK) for x, (rate, steps) in tried.items())
    covers &= scope
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
        "largest error/eps on random systems": ratio,
    }
    failed: Status = "fails" if covers else "unrefuted"
    return Verdict(failed if error(T, eta) > eps else "holds", found)
