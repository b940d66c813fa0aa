"""Policies, values, gaps and Algorithm 2 on n agents, on drawn systems: as on ordered tuples."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core.execution import Mover
from ssq_core.layout import Layout
from tests import oracle
from tests.drawn import systems

RULES = st.sampled_from(("subsets", "actions"))
TOL = 1e-10


@st.composite
def agents(draw: st.DrawFn) -> tuple[int, int]:
    """k and n with 1 <= k <= n <= 4, k at most 3."""
    n = draw(st.integers(1, 4))
    return draw(st.integers(1, min(n, 3))), n


def joint_states(mdp: ssq.StarMDP, n: int) -> product:
    return product(range(mdp.G), *[range(mdp.S)] * n)


def choices(q: ssq.QTable) -> np.ndarray:
    """The library's greedy action on every ordered tuple."""
    out = np.empty((q.mdp.G, *[q.mdp.S] * q.k), dtype=int)
    for g, *s in joint_states(q.mdp, q.k):
        out[(g, *s)] = q.action(g, s)
    return out


@settings(max_examples=60)
@given(systems(), agents(), RULES, st.booleans())
def test_action_probabilities_count_every_subset(mdp, sizes, rule, learned) -> None:
    k, n = sizes
    q = ssq.learn(mdp, k, 2, 3) if learned else ssq.solve(mdp, k)
    pi = ssq.SubsampledPolicy(q, n, rule)
    law = oracle.action_probabilities(choices(q), n, mdp.A, rule)
    for g, *s in joint_states(mdp, n):
        np.testing.assert_allclose(pi.action_probabilities(g, s), law[(g, *s)], atol=1e-12)
    for block in Layout.of(mdp.classes, n).blocks:  # the table that evaluation uses sums to 1 too
        if not learned:
            table = pi.table(Layout.of(mdp.classes, n), 0, block)
            np.testing.assert_allclose(table.sum(axis=0), 1, atol=1e-12)


@settings(max_examples=30)
@given(systems(), agents(), RULES, st.booleans())
def test_the_value_of_a_policy_is_that_on_ordered_tuples(mdp, sizes, rule, learned) -> None:
    k, n = sizes
    q = ssq.learn(mdp, k, 2, 3) if learned else ssq.solve(mdp, k)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, n, rule), TOL)
    V = oracle.policy_value(mdp, oracle.action_probabilities(choices(q), n, mdp.A, rule))
    assert value.error_bound <= TOL
    for g, *s in joint_states(mdp, n):
        assert abs(value.at(g, s) - V[(g, *s)]) <= value.error_bound + 1e-11


@settings(max_examples=22)
@given(systems(), agents(), RULES)
def test_the_gap_is_that_on_ordered_tuples_its_largest_and_its_mean(mdp, sizes, rule) -> None:
    k, n = sizes
    gap = ssq.optimality_gap(mdp, k, n, TOL, rule=rule)
    law = oracle.action_probabilities(choices(ssq.solve(mdp, k, TOL)), n, mdp.A, rule)
    exact = oracle.fixed_point(mdp, n).max(axis=-1) - oracle.policy_value(mdp, law)
    error = gap.error_bound + 1e-11
    for g, *s in joint_states(mdp, n):
        assert abs(gap.at(g, s) - exact[(g, *s)]) <= error
    assert abs(gap.max - exact.max()) <= error
    assert abs(gap.mean - exact.mean()) <= error
    assert gap.max >= gap.mean >= -error


@settings(max_examples=22)
@given(systems(), agents(), st.data())
def test_the_gap_of_one_block_is_that_of_its_joint_states(mdp, sizes, data) -> None:
    k, n = sizes
    block = data.draw(st.sampled_from(Layout.of(mdp.classes, n).blocks))
    whole, alone = (ssq.optimality_gap(mdp, k, n, TOL, type_counts=c) for c in (None, block))
    error = whole.error_bound + alone.error_bound
    inside = [
        (g, s)
        for g, *s in joint_states(mdp, n)
        if np.bincount(mdp.type_of[s], minlength=len(mdp.types)).tolist() == list(block)
    ]
    gaps = [whole.at(g, s) for g, s in inside]
    assert max(abs(alone.at(g, s) - own) for (g, s), own in zip(inside, gaps, strict=True)) <= error
    assert abs(alone.max - max(gaps)) <= error
    assert abs(alone.mean - np.mean(gaps)) <= error


@settings(max_examples=18)
@given(systems(), agents(), st.integers(0, 99), st.data())
def test_algorithm_2_earns_and_does_what_equation_6_says(mdp, sizes, seed, data) -> None:
    k, n = sizes
    s_g = data.draw(st.integers(0, mdp.G - 1))
    states = tuple(data.draw(st.lists(st.integers(0, mdp.S - 1), min_size=n, max_size=n)))
    q, runs, horizon = ssq.solve(mdp, k), 4000, 4
    law = oracle.action_probabilities(choices(q), n, mdp.A, "subsets")
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
    moved = Mover(mdp)(rng, s_g, counts)
    for kind in mdp.types:
        np.testing.assert_array_equal(moved[:, kind].sum(axis=1), counts[:, kind].sum(axis=1))
    for g, before, after in zip(s_g, counts, moved, strict=True):
        assert np.all(after[(before @ mdp.P_l[g]) == 0] == 0)
