"""The dense computations behind the checks, held to the library, to enumeration and by hand."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import dense
from ssq_book.chapters import execution
from ssq_book.claims.instances import MATCH, random_systems
from ssq_core import counterexamples as ce
from ssq_core import multisets
from tests import oracle

SYSTEMS = [MATCH, ce.fork(0.5, signed=True), ce.overfit(1, 0.8), ce.non_monotone(),
           *random_systems(6, seed=17)]  # fmt: skip


def on_tuples(table, S, n):
    """A table (G, N, ...) on ordered states, (G, S, ..., S, ...)."""
    tuples = np.sort(np.indices((S,) * n).reshape(n, -1).T, axis=1)
    out = table[:, multisets.rank(tuples)]
    return out.reshape(len(table), *(S,) * n, *table.shape[2:])


@pytest.mark.parametrize("mdp", SYSTEMS)
@pytest.mark.parametrize("k", [1, 2])
def test_fractions_and_floats_are_the_library_s_and_the_enumeration_s(mdp, k):
    floats = dense.System(mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, mdp.gamma)
    seen = replace(floats, P_l=np.repeat(mdp.P_l[:, None], mdp.A, axis=1))  # sees no action
    for T, expected in ((None, oracle.fixed_point(mdp, k)), (3, oracle.iterate(mdp, k, 3))):
        for system in (mdp, dense.exact(mdp), floats, seen):
            Q = on_tuples(dense.q_star(system, k, T), mdp.S, k).astype(float)
            assert pytest.approx(expected, abs=1e-9) == Q


@pytest.mark.parametrize("mdp", SYSTEMS)
@pytest.mark.parametrize("rule", ["subsets", "actions"])
def test_gaps_are_the_library_s(mdp, rule):
    for k, n in ((1, 3), (2, 3)):
        gap = ssq.optimality_gap(mdp, k, n, tol=1e-10, rule=rule)
        for system in (mdp, dense.exact(mdp)):
            found = dense.gap(system, k, n, rule=rule)
            for g, (i, row) in product(range(mdp.G), enumerate(multisets.unrank_all(n, mdp.S))):
                assert gap.at(g, row) == pytest.approx(float(found[g, i]), abs=1e-8)


def test_an_exact_value_with_a_horizon_is_a_finite_sum():
    keep = np.eye(2, dtype=int)[np.repeat([[0], [1]], 3, axis=1)]  # hold s_g
    V = dense.policy_value(dense.exact(MATCH), 2, keep, horizon=1)
    assert V[0, dense.place((2, 0))] == 1 + Fraction(1, 2) * Fraction(3, 4)
    assert V[0, dense.place((1, 1))] == Fraction(1, 2) + Fraction(1, 2) * Fraction(1, 2)


@pytest.mark.parametrize("mdp", [MATCH, *SYSTEMS[4:]])
def test_a_sample_that_is_kept_is_the_mean_or_the_worst_of_all_subsets(mdp):
    k, n = 1, 3
    chosen = dense.greedy_law(dense.q_star(mdp, k))
    of_sample = on_tuples(chosen, mdp.S, k)
    best = on_tuples(dense.q_star(mdp, n).max(axis=-1), mdp.S, n)
    gaps = []
    for i in range(n):
        law = np.zeros((mdp.G, *[mdp.S] * n, mdp.A))
        law += np.expand_dims(of_sample, [j + 1 for j in range(n) if j != i])
        gaps.append(best - oracle.policy_value(mdp, law))
    for reading, expected in (("one", np.mean(gaps, axis=0).max()), ("the worst", np.max(gaps))):
        found = execution.execution_gap(mdp, k, n, f"{reading} sample for ever")
        assert found == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("mdp", SYSTEMS[:4])
def test_readings_of_algorithm_2_meet_where_they_must(mdp):
    for k, n in ((1, 3), (2, 3)):
        gaps = {r: execution.execution_gap(mdp, k, n, r) for r in execution.READINGS}
        for reading, rule in (("here", "subsets"), ("distinct actions", "actions")):
            expected = ssq.optimality_gap(mdp, k, n, tol=1e-10, rule=rule).max
            assert gaps[reading] == pytest.approx(expected, abs=1e-8)
        if k == 1:  # one draw is the same with replacement
            assert gaps["with replacement"] == pytest.approx(gaps["here"])
        if mdp is MATCH:  # s_i' does not depend on s_g, nor the best action on s_g
            assert gaps["one sample for ever"] == pytest.approx(gaps["here"])
    for reading in execution.READINGS:  # all agents seen
        gap = execution.execution_gap(mdp, 2, 2, reading)
        assert gap == pytest.approx(0) or reading == "with replacement"
    assert execution.execution_gap(MATCH, 3, 3, "with replacement") > 0.01


def test_a_table_survives_the_way_to_an_array_and_back():
    mdp = ssq.demand_response(weight=1.5)
    for q in (ssq.solve(mdp, 2), ssq.learn(mdp, 2, 3, 5)):
        back = dense.as_table(mdp, 2, dense.table(q))
        assert ssq.bellman_noise(back, q) < 1e-12
        assert dense.table(q)[1, dense.place((1,) + (0,) * 23 + (1,))] == pytest.approx(
            q.at(1, [24, 0])
        )
