"""Common random numbers: the law of every policy alone is untouched, differences are small."""

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import common_random_numbers as coupled
from ssq_book.chapters.demand_response_scale.returns import start_agents
from ssq_core import mean_field
from tests.systems import random_system


@pytest.mark.parametrize("seed", range(6))
def test_mean_returns_agree_with_the_exact_values_within_four_standard_errors(seed: int) -> None:
    mdp = random_system(seed, S=4)
    tables = {str(k): ssq.solve(mdp, k) for k in (1, 2, 5)}
    states = np.random.default_rng(seed).integers(4, size=5)
    horizon = int(np.ceil(np.log(1e-6) / np.log(mdp.gamma)))
    tail = mdp.gamma**horizon * 2 * mdp.r_max / (1 - mdp.gamma)
    start = np.zeros(4000, dtype=int), np.tile(states, (4000, 1))
    earned = coupled.returns(tables, start, horizon, seed)
    for name, q in tables.items():
        exact = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, 5)).at(0, states)
        assert abs(earned[name].mean() - exact) <= 4 * earned[name].sem() + tail


def test_stages_move_an_agent_by_the_kernel_that_they_make_up() -> None:
    mdp = ssq.demand_response()
    rng, size = np.random.default_rng(0), 20000
    for g, state in ((1, 3), (2, 14), (3, 29), (0, 44)):
        here = np.full(size, state)
        for kernel in mdp.stages:
            laws = coupled._Laws(kernel)
            here = laws.draw(g * mdp.S + here, rng.random(size))
        law = mdp.P_l[g, state]
        seen = np.bincount(here, minlength=mdp.S) / size
        assert np.all(seen[law == 0] == 0)
        assert np.all(np.abs(seen - law) <= 5 * np.sqrt(law * (1 - law) / size))


def test_equal_policies_earn_the_same_in_every_run_and_others_nearly_so() -> None:
    mdp = ssq.demand_response(1.5)
    tables = {k: ssq.solve(mdp, k, 1e-6) for k in (2, 3)}
    start = start_agents(mdp, (10, 10), 200, seed=1)
    policies = {"two": tables[2], "again": tables[2], "three": tables[3]}
    earned = coupled.returns(policies, start, 60, seed=2)
    assert np.array_equal(earned["two"], earned["again"])
    difference = (earned["three"] - earned["two"]).std()
    assert 0 < difference < 0.3 * earned["three"].std()


def test_equal_seeds_give_equal_bits_whatever_else_runs_beside() -> None:
    mdp = ssq.demand_response(1.5)
    limit = mean_field.solve(mdp, 1e-3)
    few, many = mean_field.LimitPolicy(limit, 2), mean_field.LimitPolicy(limit, 6)
    start = start_agents(mdp, (3, 3), 40, seed=0)
    alone = coupled.returns({"few": few}, start, 10, seed=3)
    beside = coupled.returns({"many": many, "few": few}, start, 10, seed=3)
    assert np.array_equal(alone["few"], beside["few"])


def test_more_sampled_agents_than_there_are_and_two_models_are_refused() -> None:
    mdp = ssq.demand_response(1.5)
    start = start_agents(mdp, (1, 1), 5, seed=0)
    with pytest.raises(ValueError, match="k must be at most 2, got 3"):
        coupled.returns({"": ssq.solve(mdp, 3, 1e-2)}, start, 5)
    other = ssq.solve(ssq.demand_response(1.0), 1)
    with pytest.raises(ValueError, match="policies must be of one model"):
        coupled.returns({"a": ssq.solve(mdp, 1), "b": other}, start, 5)
