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


@pytest.mark.parametrize("seed", range(20))
def test_row_classes_and_blocks_give_what_the_plain_operator_gives(seed: int) -> None:
    mdp = random_system(seed, S=4)
    operator = bellman.plain(mdp, 3)
    V, shift, _, _ = iteration.fixed_point(operator, 1e-11)
    Q = [q + shift for q in operator.q_values(V)]
    q = ssq.solve(mdp, 3, tol=1e-11)
    for g, states in product(range(mdp.G), multisets.unrank_all(3, 4)):
        np.testing.assert_allclose(
            q.at(g, states), Q[g][:, int(multisets.rank(states))], atol=1e-10, rtol=0
        )


def test_a_block_solved_alone_equals_its_part_of_the_whole() -> None:
    mdp = ssq.demand_response(weight=1.5)
    whole, part = ssq.solve(mdp, 2, tol=1e-10), ssq.solve(mdp, 2, tol=1e-10, type_counts=(1, 1))
    for g, (i, j) in product(range(5), [(0, 30), (12, 49), (24, 25)]):
        np.testing.assert_allclose(part.at(g, [j, i]), whole.at(g, [i, j]), atol=1e-9, rtol=0)
    with pytest.raises(ValueError, match=r"type counts \[2, 0\] lie outside"):
        part.at(0, [0, 1])


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


@pytest.mark.parametrize("seed", range(10))
def test_the_certified_error_is_never_below_the_true_one(seed: int) -> None:
    mdp = random_system(seed)
    Q = oracle.fixed_point(mdp, 2)
    for tol in (1e-1, 1e-4, 1e-8):
        q = ssq.solve(mdp, 2, tol=tol)
        assert q.error_bound <= tol
        worst = max(
            np.abs(q.at(g, s) - Q[(g, *s)]).max()
            for g, *s in product(range(mdp.G), *[range(mdp.S)] * 2)
        )
        assert worst <= q.error_bound + 1e-12


def test_a_tolerance_below_rounding_is_refused_not_looped_on() -> None:
    with pytest.raises(ValueError, match="tol = 1e-18 is below what rounding allows"):
        ssq.solve(MATCH, 2, tol=1e-18)
    *_, error, sweeps = iteration.fixed_point(bellman.plain(MATCH, 2), 1e-18)
    assert 1e-18 < error < 1e-13
    assert sweeps < 100


def test_a_tolerance_beyond_every_float_is_refused() -> None:
    with pytest.raises(ValueError, match="tol must be positive and finite, got 1000"):
        ssq.solve(MATCH, 2, tol=10**400)


@pytest.mark.parametrize("seed", [0, 1, 5])  # stochastic and deterministic P_g
def test_learn_with_every_sample_certain_is_the_exact_iteration(seed: int) -> None:
    mdp = random_system(2, S=3) if seed == 0 else random_system(seed, S=3)
    certain = ssq.StarMDP(
        np.eye(mdp.G)[mdp.P_g.argmax(-1)],
        np.eye(3)[mdp.P_l.argmax(-1)],
        mdp.r_g,
        mdp.r_l,
        mdp.gamma,
    )
    learned = ssq.learn(certain, 2, m=3, iterations=7, seed=seed)
    exact = ssq.solve(certain, 2, iterations=7)
    for g, *s in product(range(mdp.G), range(3), range(3)):
        np.testing.assert_allclose(learned.at(g, s), exact.at(g, s), atol=1e-12, rtol=0)


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ssq.solve(MATCH, 0), "k must be at least 1, got 0"),
        (lambda: ssq.solve(MATCH, 1.5), "k must be an integer, got 1.5"),
        (lambda: ssq.solve(MATCH, 1, tol=0), "tol must be positive and finite, got 0"),
        (lambda: ssq.solve(MATCH, 1, iterations=0), "iterations must be at least 1, got 0"),
        (lambda: ssq.solve(MATCH, 2, type_counts=(1, 1)), r"one entry per conserved type \(1\)"),
        (lambda: ssq.solve(MATCH, 2, type_counts=(1,)), "type_counts must sum to 2"),
        (lambda: ssq.learn(MATCH, 1, 0, 5), "m must be at least 1, got 0"),
        (lambda: ssq.learn(MATCH, 1, 5, 0), "iterations must be at least 1, got 0"),
        (lambda: ssq.learn(MATCH, 1, 5, 5, seed=-1), "seed must be at least 0, got -1"),
        (
            lambda: ssq.learn(MATCH, 1, 5, 5, samples="all"),
            "samples must be one of fixed, fresh; got",
        ),
        (lambda: ssq.learn(MATCH, 1, 5, 5, learning_rate=0), r"learning_rate at t = 1 must lie in"),
        (lambda: ssq.learn(MATCH, 1, 5, 5, learning_rate=[1.0]), "learning_rate has shape"),
        (lambda: ssq.solve(MATCH, 2).at(2, [0, 0]), "s_g = 2 is outside 0..1"),
        (lambda: ssq.solve(MATCH, 2).at(0, [0, 5]), r"states\[1\] = 5 is outside 0..1"),
        (lambda: ssq.solve(MATCH, 2).at(0, [0]), "states must hold 2 local state indices"),
    ],
)
def test_bad_input_is_refused_by_name_and_limit(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_table_that_cannot_fit_is_refused_with_its_bytes_and_the_largest_k() -> None:
    mdp = ssq.demand_response()
    for call in (lambda: ssq.solve(mdp, 30), lambda: ssq.learn(mdp, 30, 50, 5)):
        with pytest.raises(ssq.TableTooLarge, match="the largest k that fits is") as refusal:
            call()
        assert refusal.value.needed > refusal.value.available
        assert 1 <= refusal.value.largest_k < 30


@pytest.mark.parametrize("samples", ["fixed", "fresh"])
def test_a_block_learned_alone_has_the_numbers_of_the_whole_table(samples: str) -> None:
    mdp = ssq.demand_response(1.5)
    whole = ssq.learn(mdp, 2, 5, 4, seed=3, samples=samples)
    for block in whole.layout.blocks:
        alone = ssq.learn(mdp, 2, 5, 4, seed=3, samples=samples, type_counts=block)
        for g in range(mdp.G):
            assert np.array_equal(alone.tables[g], whole.tables[g][:, whole.layout.slice(g, block)])
    with pytest.raises(ValueError, match=r"type_counts must sum to 2, got \(2, 1\) with sum 3"):
        ssq.learn(mdp, 2, 5, 4, type_counts=(2, 1))
