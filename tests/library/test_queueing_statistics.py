"""Intervals of means, differences, ratios and slopes: Student's t and coverage."""

import numpy as np
import pytest
from scipy import stats

from ssq_core.systems.queueing import Estimate, Run, difference, estimate, log_slope, relative_gap


def test_intervals_are_students_and_count_a_mirrored_pair_once():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    got = estimate(values)
    assert (got.low, got.high) == pytest.approx((low, high), abs=1e-12)
    assert got.half_width == pytest.approx((high - low) / 2, abs=1e-12)
    pairs = difference(Run(values, True), Run(np.zeros(4), True))
    low, high = stats.t.interval(0.95, 1, 3.75, stats.sem([2.5, 5.0]))
    assert (pairs.low, pairs.high) == pytest.approx((low, high), abs=1e-12)


def test_the_slope_of_a_power_law_is_its_exponent():
    cost = np.random.default_rng(0).uniform(1, 2, size=40)
    reference = Run(np.zeros(40))
    powers = {k: Run(-cost * k**-0.7) for k in (1, 2, 5, 9)}
    slope = log_slope(reference, powers)
    assert slope.mean == pytest.approx(-0.7, abs=1e-12)
    assert slope.half_width < 1e-12  # every run has the same slope


def test_the_intervals_cover_what_they_estimate():
    rng, hits = np.random.default_rng(1), np.zeros(2, dtype=int)
    for _ in range(1000):
        shared = rng.normal(size=200)
        reference = Run(-4 - shared)
        others = {k: Run(-4 - shared - k**-0.8 - 0.2 * rng.normal(size=200)) for k in (1, 2, 4)}
        slope, ratio = log_slope(reference, others), relative_gap(reference, others[1])
        hits += [slope.low <= -0.8 <= slope.high, ratio.low <= 0.25 <= ratio.high]
    low, high = stats.binom.interval(0.9999, 1000, 0.95)
    assert np.all((low <= hits) & (hits <= high))


def test_two_estimates_agree_if_twice_the_half_width_of_their_difference_covers_it():
    a, b = Estimate(1.0, 0.7, 1.3), Estimate(1.99, 1.59, 2.39)  # of the difference: .5
    assert a.agrees(b)
    assert not a.agrees(Estimate(2.01, 1.61, 2.41))
