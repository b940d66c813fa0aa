"""The demand-response chapter's gaps, maps and constant targets are what the library says."""

from __future__ import annotations

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.demand_response.policies import (
    CHANGE,
    TOL,
    constant_target,
    execution_map,
    policy_gap,
    policy_map,
)
from ssq_core.systems.demand_response import local_state


@pytest.fixture(scope="module")
def mdp() -> ssq.StarMDP:
    return ssq.demand_response(weight=1.5)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_gap_of_an_exact_table_is_the_library_s_optimality_gap(
    mdp: ssq.StarMDP, k: int
) -> None:
    optimum = ssq.solve(mdp, 3, type_counts=(2, 1))
    own = policy_gap(mdp, ssq.SubsampledPolicy(ssq.solve(mdp, k), 3), optimum, (2, 1), 1e-9)
    direct = ssq.optimality_gap(mdp, k, 3, type_counts=(2, 1))
    for a, b in zip(own.tables, direct.tables, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=own.error_bound + direct.error_bound)
    assert own.mean == pytest.approx(direct.mean, abs=own.error_bound + direct.error_bound)


def test_the_gap_of_a_learned_table_is_the_difference_of_the_values(mdp: ssq.StarMDP) -> None:
    pi = ssq.SubsampledPolicy(ssq.learn(mdp, 2, 5, 100), 3)
    optimum = ssq.solve(mdp, 3, type_counts=(2, 1))
    gap = policy_gap(mdp, pi, optimum, (2, 1))
    value = ssq.policy_value(mdp, pi, TOL, type_counts=(2, 1))
    rng = np.random.default_rng(0)
    for s_g in range(mdp.G):
        states = [*rng.integers(25, size=2).tolist(), 25 + int(rng.integers(25))]
        difference = optimum.value(s_g, states) - value.at(s_g, states)
        assert gap.at(s_g, states) == pytest.approx(difference, abs=1e-12)
    assert gap.mean > gap.error_bound
    assert min(float(table.min()) for table in gap.tables) >= -gap.error_bound


def test_a_gap_to_the_optimum_of_another_number_of_agents_is_refused(mdp: ssq.StarMDP) -> None:
    q = ssq.solve(mdp, 1)
    with pytest.raises(ValueError, match="optimum has k = 1, but pi has n = 2"):
        policy_gap(mdp, ssq.SubsampledPolicy(q, 2), q)


def test_one_sampled_agent_is_executed_in_proportion_to_the_types(mdp: ssq.StarMDP) -> None:
    q = ssq.learn(mdp, 1, 3, 100)
    greedy = policy_map(q)
    executed = execution_map(ssq.SubsampledPolicy(q, 3), (2, 1))
    for g, y, x in np.ndindex(executed.shape):
        mixed = (2 * CHANGE[greedy[0, g, x, x]] + CHANGE[greedy[1, g, y, y]]) / 3
        assert executed[g, y, x] == pytest.approx(mixed, abs=1e-12)


def test_with_all_agents_sampled_execution_is_the_greedy_action(mdp: ssq.StarMDP) -> None:
    q = ssq.solve(mdp, 2)
    executed = execution_map(ssq.SubsampledPolicy(q, 2), (1, 1))
    for g, y, x in np.ndindex(executed.shape):
        states = [local_state(1, x + 1, x + 1), local_state(2, y + 1, y + 1)]
        assert executed[g, y, x] == CHANGE[q.action(g, states)]


def test_a_constant_target_is_reached_and_held(mdp: ssq.StarMDP) -> None:
    q = constant_target(ssq.solve(mdp, 1), 3)
    assert [int(actions[0]) for actions in q.greedy] == [2, 2, 1, 0, 0]
    assert all(len(np.unique(actions)) == 1 for actions in q.greedy)
    with pytest.raises(ValueError, match="target"):
        constant_target(q, 6)


def test_a_map_of_many_like_agents_takes_the_rest_of_the_sample_from_the_other_type(
    mdp: ssq.StarMDP,
) -> None:
    q = ssq.solve(mdp, 3)
    of_three, of_two_and_one = policy_map(q), policy_map(q, (2, 1))
    for t, g, a, b in np.ndindex(of_three.shape):
        like, other = local_state(t + 1, a + 1, b + 1), local_state(2 - t, a + 1, b + 1)
        count = (2, 1)[t]
        assert of_three[t, g, a, b] == q.action(g, [like] * 3)
        assert of_two_and_one[t, g, a, b] == q.action(g, [like] * count + [other] * (3 - count))
