"""Exact solution and Algorithms 1 and 3: exact values, certificates, refusals."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import multisets
from ssq_core import operators as bellman
from ssq_core import value_iteration as iteration
from tests import oracle
from tests.systems import random_system

MATCH = ssq.counterexamples.match(0.75, 0.5)


@pytest.mark.parametrize(("k", "value"), [(1, Fraction(7, 4)), (2, Fraction(95, 56))])
def test_match_has_the_known_rational_fixed_points(k: int, value: Fraction) -> None:
    assert abs(ssq.solve(MATCH, k, tol=1e-12).at(0, [0] * k)[0] - value) < 1e-12


def test_match_at_k_4_and_the_other_discount() -> None:
    assert abs(ssq.solve(MATCH, 4, tol=1e-10).at(0, [0] * 4)[0] - 1.68476) < 5e-6
    other = ssq.counterexamples.match(0.75, 0.9)
    assert abs(ssq.solve(other, 1, tol=1e-11).at(0, [0])[0] - 31 / 4) < 1e-10
    assert abs(ssq.solve(other, 2, tol=1e-11).at(0, [0, 0])[0] - 1679 / 248) < 1e-10


@pytest.mark.parametrize(("k", "third"), [(1, (25, 16)), (2, (197, 128)), (4, (3143, 2048))])
def test_match_after_two_and_three_iterations(k: int, third: tuple[int, int]) -> None:
    assert ssq.solve(MATCH, k, iterations=2).at(0, [0] * k)[0] == 11 / 8
    assert abs(ssq.solve(MATCH, k, iterations=3).at(0, [0] * k)[0] - third[0] / third[1]) < 1e-15


@pytest.mark.parametrize("weight", [15.0])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_printed_demand_response_lowers_to_1_then_holds_in_every_state(
    weight: float, k: int
) -> None:
    q = ssq.solve(ssq.demand_response(weight), k)
    assert [set(g.tolist()) for g in q.greedy] == [{1}, {0}, {0}, {0}, {0}]
    assert sum(len(g) for g in q.greedy) > 0


def test_printed_demand_response_values_at_k_1() -> None:
    q = ssq.solve(ssq.demand_response(), 1)
    values = [q.value(g, [s]) for g in range(5) for s in range(50)]
    assert abs(min(values) - 127.507) < 5e-4
    assert abs(max(values) - 176.759) < 5e-4


@pytest.mark.parametrize("stochastic", [False, True])
def test_learn_is_unbiased_after_one_sampled_step(stochastic: bool) -> None:
    """Q^2 averages r + gamma V^1 at sampled states: its mean over seeds is the exact Q^2."""
    mdp = random_system(10 if stochastic else 15, S=3)
    exact, draws = ssq.solve(mdp, 2, iterations=2), 400
    learned = [ssq.learn(mdp, 2, m=5, iterations=2, seed=s) for s in range(draws)]
    for g, *s in product(range(mdp.G), range(3), range(3)):
        sample = np.array([q.at(g, s) for q in learned])
        spread = sample.std(axis=0, ddof=1) / np.sqrt(draws)
        assert np.all(np.abs(sample.mean(axis=0) - exact.at(g, s)) <= 5 * spread + 1e-12)


def test_error_times_root_m_is_flat_for_fixed_samples() -> None:
    mdp = random_system(4, S=4)
    exact = ssq.solve(mdp, 2, tol=1e-10)
    scaled = []
    for m in (10, 90, 810):
        errors = [
            np.mean(
                [
                    np.abs(q.at(g, s) - exact.at(g, s)).max()
                    for g, *s in product(range(mdp.G), range(4), range(4))
                ]
            )
            for q in (ssq.learn(mdp, 2, m, iterations=60, seed=seed) for seed in range(12))
        ]
        scaled.append(np.mean(errors) * np.sqrt(m))
    assert max(scaled) / min(scaled) < 1.3


def test_learning_rates_reach_the_same_fixed_point_of_the_same_samples() -> None:
    full = ssq.learn(MATCH, 2, m=20, iterations=80, seed=3)
    for rate in (0.5, [0.5] * 200, lambda t: 0.5):
        damped = ssq.learn(MATCH, 2, m=20, iterations=200, seed=3, learning_rate=rate)
        np.testing.assert_allclose(damped.at(0, [0, 1]), full.at(0, [0, 1]), atol=1e-9, rtol=0)
        assert damped.error_bound < 1e-9


def test_fresh_samples_with_decaying_rates_approach_the_exact_table() -> None:
    exact = ssq.solve(MATCH, 2)
    q = ssq.learn(MATCH, 2, 20, 3000, seed=1, samples="fresh", learning_rate=lambda t: t**-0.7)
    assert q.error_bound == np.inf
    assert np.abs(q.at(0, [0, 1]) - exact.at(0, [0, 1])).max() < 0.02


def test_learn_is_reproducible_bit_for_bit_and_seeds_differ() -> None:
    mdp = random_system(6, S=3)
    first, again, other = (ssq.learn(mdp, 2, 4, 5, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(np.hstack(first.tables), np.hstack(again.tables))
    assert not np.array_equal(np.hstack(first.tables), np.hstack(other.tables))
