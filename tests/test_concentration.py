"""Sampling without replacement: exact laws against enumeration, and bounds against exact laws."""

import itertools
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from ssq_core import concentration as con


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


CASES = [(counts, k) for n in (1, 2, 4, 6, 7) for counts in partitions(n) for k in range(1, n + 1)]


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


def test_theorem_4_3_holds_for_every_population_of_up_to_eight_agents():
    for n in range(1, 9):
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
    for n in (5, 12, 30):
        for k in range(1, n + 1):
            for c in range(1, n // 2 + 1):
                for eps in (0.05, 0.15, 0.4):
                    exact = con.failure_probability([c, n - c], k, eps)
                    assert exact <= bound(n, k, eps) * (1 + 1e-12)


def test_bardenet_maillard_sharpens_serfling_beyond_half():
    n = 40
    for k in range(1, n + 1):
        sharp, serfling = con.bardenet_maillard_bound(n, k, 0.3), con.serfling_bound(n, k, 0.3)
        assert sharp <= serfling
        assert (sharp < serfling) == (k > n / 2 and serfling < 1)
    assert con.bardenet_maillard_bound(n, n, 1e-3) == 0.0


def test_theorem_C_2_is_not_violated_by_small_samples_with_replacement():
    for n in range(1, 7):
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


def test_the_corrected_radii_cover_every_population_of_up_to_nine_agents():
    for n in range(1, 10):
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: con.dkw_bound(5, 6, 2, 0.1), "k must be between 1 and n = 5, got 6"),
        (lambda: con.dkw_bound(5, 0, 2, 0.1), "k must be between 1 and n = 5, got 0"),
        (lambda: con.dkw_bound(5, 2, 0, 0.1), "size must be finite and positive, got 0"),
        (lambda: con.dkw_bound(5, 2, 2, 0.0), "eps must be a positive finite number, got 0.0"),
        (lambda: con.dkw_bound(5, 2, 2, math.nan), "eps must be a positive finite number, got nan"),
        (lambda: con.dkw_radius(5, 2, 2, 0.0), "delta must be inside (0, 1), got 0.0"),
        (lambda: con.tv_radius(5, 2, 2, 1.0), "delta must be inside (0, 1), got 1.0"),
        (lambda: con.tv_radius(5, 2, 1, 1.5), "delta must be inside (0, 1), got 1.5"),
        (lambda: con.tv_radius_paper(5, 7, 2, 0.1), "k must be at most n = 5, got 7"),
        (lambda: con.failure_probability([2, 3], 6, 0.1), "k must be between 1 and n = 5, got 6"),
        (lambda: con.failure_probability([2, 3], 2.5, 0.1), "k must be an integer, got 2.5"),
        (lambda: con.failure_probability([2, -1], 1, 0.1), "counts[1] must be at least 0, got -1"),
        (lambda: con.failure_probability([], 1, 0.1), "counts must be a list"),
        (lambda: con.failure_probability([0, 0], 1, 0.1), "counts must hold at least one agent"),
        (lambda: con.failure_probability([1.5, 2], 1, 0.1), "counts must be integers"),
        (lambda: con.failure_probability([2, 3], 2, -0.1), "eps must be a positive finite number"),
        (lambda: con.failure_probability([2, 3], 2, 0.1, "kl"), "distance must be 'sup' or 'tv'"),
        (lambda: con.failure_probability([2], 2, 0.1, method="fft"), "method must be 'exact' or"),
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
