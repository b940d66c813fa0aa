"""Dispatching on drawn systems of queues: as on ordered lengths."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawn import dispatchers
from tests.queueing_oracle import policy_value, surrogate_states, tuples, value_iteration

SWEEPS = 120  # gamma is at most 0.7: below 1e-17


@settings(max_examples=60)
@given(dispatchers(), st.integers(1, 3))
def test_solving_is_value_iteration_on_ordered_lengths(d, k) -> None:
    k = min(k, d.n)
    table, V = d.solve(k), value_iteration(d, k, SWEEPS)
    for g, row, pointed, others in surrogate_states(d, k):
        assert abs(table.value(pointed, others) - V[g, row]) <= table.error_bound + 1e-10


@settings(max_examples=40)
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


@settings(max_examples=60)
@given(dispatchers(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_other_queues_changes_nothing(d, k, random) -> None:
    k = min(k, d.n)
    table = d.solve(k)
    for _, _, pointed, others in surrogate_states(d, k):
        mixed = random.sample(others, len(others))
        assert table.value(pointed, others) == table.value(pointed, mixed)
        assert table.action(pointed, others) == table.action(pointed, mixed)


@settings(max_examples=40)
@given(dispatchers(), st.integers(1, 3), st.integers(0, 99))
def test_equal_seeds_give_equal_bits_and_longer_runs_begin_alike(d, k, seed) -> None:
    k = min(k, d.n)
    for rule in (d.solve(k), ("jsq", k), "random"):
        one, two = (d.simulate(rule, "uniform", 6, 40, seed).returns for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert np.all(one <= 0)
        assert np.all(one >= -(d.c + 10) / (1 - d.gamma))


@settings(max_examples=10)
@given(dispatchers(), st.integers(0, 99), st.data())
def test_simulated_returns_have_the_exact_mean(d, seed, data) -> None:
    s = data.draw(st.lists(st.integers(0, d.c), min_size=d.n, max_size=d.n))
    table = d.solve(min(2, d.n))
    run = d.simulate(table, s, 60, 3000, seed, pointed=0)
    row = tuples(d, d.n).index(tuple(s))
    exact = policy_value(d, table, SWEEPS)[0, row]
    spread = run.returns.std(ddof=1) / len(run.returns) ** 0.5
    assert abs(run.returns.mean() - exact) <= 5 * spread + 1e-6
