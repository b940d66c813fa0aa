"""Other readings of Algorithms 1 and 2, held to the library, to theory and to plain loops."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import readings
from tests.systems import random_system

MATCH = ssq.counterexamples.match(0.75, 0.9)
SYSTEMS = [MATCH, ssq.counterexamples.non_monotone(), random_system(1, S=3)]


@pytest.mark.parametrize("mdp", SYSTEMS)
@pytest.mark.parametrize(
    ("reading", "rule"), [("here", "subsets"), ("distinct actions", "actions")]
)
def test_the_two_printed_policies_have_the_librarys_gaps(mdp, reading, rule):
    for k in (1, 2, 3):
        expected = ssq.optimality_gap(mdp, k, 3, tol=1e-10, rule=rule).max
        assert readings.execution_gap(mdp, k, 3, reading) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("mdp", SYSTEMS)
def test_all_agents_seen_leave_no_gap_but_with_replacement_they_do(mdp):
    for reading in readings.EXECUTIONS:
        gap = readings.execution_gap(mdp, 3, 3, reading)
        if reading != "with replacement":
            assert gap == pytest.approx(0, abs=1e-8)
    assert readings.execution_gap(MATCH, 3, 3, "with replacement") > 0.1


def test_one_draw_is_the_same_with_replacement():
    for mdp in SYSTEMS:
        same = readings.execution_gap(mdp, 1, 4, "with replacement")
        assert same == pytest.approx(readings.execution_gap(mdp, 1, 4), abs=1e-9)


def test_where_agents_ignore_the_target_keeping_the_sample_costs_nothing_on_average():
    # s_i' does not depend on s_g, nor the best action on s_g: at each step (s, Delta) has one law
    for k in (1, 2, 3):
        kept = readings.execution_gap(MATCH, k, 4, "one sample for ever")
        assert kept == pytest.approx(readings.execution_gap(MATCH, k, 4), abs=1e-9)


def test_a_kept_sample_is_the_product_chain_written_out():
    mdp, q = SYSTEMS[1], ssq.solve(SYSTEMS[1], 1, 1e-10)
    states = [(g, s, t) for g in range(2) for s in range(2) for t in range(2)]
    chain, gain = np.zeros((8, 8)), np.zeros(8)
    for i, (g, s, t) in enumerate(states):
        a = q.action(g, [s])
        gain[i] = mdp.r_g[g, a] + mdp.r_l[g, [s, t]].mean()
        for j, (x, u, v) in enumerate(states):
            chain[i, j] = mdp.P_g[g, a, x] * mdp.P_l[g, s, u] * mdp.P_l[g, t, v]
    value = np.linalg.solve(np.eye(8) - mdp.gamma * chain, gain)
    best = ssq.solve(mdp, 2, 1e-10)
    gaps = {
        (g, s, t): best.value(g, [s, t]) - v for (g, s, t), v in zip(states, value, strict=True)
    }
    worst = readings.execution_gap(mdp, 1, 2, "the worst sample for ever")
    assert worst == pytest.approx(max(gaps.values()), abs=1e-8)
    mean = max((gaps[g, s, t] + gaps[g, t, s]) / 2 for g, s, t in states)
    kept = readings.execution_gap(mdp, 1, 2, "one sample for ever")
    assert kept == pytest.approx(mean, abs=1e-8)


def _star(mdp, k):
    q = ssq.solve(mdp, k, 1e-10)
    out = np.zeros((mdp.G, mdp.A, *[mdp.S] * k))
    for index in np.ndindex(mdp.G, *[mdp.S] * k):
        out[(index[0], slice(None), *index[1:])] = q.at(index[0], list(index[1:]))
    return out


@pytest.mark.parametrize("reading", readings.DRAWS)
def test_certain_transitions_leave_nothing_to_the_draws(reading):
    still = ssq.counterexamples.match(1.0, 0.8)
    assert np.abs(readings.learned(still, 2, 3, reading) - _star(still, 2)).max() < 1e-8


@pytest.mark.parametrize("reading", readings.DRAWS)
def test_many_draws_approach_the_exact_table(reading):
    star = _star(MATCH, 2)
    few, many = (np.abs(readings.learned(MATCH, 2, m, reading) - star).max() for m in (10, 10_000))
    assert many < 0.1
    assert many < few


def test_only_draws_per_ordering_break_the_symmetry():
    for seed in range(5):
        for reading in readings.DRAWS[:2]:
            Q = readings.learned(MATCH, 3, 4, reading, seed)
            for order in permutations(range(3)):
                moved = Q.transpose(0, 1, *(2 + i for i in order))
                assert np.abs(Q - moved).max() < 1e-9
    broken = [
        readings.asymmetry(readings.learned(MATCH, 2, 4, "per ordering", s)) for s in range(5)
    ]
    assert max(broken) > 0.1


def test_shared_draws_have_the_law_of_the_librarys():
    star, runs = _star(MATCH, 2), 60
    own = [np.abs(readings.learned(MATCH, 2, 10, "here", s) - star).max() for s in range(runs)]
    library = []
    for seed in range(runs):
        q = ssq.learn(MATCH, 2, 10, 200, seed)
        at = [q.at(g, [i, j]) - star[g, :, i, j] for g, i, j in np.ndindex(2, 2, 2)]
        library.append(np.abs(at).max())
    error = np.sqrt((np.var(own) + np.var(library)) / runs)
    assert abs(np.mean(own) - np.mean(library)) < 4 * error


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: readings.execution_gap(MATCH, 1, 2, "x"), "reading must be one of .*, got 'x'"),
        (lambda: readings.execution_gap(MATCH, 3, 2), "k must be at most 2, got 3"),
        (lambda: readings.learned(MATCH, 1, 1, "y"), "reading must be one of .*, got 'y'"),
        (lambda: readings.learned(MATCH, 1, 0, "here"), "m must be at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
