"""Samples without replacement: exact laws against enumeration, printed and corrected bounds."""

import contextlib
import itertools
import math
from collections import defaultdict
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ssq_core import bounds
from ssq_core import concentration as con
from tests.drawn import COUNTS, SHARES, SIZES, samples


def law(counts, k, distance, replace=False):
    """The exact law of the distance, {distance: probability}, by enumerating every sample."""
    n = sum(counts)
    out = defaultdict(Fraction)
    for x in itertools.product(*(range(1 + (k if replace else min(c, k))) for c in counts)):
        if sum(x) != k:
            continue
        apart = [abs(Fraction(x_j, k) - Fraction(c, n)) for x_j, c in zip(x, counts, strict=True)]
        if replace:
            weight = Fraction(math.factorial(k), math.prod(map(math.factorial, x)))
            weight *= math.prod(Fraction(c, n) ** x_j for x_j, c in zip(x, counts, strict=True))
        else:
            ways = math.prod(math.comb(c, x_j) for x_j, c in zip(x, counts, strict=True))
            weight = Fraction(ways, math.comb(n, k))
        out[max(apart) if distance == "sup" else sum(apart) / 2] += weight
    return dict(out)


def at_least(table, eps):
    return sum(weight for apart, weight in table.items() if apart >= eps)


POPULATIONS = st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(any)

DISTANCES = st.sampled_from(("sup", "tv"))


@settings(max_examples=150)
@given(POPULATIONS, st.integers(1, 5), DISTANCES, st.booleans(), st.data())
def test_a_failure_probability_is_the_enumerated_one_also_at_ties(
    counts, k, distance, replace, data
):
    n = sum(counts)
    k = min(k, n)
    exact = law(counts, k, distance, replace)
    eps = data.draw(st.sampled_from([Fraction(i, n * k) for i in range(1, n * k + 1)]))
    tie, beyond = (float(at_least(exact, e)) for e in (eps, eps + Fraction(1, 10**6)))
    for given_eps, expected in (
        (eps, tie), (float(eps), tie), (np.nextafter(float(eps), 1), tie), (eps + 1e-6, beyond),
    ):  # fmt: skip
        got = con.failure_probability(counts, k, given_eps, distance, replace=replace)
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-15)


@settings(max_examples=30)
@given(POPULATIONS, st.integers(1, 5), DISTANCES, st.booleans(), st.integers(0, 99))
def test_monte_carlo_brackets_it_by_the_clopper_pearson_interval(
    counts, k, distance, replace, seed
):
    k = min(k, sum(counts))
    exact = con.failure_probability(counts, k, 0.2, distance, replace=replace)
    drawn, again = (
        con.failure_probability(
            counts, k, 0.2, distance, "monte_carlo", draws=2000, seed=seed, replace=replace
        )
        for _ in range(2)
    )
    assert abs(drawn.value - exact) <= 5 * (exact * (1 - exact) / 2000) ** 0.5 + 1e-12
    hits = round(drawn.value * 2000)
    low = stats.beta.ppf(0.025, hits, 2001 - hits) if hits else 0
    high = stats.beta.ppf(0.975, hits + 1, 2000 - hits) if hits < 2000 else 1
    assert (drawn.low, drawn.high) == pytest.approx((low, high), abs=1e-12)
    assert again == drawn


def test_drawing_state_by_state_has_the_same_law():
    counts, k = [2_000_000, 1_000_000, 3_000_000], 400  # too many agents to shuffle
    exact = con.failure_probability(counts, k, 0.04)
    one, other = (
        con.failure_probability(counts, k, 0.04, method="monte_carlo", seed=seed) for seed in (3, 4)
    )
    assert one.low <= exact <= one.high
    assert one != other


@pytest.mark.parametrize(("n", "k"), [(400, 100), *((10**e, 12) for e in (3, 6, 9, 12))])
def test_two_states_keep_their_digits_in_small_tails_and_of_a_trillion_agents(n, k):
    counts, eps = [n // 3, n - n // 3], Fraction(1, 5)
    exact = float(at_least(law(counts, k, "sup"), eps))
    assert con.failure_probability(counts, k, eps) == pytest.approx(exact, rel=1e-11)


# -- bounds ----------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(POPULATIONS, st.integers(1, 9), st.floats(0.01, 1), st.booleans())
def test_the_bounds_cover_the_exact_probability(counts, k, share, replace) -> None:
    n, size = sum(counts), len(counts)
    k = min(k, n)
    eps = Fraction(math.ceil(share * n * k), n * k)  # an attainable distance, where it is tight
    exact = con.failure_probability(counts, k, eps, replace=replace)
    if replace:
        assert exact <= con.dkw_with_replacement_bound(n, k, 1, eps) * (1 + 1e-12)
    else:
        assert exact <= con.dkw_bound(n, k, size, eps) * (1 + 1e-12)
    if size <= 2 and not replace:
        sharp, serfling = (
            bound(n, k, eps) for bound in (con.bardenet_maillard_bound, con.serfling_bound)
        )
        assert exact <= sharp * (1 + 1e-12)
        assert sharp <= serfling * (1 + 1e-12)
        if serfling < 1:
            assert (sharp < serfling * (1 - 1e-12)) == (k > n / 2)
    for delta in (0.01, 0.1, 0.5):
        for radius in con.tv_radii(n, k, size, delta):
            beyond = con.failure_probability(counts, k, radius + 1e-9, "tv")
            assert beyond <= delta + 1e-12


def test_theorem_4_3_is_the_printed_formula_capped_at_one():
    assert con.dkw_bound(50, 10, 5, 0.5) == pytest.approx(10 * math.exp(-250 / 41))
    assert con.dkw_bound(50, 10, 5, 0.1) == 1.0
    assert con.serfling_bound(50, 10, 0.5) == pytest.approx(con.dkw_bound(50, 10, 1, 0.5))


def test_radius_and_probability_of_theorem_4_3_are_inverse():
    for n, k, size, delta in [(50, 5, 2, 0.1), (50, 25, 50, 0.01), (8, 8, 3, 0.5)]:
        radius = con.dkw_radius(n, k, size, delta)
        assert con.dkw_bound(n, k, size, radius) == pytest.approx(delta)
    assert con.tv_radius_paper(50, 5, 2, 0.1) == pytest.approx(con.dkw_radius(50, 5, 2, 0.1) / 2)


@pytest.mark.parametrize(("delta", "first"), [(0.1, 118), (0.05, 155), (0.01, 241)])
def test_the_martingale_form_is_least_from_many_states_on(delta, first):
    for size, expected in ((first - 1, False), (first, True)):
        radii = con.tv_radii(10**9, 2000, size, delta)
        assert (radii.martingale <= radii.union) is expected
        assert radii.complement > max(radii.union, radii.martingale)


def test_radii_and_bounds_at_the_edges():
    assert con.tv_radius(50, 5, 1, 0.1) == 0.0
    assert con.tv_radius(50, 50, 7, 0.1) == 0.0
    assert con.tv_radius(1, 1, 3, 0.1) == 0.0
    assert con.bardenet_maillard_bound(50, 50, 1e-3) == 0.0
    huge = con.tv_radii(10**9, 1000, 10**6, 0.1)  # 2^size overflows a float
    assert huge.union == pytest.approx(
        math.sqrt((10**6 * math.log(2) - math.log(0.1)) / 2000), 1e-5
    )
    assert con.tv_radius(10**9, 1000, 10**6, 0.1) == 1 - 1e-6


@given(sample=samples(), size=COUNTS, share=SHARES, distance=SIZES)
def test_radii_and_probabilities_are_numbers_in_their_whole_domain(
    sample: tuple[int, int], size: int, share: float, distance: float
) -> None:
    for radius in (con.dkw_radius, con.tv_radius, con.tv_radius_paper):
        assert 0 <= radius(*sample, size, share) < math.inf
    for bound in (con.serfling_bound, con.bardenet_maillard_bound):
        assert 0 <= bound(*sample, distance) <= 1
    for bound in (con.dkw_bound, con.dkw_with_replacement_bound):
        assert 0 <= bound(*sample, size, distance) <= 1


@given(
    counts=st.lists(st.integers(0, 6) | st.integers(10**9, 10**11), min_size=1, max_size=4).filter(
        any
    ),
    data=st.data(),
    eps=SIZES,
    distance=st.sampled_from(["sup", "tv"]),
    replace=st.booleans(),
)
def test_a_failure_probability_is_one_or_its_argument_is_named(
    counts: list[int], data: st.DataObject, eps: float, distance: con.Distance, replace: bool
) -> None:
    n = sum(counts)
    k = data.draw(st.sampled_from([1, n]) | st.integers(1, min(n, 12)))
    said = f"k = {k} of n = {n} is too large"
    with contextlib.suppress(ValueError):
        assert 0 <= con.failure_probability(counts, k, eps, distance, replace=replace) <= 1
        said = ""
    if said:
        with pytest.raises(ValueError, match=said):
            con.failure_probability(counts, k, eps, distance, replace=replace)
    drawn = partial(
        con.failure_probability, counts, k, eps, distance, "monte_carlo", draws=20, replace=replace
    )
    if n >= 10**9:
        with pytest.raises(ValueError, match="counts must sum to less than 1e9"):
            drawn()
    else:
        assert 0 <= drawn().low <= drawn().value <= drawn().high <= 1


def test_what_is_a_difference_of_counts_is_not_rounded_away() -> None:
    n = 10**17
    assert bounds.value(bounds.lemma_C_7, n=n, k=n - 9) == pytest.approx(math.sqrt(9 / n), 1e-12)
    assert bounds.value(bounds.tv_complement, n=n, k=n - 9) == pytest.approx(9 / n, 1e-12)
    assert con.serfling_bound(n, n, 1e-17) == pytest.approx(2 * math.exp(-2), 1e-12)
    few = con.dkw_radius(10, 2, 3, 1e-300) ** 2 - con.dkw_radius(10, 2, 3, 1e-200) ** 2
    assert few == pytest.approx(9 / 40 * 100 * math.log(10), 1e-12)
