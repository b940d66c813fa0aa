"""Eq. (6) and Eq. (26): exact action probabilities."""

from fractions import Fraction

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core.layout import Layout
from tests.systems import random_system

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


@pytest.mark.parametrize("seed", range(8))
def test_the_lifted_table_equals_the_sum_over_subsets(seed: int) -> None:
    mdp = random_system(seed, S=4)
    pi = ssq.SubsampledPolicy(ssq.solve(mdp, 2), 5)
    layout = Layout.of(mdp.classes, 5)
    rng = np.random.default_rng(seed)
    tables = {
        g: np.concatenate(
            [pi.table(layout, g, block).reshape(mdp.A, -1) for block in layout.blocks], axis=1
        )
        for g in range(mdp.G)
    }
    for _ in range(30):
        g, s = int(rng.integers(mdp.G)), rng.integers(mdp.S, size=5)
        np.testing.assert_allclose(
            tables[g][:, int(layout.rank(g, s))], pi.action_probabilities(g, s), atol=1e-12, rtol=0
        )


def test_at_k_equal_n_the_policy_is_greedy() -> None:
    mdp = random_system(3, S=3)
    q = ssq.solve(mdp, 3)
    for s in ([0, 1, 2], [2, 2, 0]):
        law = ssq.SubsampledPolicy(q, 3).action_probabilities(0, s)
        assert law.tolist() == [float(a == q.action(0, s)) for a in range(mdp.A)]


def test_many_agents_need_no_subsets_listed() -> None:
    q = ssq.solve(MATCH, 4)
    states = np.repeat([0, 1], [700, 300])
    law = ssq.SubsampledPolicy(q, 1000).action_probabilities(0, states)
    assert abs(law.sum() - 1) < 1e-12
    assert law[0] > law[1] > 0


@pytest.mark.parametrize(
    ("n", "rule", "message"),
    [
        (1, "subsets", "k = 2 sampled agents exceed n = 1"),
        (0, "subsets", "n must be at least 1, got 0"),
        (3, "majority", "rule must be one of"),
    ],
)
def test_bad_input_is_refused(n: int, rule: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ssq.SubsampledPolicy(ssq.solve(MATCH, 2), n, rule=rule)
