"""Demand response: maps, blind policies and readings are what the library says, and the stored."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.demand_response import readings, studies
from ssq_book.chapters.demand_response.policies import (
    TOL,
    execution_map,
    mean_start_value,
    policy_map,
)
from ssq_book.chapters.demand_response.readings import LOWER_THEN_HOLD, READINGS, Reading
from ssq_core.systems.counterexamples import match
from ssq_core.systems.demand_response import local_state

MDP = ssq.demand_response(weight=1.5)


def lowers_then_holds(q: ssq.QTable) -> bool:
    return all(np.all(a == b) for a, b in zip(q.greedy, LOWER_THEN_HOLD, strict=True))


# -- policies and their maps -----------------------------------------------------------------------


def test_execution_is_in_proportion_to_the_samples_that_choose_an_action() -> None:
    one, all_three = ssq.learn(MDP, 1, 3, 100), ssq.solve(MDP, 3)
    greedy, actions = policy_map(one), np.eye(MDP.A)
    mixed = execution_map(ssq.SubsampledPolicy(one, 3), (2, 1))
    certain = execution_map(ssq.SubsampledPolicy(all_three, 3), (2, 1))
    for g, y, x in np.ndindex(mixed.shape[:-1]):
        shares = (2 * actions[greedy[0, g, x, x]] + actions[greedy[1, g, y, y]]) / 3
        np.testing.assert_allclose(mixed[g, y, x], shares, atol=1e-12)
        states = [local_state(1, x + 1, x + 1)] * 2 + [local_state(2, y + 1, y + 1)]
        assert certain[g, y, x].tolist() == actions[all_three.action(g, states)].tolist()


def test_a_map_of_many_like_agents_takes_the_rest_of_the_sample_from_the_other_type() -> None:
    q = ssq.solve(MDP, 3)
    of_three, of_two_and_one = policy_map(q), policy_map(q, (2, 1))
    for t, g, a, b in np.ndindex(of_three.shape):
        like, other = local_state(t + 1, a + 1, b + 1), local_state(2 - t, a + 1, b + 1)
        count = (2, 1)[t]
        assert of_three[t, g, a, b] == q.action(g, [like] * 3)
        assert of_two_and_one[t, g, a, b] == q.action(g, [like] * count + [other] * (3 - count))


def test_the_mean_value_at_the_start_is_that_of_all_joint_states() -> None:
    q = ssq.solve(MDP, 2, 1e-8)
    pairs = list(product(range(25), range(25, 50)))
    values = [np.mean([q.value(g, pair) for g in range(MDP.G)]) for pair in pairs]
    assert mean_start_value(q, (1, 1)) == pytest.approx(np.mean(values), abs=1e-10)


# -- readings, and policies that look at no user ---------------------------------------------------


def test_the_books_reading_is_the_library_s_system_and_the_others_differ() -> None:
    here = replace(ssq.demand_response(2.0, 0.8), stages=None)
    assert readings.system(Reading(), 2.0, 0.8).fingerprint == here.fingerprint
    systems = [readings.system(reading).P_l for reading in READINGS.values()]
    for i, j in product(range(len(systems)), repeat=2):
        assert (i == j) == bool(np.allclose(systems[i], systems[j]))


def test_a_blind_policy_s_advantage_is_the_difference_of_exact_values() -> None:
    mdp = match(0.75, 0.9)
    advantage = readings.blind_advantage(mdp, (0, 0))
    table = ssq.solve(mdp, 1)
    always_0 = tuple(np.array([[1.0], [0.0]]).repeat(t.shape[1], 1) for t in table.tables)
    held = replace(table, tables=always_0)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(held, 1))
    for g, s, a in product(range(2), range(2), range(2)):
        later = sum(mdp.P_l[g, s, t] * value.at(a, [t]) for t in range(2))
        once = mdp.r_g[g, a] + mdp.r_l[g, s] + mdp.gamma * later
        assert advantage[g, a, s] == pytest.approx(value.at(g, [s]) - once, abs=1e-7)


@pytest.mark.parametrize("gamma", [0.5, 0.9])
def test_the_optimum_is_blind_exactly_from_the_blind_weight_on(gamma: float) -> None:
    edge = readings.blind_weight(gamma)
    for k, (factor, is_blind) in product((1, 2, 3), ((0.999, False), (1.001, True))):
        q = ssq.solve(ssq.demand_response(factor * edge, gamma), k)
        assert lowers_then_holds(q) == is_blind


# -- studies ---------------------------------------------------------------------------------------


def test_gaps_over_k_and_of_a_reading_are_those_of_the_library() -> None:
    rows = studies.gaps_over_k(MDP, 2, 1, k_max=5)
    for k in (1, 2, 3):
        gap = ssq.optimality_gap(MDP, k, 3, 1e-7, type_counts=(2, 1))
        row = studies.exact_gap(2, 1, 1.5, 0.9, TOL, k)
        assert row["largest"] == pytest.approx(gap.max, abs=4e-7)
        assert rows[f"largest_{k}"] == pytest.approx(gap.max, abs=4e-7)
        assert rows[f"mean_{k}"] == pytest.approx(gap.mean, abs=4e-7)
    assert "largest_4" not in rows
    name = "s̄ ± 1 reflected at 1 and 5"
    row = studies.reading(name, 1, 1, 1.5, 0.9)
    gap = ssq.optimality_gap(readings.system(READINGS[name], 1.5), 1, 2, 1e-7, (1, 1))
    assert row["largest_1"] == pytest.approx(gap.max, abs=4e-7)
    assert row["blind_weight"] != readings.blind_weight(0.9)
