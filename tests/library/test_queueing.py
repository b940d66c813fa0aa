"""Queueing tables and exact gaps: against ordered lengths, known values and exact laws."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from ssq_core import multisets
from ssq_core.systems.queueing import Dispatch, estimate
from ssq_core.systems.queueing.surrogate import Operator
from tests.drawn import dispatchers
from tests.queueing_oracle import policy_value, surrogate_states, tuples, value_iteration

SWEEPS = 120  # gamma is at most 0.7: below 1e-17
FOUR = Dispatch(4, 2, 0.6, 0.6, "printed", "consistent")
FOUR_LITERAL = Dispatch(4, 2, 0.5, 0.6, "full", "literal")


@settings(max_examples=60)
@given(dispatchers(), st.integers(1, 3))
def test_solving_is_value_iteration_on_ordered_lengths(d, k) -> None:
    k = min(k, d.n)
    table, V = d.solve(k), value_iteration(d, k, SWEEPS)
    for g, row, pointed, others in surrogate_states(d, k):
        assert abs(table.value(pointed, others) - V[g, row]) <= table.error_bound + 1e-10


@settings(max_examples=40)
@example(FOUR, 2, 3, False)
@example(FOUR_LITERAL, 3, 3, True)
@given(dispatchers(), st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_the_gap_is_that_on_ordered_lengths(d, k, m, learned) -> None:
    k = min(k, d.n)
    table = d.learn(k, m, 10) if learned else d.solve(k)
    gap = d.optimality_gap(table)
    exact = value_iteration(d, d.n, SWEEPS)[: d.n] - policy_value(d, table, SWEEPS)
    for row, s in enumerate(tuples(d, d.n)):
        for g in range(d.n):
            others = [x for i, x in enumerate(s) if i != g]
            assert abs(gap.at(s[g], others) - exact[g, row]) <= gap.error_bound + 1e-10
    assert abs(gap.max - exact.max()) <= gap.error_bound + 1e-10
    lengths, multiset = range(d.c + 1), multisets.unrank_all(d.n - 1, d.c + 1).tolist()
    mean = np.mean([gap.at(x, others) for x in lengths for others in multiset])
    assert gap.mean == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("load", ["paper", "consistent", "literal"])
@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_learning_applies_the_operator_exactly_iterations_times(load, iterations):
    # with p = 1 nothing is random: every sample is the expectation
    d = Dispatch(3, 4, 1.0, 0.9, load=load)
    table, V = d.learn(2, m=2, iterations=iterations), value_iteration(d, 2, iterations)
    assert table.sweeps == iterations
    for g, row, pointed, others in surrogate_states(d, 2):
        assert table.value(pointed, others) == pytest.approx(V[g, row], abs=1e-12)


def test_learned_values_are_too_high_under_the_papers_load():
    d = Dispatch(50, 30, 0.8, 0.9, load="paper")
    exact = d.solve(2).q.max(axis=1)
    bias = [(d.learn(2, 10, 300, seed).q.max(axis=1) - exact).mean() for seed in range(10)]
    assert estimate(np.array(bias)).low > 0


def test_the_certified_error_covers_the_distance_to_the_sampled_fixed_point():
    d = Dispatch(4, 6, 0.8, 0.9, load="consistent")
    limit = d.learn(2, 5, 300, seed=3)
    for iterations in (2, 20):
        early = d.learn(2, 5, iterations, seed=3)
        assert d.gamma * np.abs(early.q - limit.q).max() <= early.error_bound + limit.error_bound


def test_a_row_of_samples_has_m_draws_of_the_exact_law():
    d = Dispatch(4, 3, 0.8, 0.9)
    operator = Operator.of(d, 2)
    sampled = operator.empirical(4000, np.random.default_rng(0))
    counts = sampled.law.toarray() * 4000
    np.testing.assert_allclose(counts.sum(axis=1), 4000)
    expected = operator.law.toarray()
    for seen, law in zip(counts, expected, strict=True):
        assert np.all(seen[law == 0] == 0)
        if (law > 0).sum() > 1:
            test = stats.chisquare(seen[law > 0], 4000 * law[law > 0] / law[law > 0].sum())
            assert test.pvalue > 1e-4


@pytest.mark.parametrize(
    ("penalty", "largest", "mean"),
    [
        ("printed", [4.2215, 2.4819, 0.8942, 0], [1.943, 1.103, 0.207, 0]),
        ("full", [6.0238, 2.8498, 1.1429, 0], [2.248, 0.675, 0.161, 0]),
    ],
)
def test_known_gaps_of_four_queues(penalty, largest, mean):
    d = Dispatch(4, 8, 0.8, 0.9, penalty=penalty, load="paper")
    gaps = [d.optimality_gap(k) for k in (1, 2, 3, 4)]
    np.testing.assert_allclose([g.max for g in gaps], largest, atol=5.1e-5)
    np.testing.assert_allclose([g.mean for g in gaps], mean, atol=5.1e-4)


def test_join_the_shortest_queue_is_optimal_if_full_queues_are_penalised_and_not_as_printed():
    gap = {
        penalty: Dispatch(4, 8, 0.8, 0.9, penalty=penalty).optimality_gap(("jsq", 4))
        for penalty in ("full", "printed")
    }
    assert abs(gap["full"].max) < 2e-10
    assert gap["printed"].max > 0.1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_consistent_load_learns_join_the_shortest_of_k(k):
    # with the full penalty in every state, as printed wherever no sampled queue is full
    for penalty, top in (("full", 31), ("printed", 29)):
        d = Dispatch(50, 30, 0.8, 0.9, penalty, "consistent")
        after, table = Operator.of(d, k).after, d.solve(k)
        rows = after[:, -1] <= top
        assert np.array_equal(table.good[rows], (after == after[:, :1])[rows])
    if k > 1:  # the free sink: a full queue draws the job even when the other is shorter
        assert table.action(None, [25] * (k - 1) + [30]) == 30


def test_ties_go_to_the_pointed_queue_then_to_the_shortest():
    d = Dispatch(50, 30, 0.8, 0.9, "full", "paper")
    table = d.solve(2)
    # under the paper's load 3 against 2 is a tie: both can be evened out before either is empty
    row = int(multisets.rank([2, 3]))
    assert np.ptp(table.q[row]) < 1e-9
    assert table.action(2, [2]) == "pointed"
    assert table.action(1, [3]) == "pointed"
    assert table.action(None, [2, 3]) == 2
    assert table.action(None, [3, 2]) == 2


def test_literal_reading_sends_the_job_out_of_sight_and_has_the_value_of_random_dispatch():
    d = Dispatch(4, 4, 0.8, 0.9, load="literal")
    chance = Dispatch(4, 4, 0.8, 0.9, load="paper").optimality_gap(1).table
    for k in (1, 2, 3):
        table = Dispatch(50, 30, 0.8, 0.9, load="literal").solve(k)
        assert np.all(table.first == k)
        assert not table.good[:, :k].any()
        np.testing.assert_allclose(d.optimality_gap(k).table, chance, atol=1e-9)
    assert table.action(0, [0, 0]) is None
