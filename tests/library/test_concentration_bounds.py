"""The bounds on sampling without replacement, printed and corrected, against exact laws."""

import itertools
import math
from fractions import Fraction

import pytest

from ssq_core import concentration as con
from tests.sampling import CASES, law, partitions


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
        assert sharp <= serfling * (1 + 1e-12)
        assert (sharp < serfling * (1 - 1e-12)) == (k > n / 2 and serfling < 1)
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
