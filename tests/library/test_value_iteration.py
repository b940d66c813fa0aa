"""Exact solutions, their policies and gaps: as on ordered tuples to 1e-9, and known values."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core.layout import Layout
from tests import oracle
from tests.drawn import systems

SIZES = st.integers(1, 3)


@settings(max_examples=40)
@given(systems(), SIZES, st.sampled_from((1e-3, 1e-9)))
def test_the_certified_error_covers_the_distance_to_the_fixed_point(mdp, k, tol) -> None:
    q = ssq.solve(mdp, k, tol)
    assert q.error_bound <= tol
    assert np.abs(oracle.table_of(q) - oracle.fixed_point(mdp, k)).max() <= q.error_bound + 1e-12


@settings(max_examples=50)
@given(systems(), SIZES, st.integers(1, 6))
def test_an_iterate_is_the_iterate_from_zero(mdp, k, T) -> None:
    q = ssq.solve(mdp, k, iterations=T)
    np.testing.assert_allclose(oracle.table_of(q), oracle.iterate(mdp, k, T), atol=1e-12, rtol=0)
    assert q.sweeps == T
    assert np.abs(oracle.table_of(q) - oracle.fixed_point(mdp, k)).max() <= q.error_bound


@settings(max_examples=40)
@given(systems(), SIZES)
def test_value_is_the_largest_and_action_the_first_within_the_tie_tolerance(mdp, k) -> None:
    q = ssq.solve(mdp, k)
    for g, *s in oracle.joint_states(mdp, k):
        values = q.at(g, s)
        assert q.value(g, s) == values.max()
        gaps = values.max() - values
        clear = np.abs(gaps - q.tie_tolerance) > 1e-13  # rounding decides on the very edge
        if clear.all():
            assert q.action(g, s) == np.flatnonzero(gaps <= q.tie_tolerance)[0]
    assert q.tie_tolerance == max(10 * q.error_bound, 1e-9 * mdp.reward_range)


@settings(max_examples=40)
@given(systems(), SIZES, st.randoms(use_true_random=False))
def test_the_order_of_the_states_changes_no_bit(mdp, k, random) -> None:
    for q in (ssq.solve(mdp, k), ssq.learn(mdp, k, 3, 4)):
        for g, *s in oracle.joint_states(mdp, k):
            other = random.sample(s, k)
            np.testing.assert_array_equal(q.at(g, s), q.at(g, other))
            assert q.action(g, s) == q.action(g, np.array(other, dtype=np.uint8))


@settings(max_examples=40)
@given(systems(), SIZES, st.data())
def test_one_block_is_that_of_all_blocks_and_the_rest_is_refused(mdp, k, data) -> None:
    block = data.draw(st.sampled_from(Layout.of(mdp.classes, k).blocks))
    whole, alone = ssq.solve(mdp, k), ssq.solve(mdp, k, type_counts=block)
    for g, *s in oracle.joint_states(mdp, k):
        if np.bincount(mdp.type_of[s], minlength=len(mdp.types)).tolist() == list(block):
            error = whole.error_bound + alone.error_bound + 1e-12
            assert np.abs(alone.at(g, s) - whole.at(g, s)).max() <= error
        else:
            with pytest.raises(ValueError, match="lie outside the solved blocks"):
                alone.at(g, s)


@settings(max_examples=40)
@given(systems(), SIZES)
def test_a_shift_of_the_rewards_shifts_every_value(mdp, k) -> None:
    shifted = ssq.StarMDP(mdp.P_g, mdp.P_l, mdp.r_g + 1, mdp.r_l, mdp.gamma, stages=mdp.stages)
    q, other = ssq.solve(mdp, k), ssq.solve(shifted, k)
    error = q.error_bound + other.error_bound + 1e-12
    assert np.abs(oracle.table_of(other) - oracle.table_of(q) - 1 / (1 - mdp.gamma)).max() <= error


@pytest.mark.parametrize(
    ("gamma", "k", "iterations", "value"),
    [
        (0.5, 1, None, Fraction(7, 4)),
        (0.5, 2, None, Fraction(95, 56)),
        (0.9, 1, None, Fraction(31, 4)),
        (0.9, 2, None, Fraction(1679, 248)),
        (0.5, 4, 2, Fraction(11, 8)),
        (0.5, 1, 3, Fraction(25, 16)),
        (0.5, 2, 3, Fraction(197, 128)),
        (0.5, 4, 3, Fraction(3143, 2048)),
    ],
)
def test_match_has_known_rational_values(gamma, k, iterations, value) -> None:
    q = ssq.solve(ssq.counterexamples.match(0.75, gamma), k, 1e-11, iterations)
    assert abs(q.at(0, [0] * k)[0] - value) < (1e-15 if iterations else 1e-10)
