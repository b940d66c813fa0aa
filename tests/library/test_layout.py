"""Where a multiset lies in a flat table, against a count written out type by type."""

from itertools import combinations_with_replacement
from math import comb

import numpy as np
import pytest

from ssq_core import multisets
from ssq_core.layout import Layout
from ssq_core.model import Grouping

GROUP = Grouping(  # three types of 2, 3 and 1 states, in a mixed order; classes change with s_g
    np.array([0, 1, 0, 1, 2, 1]),
    np.array([[0, 0, 0, 1, 0, 0], [0, 0, 1, 1, 0, 2], [0, 0, 1, 0, 0, 0]]),
    np.array([[1, 2, 1], [2, 3, 1], [2, 1, 1]]),
)


def position(layout: Layout, s_g: int, states: tuple[int, ...]) -> int:
    """Return the flat position of these agents, one type after the other, in plain Python."""
    kinds = [int(GROUP.type_of[s]) for s in states]
    block = tuple(kinds.count(t) for t in range(3))
    flat = 0
    for t, c in enumerate(block):
        width = int(GROUP.sizes[s_g, t])
        classes = sorted(
            int(GROUP.class_of[s_g, s]) for s, kind in zip(states, kinds, strict=True) if kind == t
        )
        own = sum(comb(cls + i, i + 1) for i, cls in enumerate(classes))
        flat = flat * multisets.size(c, width) + own
    before = layout.blocks[: layout.blocks.index(block)]
    return flat + sum(int(np.prod(layout.shape(s_g, own))) for own in before)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("s_g", range(3))
def test_positions_are_those_counted_type_by_type(k: int, s_g: int) -> None:
    layout = Layout.of(GROUP, k)
    every = list(combinations_with_replacement(range(6), k))
    shuffled = np.random.default_rng(0).permuted(np.array(every), axis=1)
    found = layout.rank(s_g, shuffled)
    assert found.tolist() == [position(layout, s_g, states) for states in every]
    assert set(found.tolist()) == set(range(layout.entries(s_g)))


def test_positions_in_chosen_blocks_and_the_refusal_of_others() -> None:
    layout = Layout(GROUP, 3, ((2, 1, 0), (0, 1, 2)))
    for states in [(2, 5, 0), (0, 0, 3), (4, 1, 4)]:
        assert layout.rank(1, np.array(states)) == position(layout, 1, states)
    with pytest.raises(ValueError, match=r"type counts \[3, 0, 0\] lie outside"):
        layout.rank(1, np.array([[2, 5, 0], [0, 2, 0]]))


def test_the_representative_of_a_class_is_its_first_state() -> None:
    assert GROUP.representatives(0).tolist() == [0, 1, 3, 4]
    assert GROUP.representatives(1).tolist() == [0, 2, 1, 3, 5, 4]
    assert GROUP.representatives(2, 0).tolist() == [0, 2]
    assert GROUP.representatives(1, 1).tolist() == [1, 3, 5]
