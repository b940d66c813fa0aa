"""P-C.6: what a sample says of the value of everything, with probability 1 - delta."""

from __future__ import annotations

import math
from fractions import Fraction

import ssq_core as ssq
from ssq_book.claims.checks.appendix_c import Counts, samples
from ssq_book.claims.verdict import Verdict, check, jointly, refuted
from ssq_core import bounds
from ssq_core import concentration as con

Parameters = dict[str, float]


def printed_radius(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return the right side of P-C.6."""
    return bounds.value(bounds.theorem_C_6, n=n, k=k, delta=delta, **system)


def corrected_radius(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return L4 at the corrected radius of the total variation: C.6 repaired."""
    tv = con.tv_radius(n, k, int(system["size"]), delta)
    return bounds.value(bounds.L4, n=n, k=k, tv=tv, **system)


def overfit_system(m: int, gamma: float, shift: float = 0.0) -> Parameters:
    """Return the constants of `overfit(m, gamma)`, `shift` added to every local reward."""
    return {
        "size": 2 * m + 1,
        "gamma": gamma,
        "r_local": max(abs(0.5 + shift), abs(0.5 - shift)),
        "span": 1.0,
        "tau": 1.0,
        "nu": math.sqrt(2 * m - 1) / 2,  # all agents at the root
    }


def far(counts: Counts, k: int, radius: float, gamma: Fraction) -> tuple[Fraction, Fraction]:
    """Return the largest |Q_k(F_Delta) - Q_n(F)| of `absorbing`, TV/(1 - gamma); P[> `radius`]."""
    n, largest, above = sum(counts), Fraction(0), 0
    for x in samples(counts, k):
        apart = abs(Fraction(x[0], k) - Fraction(counts[0], n)) / (1 - gamma)
        ways = math.prod(math.comb(c, j) for c, j in zip(counts, x, strict=True))
        largest = max(largest, apart)
        above += ways * (float(apart) > radius)
    return largest, Fraction(above, math.comb(n, k))


@check("theorem-C.6")
def theorem_C_6(counts: Counts = (3, 1), m: int = 16, agents: int = 1600) -> Verdict:
    """Agents that never move, then the overfitting game, with signed rewards and with r >= 0."""
    k, delta, gamma, n = 1, 0.1, Fraction(1, 2), sum(counts)
    system = bounds.constants(ssq.counterexamples.absorbing(float(gamma), signed=True))
    radius = printed_radius(n, k, delta, system)
    largest, probability = far(counts, k, radius, gamma)
    if probability <= delta:  # the statement allows so much
        largest = Fraction(0)
    found = {"absorbing": refuted(largest, radius, corrected_radius(n, k, delta, system))}
    for label, scale, shift in (("overfit", 1, 0.0), ("overfit + 1/2", 4, 0.5)):
        bits, n = scale * m, scale * agents
        difference = ssq.counterexamples.overfit_difference(bits, bits, n, 0.99)
        system = overfit_system(bits, 0.99, shift)
        right, corrected = (f(n, bits, 0.05, system) for f in (printed_radius, corrected_radius))
        found[label] = refuted(float(difference), right, corrected)
    return jointly(found, {"absorbing: delta": delta, "absorbing: probability": probability})
