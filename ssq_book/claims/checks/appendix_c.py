"""Appendix C, sampling: remark C.1, the inequalities C.2-C.5, Lemma C.7."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, product

import numpy as np
from sympy.utilities.iterables import partitions

from ssq_book.claims.corrected import Margin
from ssq_book.claims.judge import SLACK, bounded, equal
from ssq_book.claims.verdict import Status, Verdict, check
from ssq_core import bounds
from ssq_core import concentration as con

Counts = tuple[int, ...]
Convex = Callable[[Fraction], Fraction]


def populations(largest: int) -> Iterator[Counts]:
    """Yield the counts of every population of 1..`largest` agents, states without a name."""
    for n in range(1, largest + 1):
        for parts in partitions(n):
            yield tuple(
                sorted((c for c, times in parts.items() for _ in range(times)), reverse=True)
            )


def distances(n: int, k: int) -> Iterator[Fraction]:
    """Yield every distance that a sample of k from n agents can have."""
    return (Fraction(t, n * k) for t in range(1, n * k + 1))


def samples(counts: Counts, k: int) -> Iterator[Counts]:
    """Yield the histograms of all samples of k agents."""
    for x in product(*(range(min(c, k) + 1) for c in counts)):
        if sum(x) == k:
            yield x


@check("remark-C.1")
def remark_C_1(
    population: tuple[int, ...] = (0, 0, 1, 2, 2, 2), k: int = 3, uniform: bool = True
) -> Verdict:
    """Every sub-family of k agents is equally likely, so the histograms are hypergeometric.

    Without `uniform` the sub-families that hold the first agent count twice.
    """
    counts = [population.count(x) for x in dict.fromkeys(population)]
    law: dict[Counts, Fraction] = {}
    for part in combinations(range(len(population)), k):
        seen = tuple(sum(population[i] == x for i in part) for x in dict.fromkeys(population))
        weight = Fraction(2 if 0 in part and not uniform else 1)
        law[seen] = law.get(seen, Fraction(0)) + weight
    total = sum(law.values())
    off = [
        abs(
            float(
                w / total
                - Fraction(math.prod(map(math.comb, counts, x)), math.comb(sum(counts), k))
            )
        )
        for x, w in law.items()
    ]
    as_values = {"least frequent sample": min(law.values()), "most frequent": max(law.values())}
    return equal(off, {"k": k, **{name: w / total for name, w in as_values.items()}})


def _with_replacement(n: int, k: int, eps: float) -> float:
    return bounds.value(bounds.theorem_C_2, n=n, k=k, distance=eps, dimension=1)


@check("theorem-C.2")
def theorem_C_2(
    largest: int = 6, bound: Callable[[int, int, float], float] = _with_replacement
) -> Verdict:
    """Exact probabilities with replacement for d = 1, and the two cases of our proof.

    For eps <= 1/n the bound is at least (n+1) exp(-2k/n^2) >= 1; for eps > 1/n it exceeds
    n exp(-2k eps^2), a union bound in which a state of one agent has no lower tail.
    """
    printed, proved = [], []
    for counts, k in product(populations(largest), range(1, largest + 1)):
        n = sum(counts)
        for eps in distances(n, k) if k <= n else ():
            value = bound(n, k, float(eps))
            if value >= 1:
                continue
            own = con.failure_probability(counts, k, eps, replace=True)
            printed.append(Margin(own, value))
            proved.append(Margin(own, n * math.exp(-2 * k * float(eps) ** 2)))
    # the case eps <= 1/n; (n+1) exp(-2/n) increases, and for n = 1 nothing can deviate
    vacuous = min((n + 1) * math.exp(-2 / n) for n in range(2, 1000))
    ours = bounded(proved)
    status: Status = bounded(printed).status
    if status == "holds" and (ours.status == "fails" or vacuous < 1):
        status = "unrefuted"
    evidence = {
        "n and k up to": largest,
        "ratio to n exp(-2k eps^2)": ours.evidence["largest ratio to the bound"],
        "least (n+1) exp(-2/n)": vacuous,
    }
    return Verdict(status, {**bounded(printed).evidence, **evidence})


def _sum_means(population: tuple[int, ...], k: int, f: Convex) -> tuple[Fraction, Fraction]:
    """Return E f(sum) for k draws with replacement and for k draws without."""
    drawn = [[f(Fraction(sum(x))) for x in product(population, repeat=k)],
             [f(Fraction(sum(x))) for x in combinations(population, k)]]  # fmt: skip
    with_, without = (sum(values, Fraction(0)) / len(values) for values in drawn)
    return with_, without


@check("lemma-C.3")
def lemma_C_3(
    population: tuple[int, ...] = (0, 1), k: int = 2, f: Convex = lambda x: x**2
) -> Verdict:
    """Printed the wrong way round: sampling without replacement spreads less."""
    left, right = _sum_means(population, k, f)
    convex: list[Convex] = [lambda x: x**2, lambda x: abs(x - 3), lambda x: max(x - 2, Fraction(0))]
    cases = [
        _sum_means(values, j, g)
        for values in [(0, 1, 1), (0, 1, 5), (-2, 0, 3, 4), (1, 1, 1, 2)]
        for j in range(1, len(values) + 1)
        for g in convex
    ]
    reversed_holds = all(without <= with_ for with_, without in [*cases, (left, right)])
    status: Status = "fails" if left > right else "holds"
    return Verdict(
        status if reversed_holds else "unrefuted",
        {
            "with replacement": left,
            "without": right,
            "reversed holds": reversed_holds,
            "of instances": len(cases) + 1,
        },
    )


def _serfling(n: int, k: int, eps: float) -> float:
    return bounds.value(bounds.lemma_C_4, n=n, k=k, distance=eps)


@check("lemma-C.4")
def lemma_C_4(largest: int = 9, bound: Callable[[int, int, float], float] = _serfling) -> Verdict:
    """Exact for populations of zeros and ones, by enumeration for other numbers in [0, 1]."""
    margins, late = [], []
    for n in range(1, largest + 1):
        for c, k in product(range(1, n // 2 + 1), range(1, n + 1)):
            for eps in distances(n, k):
                own = con.failure_probability([c, n - c], k, eps)
                margins.append(Margin(own, bound(n, k, float(eps))))
                later = con.bardenet_maillard_bound(n, k, float(eps))
                if 2 * k >= n and later < 1:
                    late.append(Margin(own, later))
    rng = np.random.default_rng(4)
    for n in range(2, 8):
        values = rng.random(n)
        values = (values - values.min()) / np.ptp(values)
        for k in range(1, n):
            off = [abs(np.mean(x) - values.mean()) for x in combinations(values, k)]
            for eps in off:
                own = float(np.mean(np.array(off) >= eps))
                margins.append(Margin(own, bound(n, k, float(eps))))
    sharper = bounded(late).evidence["largest ratio to the bound"]
    return bounded(margins, {"ratio to Bardenet and Maillard, k >= n/2": sharper})


@check("theorem-C.5")
def theorem_C_5(
    largest: int = 7, bound: Callable[[int, int, int, float], float] = con.dkw_bound
) -> Verdict:
    """Exact: all populations of few agents, then 60 agents in two states."""
    margins = []
    few = [(c, k) for c in populations(largest) for k in range(1, sum(c) + 1)]
    many = [((c, 60 - c), k) for c in (1, 10, 30) for k in range(1, 61, 3)]
    for counts, k in few + many:
        n = sum(counts)
        step = 1 if n <= largest else k  # for many agents every k-th distance
        for eps in list(distances(n, k))[::step]:
            own_bound = bound(n, k, len(counts), float(eps))
            if own_bound < 1:
                margins.append(Margin(con.failure_probability(counts, k, eps), own_bound))
    return bounded(margins, {"populations": len({c for c, _ in few + many}), "n up to": 60})


def _root(n: int, k: int) -> float:
    return bounds.value(bounds.lemma_C_7, n=n, k=k)


@check("lemma-C.7")
def lemma_C_7(largest: int = 8, bound: Callable[[int, int], float] = _root) -> Verdict:
    """Exact for all small populations; the root is not needed, and without it TV is a product."""
    margins, factor_off = [], Fraction(0)
    sharp = Fraction(0)
    for counts in populations(largest):
        n = sum(counts)
        for k in range(1, n):
            unseen = 1 - Fraction(k, n)
            for x in samples(counts, k):
                parts = [(Fraction(j, k), Fraction(c, n), Fraction(c - j, n - k))
                         for j, c in zip(x, counts, strict=True)]  # fmt: skip
                tv = sum((abs(a - b) for a, b, _ in parts), Fraction(0)) / 2
                rest = sum((abs(a - c) for a, _, c in parts), Fraction(0)) / 2
                margins.append(Margin(float(tv), bound(n, k)))
                factor_off = max(factor_off, abs(tv - unseen * rest))
                sharp = max(sharp, tv / unseen)
    return bounded(
        margins,
        {
            "n up to": largest,
            "largest TV/(1 - k/n)": sharp,
            "TV = (1 - k/n) TV(Delta, rest)": bool(factor_off <= SLACK),
        },
    )


@check("equation-24")
def equation_24(counts: Counts = (3, 1), k: int = 1, eps: Fraction = Fraction(1, 2)) -> Verdict:
    """TV <= eps gives sup < 2 eps, but sup < 2 eps does not give TV <= eps."""
    n, forward, backward = sum(counts), True, True
    worst = Fraction(0)
    for x in samples(counts, k):
        off = [Fraction(j, k) - Fraction(c, n) for j, c in zip(x, counts, strict=True)]
        sup, tv = max(map(abs, off)), sum(map(abs, off), Fraction(0)) / 2
        forward &= tv > eps or sup < 2 * eps
        backward &= sup >= 2 * eps or tv <= eps
        worst = max(worst, tv / (Fraction(len(counts), 2) * sup) if sup else worst)
        if sup < 2 * eps < 2 * tv:
            broken = {"sup": sup, "TV": tv}
    evidence = {"eps": eps, **({} if backward else broken)}
    evidence |= {"TV over |S_l|/2 sup, at most": worst}
    return Verdict(
        "holds" if forward and backward else "fails",
        {**evidence, "TV <= eps implies sup < 2 eps": forward},
    )
