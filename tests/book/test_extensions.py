"""Extensions: sampled rewards, one trajectory, fitted Q iteration, each against an exact answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

import ssq_core as ssq
from ssq_book import dense
from ssq_book.chapters.extensions import fitted, online, rewards
from ssq_book.chapters.extensions.online import Learner
from ssq_core import multisets
from tests.systems import random_system

MATCH = ssq.counterexamples.match(0.75, 0.8)
STILL = ssq.counterexamples.match(1.0, 0.8)  # deterministic


def test_shares_count_every_agent():
    assert fitted.shares(np.array([[0, 2, 2]]), 4).tolist() == [[1 / 3, 0, 2 / 3, 0]]


# -- sampled rewards -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_without_noise_it_is_the_limit_of_algorithm_1(seed):
    mdp = random_system(seed)
    learned = rewards.learn(mdp, 2, 4, 0.0, seed)
    limit = ssq.learn(mdp, 2, 4, 400, seed)
    assert learned.error_bound <= 1e-8
    assert ssq.bellman_noise(learned, limit) <= 1e-7


def test_means_of_signs_are_the_binomials_of_a_loop():
    rng = np.random.default_rng(0)
    fast = rewards.mean_of_signs(rng, 6, (40_000,))
    slow = rng.choice([-1, 1], size=(40_000, 6)).mean(axis=1)
    values = np.arange(-6, 7, 2) / 6
    exact = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
    for sample in (fast, slow):
        share = np.array([np.isclose(sample, v).mean() for v in values])
        assert np.all(np.abs(share - exact) < 5 * np.sqrt(exact * (1 - exact) / 40_000))


def test_sampled_rewards_lie_within_the_noise_and_share_what_agents_earn():
    k, m, noise = 2, 1, 0.5
    known = rewards.learn(STILL, k, m, 0.0)
    learned = rewards.learn(STILL, k, m, noise)
    V = [q.max(axis=0) for q in learned.tables]
    for g, row in product(range(STILL.G), multisets.unrank_all(k, STILL.S)):
        i = int(known.layout.rank(g, row))
        # with one certain next state, what is left of Q is the sampled reward
        ahead = [STILL.gamma * V[a][i] for a in range(STILL.A)]
        sampled = learned.at(g, row) - ahead - STILL.r_g[g] - STILL.local_reward(g, row)
        signs = np.round(sampled / noise, 6)
        assert np.all(np.isin(signs, [-2, -1, 0, 1, 2]))
        assert (signs[0] - signs[1]) in (-2, 0, 2)  # the agents' part is the same for all actions


def test_the_bound_holds_as_often_as_it_says():
    k, m, noise, delta = 2, 20, 1.0, 0.05
    q = ssq.solve(MATCH, k, tol=1e-9)
    star = dense.table(q)
    span = float(np.ptp(star.max(axis=-1)))
    bound = rewards.hoeffding(MATCH, k, m, noise, span, star.size, delta)
    errors = [ssq.bellman_noise(rewards.learn(MATCH, k, m, noise, s), q) for s in range(60)]
    assert sum(e > bound for e in errors) <= 10  # Binomial(60, 0.05) exceeds 10 once in 4,000
    assert max(errors) > bound / 20


def test_the_bound_without_noise_is_that_of_known_rewards():
    expected = 0.8 * 3 / 0.2 * np.sqrt(np.log(2 * 8 / 0.1) / 20)
    assert rewards.hoeffding(MATCH, 2, 10, 0.0, 3.0, 8, 0.1) == pytest.approx(expected)


# -- one trajectory --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_flat_surrogate_has_the_exact_table_as_its_fixed_point(seed):
    mdp = random_system(seed, S=4)
    assert len(mdp.types) == 1 + (seed == 3)
    laws, gains = online.surrogate(mdp, 2)
    assert np.allclose(laws.sum(axis=-1), 1)
    q = dense.table(ssq.solve(mdp, 2, tol=1e-9)).reshape(gains.shape)
    assert np.abs(gains + mdp.gamma * laws @ q.max(axis=1) - q).max() < 1e-6


def test_with_certain_transitions_and_rate_one_the_table_becomes_exact():
    # agents that never move: from x = 0 only the multiset of zeros is met, and there Q is exact
    target = ssq.solve(STILL, 2, tol=1e-9)
    path = online.q_learning(STILL, target, [Learner(slope=0)], [2000], runs=2)
    exact = dense.table(target)[:, 0]
    size = multisets.size(2, STILL.S)
    for run in range(2):
        q = path.q[0, run].reshape(STILL.G, size, STILL.A)
        assert q[:, 0] == pytest.approx(exact, abs=1e-7)
        assert np.all(q[:, 1:] == 0)
    assert np.all(path.errors[0, :, -1] == path.errors[0, 0, -1])


def test_a_run_is_the_update_rule_written_out():
    target = ssq.solve(MATCH, 2)
    laws, gains = online.surrogate(MATCH, 2)
    learner = Learner(slope=0.2, least=0.05, explore=0.3)
    path = online.q_learning(MATCH, target, [learner], [500], runs=1, seed=7)
    edges = np.cumsum(laws, axis=-1) / laws.sum(axis=-1, keepdims=True)
    uniform = np.random.default_rng(7).random((online.CHUNK, 3, 1))[..., 0]
    Q, N, x = np.zeros(gains.shape), np.zeros(gains.shape, dtype=int), 0
    for wander, choice, move in uniform[:500]:
        a = int(choice * MATCH.A) if wander < learner.explore else int(Q[x].argmax())
        N[x, a] += 1
        new = int(np.searchsorted(edges[x, a], move, side="right"))
        eta = max(learner.least, 1 / (1 + learner.slope * (N[x, a] - 1)))
        Q[x, a] += eta * (gains[x, a] + MATCH.gamma * Q[new].max() - Q[x, a])
        x = new
    assert np.array_equal(path.visits[0, 0], N)
    assert path.q[0, 0] == pytest.approx(Q, abs=1e-12)


def test_random_exploration_meets_pairs_as_often_as_the_stationary_law_says():
    k, steps, runs = 3, 4000, 20
    path = online.q_learning(MATCH, ssq.solve(MATCH, k), [Learner(slope=0.2)], [steps], runs)
    shares = path.visits[0].sum(axis=0).reshape(MATCH.G, k + 1, MATCH.A) / (steps * runs)
    exact = np.array([1, 3, 3, 1]) / 8 / 4
    assert np.abs(shares - exact[:, None]).max() < 0.005


def test_the_rescaled_rate_approaches_the_exact_table():
    path = online.q_learning(MATCH, ssq.solve(MATCH, 2), [Learner(slope=0.2)], [500, 8000], runs=8)
    start, end = path.errors[0].T
    assert np.all(end < start)
    assert end.max() < 0.15


# -- fitted Q iteration ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "make", "iterations"),
    [(2, DecisionTreeRegressor, 1), (2, DecisionTreeRegressor, 7), (1, LinearRegression, 9)],
)
def test_a_regressor_that_interpolates_certain_transitions_is_value_iteration(k, make, iterations):
    # 60 samples of 2 agents over 2 states hold all 3 multisets; a full tree repeats its targets,
    # and so does a linear function of the histogram of one agent
    q = fitted.fitted_q(STILL, k, make, 60, iterations)
    exact = ssq.solve(STILL, k, iterations=iterations)
    assert ssq.bellman_noise(q, exact) < 1e-10


def test_transitions_have_the_laws_of_the_model():
    mdp = random_system(4)
    data = fitted.batch(mdp, 1, 20_000, seed=1)
    state = data.here.argmax(axis=1)
    for g, s in product(range(mdp.G), range(mdp.S)):
        met = state == s
        law = mdp.P_l[g, s]
        share = data.there[g, met].mean(axis=0)
        assert np.all(np.abs(share - law) <= 5 * np.sqrt(law * (1 - law) / met.sum()) + 1e-12)
        assert np.allclose(data.rewards[g, met], mdp.r_g[g] + mdp.r_l[g, s])
    for g, a in product(range(mdp.G), range(mdp.A)):
        law = mdp.P_g[g, a]
        share = np.bincount(data.into[g, :, a], minlength=mdp.G) / 20_000
        assert np.all(np.abs(share - law) <= 5 * np.sqrt(law * (1 - law) / 20_000) + 1e-12)


def test_more_transitions_bring_a_linear_fit_closer():
    mdp = ssq.demand_response(weight=1.5)
    star = dense.table(ssq.solve(mdp, 2, 1e-6))
    few, many = (
        np.ptp(dense.table(fitted.fitted_q(mdp, 2, LinearRegression, size, 20)) - star)
        for size in (300, 4000)
    )
    assert many < few / 2
