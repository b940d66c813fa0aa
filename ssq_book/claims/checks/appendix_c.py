"""Appendix C, sampling: remark C.1, the inequalities C.2-C.5, P-C.7."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import cast

import numpy as np
from sympy.utilities.iterables import partitions

from ssq_book.claims.verdict import SLACK, Margin, Verdict, check
from ssq_core import bounds
from ssq_core import concentration as con

Counts = tuple[int, ...]
Convex = Callable[[Fraction], Fraction]


def populations(largest: int) -> Iterator[Counts]:
    """Yield the counts of every population of 1..`largest` agents, states without a name."""
    for n in range(1, largest + 1):
        for parts in partitions(n):
            yield tuple(sorted(Counter(parts).elements(), reverse=True))


def distances(n: int, k: int) -> Iterator[Fraction]:
    """Yield every distance that a sample of k from n agents can have."""
    return (Fraction(t, n * k) for t in range(1, n * k + 1))


def samples(counts: Counts, k: int) -> Iterator[Counts]:
    """Yield the histograms of all samples of k agents."""
    for x in product(*(range(min(c, k) + 1) for c in counts)):
        if sum(x) == k:
            yield x


def total_variation(counts: Sequence[int], other: Sequence[int]) -> Fraction:
    """Return TV of two histograms, given as counts."""
    n, m = sum(counts), sum(other)
    return Fraction(sum(abs(c * m - d * n) for c, d in zip(counts, other, strict=True)), 2 * n * m)


@cache
def probability(counts: Counts, k: int, eps: Fraction, replace: bool = False) -> float:
    """Return the exact P[some state's share is off by `eps` or more]."""
    return cast(float, con.failure_probability(counts, k, eps, replace=replace))


@check("remark-C.1")
def remark_C_1(uniform: bool = True) -> Verdict:
    """Every sub-family of k agents is equally likely, so the histograms are hypergeometric.

    Without `uniform` the sub-families that hold the first agent count twice.
    """
    population, k = (0, 0, 1, 2, 2, 2), 3
    n, counts = len(population), [population.count(x) for x in range(3)]
    seen: Counter[Counts] = Counter()
    for part in combinations(range(n), k):
        x = [population[i] for i in part]
        seen[tuple(map(x.count, range(3)))] += 2 if 0 in part and not uniform else 1
    law = {x: Fraction(ways, seen.total()) for x, ways in seen.items()}
    hypergeometric = (math.prod(map(math.comb, counts, x)) / math.comb(n, k) for x in law)
    off = [abs(float(w) - h) for w, h in zip(law.values(), hypergeometric, strict=True)]
    as_values = {"least frequent sample": min(law.values()), "most frequent": max(law.values())}
    return Verdict.equal(off, {"k": k, **as_values})


@check("theorem-C.2")
def theorem_C_2(share: float = 1.0) -> Verdict:
    """Exact probabilities with replacement for d = 1, and the two cases of our proof.

    For eps <= 1/n the bound is at least (n+1) exp(-2k/n^2) >= 1; for eps > 1/n it exceeds
    n exp(-2k eps^2), a union bound in which a state of one agent has no lower tail.
    """
    margins, proved, largest = [], [], 6
    for counts, k in product(populations(largest), range(1, largest + 1)):
        n = sum(counts)
        for eps in distances(n, k) if k <= n else ():
            bound = share * bounds.value(
                bounds.theorem_C_2, n=n, k=k, distance=float(eps), dimension=1
            )
            if bound < 1:
                p = probability(counts, k, eps, replace=True)
                margins.append(Margin(p, bound))
                proved.append(Margin(p, n * math.exp(-2 * k * float(eps) ** 2)))
    # the case eps <= 1/n; (n+1) exp(-2/n) increases, and for n = 1 nothing can deviate
    vacuous = min((n + 1) * math.exp(-2 / n) for n in range(2, 1000))
    ours = max(margin.ratio for margin in proved)
    evidence = {
        "n and k up to": largest,
        "ratio to n exp(-2k eps^2)": ours,
        "least (n+1) exp(-2/n)": vacuous,
    }
    return Verdict.bounded(margins, evidence).given(ours <= 1 + SLACK and vacuous >= 1)


def _sum_means(population: tuple[int, ...], k: int, f: Convex) -> tuple[Fraction, Fraction]:
    """Return E f(sum) for k draws with replacement and for k draws without."""
    draws = product(population, repeat=k), combinations(population, k)
    drawn = ([f(Fraction(sum(x))) for x in each] for each in draws)
    with_, without = (sum(values, Fraction(0)) / len(values) for values in drawn)
    return with_, without


@check("lemma-C.3")
def lemma_C_3(population: tuple[int, ...] = (0, 1)) -> Verdict:
    """Printed the wrong way round: sampling without replacement spreads less."""
    convex: list[Convex] = [lambda x: x**2, lambda x: abs(x - 3), lambda x: max(x - 2, Fraction(0))]
    left, right = _sum_means(population, 2, convex[0])
    cases = [
        (left, right),
        *(
            _sum_means(values, j, f)
            for values in [(0, 1, 1), (0, 1, 5), (-2, 0, 3, 4), (1, 1, 1, 2)]
            for j, f in product(range(1, len(values) + 1), convex)
        ),
    ]
    reversed_holds = all(without <= with_ for with_, without in cases)
    found = {"with replacement": left, "without": right}
    judged_on = {"reversed holds": reversed_holds, "of instances": len(cases)}
    return Verdict.violated(left > right, reversed_holds, {**found, **judged_on})


@check("lemma-C.4")
def lemma_C_4(share: float = 1.0) -> Verdict:
    """Exact for populations of zeros and ones, by enumeration for other numbers in [0, 1]."""

    def bound(n: int, k: int, eps: float) -> float:
        return share * bounds.value(bounds.lemma_C_4, n=n, k=k, distance=eps)

    margins, late = [], []
    for n in range(1, 10):
        for c, k in product(range(1, n // 2 + 1), range(1, n + 1)):
            for eps in distances(n, k):
                p = probability((c, n - c), k, eps)
                margins.append(Margin(p, bound(n, k, float(eps))))
                later = con.bardenet_maillard_bound(n, k, float(eps))
                if 2 * k >= n and later < 1:
                    late.append(Margin(p, later))
    rng = np.random.default_rng(4)
    for n in range(2, 8):
        values = rng.random(n)
        values = (values - values.min()) / np.ptp(values)
        for k in range(1, n):
            off = np.array([abs(np.mean(x) - values.mean()) for x in combinations(values, k)])
            margins += [Margin((off >= eps).mean(), bound(n, k, eps)) for eps in off]
    sharper = max(margin.ratio for margin in late)
    return Verdict.bounded(margins, {"ratio to Bardenet and Maillard, k >= n/2": sharper})


@check("theorem-C.5")
def theorem_C_5(share: float = 1.0) -> Verdict:
    """Exact: all populations of few agents, then 60 agents in two states."""
    margins, largest = [], 7
    few = [(c, k) for c in populations(largest) for k in range(1, sum(c) + 1)]
    many = [((c, 60 - c), k) for c in (1, 10, 30) for k in range(1, 61, 3)]
    for counts, k in few + many:
        n = sum(counts)
        step = 1 if n <= largest else k  # for many agents every k-th distance
        for eps in list(distances(n, k))[::step]:
            bound = share * con.dkw_bound(n, k, len(counts), float(eps))
            if bound < 1:
                margins.append(Margin(probability(counts, k, eps), bound))
    return Verdict.bounded(margins, {"populations": len({c for c, _ in few + many}), "n up to": 60})


@check("lemma-C.7")
def lemma_C_7(share: float = 1.0) -> Verdict:
    """Exact for all small populations; the root is not needed, and without it TV is a product."""
    largest = 8
    margins, factor_off, sharp = [], Fraction(0), Fraction(0)
    for counts in populations(largest):
        n = sum(counts)
        for k in range(1, n):
            unseen, bound = 1 - Fraction(k, n), share * bounds.value(bounds.lemma_C_7, n=n, k=k)
            for x in samples(counts, k):
                others = [c - j for c, j in zip(counts, x, strict=True)]
                tv, rest = total_variation(x, counts), total_variation(x, others)
                margins.append(Margin(float(tv), bound))
                factor_off = max(factor_off, abs(tv - unseen * rest))
                sharp = max(sharp, tv / unseen)
    found: dict[str, int | Fraction] = {"n up to": largest, "largest TV/(1 - k/n)": sharp}
    return Verdict.bounded(margins, {**found, "TV = (1 - k/n) TV(Delta, rest)": factor_off == 0})


@check("equation-24")
def equation_24(eps: Fraction = Fraction(1, 2)) -> Verdict:
    """TV <= eps gives sup < 2 eps, but sup < 2 eps does not give TV <= eps."""
    counts, k, forward, backward = (3, 1), 1, True, True
    n, worst = sum(counts), Fraction(0)
    found: dict[str, Fraction | bool] = {"eps": eps}
    for x in samples(counts, k):
        off = [Fraction(j, k) - Fraction(c, n) for j, c in zip(x, counts, strict=True)]
        sup, tv = max(map(abs, off)), total_variation(x, counts)
        forward &= tv > eps or sup < 2 * eps
        worst = max(worst, tv / (Fraction(len(counts), 2) * sup))
        if sup < 2 * eps and tv > eps:
            backward = False
            found |= {"sup": sup, "TV": tv}
    found |= {"TV over |S_l|/2 sup, at most": worst, "TV <= eps implies sup < 2 eps": forward}
    return Verdict.judged(forward and backward, found)
