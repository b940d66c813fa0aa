"""Other readings of Algorithm 1 and Eq. (7) on tuples, held to the exact table and the library."""

from itertools import pairwise, permutations

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.learning import DRAWS, differences, learned
from ssq_core.operators import plain
from tests import oracle

MATCH = ssq.counterexamples.match(0.75, 0.9)
STAR = np.moveaxis(oracle.fixed_point(MATCH, 2), -1, 1)


def error(m, reading, seed):
    return np.abs(learned(MATCH, 2, m, reading, seed) - STAR).max()


def asymmetry(Q):
    orders = permutations(range(2, Q.ndim))
    return max(np.abs(Q - Q.transpose(0, 1, *order)).max() for order in orders)


@pytest.mark.parametrize("reading", DRAWS)
def test_certain_transitions_and_many_draws_give_the_exact_table(reading):
    still = ssq.counterexamples.match(1.0, 0.8)
    exact = np.moveaxis(oracle.fixed_point(still, 2), -1, 1)
    assert np.abs(learned(still, 2, 3, reading) - exact).max() < 1e-8
    assert error(10_000, reading, 0) < min(0.1, error(10, reading, 0))


def test_only_draws_per_ordering_break_the_symmetry():
    for seed in range(5):
        assert all(asymmetry(learned(MATCH, 3, 4, r, seed)) < 1e-9 for r in DRAWS[:2])
    assert max(asymmetry(learned(MATCH, 2, 4, DRAWS[2], seed)) for seed in range(5)) > 0.1


def test_shared_draws_have_the_law_of_the_library_s():
    exact, runs = ssq.solve(MATCH, 2), 60
    here = [error(10, "here", seed) for seed in range(runs)]
    library = [ssq.bellman_noise(ssq.learn(MATCH, 2, 10, 200, s), exact) for s in range(runs)]
    off = abs(np.mean(here) - np.mean(library))
    assert off < 4 * np.sqrt((np.var(here) + np.var(library)) / runs)


def test_differences_are_those_of_successive_iterates():
    sup, half_span = differences(plain(MATCH, 2), 3)
    Q = [np.zeros(1), *(oracle.iterate(MATCH, 2, T) for T in (1, 2, 3))]
    V = [q.max(axis=-1) for q in Q]
    assert sup == pytest.approx([np.abs(b - a).max() for a, b in pairwise(Q)])
    assert half_span == pytest.approx([np.ptp(b - a) / 2 for a, b in pairwise(V)])
