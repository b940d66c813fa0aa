"""Algorithm 2 on counts: laws of a step, agreement with exact values, reproducibility."""

from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import ssq_core as ssq
from ssq_core import execution
from tests import oracle
from tests.drawn import agents, systems

MATCH = ssq.counterexamples.match(0.75, 0.5)
Q = ssq.solve(MATCH, 2)


@pytest.mark.parametrize(("many", "urn"), [(execution.MANY, 1), (0, 1), (0, execution.URN)])
def test_sampled_agents_are_hypergeometric_whatever_draws_them(
    monkeypatch: pytest.MonkeyPatch, many: int, urn: int
) -> None:
    monkeypatch.setattr(execution, "MANY", many)
    monkeypatch.setattr(execution, "URN", urn)  # more agents are drawn by their positions
    rng = np.random.default_rng(0)
    counts = np.tile([3, 0, 4, 2], (40000, 1))
    drawn = execution.sample_states(rng, counts, 5)
    cells, seen = np.unique(np.sort(drawn, axis=1), axis=0, return_counts=True)
    have = [np.bincount(cell, minlength=4) for cell in cells]
    law = [prod(map(comb, (3, 0, 4, 2), own)) / comb(9, 5) for own in have]
    assert sum(law) == pytest.approx(1)
    assert stats.chisquare(seen, np.array(law) * len(drawn)).pvalue > 1e-4


def test_all_agents_are_not_drawn_at_all() -> None:
    counts = np.array([[3000, 0, 1000], [1000, 2000, 1000]])
    every = execution.sample_states(None, counts, 4000)  # type: ignore[arg-type]
    assert [np.bincount(own, minlength=3).tolist() for own in every] == counts.tolist()


def test_a_subsampled_policy_is_run_by_its_table_on_its_n_agents() -> None:
    run = ssq.execute(MATCH, ssq.SubsampledPolicy(Q, 4), (0, [3, 1]), 4, 5)
    np.testing.assert_array_equal(run.actions, ssq.execute(MATCH, Q, (0, [3, 1]), 4, 5).actions)


def test_one_start_per_run_is_honoured() -> None:
    counts = np.array([[4, 0], [0, 4], [2, 2]])
    run = ssq.execute(MATCH, Q, (np.array([0, 1, 0]), counts), horizon=1, runs=3)
    assert run.rewards[:, 0].tolist() == [1.0, 1.0, 0.5]


def test_a_billion_agents_cost_no_memory_of_their_own() -> None:
    run = ssq.execute(MATCH, Q, (0, [10**9 - 1, 1]), horizon=5, runs=20)
    assert np.all(run.actions[:, 0] == 0)
    np.testing.assert_allclose(run.rewards[:, 1], 0.75, atol=1e-3)


@settings(max_examples=18)
@given(systems(), agents(), st.integers(0, 99), st.data())
def test_algorithm_2_earns_and_does_what_equation_6_says(mdp, sizes, seed, data) -> None:
    k, n = sizes
    s_g = data.draw(st.integers(0, mdp.G - 1))
    states = tuple(data.draw(st.lists(st.integers(0, mdp.S - 1), min_size=n, max_size=n)))
    q, runs, horizon = ssq.solve(mdp, k), 4000, 4
    law = oracle.action_probabilities(oracle.greedy_of(q), n, mdp.A, "subsets")
    start = (s_g, np.bincount(states, minlength=mdp.S))
    run = ssq.execute(mdp, q, start, horizon, runs, seed)
    expected = oracle.expected_rewards(mdp, law, s_g, states, horizon)
    spread = run.rewards.std(axis=0, ddof=1) / runs**0.5
    assert np.all(np.abs(run.rewards.mean(axis=0) - expected) <= 5 * spread + 1e-9)
    seen = np.bincount(run.actions[:, 0], minlength=mdp.A) / runs
    share = law[(s_g, *states)]
    assert np.all(np.abs(seen - share) <= 5 * np.sqrt(share * (1 - share) / runs) + 1e-12)
    np.testing.assert_allclose(run.returns, run.rewards @ mdp.gamma ** np.arange(horizon))


@settings(max_examples=30)
@given(systems(), st.integers(1, 3), st.integers(0, 99), st.data())
def test_equal_seeds_give_equal_bits_whatever_else_is_run(mdp, k, seed, data) -> None:
    counts = data.draw(st.lists(st.integers(0, 5), min_size=mdp.S, max_size=mdp.S))
    counts[0] += k
    q = ssq.solve(mdp, k)
    one = ssq.execute(mdp, q, (0, counts), 5, 7, seed)
    ssq.execute(mdp, q, (0, counts), 2, 3, seed + 1)
    two = ssq.execute(mdp, q, (np.zeros(7, dtype=int), [counts] * 7), 5, 7, seed)
    for name in ("returns", "rewards", "actions"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


@settings(max_examples=37)
@given(systems(), st.integers(0, 99), st.integers(1, 10**9))
def test_a_step_keeps_the_agents_of_every_type_and_moves_them_where_the_kernel_allows(
    mdp, seed, largest
) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, largest, size=(6, mdp.S))
    s_g = rng.integers(mdp.G, size=6)
    moved = execution.Mover(mdp)(rng, s_g, counts)
    for kind in mdp.types:
        np.testing.assert_array_equal(moved[:, kind].sum(axis=1), counts[:, kind].sum(axis=1))
    for g, before, after in zip(s_g, counts, moved, strict=True):
        assert np.all(after[(before @ mdp.P_l[g]) == 0] == 0)
