"""Sampling without replacement: exact laws against enumeration, and Monte Carlo against exact."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from ssq_core import concentration as con
from tests.sampling import CASES, at_least, law, partitions


@pytest.mark.parametrize("distance", ["sup", "tv"])
@pytest.mark.parametrize("replace", [False, True])
def test_exact_probability_is_the_enumerated_one_also_at_ties(distance, replace):
    for counts, k in CASES:
        if replace and k > 4:
            continue
        table = law(counts, k, distance, replace)
        for eps in (e for e in table if e > 0):
            exact = float(at_least(table, eps))
            for given in (eps, float(eps), np.nextafter(float(eps), 1)):
                got = con.failure_probability(counts, k, given, distance, replace=replace)
                assert got == pytest.approx(exact, rel=1e-12), (counts, k, eps)
            beyond = float(at_least(table, eps + Fraction(1, 10**6)))
            got = con.failure_probability(counts, k, float(eps) + 1e-6, distance, replace=replace)
            assert got == pytest.approx(beyond, rel=1e-12, abs=0), (counts, k, eps)


def test_a_decimal_eps_meets_its_tie():
    assert con.failure_probability([5, 5], 5, 0.1) == 1.0  # 2 or 3 of 5: always at .1 or more
    assert con.failure_probability([1, 5], 1, 5 / 6) == pytest.approx(1 / 6)


@pytest.mark.parametrize("eps", [0.05, 0.2, 0.4])
def test_two_states_are_hypergeometric_and_splitting_a_state_changes_only_tv_and_sup(eps):
    n, c, k = 60, 21, 24
    x = np.arange(k + 1)
    tail = np.abs(x / k - c / n) >= eps - 1e-12
    expected = stats.hypergeom.pmf(x, n, c, k)[tail].sum()
    for distance in ("sup", "tv"):
        got = con.failure_probability([c, n - c], k, eps, distance)
        assert got == pytest.approx(expected, rel=1e-9)
        split = con.failure_probability([c, n - c - 10, 10], k, eps, distance)
        assert (split > got) if distance == "tv" else (split != got)


def test_an_empty_state_and_the_order_of_states_change_nothing():
    for distance in ("sup", "tv"):
        base = con.failure_probability([3, 4, 5], 5, 0.2, distance)
        assert con.failure_probability([5, 0, 3, 4], 5, 0.2, distance) == pytest.approx(base)


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


def test_the_whole_population_is_its_own_sample():
    for counts in partitions(6):
        for distance in ("sup", "tv"):
            assert con.failure_probability(counts, 6, 1e-9, distance) == 0.0


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("distance", ["sup", "tv"])
def test_monte_carlo_brackets_the_exact_probability(distance, replace):
    counts, k = [8, 1, 5, 0, 3, 3], 6
    exact = con.failure_probability(counts, k, 0.2, distance, replace=replace)
    # ten intervals of 95 %: three or more misses have probability .012, and the seed is fixed
    caught = 0
    for seed in range(10):
        found = con.failure_probability(
            counts, k, 0.2, distance, method="monte_carlo", seed=seed, replace=replace
        )
        assert found.low <= found.value <= found.high
        caught += found.low <= exact <= found.high
    assert caught >= 8


def test_monte_carlo_is_reproducible_and_its_interval_is_clopper_pearson():
    kwargs = {"method": "monte_carlo", "draws": 3000}
    one = con.failure_probability([5] * 10, 25, 0.06, seed=7, **kwargs)
    assert one == con.failure_probability([5] * 10, 25, 0.06, seed=7, **kwargs)
    assert one != con.failure_probability([5] * 10, 25, 0.06, seed=8, **kwargs)
    hits = round(one.value * 3000)
    assert one.low == pytest.approx(stats.beta.ppf(0.025, hits, 3001 - hits))
    assert one.high == pytest.approx(stats.beta.ppf(0.975, hits + 1, 3000 - hits))


def test_drawing_state_by_state_has_the_same_law():
    counts, k = [2_000_000, 1_000_000, 3_000_000], 400  # too many agents to shuffle
    exact = con.failure_probability(counts, k, 0.04)
    found = con.failure_probability(counts, k, 0.04, method="monte_carlo", seed=3)
    assert found.low <= exact <= found.high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: con.dkw_bound(5, 6, 2, 0.1), "k must be at most n = 5, got 6"),
        (lambda: con.dkw_bound(5, 0, 2, 0.1), "k must be at least 1, got 0"),
        (lambda: con.dkw_bound(5, 2, 0, 0.1), "size must be at least 1, got 0"),
        (lambda: con.dkw_bound(5, 2, 2, 0.0), "eps must be positive and finite, got 0.0"),
        (lambda: con.dkw_bound(5, 2, 2, math.nan), "eps must be positive and finite, got nan"),
        (lambda: con.dkw_radius(5, 2, 2, 0.0), "delta must lie in (0, 1), got 0.0"),
        (lambda: con.tv_radius(5, 2, 2, 1.0), "delta must lie in (0, 1), got 1.0"),
        (lambda: con.tv_radius(5, 2, 1, 1.5), "delta must lie in (0, 1), got 1.5"),
        (lambda: con.tv_radius_paper(5, 7, 2, 0.1), "k must be at most n = 5, got 7"),
        (lambda: con.failure_probability([2, 3], 6, 0.1), "k must be at most 5, got 6"),
        (lambda: con.failure_probability([2, 3], 2.5, 0.1), "k must be an integer, got 2.5"),
        (lambda: con.failure_probability([2, -1], 1, 0.1), "counts[1] must be at least 0, got -1"),
        (lambda: con.failure_probability([], 1, 0.1), "counts must be a list"),
        (
            lambda: con.failure_probability([0, 0], 1, 0.1),
            "the sum of counts must be at least 1, got 0",
        ),
        (lambda: con.failure_probability([1.5, 2], 1, 0.1), "counts must be integers"),
        (lambda: con.failure_probability([2, 3], 2, -0.1), "eps must be positive and finite"),
        (
            lambda: con.failure_probability([2, 3], 2, 0.1, "kl"),
            "distance must be one of sup, tv; got 'kl'",
        ),
        (
            lambda: con.failure_probability([2], 2, 0.1, method="fft"),
            "method must be one of exact, monte_carlo; got 'fft'",
        ),
        (
            lambda: con.failure_probability([2, 3], 2, 0.1, method="monte_carlo", draws=0),
            "draws must be at least 1, got 0",
        ),
        (
            lambda: con.failure_probability([10**6 + 1, 10**6, 10**6], 10**5, 0.1, "tv"),
            "k = 100000 of n = 3000001 is too large for method='exact'",
        ),
        (
            lambda: con.failure_probability([10**9, 1], 2, 0.1, method="monte_carlo"),
            "counts must sum to less than 1e9",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is held below
        call()
    assert str(refusal.value).startswith(message)
