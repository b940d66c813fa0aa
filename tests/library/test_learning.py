"""Algorithms 1 and 3: Eq. (5) on the samples read back, the right means, the rate in m."""

from collections import Counter
from itertools import combinations_with_replacement, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core import multisets
from ssq_core.layout import Layout
from ssq_core.operators import empirical
from tests import oracle
from tests.drawn import systems
from tests.systems import random_system

MATCH = ssq.counterexamples.match(0.75, 0.5)
SIZES, SAMPLES, ITERATIONS = st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)


def members(mdp: ssq.StarMDP, block: tuple[int, ...], position: int) -> tuple[int, ...]:
    """The sorted local states at a flat position of a block."""
    sizes = [multisets.size(c, len(own)) for c, own in zip(block, mdp.types, strict=True)]
    ranks = np.unravel_index(position, sizes)
    chosen = [
        own[multisets.unrank_all(c, len(own))[rank]]
        for c, own, rank in zip(block, mdp.types, ranks, strict=True)
    ]
    return tuple(sorted(np.concatenate(chosen).tolist()))


def read_back(mdp: ssq.StarMDP, k: int, m: int, seed: int) -> dict:
    """The draws that `learn` makes: {(s_g, states, a): [(weight, s_g', states'), ...]}."""
    layout = Layout.of(mdp.states, k)
    children = np.random.SeedSequence(seed).spawn(len(layout.blocks))
    draws: dict = {}
    for block, child in zip(layout.blocks, children, strict=True):
        operator = empirical(mdp, layout, block, m, np.random.default_rng(child))
        size = operator.shapes[0][0]
        at = [members(mdp, block, i) for i in range(size)]
        for g, h, a in product(range(mdp.G), range(size), range(mdp.A)):
            nexts = draws.setdefault((g, at[h], a), [])
            for branch in operator.branches[g]:
                ((_, matrix),) = branch.steps
                row = matrix[[h]].tocoo()
                nexts += [
                    (float(branch.weights[a] * w), branch.x, at[to])
                    for to, w in zip(row.coords[1].tolist(), row.data, strict=True)
                    if branch.weights[a]
                ]
    return draws


@settings(max_examples=60)
@given(systems(), SIZES, SAMPLES, ITERATIONS, st.integers(0, 99), st.data())
def test_learning_is_equation_5_on_its_own_samples(mdp, k, m, T, seed, data) -> None:
    rates = data.draw(st.one_of(st.none(), st.lists(st.floats(0.1, 1), min_size=T, max_size=T + 1)))
    q = ssq.learn(mdp, k, m, T, seed, learning_rate=rates)
    Q = oracle.empirical_iterate(mdp, k, read_back(mdp, k, m, seed), (rates or [1.0] * T)[:T])
    for (g, s, a), value in Q.items():
        assert abs(q.at(g, s)[a] - value) < 1e-12
    assert q.sweeps == T


@settings(max_examples=45)
@given(systems(), SIZES, SAMPLES, st.integers(0, 99))
def test_samples_are_m_possible_next_states_shared_by_the_actions(mdp, k, m, seed) -> None:
    draws = read_back(mdp, k, m, seed)
    assert {key[:2] for key in draws} == set(
        product(range(mdp.G), combinations_with_replacement(range(mdp.S), k))
    )
    for (g, s, a), nexts in draws.items():
        local, first = Counter(), Counter()
        for weight, x, after in nexts:
            assert mdp.P_g[g, a, x] > 0
            assert abs(weight * m - round(weight * m)) < 1e-9
            assert any(all(mdp.P_l[g, s, o] > 0) for o in permutations(after))
            local[after] += weight
        for weight, _, after in draws[g, s, 0]:
            first[after] += weight
        assert abs(local.total() - 1) < 1e-12
        assert first == pytest.approx(local, abs=1e-12)


@settings(max_examples=30)
@given(systems(), SIZES, SAMPLES, st.integers(0, 99))
def test_the_certified_error_covers_the_distance_to_the_sampled_fixed_point(mdp, k, m, seed):
    draws = read_back(mdp, k, m, seed)
    T = int(np.ceil(np.log(1e-13) / np.log(mdp.gamma)))
    limit = oracle.empirical_iterate(mdp, k, draws, [1.0] * T)
    q = ssq.learn(mdp, k, m, 3, seed)
    for (g, s, a), value in limit.items():
        assert abs(q.at(g, s)[a] - value) <= q.error_bound + 1e-9


@settings(max_examples=30)
@given(systems(), SIZES, SAMPLES, st.integers(1, 3), st.integers(0, 99))
def test_fresh_samples_start_as_fixed_ones_and_have_no_fixed_point(mdp, k, m, T, seed) -> None:
    fixed, fresh = (ssq.learn(mdp, k, m, 1, seed, samples=s) for s in ("fixed", "fresh"))
    for own, other in zip(fixed.tables, fresh.tables, strict=True):
        np.testing.assert_array_equal(own, other)
    once, again = (ssq.learn(mdp, k, m, T, seed, samples="fresh") for _ in range(2))
    assert once.error_bound == np.inf
    for own, other in zip(once.tables, again.tables, strict=True):
        np.testing.assert_array_equal(own, other)


@settings(max_examples=30)
@given(systems(), SIZES, SAMPLES, st.floats(0.1, 1))
def test_a_rate_may_be_a_number_a_sequence_an_array_or_a_function(mdp, k, m, eta) -> None:
    given_as = (eta, [eta] * 4, np.full(4, eta), lambda t: eta)
    tables = [ssq.learn(mdp, k, m, 4, learning_rate=rate).tables for rate in given_as]
    for other in tables[1:]:
        for own, same in zip(tables[0], other, strict=True):
            np.testing.assert_array_equal(own, same)


@settings(max_examples=30)
@given(systems(), SIZES, st.data())
def test_one_block_learned_alone_has_the_same_numbers(mdp, k, data) -> None:
    block = data.draw(st.sampled_from(Layout.of(mdp.states, k).blocks))
    whole, alone = (ssq.learn(mdp, k, 3, 4, 7, type_counts=c) for c in (None, block))
    for g in range(mdp.G):
        np.testing.assert_array_equal(
            whole.tables[g][:, whole.layout.slice(g, block)], alone.tables[g]
        )


@pytest.mark.parametrize("stochastic", [False, True])
def test_learn_is_unbiased_after_one_sampled_step(stochastic: bool) -> None:
    """Q^2 averages r + gamma V^1 at sampled states: its mean over seeds is the exact Q^2."""
    mdp = random_system(10 if stochastic else 15, S=3)
    exact, draws = ssq.solve(mdp, 2, iterations=2), 150
    learned = [ssq.learn(mdp, 2, m=5, iterations=2, seed=s) for s in range(draws)]
    for g, *s in product(range(mdp.G), range(3), range(3)):
        sample = np.array([q.at(g, s) for q in learned])
        spread = sample.std(axis=0, ddof=1) / np.sqrt(draws)
        assert np.all(np.abs(sample.mean(axis=0) - exact.at(g, s)) <= 5 * spread + 1e-12)


def test_error_times_root_m_is_flat_for_fixed_samples() -> None:
    mdp = random_system(4, S=4)
    exact = ssq.solve(mdp, 2, tol=1e-10)
    scaled = [
        np.mean([ssq.bellman_noise(ssq.learn(mdp, 2, m, 60, seed), exact) for seed in range(12)])
        * np.sqrt(m)
        for m in (10, 90, 810)
    ]
    assert max(scaled) / min(scaled) < 1.3


def test_fresh_samples_with_decaying_rates_approach_the_exact_table() -> None:
    exact = ssq.solve(MATCH, 2)
    q = ssq.learn(MATCH, 2, 20, 1000, seed=1, samples="fresh", learning_rate=lambda t: t**-0.7)
    assert q.error_bound == np.inf
    assert np.abs(q.at(0, [0, 1]) - exact.at(0, [0, 1])).max() < 0.02
