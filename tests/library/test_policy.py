"""Eq. (6) and Eq. (26): exact action probabilities."""

from fractions import Fraction

import numpy as np

import ssq_core as ssq

MATCH = ssq.counterexamples.match(0.75, 0.5)


def test_equations_6_and_26_differ_on_match() -> None:
    q = ssq.solve(MATCH, 1)
    by_subsets = ssq.SubsampledPolicy(q, 3).action_probabilities(0, [0, 0, 1])
    by_actions = ssq.SubsampledPolicy(q, 3, rule="actions").action_probabilities(0, [0, 0, 1])
    np.testing.assert_allclose(by_subsets, [2 / 3, 1 / 3], atol=1e-15, rtol=0)
    np.testing.assert_array_equal(by_actions, [0.5, 0.5])


def test_the_gaps_of_both_rules_on_match() -> None:
    gaps = [ssq.optimality_gap(MATCH, 1, 3, rule=rule).max for rule in ("subsets", "actions")]
    # exact values, found by rational arithmetic on the eight joint states
    assert abs(gaps[0] - float(Fraction(25, 504))) < 1e-8
    assert abs(gaps[1] - float(Fraction(25, 336))) < 1e-8


def test_many_agents_need_no_subsets_listed() -> None:
    q = ssq.solve(MATCH, 4)
    states = np.repeat([0, 1], [700, 300])
    law = ssq.SubsampledPolicy(q, 1000).action_probabilities(0, states)
    assert abs(law.sum() - 1) < 1e-12
    assert law[0] > law[1] > 0
