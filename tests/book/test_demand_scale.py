"""Many users: averages over the start, exactly; when the optimum does not look at them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.demand_response import readings as demand_readings
from ssq_book.chapters.demand_response.readings import LOWER_THEN_HOLD, READINGS, Reading
from ssq_book.chapters.demand_response_scale import returns as demand_scale
from ssq_book.common import interval, log_slope
from ssq_core import mean_field
from ssq_core.systems.counterexamples import match

MDP = ssq.demand_response(1.5)


def test_the_mean_value_at_the_start_is_that_of_all_joint_states() -> None:
    q = ssq.solve(MDP, 2, 1e-8)
    values = [
        np.mean([q.value(g, [a, b]) for g in range(MDP.G)])
        for a, b in product(range(25), range(25, 50))
    ]
    assert demand_scale.mean_start_value(q, (1, 1)) == pytest.approx(np.mean(values), abs=1e-10)


def test_the_mean_value_weighs_the_type_counts_of_a_sample() -> None:
    q, types = ssq.solve(MDP, 2, 1e-8), (3, 1)
    rng = np.random.default_rng(0)
    s_g, states = demand_scale.start_agents(MDP, types, 20000, seed=0)
    first = rng.permuted(states, axis=1)[:, :2]
    value = np.empty(len(s_g))
    for g in range(MDP.G):
        own = first[s_g == g]
        best = q.tables[g].max(axis=0)[q.layout.rank(g, own)]
        value[s_g == g] = best + MDP.local_reward(g, own)
    mean, half = interval(value, MDP.G)
    assert abs(mean - demand_scale.mean_start_value(q, types)) <= 2 * half


def test_what_no_policy_exceeds_falls_with_j_to_the_value_of_the_optimum() -> None:
    most = [demand_scale.mean_start_value(ssq.solve(MDP, j, 1e-8), (2, 1)) for j in (1, 2, 3)]
    assert most[0] > most[1] > most[2]
    optimum = ssq.solve(MDP, 3, 1e-8, type_counts=(2, 1))
    assert demand_scale.mean_start_value(optimum, (2, 1)) == pytest.approx(most[2], abs=1e-7)
    with pytest.raises(ValueError, match="q has grouping 'states'"):
        demand_scale.mean_start_value(ssq.learn(MDP, 1, 2, 3), (2, 1))


def test_starts_are_stratified_and_keep_their_types() -> None:
    s_g, states = demand_scale.start_agents(MDP, (3, 2), 50, seed=0)
    assert np.bincount(s_g).tolist() == [10] * 5
    assert np.all((states < 25).sum(axis=1) == 3)
    s_g, counts = demand_scale.start_counts(MDP, (3 * 10**8, 2), 50, seed=0)
    assert np.bincount(s_g).tolist() == [10] * 5
    assert np.all(counts[:, :25].sum(axis=1) == 3 * 10**8)
    assert np.all(counts[:, 25:].sum(axis=1) == 2)


def test_the_interval_of_strata_leaves_their_differences_out() -> None:
    values = np.tile([0.0, 10.0], 50) + np.repeat([1.0, -1.0], 50)
    mean, half = interval(values, 2)
    assert mean == 5.0
    assert half == pytest.approx(1.9845 * np.sqrt(50 / 49 / 100), rel=1e-4)
    assert interval(values)[1] > half


def test_a_slope_of_a_power_law_is_its_exponent() -> None:
    x = np.array([1.0, 2.0, 4.0])
    assert log_slope(x, 3 * x**-0.5) == (pytest.approx(-0.5), pytest.approx(0, abs=1e-6))
    assert log_slope(x, [1.0, 4.0, 4.0])[1] == pytest.approx(12.7062 * np.sqrt(1 / 3), rel=1e-4)


def test_an_interval_is_students() -> None:
    mean, half = interval([1.0, 3.0])
    assert (mean, half) == (2.0, pytest.approx(12.7062047364))  # t of one degree of freedom
    assert np.isnan(interval([1.0])[1])


def test_the_limit_at_the_start_is_its_value_at_the_histogram() -> None:
    limit = mean_field.solve(MDP, 1e-4)
    s_g, states = demand_scale.start_agents(MDP, (2, 2), 10, seed=1)
    each = [
        limit.value(g, F) for g, F in zip(s_g, demand_scale.histograms(MDP, states), strict=True)
    ]
    seen = demand_scale.limit_at_start(limit, (s_g, states), [4], seed=0)
    assert seen == {"V_inf 4": pytest.approx(np.mean(each), abs=1e-12)}


def test_the_books_reading_is_the_library_s_system() -> None:
    own, here = demand_readings.system(Reading(), 2.0, 0.8), ssq.demand_response(2.0, 0.8)
    assert own.fingerprint == replace(here, stages=None).fingerprint
    systems = [demand_readings.system(reading).P_l for reading in READINGS.values()]
    for i, j in product(range(len(systems)), repeat=2):
        assert (i == j) == bool(np.allclose(systems[i], systems[j]))


def test_a_blind_policy_s_advantage_is_the_difference_of_exact_values() -> None:
    mdp = match(0.75, 0.9)
    advantage = demand_readings.blind_advantage(mdp, (0, 0))
    table = ssq.solve(mdp, 1)
    always_0 = tuple(np.array([[1.0], [0.0]]).repeat(own.shape[1], 1) for own in table.tables)
    held = replace(table, tables=always_0)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(held, 1))
    for g, s, a in product(range(2), range(2), range(2)):
        later = sum(mdp.P_l[g, s, t] * value.at(a, [t]) for t in range(2))
        once = mdp.r_g[g, a] + mdp.r_l[g, s] + mdp.gamma * later
        assert advantage[g, a, s] == pytest.approx(value.at(g, [s]) - once, abs=1e-7)


@pytest.mark.parametrize("gamma", [0.5, 0.9])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_optimum_is_blind_exactly_from_the_blind_weight_on(gamma: float, k: int) -> None:
    edge = demand_readings.blind_weight(gamma)
    for weight, is_blind in ((edge * 0.999, False), (edge * 1.001, True)):
        q = ssq.solve(ssq.demand_response(weight, gamma), k)
        same = [np.all(own == a) for own, a in zip(q.greedy, LOWER_THEN_HOLD, strict=True)]
        assert all(same) == is_blind


def test_the_printed_weight_is_beyond_the_edge_and_raising_never_is_the_best() -> None:
    assert demand_readings.blind_weight(0.9) == pytest.approx(3.2999, abs=1e-4)
    assert np.all(demand_readings.blind_advantage(ssq.demand_response()) >= -1e-12)
    with pytest.raises(ValueError, match="lose when the weight grows"):
        demand_readings.blind_weight(0.9, (2, 2, 2, 2, 1))
