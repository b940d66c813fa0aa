"""The simulated queues: exact values, common random numbers, and what every start and rule says."""

import tracemalloc

import numpy as np
import pytest

from ssq_core.systems.queueing import Dispatch, Table, difference
from ssq_core.systems.queueing.simulation import BATCH


@pytest.mark.parametrize("rule", ["table", "jsq", "literal"])
def test_simulated_return_agrees_with_the_exact_value(rule):
    d = Dispatch(3, 3, 0.6, 0.8, "full", "literal" if rule == "literal" else "paper")
    table = d.solve(2) if rule != "jsq" else None
    gap = d.optimality_gap(table or ("jsq", 2))
    exact = d.solve(3).value(3, [0, 2]) - gap.at(3, [0, 2])
    run = d.simulate(table or ("jsq", 2), [0, 3, 2], horizon=120, runs=20000, seed=5, pointed=1)
    spread = run.returns.std(ddof=1) / len(run.returns) ** 0.5
    assert abs(run.returns.mean() - exact) < 4 * spread


def test_rules_share_starts_samples_and_services():
    d = Dispatch(20, 6, 0.8, 0.9, "full", "consistent")
    common = dict(start="uniform", horizon=30, runs=200, seed=7)
    # the tables of load="consistent" are JSQ(k): the same actions, so the same runs bit for bit
    for k in (1, 2, 3):
        same = d.simulate(("jsq", k), **common).returns
        np.testing.assert_array_equal(d.simulate(d.solve(k), **common).returns, same)
    first = d.simulate("random", **common).returns
    np.testing.assert_array_equal(d.simulate(("jsq", 1), **common).returns, first)
    table = Dispatch(20, 6, 0.8, 0.9, load="literal").solve(2)
    literal = d.simulate(("literal", 2), **common).returns
    np.testing.assert_array_equal(d.simulate(table, **common).returns, literal)
    assert not np.array_equal(d.simulate("random", **{**common, "seed": 8}).returns, first)


def test_antithetic_starts_mirror_each_other_in_every_batch():
    d = Dispatch(5, 6, 0.8, 0.9)
    runs = 2 * (BATCH // 5)  # two batches
    run = d.simulate("random", "antithetic", horizon=1, runs=runs, seed=0)
    assert run.pairs
    first, second = run.returns.reshape(2, -1)
    np.testing.assert_allclose(first + second, -6)
    assert not np.array_equal(first[: runs // 4], first[runs // 4 :])  # each batch draws its own


def test_given_starts_reach_their_own_runs_in_every_batch():
    n, runs = 1000, 70
    assert runs > 2 * (BATCH // n)
    starts = np.arange(runs)[:, None] % 7 * np.ones(n, dtype=int)
    run = Dispatch(n, 6, 0.8, 0.9).simulate("random", starts, horizon=1, runs=runs)
    np.testing.assert_allclose(run.returns, -starts[:, 0])


def test_memory_does_not_grow_with_the_runs_and_progress_is_told():
    d, told = Dispatch(50, 30, 0.8, 0.9), []
    peaks = []
    for runs in (2000, 20000):
        tracemalloc.start()
        d.simulate(("jsq", 4), "uniform", 2, runs, seed=0, progress=told.append)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 16 * 18000  # the returns, and nothing of n lengths a run
    assert told[-1] == "simulated 20000 of 20000 runs"


def test_starts_are_what_they_say():
    d = Dispatch(4, 6, 0.8, 0.9)
    once = dict(horizon=1, runs=3, seed=0)
    assert np.all(d.simulate("random", "empty", **once).returns == 0)
    np.testing.assert_allclose(d.simulate("random", [1, 2, 3, 6], **once).returns, -3)
    each = np.array([[0, 0, 0, 4], [1, 1, 1, 1], [6, 6, 6, 6]])
    np.testing.assert_allclose(d.simulate("random", each, **once).returns, [-1, -1, -6])


def test_the_literal_reading_herds_if_the_first_index_wins_a_tie():
    d = Dispatch(50, 30, 0.8, 0.9)
    chance = d.simulate("random", "antithetic", 100, 2000, seed=0)
    herd = [
        difference(chance, d.simulate(("literal-first", k), "antithetic", 100, 2000, seed=0)).mean
        for k in (1, 10, 25)
    ]
    assert herd[0] > herd[1] > herd[2] > 0.1  # a trend in k that no reward put there


def test_a_table_can_be_executed_where_it_was_not_learned():
    small, large = Dispatch(5, 6, 0.8, 0.9, load="paper"), Dispatch(500, 6, 0.8, 0.9)
    table = small.solve(2)
    assert isinstance(table, Table)
    best, chance = (large.simulate(r, "uniform", 50, 100, seed=0) for r in (table, "random"))
    assert difference(best, chance).low > 0
