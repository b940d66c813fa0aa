"""Exact rational tables: closed forms by hand, and held to the library's floats."""

from fractions import Fraction

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.claims import exact
from ssq_book.claims.instances import random_systems
from ssq_core import counterexamples as ce

SYSTEMS = [
    ce.match(0.75, 0.9), ce.fork(0.5, signed=True), ce.overfit(1, 0.8), ce.non_monotone(),
    *random_systems(6, seed=8),
]  # fmt: skip


def states(h):
    return np.repeat(np.arange(len(h)), h)


@pytest.mark.parametrize("mdp", SYSTEMS)
@pytest.mark.parametrize("k", [1, 2])
def test_fixed_point_and_iterates_are_those_of_the_library(mdp, k):
    for T, table in ((None, exact.fixed_point(mdp, k)), (3, exact.iterate(mdp, k, 3))):
        q = ssq.solve(mdp, k, tol=1e-10, iterations=T)
        for (s_g, h), own in table.items():
            assert q.at(s_g, states(h)) == pytest.approx([float(x) for x in own], abs=1e-9)


def test_the_fixed_point_solves_its_equation_exactly():
    mdp = ce.match(0.75, 0.5)
    Q = exact.fixed_point(mdp, 3)
    assert exact.backup(mdp, 3, {key: max(q) for key, q in Q.items()}) == Q


def test_the_matching_game_has_the_known_fractions():
    half, more = ce.match(0.75, 0.5), ce.match(0.75, 0.9)
    second = {exact.iterate(half, k, 2)[0, (k, 0)][0] for k in (1, 2, 3, 4)}
    assert second == {Fraction(11, 8)}
    third = {k: exact.iterate(half, k, 3)[0, (k, 0)][0] for k in (1, 2, 4)}
    assert third == {1: Fraction(25, 16), 2: Fraction(197, 128), 4: Fraction(3143, 2048)}
    fixed = [exact.fixed_point(half, k)[0, (k, 0)][0] for k in (1, 2, 3, 4)]
    assert fixed == [Fraction(7, 4), Fraction(95, 56), Fraction(95, 56), Fraction(11699, 6944)]
    fixed = [exact.fixed_point(more, k)[0, (k, 0)][0] for k in (1, 2)]
    assert fixed == [Fraction(31, 4), Fraction(1679, 248)]


def test_a_number_that_is_no_small_ratio_is_refused():
    with pytest.raises(ValueError, match=r"0\.3141592653589793 is no ratio of integers"):
        exact.rational(ce.match(np.pi / 10, 0.5))
