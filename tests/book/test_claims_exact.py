"""Exact gaps and values in fractions, which the checks use, against the library."""

from fractions import Fraction

import numpy as np
import pytest
from ssq_book.claims.exact_policies import gaps, states, stationary, value

import ssq_core as ssq

MATCH = ssq.counterexamples.match(0.75, 0.5)


@pytest.mark.parametrize("rule", ["subsets", "actions"])
@pytest.mark.parametrize(("k", "n"), [(1, 3), (2, 3), (3, 4)])
def test_exact_gaps_are_the_library_s(k, n, rule):
    for mdp in (MATCH, ssq.counterexamples.non_monotone()):
        gap = ssq.optimality_gap(mdp, k, n, tol=1e-10, rule=rule)
        for (s_g, h), own in gaps(mdp, k, n, rule).items():
            where = np.repeat(range(mdp.S), h)
            assert gap.at(s_g, where) == pytest.approx(float(own), abs=1e-8)


def test_an_exact_value_with_a_horizon_is_a_finite_sum():
    keep = stationary({key: key[0] for key in states(MATCH, 2)}, 2)  # hold s_g
    V = value(MATCH, 2, keep, horizon=1)
    assert V[0, (2, 0)] == 1 + Fraction(1, 2) * Fraction(3, 4)
    assert V[0, (1, 1)] == Fraction(1, 2) + Fraction(1, 2) * Fraction(1, 2)
