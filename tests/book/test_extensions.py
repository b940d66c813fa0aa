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


# -- sampled rewards -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_without_noise_it_is_the_limit_of_algorithm_1(seed):
    mdp = random_system(seed)
    learned = rewards.learn(mdp, 2, 4, 0.0, seed)
    limit = ssq.learn(mdp, 2, 4, 400, seed)
    assert learned.error_bound <= 1e-8
    assert ssq.bellman_noise(learned, limit) <= 1e-7


def test_means_of_signs_are_scaled_binomials():
    drawn = rewards.mean_of_signs(np.random.default_rng(0), 6, (40_000,))
    exact = np.array([1, 6, 15, 20, 15, 6, 1]) / 64
    share = np.array([np.isclose(drawn, v).mean() for v in np.arange(-6, 7, 2) / 6])
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


# -- one trajectory --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_flat_surrogate_has_the_exact_table_as_its_fixed_point(seed):
    mdp = random_system(seed, S=4)
    assert len(mdp.types) == 1 + (seed == 3)
    laws, gains = online.surrogate(mdp, 2)
    assert np.allclose(laws.sum(axis=-1), 1)
    q = dense.table(ssq.solve(mdp, 2, tol=1e-9)).reshape(gains.shape)
    assert np.abs(gains + mdp.gamma * laws @ q.max(axis=1) - q).max() < 1e-6


def test_a_run_is_the_update_rule_written_out():
    target = ssq.solve(MATCH, 2)
    laws, gains = online.surrogate(MATCH, 2)
    learners = [Learner(slope=0.2, least=0.05, explore=0.3), Learner(slope=1)]
    path = online.q_learning(MATCH, target, learners, [100, 500], runs=2, seed=7)
    edges = np.cumsum(laws, axis=-1) / laws.sum(axis=-1, keepdims=True)
    uniform = np.random.default_rng(7).random((online.CHUNK, 3, 4))
    for line, (index, run) in enumerate(product(range(2), repeat=2)):
        learner = learners[index]
        Q, N, x = np.zeros(gains.shape), np.zeros(gains.shape, dtype=int), 0
        for wander, choice, move in uniform[:500, :, line]:
            a = int(choice * MATCH.A) if wander < learner.explore else int(Q[x].argmax())
            N[x, a] += 1
            new = int(np.searchsorted(edges[x, a], move, side="right"))
            eta = max(learner.least, 1 / (1 + learner.slope * (N[x, a] - 1)))
            Q[x, a] += eta * (gains[x, a] + MATCH.gamma * Q[new].max() - Q[x, a])
            x = new
        assert np.array_equal(path.visits[index, run], N)
        assert path.q[index, run] == pytest.approx(Q, abs=1e-12)
        distance = np.abs(Q - dense.table(target).reshape(Q.shape)).max()
        assert path.errors[index, run, -1] == pytest.approx(distance)
    assert path.errors.shape == (2, 2, 2)


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
