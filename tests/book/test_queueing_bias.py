"""The bias of learned values, taken apart: dense linear algebra, signs, and what sharing saves."""

import numpy as np
import pytest

from ssq_book.chapters.queueing.bias import bias
from ssq_core.systems.queueing import Dispatch
from ssq_core.systems.queueing.surrogate import Operator


@pytest.mark.parametrize("load", ["paper", "consistent"])
def test_the_two_parts_are_those_of_dense_linear_algebra(load):
    d, k, m = Dispatch(5, 3, 0.7, 0.8, load=load), 2, 4
    got = bias(d, k, m, 150, 3, 9, "shared")
    table, operator = d.solve(k), Operator.of(d, k)
    rows, exact = np.arange(len(table.q)), table.q.max(axis=1)
    parts = []
    for child in np.random.SeedSequence(9).spawn(3):
        sampled = operator.empirical(m, np.random.default_rng(child.spawn(1)[0]))
        # the fixed rule's map is affine: read its matrix off unit vectors
        zero = sampled.columns(np.zeros(len(rows)))[rows, table.first]
        P = np.stack([sampled.columns(e)[rows, table.first] - zero for e in np.eye(len(rows))], 1)
        own, best = np.linalg.solve(np.eye(len(rows)) - P, zero), np.zeros(len(rows))
        for _ in range(150):
            best = sampled.columns(best).max(axis=1)
        parts.append([(own - exact).mean(), (best - own).mean()])
    assert [part.mean for part in got] == pytest.approx(np.mean(parts, axis=0), abs=1e-9)


def test_where_there_is_no_choice_or_no_chance_the_maximum_adds_nothing():
    _, maximum = bias(Dispatch(50, 30, 0.8, 0.9), 1, 30, 300, 2, 0, "shared")
    assert maximum.mean == 0
    for part in bias(Dispatch(5, 6, 1.0, 0.9, load="paper"), 2, 3, 300, 2, 0, "shared"):
        assert abs(part.mean) < 1e-9


def test_one_set_of_draws_for_all_actions_biases_far_less_than_one_for_each():
    d = Dispatch(50, 30, 0.8, 0.9, load="consistent")
    shared, separate = (bias(d, 2, 30, 300, 8, 0, draws)[1] for draws in ("shared", "separate"))
    assert separate.low > 20 * shared.high
