"""The library against ordered tuples: every exact result, to 1e-9, on fifty random systems."""

from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from tests import oracle
from tests.systems import random_system

TOL = 1e-11
SEEDS = range(50)


def sizes(seed: int) -> tuple[int, int]:
    """k up to 4 and n up to 5, every pair met by some seed."""
    pairs = [(k, n) for n in range(1, 6) for k in range(1, min(n, 4) + 1)]
    return pairs[seed % len(pairs)]


def table(q: ssq.QTable) -> np.ndarray:
    """The library's Q on every ordered tuple."""
    mdp, k = q.mdp, q.k
    out = np.empty((mdp.G, *[mdp.S] * k, mdp.A))
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * k):
        out[(g, *s)] = q.at(g, s)
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_solve_policies_values_and_gaps_equal_those_on_ordered_tuples(seed: int) -> None:
    mdp = random_system(seed)
    k, n = sizes(seed)
    q = ssq.solve(mdp, k, tol=TOL)
    Q = oracle.fixed_point(mdp, k)
    np.testing.assert_allclose(table(q), Q, atol=1e-9, rtol=0)
    assert np.abs(table(q) - Q).max() <= q.error_bound + 1e-12
    best = oracle.fixed_point(mdp, n).max(axis=-1)
    for rule in ("subsets", "actions"):
        law = oracle.action_probabilities(oracle.greedy(Q), n, mdp.A, rule)
        pi = ssq.SubsampledPolicy(q, n, rule=rule)
        value = ssq.policy_value(mdp, pi, tol=TOL)
        gap = ssq.optimality_gap(mdp, k, n, tol=TOL, rule=rule)
        V = oracle.policy_value(mdp, law)
        for g, *s in product(range(mdp.G), *[range(mdp.S)] * n):
            at = (g, *s)
            np.testing.assert_allclose(pi.action_probabilities(g, s), law[at], atol=1e-9, rtol=0)
            assert abs(value.at(g, s) - V[at]) < 1e-9
            assert abs(gap.at(g, s) - (best - V)[at]) < 1e-9
        assert abs(gap.max - (best - V).max()) < 1e-9
        assert abs(gap.mean - (best - V).mean()) < 1e-9
