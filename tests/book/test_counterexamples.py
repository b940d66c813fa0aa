"""The counterexamples: closed forms held to systems solved exactly, and what each refutes."""

from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import dense
from ssq_core import counterexamples as ce
from ssq_core import multisets


@pytest.mark.parametrize(("m", "k", "n"), [(1, 1, 4), (2, 2, 4), (3, 1, 3), (4, 1, 2)])
def test_overfit_solved_has_the_closed_difference_for_every_s_g_and_action(m, k, n):
    mdp = ce.overfit(m, 0.8)
    few, many = (ssq.solve(mdp, j, tol=1e-10) for j in (k, n))
    for s_g in (0, mdp.G - 1):
        left = few.at(s_g, [0] * k) - many.at(s_g, [0] * n)
        assert left == pytest.approx(float(ce.overfit_difference(m, k, n, 0.8)), abs=1e-8)


TREES = [(1, 2, 2, 1, 0.0), (2, 2, 1, 2, 0.5), (2, 3, 1, 2, 0.25), (2, 4, 2, 3, 0.3),
         (2, 2, 3, 4, 0.25), (3, 2, 1, 3, 0.1), (4, 2, 1, 2, 0.49), (1, 2, 1, 1, 1.0)]  # fmt: skip


@pytest.mark.parametrize(("m", "actions", "q", "k", "w"), TREES)
def test_tree_solved_enters_and_loses_as_the_closed_form_says(m, actions, q, k, w):
    gamma = 0.8
    mdp, n = ce.tree(m, actions, w, gamma), 2 * m * q
    population = np.repeat(np.arange(2 * m), q)
    balanced = ssq.solve(mdp, n, tol=1e-10, type_counts=(q,) * (2 * m)).at(0, population)
    assert balanced[0] - balanced[1] == pytest.approx(ce.tree_loss(m, actions, w, gamma), abs=1e-8)
    sample = ssq.solve(mdp, k, tol=1e-10)
    for states in multisets.unrank_all(k, 2 * m):
        F = np.bincount(states, minlength=2 * m).reshape(m, 2) / k
        imbalance = np.abs(F[:, 0] - F[:, 1]).sum()
        assert (sample.action(0, states) != 0) == (imbalance / 2 > w)
    enters = 1 - ssq.SubsampledPolicy(sample, n).action_probabilities(0, population)[0]
    assert ce.tree_entry(m, q, k, w) == pytest.approx(enters, abs=1e-12)


def test_tree_entry_at_a_large_size_is_within_a_simulation():
    rng = np.random.default_rng(0)
    x = rng.multivariate_hypergeometric([50] * 256, 1280, size=4000).reshape(4000, 128, 2)
    entered = np.abs(x[..., 0] - x[..., 1]).sum(axis=1) > 256  # Z/2 > .1
    p = ce.tree_entry(128, 50, 1280, 0.1)
    assert abs(entered.mean() - p) < 5 * np.sqrt(p * (1 - p) / 4000)


@pytest.mark.parametrize("rule", ["subsets", "actions"])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("n", "majority"), [(3, 2), (4, 2), (5, 3), (5, 5), (6, 4)])
def test_fork_solved_has_the_closed_gap_at_the_root(n, majority, signed, rule):
    mdp, gamma = ce.fork(0.9, signed), 0.9
    states = [0] * majority + [1] * (n - majority)
    best = ssq.solve(mdp, n, tol=1e-10)
    assert np.ptp(best.at(2, states)) == pytest.approx(ce.fork_loss(n, majority, gamma), abs=1e-8)
    for k in range(1, n + 1):
        policy = ssq.SubsampledPolicy(ssq.solve(mdp, k), n, rule)
        gap = best.value(2, states) - ssq.policy_value(mdp, policy, tol=1e-10).at(2, states)
        assert gap == pytest.approx(ce.fork_gap(n, majority, k, gamma, rule), abs=1e-8)


@pytest.mark.parametrize("signed", [False, True])
def test_absorbing_is_worth_the_mean_reward_for_ever(signed):
    mdp = ce.absorbing(0.75, actions=3, signed=signed)
    q = ssq.solve(mdp, 4, tol=1e-10)
    for s_g, ones in product(range(2), range(5)):
        share = (ones if s_g else 4 - ones) / 4 - 0.5 * signed
        assert q.at(s_g, [0] * (4 - ones) + [1] * ones) == pytest.approx([4 * share] * 3, abs=1e-9)


def test_non_monotone_loses_more_with_two_agents_than_with_one():
    largest = [float(dense.gap(dense.exact(ce.non_monotone()), k, 3).max()) for k in (1, 2)]
    assert largest == pytest.approx([0.04377, 0.06651], abs=5e-6)
