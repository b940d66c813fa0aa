"""The mean-field limit: closed forms, the certificate, convexity, greedy actions, refusals."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import mean_field
from ssq_core.systems.counterexamples import match
from tests.limits import (
    SIGN,
    TURN,
    certain,
    demand_limit,
    distributions,
    limit_of,
    match_value,
    turning_limit,
    turning_value,
)


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
    angles = np.sort(np.angle(eigenvalue) * np.arange(100) % np.pi)
    assert np.diff(np.append(angles, angles[0] + np.pi)).min() > 1e-3
    pieces = [len(turning_limit(tol).vectors[0]) for tol in (1e-2, 1e-4, 1e-6)]
    assert pieces[0] < pieces[1] < pieces[2]
    limit, h = turning_limit(1e-8), 1e-3
    for t in range(1, 7):  # a kink of the right size on each of the first lines
        u = np.linalg.matrix_power(TURN, t) @ SIGN
        along, across = np.cross(u, np.ones(3)), u - u.mean()
        F = 1 / 3 + 0.2 * along / np.linalg.norm(along)
        step = h * across / np.linalg.norm(across)
        low, here, high = (limit.value(0, F + s * step) for s in (-1, 0, 1))
        # every other line is farther away than h here, so only this one bends the value
        assert low + high - 2 * here == pytest.approx(2 * 0.9**t * abs(u @ step), abs=1e-7)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("gamma", [0.2, 0.5])
def test_the_value_is_the_best_of_all_sequences_of_actions(seed: int, gamma: float) -> None:
    mdp, T = replace(certain(seed), gamma=gamma), 12
    after = mdp.P_g.argmax(axis=-1)
    alpha = [np.zeros((1, mdp.S))] * mdp.G  # unpruned: 2^T vectors
    for _ in range(T):
        alpha = [
            np.concatenate(
                [
                    mdp.r_g[g, a] + mdp.r_l[g] + gamma * alpha[after[g, a]] @ mdp.P_l[g].T
                    for a in range(mdp.A)
                ]
            )
            for g in range(mdp.G)
        ]
    limit, F = mean_field.solve(mdp), distributions(seed, 30, mdp.S)
    tail = gamma**T / (1 - gamma)
    rewards = mdp.r_g[:, :, None] + mdp.r_l[:, None]
    for g in range(mdp.G):
        value, best = limit.at(g, F).max(axis=-1), (F @ alpha[g].T).max(axis=-1)
        assert np.all(value <= best + tail * rewards.max() + 1e-12)
        assert np.all(value >= best + tail * rewards.min() - limit.error_bound - 1e-12)


@pytest.mark.parametrize("seed", range(10))
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


@pytest.mark.parametrize("name", ["match", "turning", "demand response"])
def test_the_value_is_convex(name: str) -> None:
    solved = {"turning": turning_limit, "demand response": demand_limit}
    limit = solved[name]() if name in solved else mean_field.solve(match(0.75, 0.9))
    mdp, F = limit.mdp, distributions(1, 300, limit.mdp.S)
    ends, shares = F[np.random.default_rng(2).permutation(len(F))], np.linspace(0, 1, 21)
    for g in range(mdp.G):
        line = [limit.at(g, s * F + (1 - s) * ends).max(axis=-1) for s in shares]
        assert np.diff(line, n=2, axis=0).min() >= -1e-12


def test_the_value_of_demand_response_is_linear_between_finitely_many_kinks() -> None:
    mdp = ssq.demand_response(1.5)
    limit, shares = demand_limit(), np.linspace(0, 1, 4001)[:, None]
    low, high = np.eye(50)[[0, 49]]  # nobody wants anything, everybody consumes 5
    for g in range(mdp.G):
        bend = np.diff(limit.at(g, shares * high + (1 - shares) * low).max(axis=-1), n=2)
        pieces = sum(len(limit.vectors[x]) for x in set(mdp.P_g[g].argmax(axis=-1)))
        assert np.count_nonzero(bend > 1e-10) <= 2 * (pieces - 1)
    assert [len(own) for own in limit.vectors] == [1, 2, 5, 7, 1]


def test_printed_demand_response_lowers_the_target_and_then_holds_it() -> None:
    limit, F = mean_field.solve(ssq.demand_response()), distributions(3, 200, 50)
    assert np.all(limit.greedy(0, F) == 1)
    assert all(np.all(limit.greedy(g, F) == 0) for g in range(1, 5))


def test_given_type_masses_change_no_value_and_spare_vectors() -> None:
    mdp = ssq.demand_response(1.5)
    whole, half = demand_limit(), mean_field.solve(mdp, type_masses=[0.5, 0.5])
    F = 0.5 * np.hstack([distributions(4, 100, 25), distributions(5, 100, 25)])
    for g in range(mdp.G):
        assert np.abs(whole.at(g, F) - half.at(g, F)).max() <= 2e-6
        assert len(half.vectors[g]) <= len(whole.vectors[g])
    assert sum(map(len, half.vectors)) < sum(map(len, whole.vectors))


def test_of_equal_actions_the_first_is_taken() -> None:
    base = certain(1)
    doubled = replace(base, P_g=base.P_g[:, [1, 1, 0]], r_g=base.r_g[:, [1, 1, 0]])
    limit, F = mean_field.solve(doubled), distributions(8, 100, 4)
    actions = np.array([limit.greedy(g, F) for g in range(3)])
    assert set(np.unique(actions)) <= {0, 2}
    assert limit.action(0, F[0]) == actions[0, 0]


@pytest.mark.parametrize(("better", "taken"), [(0.0, 0), (5e-10, 0), (1e-6, 1)])
def test_an_action_better_by_less_than_the_tie_tolerance_is_not_preferred(
    better: float, taken: int
) -> None:
    mdp = ssq.StarMDP([[[1.0]] * 2], [np.eye(2)], [[0.0, better]], [[0.0, 1.0]], 0.5)
    limit = mean_field.solve(mdp, 1e-9)
    assert limit.tie_tolerance == pytest.approx(1e-9)
    assert limit.action(0, [0.5, 0.5]) == taken


def test_value_action_and_many_distributions_agree_with_at() -> None:
    limit, F = turning_limit(), distributions(9, 6, 3)
    q = limit.at(1, F.reshape(3, 3, 3))
    assert q.shape == (3, 3, 2)
    for own, row in zip(F, q.reshape(-1, 2), strict=True):
        assert limit.at(1, own) == pytest.approx(row, abs=1e-14)
        assert limit.value(1, own) == limit.at(1, own).max()
        assert limit.action(1, own) == row.argmax() or np.ptp(row) <= limit.tie_tolerance
