"""Multisets in colex order and the linear maps between their tables."""

from itertools import combinations_with_replacement, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssq_core import multisets
from tests.systems import rows

SHAPES = [(0, 3), (1, 1), (1, 4), (3, 4), (4, 3), (2, 7)]


@pytest.mark.parametrize(("k", "d"), SHAPES)
def test_every_multiset_is_listed_once_those_of_fewer_states_first(k: int, d: int) -> None:
    listed = multisets.unrank_all(k, d)
    assert sorted(map(tuple, listed.tolist())) == sorted(combinations_with_replacement(range(d), k))
    assert len(listed) == multisets.size(k, d) == comb(k + d - 1, k)
    np.testing.assert_array_equal(multisets.rank(listed), np.arange(len(listed)))
    fewer = multisets.unrank_all(k, max(d - 1, 1))
    np.testing.assert_array_equal(fewer, listed[: len(fewer)])


@given(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_symmetric_power_is_the_law_of_the_next_multiset(k: int, C: int, D: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = rows(rng, ("dense", "sparse", "deterministic")[seed % 3], C, D)
    direct = np.zeros((multisets.size(k, C), multisets.size(k, D)))
    for r, now in enumerate(multisets.unrank_all(k, C)):
        for nxt in product(range(D), repeat=k):
            p = np.prod([kernel[i, j] for i, j in zip(now, nxt, strict=True)])
            direct[r, int(multisets.rank(np.array(sorted(nxt), dtype=int)))] += p
    np.testing.assert_allclose(
        multisets.symmetric_power(kernel, k).toarray(), direct, atol=1e-12, rtol=0
    )


def test_large_multisets_over_two_states_are_listed() -> None:
    assert multisets.counts(1200, 2).tolist() == [[1200 - i, i] for i in range(1201)]
