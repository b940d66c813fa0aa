"""Samples without replacement: exact laws against enumeration, printed and corrected bounds."""

import contextlib
import itertools
import math
from collections import defaultdict
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ssq_core import bounds
from ssq_core import concentration as con
from tests.drawn import COUNTS, SHARES, SIZES, samples


def partitions(n, largest=None):
    """Every population of n agents, up to the names of its states."""
    if n == 0:
        yield ()
    for first in range(min(n, largest or n), 0, -1):
        for rest in partitions(n - first, first):
            yield (first, *rest)


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


CASES = [(counts, k) for n in (1, 2, 4, 6) for counts in partitions(n) for k in range(1, n + 1)]

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
def test_monte_carlo_brackets_it_in_five_standard_errors(counts, k, distance, replace, seed):
    k = min(k, sum(counts))
    exact = con.failure_probability(counts, k, 0.2, distance, replace=replace)
    drawn, again = (
        con.failure_probability(
            counts, k, 0.2, distance, "monte_carlo", draws=2000, seed=seed, replace=replace
        )
        for _ in range(2)
    )
    assert abs(drawn.value - exact) <= 5 * (exact * (1 - exact) / 2000) ** 0.5 + 1e-12
    assert drawn.low <= drawn.value <= drawn.high
    assert again == drawn


def test_small_tails_keep_their_relative_precision():
    n, c, k, eps = 400, 100, 100, Fraction(1, 5)
    ways = sum(
        math.comb(c, x) * math.comb(n - c, k - x)
        for x in range(k + 1)
        if abs(Fraction(x, k) - Fraction(c, n)) >= eps
    )
    exact = float(Fraction(ways, math.comb(n, k)))
    assert exact < 1e-6
    assert con.failure_probability([c, n - c], k, eps) == pytest.approx(exact, rel=1e-10)
    one_state_more = con.failure_probability([c, n - c - 1, 1], k, eps)
    assert exact <= one_state_more * (1 + 1e-10) <= 2 * exact


def test_the_interval_of_monte_carlo_is_clopper_pearson():
    one, other = (
        con.failure_probability([5] * 10, 25, 0.06, method="monte_carlo", draws=3000, seed=seed)
        for seed in (7, 8)
    )
    assert one != other
    hits = round(one.value * 3000)
    assert one.low == pytest.approx(stats.beta.ppf(0.025, hits, 3001 - hits))
    assert one.high == pytest.approx(stats.beta.ppf(0.975, hits + 1, 3000 - hits))


def test_drawing_state_by_state_has_the_same_law():
    counts, k = [2_000_000, 1_000_000, 3_000_000], 400  # too many agents to shuffle
    exact = con.failure_probability(counts, k, 0.04)
    found = con.failure_probability(counts, k, 0.04, method="monte_carlo", seed=3)
    assert found.low <= exact <= found.high


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


# -- bounds ----------------------------------------------------------------------------------------


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


def test_theorem_4_3_holds_for_every_population_of_up_to_seven_agents():
    for n in range(1, 8):
        for counts in partitions(n):
            for k in range(1, n + 1):
                for t in range(1, n * k + 1):  # every attainable distance is a multiple of 1/(nk)
                    eps = Fraction(t, n * k)
                    bound = con.dkw_bound(n, k, len(counts), float(eps))
                    if bound == 1.0:
                        continue
                    assert con.failure_probability(counts, k, eps) <= bound * (1 + 1e-12)
                    if bound < 1e-6:
                        break


@pytest.mark.parametrize("bound", [con.serfling_bound, con.bardenet_maillard_bound])
def test_one_state_bounds_hold_against_the_hypergeometric_law(bound):
    for n in (5, 12, 24):
        for k in range(1, n + 1):
            for c in range(1, n // 2 + 1):
                for eps in (0.05, 0.15, 0.4):
                    exact = con.failure_probability([c, n - c], k, eps)
                    assert exact <= bound(n, k, eps) * (1 + 1e-12)


def test_bardenet_maillard_sharpens_serfling_beyond_half():
    n = 40
    for k in range(1, n + 1):
        sharp, serfling = con.bardenet_maillard_bound(n, k, 0.3), con.serfling_bound(n, k, 0.3)
        assert sharp <= serfling * (1 + 1e-12)
        assert (sharp < serfling * (1 - 1e-12)) == (k > n / 2 and serfling < 1)
    assert con.bardenet_maillard_bound(n, n, 1e-3) == 0.0


def test_theorem_C_2_is_not_violated_by_small_samples_with_replacement():
    for n in range(1, 6):
        for counts in partitions(n):
            for k in range(1, n + 1):
                for t in range(1, n * k + 1):
                    eps = Fraction(t, n * k)
                    exact = con.failure_probability(counts, k, eps, replace=True)
                    assert exact <= con.dkw_with_replacement_bound(n, k, 1, float(eps)) + 1e-12


def test_theorem_4_3_is_the_printed_formula_capped_at_one():
    assert con.dkw_bound(50, 10, 5, 0.5) == pytest.approx(10 * math.exp(-250 / 41))
    assert con.dkw_bound(50, 10, 5, 0.1) == 1.0
    assert con.serfling_bound(50, 10, 0.5) == pytest.approx(con.dkw_bound(50, 10, 1, 0.5))


def test_radius_and_probability_of_theorem_4_3_are_inverse():
    for n, k, size, delta in [(50, 5, 2, 0.1), (50, 25, 50, 0.01), (8, 8, 3, 0.5)]:
        radius = con.dkw_radius(n, k, size, delta)
        assert con.dkw_bound(n, k, size, radius) == pytest.approx(delta)
    assert con.tv_radius_paper(50, 5, 2, 0.1) == pytest.approx(con.dkw_radius(50, 5, 2, 0.1) / 2)


def test_equation_13_fails_for_two_states():
    for delta, printed in ((0.1, 0.679), (0.05, 0.740)):
        radius = con.tv_radius_paper(4, 1, 2, delta)
        assert radius == pytest.approx(printed, abs=5e-4)
        assert radius < 0.75
    assert con.failure_probability([1, 3], 1, Fraction(3, 4), "tv") == pytest.approx(0.25)
    assert law((1, 3), 1, "tv")[Fraction(3, 4)] == Fraction(1, 4) > 0.1


def test_equation_13_fails_surely_for_distinct_states():
    assert law((1, 1, 1, 1), 2, "tv") == {Fraction(1, 2): 1}
    assert con.tv_radius_paper(4, 2, 4, 0.1) == pytest.approx(0.4532, abs=5e-5)
    for k, apart, printed in ((10, 0.8, 0.279), (25, 0.5, 0.141)):
        assert con.failure_probability([1] * 50, k, apart, "tv") == pytest.approx(1.0)
        assert con.tv_radius_paper(50, k, 50, 0.05) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize(
    ("counts", "k", "violated"), [([10] * 5, 25, 0.57), ([100] * 10, 100, 0.91)]
)
def test_equation_13_fails_more_often_than_not_in_even_populations(counts, k, violated):
    radius = con.tv_radius_paper(sum(counts), k, len(counts), 0.1)
    assert con.failure_probability(counts, k, radius, "tv") == pytest.approx(violated, abs=0.005)


def test_the_corrected_radii_cover_every_population_of_up_to_seven_agents():
    for n in range(1, 8):
        for counts in partitions(n):
            for k in range(1, n + 1):
                table = law(counts, k, "tv")
                for delta in (0.01, 0.1, 0.3):
                    for radius in con.tv_radii(n, k, len(counts), delta):
                        outside = sum(w for apart, w in table.items() if apart > radius + 1e-12)
                        assert outside <= delta, (counts, k, delta, radius)


def test_the_corrected_radius_covers_larger_even_and_uneven_populations():
    for counts in ([10] * 5, [25, 25], [46, 1, 1, 1, 1], [1] * 20 + [30], [30, 15, 5]):
        for k in (2, 5, 25, 45):
            for delta in (0.01, 0.1):
                radius = con.tv_radius(sum(counts), k, len(counts), delta)
                outside = con.failure_probability(counts, k, radius * (1 + 1e-9), "tv")
                assert outside <= delta


def test_the_mean_of_tv_is_at_most_half_sigma():
    for counts, k in CASES:
        n = sum(counts)
        mean = float(sum(apart * w for apart, w in law(counts, k, "tv").items()))
        variance = (len(counts) - 1) * (n - k) / (k * max(n - 1, 1))
        assert mean <= math.sqrt(variance) / 2 + 1e-12


def test_tv_is_the_unsampled_fraction_times_the_distance_to_the_complement():
    for counts, k in CASES:
        n = sum(counts)
        for x in itertools.product(*(range(c + 1) for c in counts)):
            if sum(x) != k or k == n:
                continue
            pairs = list(zip(x, counts, strict=True))
            whole = sum(abs(Fraction(x_j, k) - Fraction(c, n)) for x_j, c in pairs) / 2
            rest = sum(abs(Fraction(x_j, k) - Fraction(c - x_j, n - k)) for x_j, c in pairs) / 2
            assert whole == (1 - Fraction(k, n)) * rest <= 1 - Fraction(k, n)


@pytest.mark.parametrize(("delta", "first"), [(0.1, 118), (0.05, 155), (0.01, 241)])
def test_the_martingale_form_is_least_from_many_states_on(delta, first):
    for size, expected in ((first - 1, False), (first, True)):
        radii = con.tv_radii(10**9, 2000, size, delta)
        assert (radii.martingale <= radii.union) is expected
        assert radii.complement > max(radii.union, radii.martingale)


def test_tv_radius_at_the_edges():
    assert con.tv_radius(50, 5, 1, 0.1) == 0.0
    assert con.tv_radius(50, 50, 7, 0.1) == 0.0
    assert con.tv_radius(1, 1, 3, 0.1) == 0.0
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
