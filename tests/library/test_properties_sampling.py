"""Sampling and bounds on drawn parameters: enumeration, and sympy's own numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ssq_core import bounds
from ssq_core import concentration as con
from tests.sampling import at_least, law

POPULATIONS = st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(any)
DISTANCES = st.sampled_from(("sup", "tv"))
EXPRESSIONS = sorted(
    name
    for name, expr in vars(bounds).items()
    if isinstance(expr, sp.Expr) and not isinstance(expr, sp.Symbol) and name[0] != "_"
)


@settings(max_examples=80)
@given(POPULATIONS, st.integers(1, 5), DISTANCES, st.booleans(), st.data())
def test_a_failure_probability_is_the_enumerated_one(counts, k, distance, replace, data) -> None:
    n = sum(counts)
    k = min(k, n)
    exact = law(counts, k, distance, replace)
    ties = [Fraction(i, n * k) for i in range(1, n * k + 1)]
    eps = data.draw(st.sampled_from(ties))
    for given_eps in (eps, float(eps)):
        got = con.failure_probability(counts, k, given_eps, distance, replace=replace)
        assert got == pytest.approx(float(at_least(exact, eps)), rel=1e-12, abs=1e-15)


@settings(max_examples=20)
@given(POPULATIONS, st.integers(1, 5), DISTANCES, st.integers(0, 99))
def test_monte_carlo_brackets_it_in_five_standard_errors(counts, k, distance, seed) -> None:
    k = min(k, sum(counts))
    exact = con.failure_probability(counts, k, 0.2, distance)
    drawn = con.failure_probability(
        counts, k, 0.2, distance, method="monte_carlo", draws=2000, seed=seed
    )
    assert abs(drawn.value - exact) <= 5 * (exact * (1 - exact) / 2000) ** 0.5 + 1e-12
    assert drawn.low <= drawn.value <= drawn.high
    again = con.failure_probability(
        counts, k, 0.2, distance, method="monte_carlo", draws=2000, seed=seed
    )
    assert again == drawn


@settings(max_examples=40)
@given(POPULATIONS, st.integers(1, 5), st.floats(0.01, 1))
def test_the_bounds_cover_the_exact_probability(counts, k, eps) -> None:
    n, size = sum(counts), len(counts)
    k = min(k, n)
    assert con.failure_probability(counts, k, eps) <= con.dkw_bound(n, k, size, eps) + 1e-12
    for delta in (0.05, 0.5):
        radius = con.tv_radius(n, k, size, delta)
        beyond = con.failure_probability(counts, k, radius + 1e-9, "tv")
        assert beyond <= delta + 1e-12


@pytest.mark.parametrize("e", [3, 6, 9, 12])
def test_two_states_keep_twelve_digits_up_to_a_trillion_agents(e: int) -> None:
    n, k = 10**e, 12
    c, chances = n // 3, Fraction(0)
    for x in range(k + 1):
        if abs(Fraction(x, k) - Fraction(c, n)) >= Fraction(1, 5):
            ways = Fraction(1)
            for i in range(k):  # hypergeometric: C(k, x) falling factorials
                taken, left = (i, c) if i < x else (i - x, n - c)
                ways *= Fraction(left - taken, n - i)
            chances += ways * sp.binomial(k, x)
    assert con.failure_probability([c, n - c], k, Fraction(1, 5)) == pytest.approx(
        float(chances), rel=1e-12
    )


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, float]:
    n = draw(st.integers(1, 90))
    span = draw(st.integers(1, 8)) / 4
    return {
        "n": n, "k": draw(st.integers(1, n)), "size": draw(st.integers(2, 40)),
        "actions": draw(st.integers(1, 9)), "dimension": draw(st.integers(1, 4)),
        "r_max": draw(st.integers(1, 8)) / 2, "r_local": span, "span": span,
        "gamma": draw(st.integers(1, 15)) / 16, "tau": draw(st.integers(0, 16)) / 16,
        "nu": draw(st.integers(0, 8)) / 4, "tv": draw(st.integers(0, 16)) / 16,
        "eps": draw(st.integers(0, 8)) / 8, "distance": draw(st.integers(1, 16)) / 16,
        "delta": draw(st.integers(1, 15)) / 16, "delta_2": draw(st.integers(1, 15)) / 16,
    }  # fmt: skip


@settings(max_examples=70)
@given(st.sampled_from(EXPRESSIONS), parameters())
def test_a_number_is_sympys_own_to_thirty_digits(name, p) -> None:
    expr = getattr(bounds, name)
    exact = expr.xreplace(bounds.definitions).xreplace(
        {getattr(bounds.symbols, key): sp.Rational(value) for key, value in p.items()}
    )
    exact = exact.replace(lambda part: bool(part.args), lambda part: part.func(*part.args))
    number = complex(sp.N(exact.doit(), 30))
    assert abs(number.imag) < 1e-15
    used = {key for key, s in vars(bounds.symbols).items() if s in expr.xreplace(
        bounds.definitions).free_symbols}  # fmt: skip
    got = bounds.value(expr, **{key: value for key, value in p.items() if key in used})
    assert got == pytest.approx(number.real, rel=1e-11, abs=1e-13)
    assert got == bounds.value(expr, **p)


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(1, 400))
def test_the_sum_of_inverse_squares_is_exact_to_fifteen_digits(first, more) -> None:
    exact = sum(Fraction(1, j * j) for j in range(first, first + more))
    assert bounds._squares_value(first, first + more - 1) == pytest.approx(float(exact), rel=4e-15)


@settings(max_examples=25)
@given(parameters(), st.floats(0.01, 10))
def test_the_first_k_below_a_level_is_the_first(p, level) -> None:
    own = {key: p[key] for key in ("size", "actions", "r_max", "gamma", "eps")}
    values = [bounds.value(bounds.theorem_3_2, n=p["n"], k=k, **own) for k in range(1, p["n"] + 1)]
    below = [k for k, number in enumerate(values, 1) if number < level * values[0]]
    found = bounds.first_k_below(bounds.theorem_3_2, level * values[0], n=p["n"], **own)
    if np.all(np.diff(values) < 0):
        assert found == (below[0] if below else None)
