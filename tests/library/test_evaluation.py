"""Policies, values and gaps on n agents: as on ordered tuples, and known figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core.layout import Layout
from tests import oracle
from tests.drawn import agents, systems
from tests.oracle import joint_states

MATCH = ssq.counterexamples.match(0.75, 0.5)

RULES = st.sampled_from(("subsets", "actions"))

TOL = 1e-10


@settings(max_examples=60)
@given(systems(), agents(), RULES, st.booleans())
def test_action_probabilities_count_every_subset(mdp, sizes, rule, learned) -> None:
    k, n = sizes
    q = ssq.learn(mdp, k, 2, 3) if learned else ssq.solve(mdp, k)
    pi = ssq.SubsampledPolicy(q, n, rule)
    law = oracle.action_probabilities(oracle.greedy_of(q), n, mdp.A, rule)
    for g, *s in joint_states(mdp, n):
        np.testing.assert_allclose(pi.action_probabilities(g, s), law[(g, *s)], atol=1e-12)


@settings(max_examples=30)
@given(systems(), agents(), RULES, st.booleans())
def test_the_value_of_a_policy_is_that_on_ordered_tuples(mdp, sizes, rule, learned) -> None:
    k, n = sizes
    q = ssq.learn(mdp, k, 2, 3) if learned else ssq.solve(mdp, k)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, n, rule), TOL)
    V = oracle.policy_value(mdp, oracle.action_probabilities(oracle.greedy_of(q), n, mdp.A, rule))
    assert value.error_bound <= TOL
    for g, *s in joint_states(mdp, n):
        assert abs(value.at(g, s) - V[(g, *s)]) <= value.error_bound + 1e-11


@settings(max_examples=22)
@given(systems(), agents(), RULES)
def test_the_gap_is_that_on_ordered_tuples_its_largest_and_its_mean(mdp, sizes, rule) -> None:
    k, n = sizes
    gap = ssq.optimality_gap(mdp, k, n, TOL, rule=rule)
    law = oracle.action_probabilities(oracle.greedy_of(ssq.solve(mdp, k, TOL)), n, mdp.A, rule)
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


def test_many_agents_need_no_subsets_listed() -> None:
    q = ssq.solve(MATCH, 4)
    states = np.repeat([0, 1], [700, 300])
    law = ssq.SubsampledPolicy(q, 1000).action_probabilities(0, states)
    assert abs(law.sum() - 1) < 1e-12
    assert law[0] > law[1] > 0


@pytest.mark.parametrize(
    ("k", "largest", "mean"),
    [(1, 0.9584, 0.2854), (2, 0.4046, 0.0463), (3, 0.2854, 0.0157), (4, 0.0, 0.0)],
)
def test_demand_response_gaps_at_weight_1_5_with_two_agents_of_each_type(
    k: int, largest: float, mean: float
) -> None:
    gap = ssq.optimality_gap(ssq.demand_response(weight=1.5), k, 4, type_counts=(2, 2))
    assert abs(gap.max - largest) < 2e-4
    assert abs(gap.mean - mean) < 2e-4


def test_a_list_of_k_and_a_given_table_have_the_gaps_of_each_k() -> None:
    mdp, types = ssq.demand_response(1.5), (2, 1)
    optimum = ssq.solve(mdp, 3, type_counts=types)
    many = ssq.optimality_gap(mdp, [1, 2, 3], 3, type_counts=types)
    assert list(many) == [1, 2, 3]
    learned = ssq.learn(mdp, 2, m=200, iterations=60)
    noisy = ssq.optimality_gap(mdp, learned, 3, 1e-7, types)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(learned, 3), type_counts=types)
    agents = [3, 30, 4]
    assert abs(noisy.at(1, agents) - (optimum.value(1, agents) - value.at(1, agents))) < 1e-6
    for k, gap in many.items():
        table = ssq.solve(mdp, k)
        given = ssq.optimality_gap(mdp, table, 3, type_counts=types, optimum=optimum)
        assert abs(gap.max - given.max) < 1e-9
    with pytest.raises(ValueError, match=r"optimum must be solve\(mdp, 2\)"):
        ssq.optimality_gap(mdp, 1, 2, optimum=optimum)
