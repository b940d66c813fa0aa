"""The plain dense computations behind the checks, held to the library and to enumeration."""

from itertools import combinations, product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.claims import corrected, small
from ssq_book.claims.instances import random_systems
from ssq_core import multisets
from tests import oracle

SYSTEMS = random_systems(6, seed=17)


def pick(table, s_g, states):
    """Entry of a table (G, N, ...) at ordered states."""
    return table[s_g, int(multisets.rank(np.sort(states)))]


@pytest.mark.parametrize("mdp", SYSTEMS)
def test_policy_and_value_are_those_of_the_library(mdp):
    k, n = 2, 3
    law = small.subsampled_law(small.q_star(mdp, k), k, n, mdp.S)
    V = small.policy_value(mdp, n, law)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(ssq.solve(mdp, k, tol=1e-10), n))
    best = ssq.solve(mdp, n)
    gap = corrected.gap(mdp, k, n)
    for g, *states in product(range(mdp.G), *[range(mdp.S)] * n):
        assert pick(V, g, states) == pytest.approx(value.at(g, states), abs=1e-7)
        expected = best.value(g, states) - value.at(g, states)
        assert pick(gap, g, states) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("mdp", SYSTEMS)
def test_one_sample_kept_for_ever_is_the_mean_over_subsets_by_enumeration(mdp):
    k, n = 1, 3
    Q = small.q_star(mdp, k)
    value = small.fixed_sample_value(mdp, Q, k, n)
    total = np.zeros((mdp.G, *[mdp.S] * n))
    for subset in combinations(range(n), k):
        law = np.zeros((mdp.G, *[mdp.S] * n, mdp.A))
        for g, *states in product(range(mdp.G), *[range(mdp.S)] * n):
            law[(g, *states)] = pick(small.greedy_law(Q), g, [states[i] for i in subset])
        total += oracle.policy_value(mdp, law)
    for g, *states in product(range(mdp.G), *[range(mdp.S)] * n):
        expected = total[(g, *states)] / 3
        assert pick(value, g, states) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("mdp", SYSTEMS)
def test_the_mean_field_recursion_is_the_limit_of_many_agents(mdp):
    T, start = 3, np.eye(mdp.S)[0]
    limit = small.mean_field(mdp, start[None], T)[:, 0]
    apart = []
    for k in (4, 16, 64):
        Q = ssq.solve(mdp, k, iterations=T)
        apart.append(max(np.abs(Q.at(g, [0] * k) - limit[g]).max() for g in range(mdp.G)))
    assert apart[2] <= max(apart[0] / 2, 1e-9)


def test_deterministic_agents_that_start_together_are_their_mean_field():
    mdp = ssq.counterexamples.match(1.0, 0.5)
    F = np.array([[1.0, 0.0]])
    for T, k in product((1, 2, 5), (1, 3)):
        expected = ssq.solve(mdp, k, iterations=T).at(0, [0] * k)
        assert small.mean_field(mdp, F, T)[0, 0] == pytest.approx(expected)


def test_drawing_is_hypergeometric():
    law = small.sampling(2, 4, 2)
    counts = multisets.counts(4, 2)
    for row, (x, y) in zip(law, counts, strict=True):
        expected = np.array([x * (x - 1), 2 * x * y, y * (y - 1)]) / 12
        assert row == pytest.approx(expected)


def test_a_misleading_table_stays_within_eps():
    mdp = SYSTEMS[0]
    for seed in range(4):
        off = np.abs(corrected.learned(mdp, 2, 0.3, seed) - small.q_star(mdp, 2))
        assert off.max() == pytest.approx(0.3)


def test_the_closest_pair_is_the_largest_ratio_and_a_bound_of_zero_is_kept():
    found = corrected.closest(np.array([1.0, 3.0, 0.0]), np.array([2.0, 4.0, 0.0]))
    assert found == (3.0, 4.0)
    assert found.ratio == 0.75
    assert corrected.closest(np.array([1.0, 0.1]), np.array([2.0, 0.0])).ratio == np.inf
