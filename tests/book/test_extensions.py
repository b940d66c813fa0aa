"""Extensions: sampled rewards, one trajectory, fitted Q iteration, each against an exact answer."""

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
    assert learned.error_bound <= 1e-8
    assert ssq.bellman_noise(learned, ssq.learn(mdp, 2, 4, 400, seed)) <= 1e-7


def test_a_sampled_reward_is_the_mean_of_fair_signs_about_the_known_one():
    m, noise, drawn = 6, 0.5, []
    for seed in range(400):
        # the next states are certain, so what is left of Q is the sampled reward
        learned = dense.table(rewards.learn(STILL, 1, m, noise, seed))
        V = learned.max(axis=-1)  # (G, S): s_g' = a, and an agent stays where it is
        drawn.append(learned - STILL.gamma * V.T[None] - dense.rewards(STILL, 1))
    signs = np.round(np.array(drawn) / noise * m, 6)  # two sums of m signs
    assert np.all(signs == np.round(signs))
    assert np.all(np.abs(signs) <= 2 * m)
    for g, s in product(range(2), repeat=2):
        assert abs(signs[:, g, s].mean()) < 5 * np.sqrt(2 * m / 800)
        assert abs(signs[:, g, s, 0].var() / (2 * m) - 1) < 0.4  # five standard errors
        apart = np.corrcoef(signs[:, g, s].T)[0, 1]  # the local part is shared by the actions
        assert abs(apart - 0.5) < 0.25


# -- one trajectory --------------------------------------------------------------------------------


def test_runs_are_the_update_rule_written_out():
    mdp, k = random_system(4, S=3), 2
    target = ssq.solve(mdp, k)
    learners = [Learner(slope=0.2, least=0.05, explore=0.3), Learner(slope=1)]
    path = online.q_learning(mdp, target, learners, [100, 300], runs=2, seed=7)
    Q, N = np.zeros((2, *path.q.shape))
    s_g, s, rng = np.zeros(4, dtype=int), np.zeros((4, k), dtype=int), np.random.default_rng(7)
    pairs = multisets.size(k, mdp.S)
    for _ in range(300):
        wander, random = rng.random(4), rng.integers(mdp.A, size=4)
        x = s_g * pairs + multisets.rank(np.sort(s))
        place = [(*divmod(line, 2), x[line]) for line in range(4)]
        at = [learners[place[i][0]] for i in range(4)]
        a = np.array(
            [random[i] if wander[i] < at[i].explore else Q[place[i]].argmax() for i in range(4)]
        )
        gain = [mdp.r_g[s_g[i], a[i]] + mdp.r_l[s_g[i], s[i]].mean() for i in range(4)]
        s, s_g = mdp.next_l(s, np.stack([s_g] * k, axis=1), rng), mdp.next_g(s_g, a, rng)
        new = s_g * pairs + multisets.rank(np.sort(s))
        for i, (learner, run, _) in enumerate(place):
            pair = (*place[i], a[i])
            N[pair] += 1
            eta = max(at[i].least, 1 / (1 + at[i].slope * (N[pair] - 1)))
            Q[pair] += eta * (gain[i] + mdp.gamma * Q[learner, run, new[i]].max() - Q[pair])
    assert np.array_equal(path.visits, N)
    assert path.q == pytest.approx(Q, abs=1e-12)
    distance = np.abs(Q - dense.table(target).reshape(Q.shape[2:])).max(axis=(2, 3))
    assert path.errors[..., -1] == pytest.approx(distance)
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
