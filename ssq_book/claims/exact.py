"""Tiny systems in exact rational arithmetic, for counterexamples that are equalities.

A table is a dict from (s_g, histogram of k local states) to the tuple of Q-values, one Fraction per
action. A system's floats are read as the ratios of small integers that they were written as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from ssq_core import multisets
from ssq_core.checks import check_count
from ssq_core.model import StarMDP

Histogram = tuple[int, ...]
Key = tuple[int, Histogram]
Table = Mapping[Key, tuple[Fraction, ...]]
Values = Mapping[Key, Fraction]

MAX_DENOMINATOR = 10**6


@dataclass(frozen=True)
class Rational:
    """The parts of a `StarMDP` as Fractions, indexed as there."""

    P_g: Any
    P_l: Any
    r_g: Any
    r_l: Any
    gamma: Fraction


def rational(mdp: StarMDP) -> Rational:
    """Return `mdp` in Fractions with denominators up to 10^6.

    Raises ValueError if a number is not within 1e-12 of one, or a row does not sum to 1 exactly.
    """
    own = Rational(
        P_g=_fractions(mdp.P_g),
        P_l=_fractions(mdp.P_l),
        r_g=_fractions(mdp.r_g),
        r_l=_fractions(mdp.r_l),
        gamma=_fractions(mdp.gamma),
    )
    for name in ("P_g", "P_l"):
        for i, rows in enumerate(getattr(own, name)):
            for j, row in enumerate(rows):
                if sum(row) != 1:
                    raise ValueError(f"{name}[{i}, {j}, :] sums to {sum(row)}, not to 1 exactly")
    return own


def _fractions(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_fractions(v) for v in value]
    near = Fraction(value).limit_denominator(MAX_DENOMINATOR)
    if abs(near - Fraction(value)) > Fraction(1, 10**12):
        raise ValueError(f"{value} is no ratio of integers up to {MAX_DENOMINATOR}")
    return near


def next_law(rows: Sequence[Sequence[Fraction]], h: Histogram) -> dict[Histogram, Fraction]:
    """Return the law of the next histogram of `h`, each agent in state x moving by rows[x]."""
    law = {(0,) * len(h): Fraction(1)}
    for x, times in enumerate(h):
        for _ in range(times):
            moved: dict[Histogram, Fraction] = {}
            for own, weight in law.items():
                for y, p in enumerate(rows[x]):
                    if p:
                        key = (*own[:y], own[y] + 1, *own[y + 1 :])
                        moved[key] = moved.get(key, Fraction(0)) + weight * p
            law = moved
    return law


def expectation(own: Rational, s_g: int, a: int, h: Histogram, V: Values) -> Fraction:
    """Return E V(s_g', h') after one step from (s_g, h) with action `a`."""
    law = next_law(own.P_l[s_g], h).items()
    return sum(
        (p * w * V[x, h_next] for x, p in enumerate(own.P_g[s_g][a]) if p for h_next, w in law),
        Fraction(0),
    )


def iterate(mdp: StarMDP, k: int, iterations: int) -> Table:
    """Return Q_k^T exactly: `iterations` applications of Eq. (7) to 0."""
    own, keys = _system(mdp, k)
    check_count("iterations", iterations, 0)
    Q: Table = {key: (Fraction(0),) * mdp.A for key in keys}
    for _ in range(iterations):
        Q = _backup(own, mdp.A, keys, {key: max(q) for key, q in Q.items()})
    return Q


def fixed_point(mdp: StarMDP, k: int) -> Table:
    """Return Q_k* exactly, by policy iteration with exact solution of the linear systems."""
    own, keys = _system(mdp, k)
    V: Values = dict.fromkeys(keys, Fraction(0))
    while True:
        Q = _backup(own, mdp.A, keys, V)
        if all(max(q) == V[key] for key, q in Q.items()):
            return Q
        V = _policy_value(own, keys, {key: q.index(max(q)) for key, q in Q.items()})


def backup(mdp: StarMDP, k: int, V: Values) -> Table:
    """Return Q = T_k applied to the values `V` of every (s_g, histogram of k), Eq. (7)."""
    own, keys = _system(mdp, k)
    return _backup(own, mdp.A, keys, V)


def _system(mdp: StarMDP, k: int) -> tuple[Rational, list[Key]]:
    check_count("k", k)
    histograms = map(tuple, multisets.counts(k, mdp.S).tolist())
    return rational(mdp), list(product(range(mdp.G), histograms))


def _reward(own: Rational, key: Key, a: int) -> Fraction:
    s_g, h = key
    local = sum((c * r for c, r in zip(h, own.r_l[s_g], strict=True)), Fraction(0)) / sum(h)
    return Fraction(own.r_g[s_g][a] + local)


def _backup(own: Rational, A: int, keys: Sequence[Key], V: Values) -> Table:
    return {
        (g, h): tuple(
            _reward(own, (g, h), a) + own.gamma * expectation(own, g, a, h, V) for a in range(A)
        )
        for g, h in keys
    }


def _policy_value(own: Rational, keys: Sequence[Key], policy: Mapping[Key, int]) -> Values:
    place = {key: i for i, key in enumerate(keys)}
    rows, right = [], []
    for key in keys:
        (g, h), a = key, policy[key]
        row = [QQ(0)] * len(keys)
        row[place[key]] = QQ(1)
        for (h_next, w), (x, p) in product(
            next_law(own.P_l[g], h).items(), enumerate(own.P_g[g][a])
        ):
            weight = own.gamma * w * p
            row[place[x, h_next]] -= QQ(weight.numerator, weight.denominator)
        r = _reward(own, key, a)
        rows.append(row)
        right.append([QQ(r.numerator, r.denominator)])
    size = len(keys)
    solution = DomainMatrix(rows, (size, size), QQ).lu_solve(DomainMatrix(right, (size, 1), QQ))
    numbers = [entry for (entry,) in solution.to_list()]
    return {
        key: Fraction(int(v.numerator), int(v.denominator))
        for key, v in zip(keys, numbers, strict=True)
    }
