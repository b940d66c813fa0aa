"""The mean-field limit: closed forms, its certificate, and how tables of k agents tend to it."""

from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core import bounds, mean_field, multisets
from ssq_core.systems.counterexamples import match
from tests import oracle
from tests.drawn import systems
from tests.systems import KINDS, local_kernel, rows

SEEDS = (0, 1, 2, 8, 4)  # one of each kind
TURN = np.array([[0.6, 0.3, 0.1], [0.1, 0.6, 0.3], [0.3, 0.1, 0.6]])
SIGN = np.array([1.0, -1.0, 0.0])


@lru_cache
def turning_limit(tol: float) -> mean_field.MeanField:
    """s_g' = a, r_l = +-(1, -1, 0), and F spirals into the uniform distribution."""
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    mdp = ssq.StarMDP(P_g, [TURN, TURN], np.zeros((2, 2)), [SIGN, -SIGN], 0.9)
    return mean_field.solve(mdp, tol)


def turning_value(s_g: int, F: np.ndarray) -> np.ndarray:
    """+-<F, u> + sum_t 0.9^t |<F P^t, u>|: every step takes the sign that pays."""
    total, flow = (F @ SIGN) * (1 - 2 * s_g), F
    for t in range(1, 120):
        flow = flow @ TURN
        total = total + 0.9**t * np.abs(flow @ SIGN)
    return total


def match_value(s_g: int, x: np.ndarray, p: float, gamma: float) -> np.ndarray:
    """V at F = (1/2 + x, 1/2 - x): the better half grows or shrinks by 2p - 1 in each step."""
    shrink = gamma * abs(2 * p - 1)
    later = gamma / (2 * (1 - gamma)) + np.abs(x) * shrink / (1 - shrink)
    return 0.5 + x * (1 - 2 * s_g) + later


def distributions(seed: int, size: int, S: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.dirichlet(np.full(S, 0.5), size=size), np.eye(S)])


def certain(seed: int, S: int = 4) -> ssq.StarMDP:
    """A random system with deterministic P_g, its kind cycling with the seed."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % 5]
    P_g, P_l = rows(rng, "deterministic", 3, 2, 3), local_kernel(rng, kind, 3, S)
    return ssq.StarMDP(P_g, P_l, 0.2 * rng.normal(size=(3, 2)), rng.normal(size=(3, S)), 0.7)


@lru_cache
def limit_of(seed: int) -> mean_field.MeanField:
    return mean_field.solve(certain(seed))


@pytest.mark.parametrize(("p", "gamma"), [(0.75, 0.9), (0.75, 0.5), (0.2, 0.8), (1.0, 0.9)])
def test_match_is_its_closed_form(p: float, gamma: float) -> None:
    limit, x = mean_field.solve(match(p, gamma)), np.linspace(-0.5, 0.5, 101)
    F = np.column_stack([0.5 + x, 0.5 - x])
    for s_g in (0, 1):
        missing = match_value(s_g, x, p, gamma) - limit.at(s_g, F).max(axis=-1)
        assert missing.min() > -1e-12
        assert missing.max() <= limit.error_bound <= 1e-6


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-6, 1e-8])
def test_the_value_is_below_the_exact_one_by_at_most_the_certified_error(tol: float) -> None:
    limit, F = turning_limit(tol), distributions(0, 500, 3)
    for s_g in (0, 1):
        missing = turning_value(s_g, F) - limit.at(s_g, F).max(axis=-1)
        assert missing.min() > -1e-12
        assert missing.max() <= limit.error_bound <= tol


def test_the_turning_system_needs_ever_more_pieces() -> None:
    # its kinks are the lines <F P^t, u> = 0; e^{2i theta} = (13 + 8 sqrt(3) i)/19 is no root of
    # unity (19 z^2 - 26 z + 19 has content 1 and is not monic), so no two of them coincide
    eigenvalue = 0.6 + 0.3 * np.exp(2j * np.pi / 3) + 0.1 * np.exp(4j * np.pi / 3)
    assert eigenvalue / eigenvalue.conjugate() == pytest.approx((13 + 8j * 3**0.5) / 19)
    pieces = [len(turning_limit(tol).vectors[0]) for tol in (1e-2, 1e-4, 1e-6)]
    assert pieces[0] < pieces[1] < pieces[2]


def best_of(mdp: ssq.StarMDP, g: int, F: np.ndarray, steps: int) -> np.ndarray:
    """What the best of all sequences of actions earns in some steps, from every row of F."""
    if not steps:
        return np.zeros(len(F))
    later = [
        mdp.r_g[g, a]
        + mdp.gamma * best_of(mdp, int(mdp.P_g[g, a].argmax()), F @ mdp.P_l[g], steps - 1)
        for a in range(mdp.A)
    ]
    return F @ mdp.r_l[g] + np.max(later, axis=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_value_is_the_best_of_all_sequences_of_actions(seed: int) -> None:
    mdp, T = replace(certain(seed), gamma=0.2), 10
    limit, F = mean_field.solve(mdp), distributions(seed, 30, mdp.S)
    rewards = mdp.r_g[:, :, None] + mdp.r_l[:, None]
    beyond = mdp.gamma**T / (1 - mdp.gamma) * np.abs(rewards).max()
    for g in range(mdp.G):
        value, best = limit.at(g, F).max(axis=-1), best_of(mdp, g, F, T)
        assert np.all(value <= best + beyond + 1e-12)
        assert np.all(value >= best - beyond - limit.error_bound - 1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_greedy_actions_earn_the_value(seed: int) -> None:
    mdp, limit = certain(seed), limit_of(seed)
    for s_g, F in product(range(mdp.G), distributions(seed, 5, mdp.S)):
        earned, g, flow = 0.0, s_g, F
        for t in range(120):
            a = limit.action(g, flow)
            earned += mdp.gamma**t * (mdp.r_g[g, a] + flow @ mdp.r_l[g])
            g, flow = int(mdp.P_g[g, a].argmax()), flow @ mdp.P_l[g]
        # a tied action may lose ten times the error in each step; the rest is beyond step 120
        slack = 2 * limit.tie_tolerance / (1 - mdp.gamma) + 1e-8
        assert earned == pytest.approx(limit.value(s_g, F), abs=slack)


def test_printed_demand_response_lowers_the_target_and_then_holds_it() -> None:
    limit, F = mean_field.solve(ssq.demand_response()), distributions(3, 200, 50)
    assert np.all(limit.greedy(0, F) == 1)
    assert all(np.all(limit.greedy(g, F) == 0) for g in range(1, 5))


def test_given_type_masses_change_no_value_and_spare_vectors() -> None:
    mdp = ssq.demand_response(1.5)
    whole, half = (mean_field.solve(mdp, type_masses=m) for m in (None, [0.5, 0.5]))
    F = 0.5 * np.hstack([distributions(4, 100, 25), distributions(5, 100, 25)])
    for g in range(mdp.G):
        assert np.abs(whole.at(g, F) - half.at(g, F)).max() <= 2e-6
        assert len(half.vectors[g]) <= len(whole.vectors[g])
    assert sum(map(len, half.vectors)) < sum(map(len, whole.vectors))


@pytest.mark.parametrize(("better", "taken"), [(0.0, 0), (5e-10, 0), (1e-6, 1)])
def test_an_action_better_by_less_than_the_tie_tolerance_is_not_preferred(
    better: float, taken: int
) -> None:
    mdp = ssq.StarMDP([[[1.0]] * 2], [np.eye(2)], [[0.0, better]], [[0.0, 1.0]], 0.5)
    limit = mean_field.solve(mdp, 1e-9)
    assert limit.tie_tolerance == pytest.approx(1e-9)
    assert limit.action(0, [0.5, 0.5]) == taken


@settings(max_examples=50)
@given(systems(deterministic=True), st.integers(1, 3))
def test_every_action_of_k_agents_is_worth_the_limit_or_more_and_at_most_L3_more(mdp, k) -> None:
    limit, q = mean_field.solve(mdp, 1e-6), ssq.solve(mdp, k)
    assert limit.error_bound <= 1e-6
    radius = bounds.value(bounds.L3, k=k, **bounds.constants(mdp))  # 0 if agents move without noise
    for g, *s in oracle.joint_states(mdp, k):
        over = q.at(g, s) - limit.at(g, np.bincount(s, minlength=mdp.S) / k)
        assert np.all(over >= -q.error_bound - 1e-11)
        assert np.all(over <= radius + q.error_bound + limit.error_bound + 1e-11)


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(0, 99), st.floats(0, 1))
def test_the_value_is_convex_in_the_distribution(mdp, seed, share) -> None:
    limit, rng = mean_field.solve(mdp, 1e-6), np.random.default_rng(seed)
    one, two = rng.dirichlet(np.ones(mdp.S)), rng.dirichlet(np.ones(mdp.S))
    for g in range(mdp.G):
        mixed = limit.value(g, share * one + (1 - share) * two)
        chord = share * limit.value(g, one) + (1 - share) * limit.value(g, two)
        assert mixed <= chord + 1e-11


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(0, 99))
def test_it_solves_its_recursion_within_the_certified_error(mdp, seed) -> None:
    limit, rng = mean_field.solve(mdp, 1e-6), np.random.default_rng(seed)
    F = rng.dirichlet(np.ones(mdp.S))
    for g, a in product(range(mdp.G), range(mdp.A)):
        x = int(mdp.P_g[g, a].argmax())
        step = mdp.r_g[g, a] + F @ mdp.r_l[g] + mdp.gamma * limit.value(x, F @ mdp.P_l[g])
        assert abs(limit.at(g, F)[a] - step) <= limit.error_bound + 1e-11


@pytest.mark.parametrize("seed", SEEDS)
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
