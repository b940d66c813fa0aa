"""How the tables of k agents tend to the limit: L3, the rate in k, the sandwich, samples of k."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import bounds, mean_field, multisets
from ssq_core.systems.counterexamples import match
from tests.limits import certain, limit_of


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("k", [1, 2, 4])
def test_L3_holds_for_every_action_at_every_multiset(seed: int, k: int) -> None:
    mdp = certain(seed, S=3)
    limit, q = mean_field.solve(mdp), ssq.solve(mdp, k)
    radius = bounds.value(bounds.L3, k=k, **bounds.constants(mdp))
    for g, states in product(range(mdp.G), multisets.unrank_all(k, mdp.S)):
        over = q.at(g, states) - limit.at(g, np.bincount(states, minlength=mdp.S) / k)
        assert np.all(over >= -q.error_bound - 1e-12)
        assert np.all(over <= radius + q.error_bound + limit.error_bound + 1e-12)


@pytest.mark.parametrize("seed", [2, 7, 12])
def test_agents_that_move_without_noise_have_no_limit_to_reach(seed: int) -> None:
    mdp = certain(seed)  # deterministic P_l: nu = 0
    assert np.all((mdp.P_l == 0) | (mdp.P_l == 1))
    limit, q = limit_of(seed), ssq.solve(mdp, 3)
    for g, states in product(range(mdp.G), multisets.unrank_all(3, mdp.S)):
        over = q.at(g, states) - limit.at(g, np.bincount(states, minlength=mdp.S) / 3)
        assert np.abs(over).max() <= q.error_bound + limit.error_bound + 1e-12


def excess(mdp: ssq.StarMDP, limit: mean_field.MeanField, ks: list[int], share: float) -> list:
    """V_k - V_inf of match at s_g = 0 with a share of the agents in state 0."""
    tables = [ssq.solve(mdp, k, tol=1e-9) for k in ks]
    ones = [round(share * k) for k in ks]
    return [
        q.value(0, [0] * one + [1] * (k - one)) - limit.value(0, [share, 1 - share])
        for q, k, one in zip(tables, ks, ones, strict=True)
    ]


def test_at_the_kink_of_match_the_difference_falls_by_sqrt_2_when_k_doubles() -> None:
    mdp, ks = match(0.75, 0.9), [4, 8, 16, 32, 64, 128]
    limit = mean_field.solve(mdp, tol=1e-8)
    at_kink, off_kink = excess(mdp, limit, ks, 0.5), excess(mdp, limit, ks, 1.0)
    ratio = np.array(at_kink[:-1]) / at_kink[1:]
    assert np.all(np.diff(2**0.5 - ratio) < 0)  # tends to sqrt 2 from below
    assert 0 < 2**0.5 - ratio[-1] < 0.004
    away = np.array(off_kink[:-1]) / off_kink[1:]
    assert np.all(away > 2**0.5)  # faster than 1/sqrt k
    assert np.all(np.array(off_kink) < at_kink)
    radius = [bounds.value(bounds.L3, k=k, **bounds.constants(mdp)) for k in ks]
    assert np.all(np.array(at_kink) <= radius)


@pytest.mark.parametrize("seed", range(10))
def test_the_sandwich_holds_every_value_and_closes_at_j_equal_to_k(seed: int) -> None:
    mdp, k = certain(seed), 4
    limit, tables = limit_of(seed), [ssq.solve(mdp, j) for j in range(1, k + 1)]
    for g, states in product(range(mdp.G), multisets.unrank_all(k, mdp.S)):
        value, slack = tables[-1].value(g, states), tables[-1].error_bound + 1e-12
        highs = []
        for q in tables:
            low, high = mean_field.sandwich(limit, q, g, states)
            assert low - slack <= value <= high + slack
            highs.append(high)
        assert np.all(np.diff(highs) <= 2 * slack)  # tighter with every agent more
        assert highs[-1] == pytest.approx(value, abs=2 * slack)


def test_the_sandwich_of_a_table_of_single_agents_averages_over_agents() -> None:
    mdp, states = certain(0), [0, 0, 3, 1]
    q = ssq.solve(mdp, 1)
    mean = np.mean([q.value(1, [s]) for s in states])
    high = mean_field.sandwich(limit_of(0), q, 1, states)[1]
    assert high == pytest.approx(mean + q.error_bound, abs=1e-12)


def test_the_sandwich_of_demand_response_holds_five_agents_from_three_on() -> None:
    mdp = ssq.demand_response(1.5)
    limit = mean_field.solve(mdp, type_masses=(0.6, 0.4))
    exact = ssq.solve(mdp, 5, tol=1e-6, type_counts=(3, 2))
    tables = [ssq.solve(mdp, j, tol=1e-7) for j in (2, 3)]
    rng, widths = np.random.default_rng(0), []
    for _ in range(60):
        g, states = (
            int(rng.integers(5)),
            np.append(rng.integers(25, size=3), rng.integers(25, 50, 2)),
        )
        value = exact.value(g, states)
        inside = [mean_field.sandwich(limit, q, g, states) for q in tables]
        assert all(low - exact.error_bound <= value <= high + 1e-6 for low, high in inside)
        widths.append([high - low for low, high in inside])
    assert np.mean(widths, axis=0)[1] < np.mean(widths, axis=0)[0] < 0.5


@pytest.mark.parametrize("k", [1, 3])
def test_a_sampled_table_holds_the_limit_at_every_histogram(k: int) -> None:
    mdp, limit = certain(8), limit_of(8)
    assert len(mdp.types) > 1
    table = mean_field.sampled(limit, k)
    for g, states in product(range(mdp.G), multisets.unrank_all(k, mdp.S)):
        F = np.bincount(states, minlength=mdp.S) / k
        assert table.at(g, states) == pytest.approx(limit.at(g, F), abs=1e-12)
        assert table.action(g, states) == limit.action(g, F)
    assert table.error_bound == np.inf
    assert table.tie_tolerance == limit.tie_tolerance


def test_of_agents_without_noise_the_sampled_table_is_optimal() -> None:
    mdp, limit = certain(7), limit_of(7)
    policy = ssq.SubsampledPolicy(mean_field.sampled(limit, 3), 3)
    value, best = ssq.policy_value(mdp, policy), ssq.solve(mdp, 3)
    slack = 2 * limit.tie_tolerance / (1 - mdp.gamma) + 1e-7
    for g, states in product(range(mdp.G), multisets.unrank_all(3, mdp.S)):
        assert value.at(g, states) == pytest.approx(best.value(g, states), abs=slack)


@pytest.mark.parametrize("k", [1, 22])
def test_the_limits_policy_sees_the_histogram_of_the_sample(k: int) -> None:
    limit, rng = limit_of(0), np.random.default_rng(k)
    mdp, policy = limit.mdp, mean_field.LimitPolicy(limit, k)
    s_g, states = rng.integers(mdp.G, size=100), rng.integers(mdp.S, size=(100, k))
    each = [
        limit.action(int(g), np.bincount(own, minlength=mdp.S) / k)
        for g, own in zip(s_g, states, strict=True)
    ]
    assert policy.sample_actions(s_g, states).tolist() == each
    assert (policy.k, policy.mdp) == (k, mdp)
