"""Storage of tables over (s_g, multiset of k local states): blocks of conserved type counts.

A block is one vector of type counts (k_1, ..., k_p). Inside it the multiset is one multiset per
type, so the block at s_g is an array with one axis per type, of the multisets over that type's
classes. All blocks at s_g are joined, in colex order of their type counts, to one flat array.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ssq_core import multisets
from ssq_core.checks import check_count, first, shown
from ssq_core.frozen import Frozen, cached_property
from ssq_core.model import Floats, Grouping, Ints

TypeCounts = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Layout(Frozen):
    """The blocks of multisets of size `k` under a grouping of the local states.

    `blocks` lists the type counts that are stored; None means all of them.
    """

    grouping: Grouping
    k: int
    blocks: tuple[TypeCounts, ...]

    @classmethod
    def of(cls, grouping: Grouping, k: int, type_counts: Sequence[int] | None = None) -> Layout:
        """Return the layout of all blocks, or of the one with the given type counts."""
        if type_counts is not None:
            return cls(grouping, k, (check_type_counts(grouping, k, type_counts),))
        rows = multisets.counts(k, grouping.sizes.shape[1]).tolist()
        return cls(grouping, k, tuple(map(tuple, rows)))

    def shape(self, s_g: int, block: TypeCounts) -> tuple[int, ...]:
        """Return the shape of one block at `s_g`: multisets over the classes of each type."""
        sizes = self.grouping.sizes[s_g]
        return tuple(multisets.size(c, int(d)) for c, d in zip(block, sizes, strict=True))

    def entries(self, s_g: int) -> int:
        """Return the number of multisets stored at `s_g`."""
        return sum(prod(self.shape(s_g, block)) for block in self.blocks)

    @cached_property
    def _shapes(self) -> Ints:
        """Shape of every block at every s_g, (G, B, p)."""
        every = range(len(self.grouping.sizes))
        return np.array([[self.shape(g, block) for block in self.blocks] for g in every])

    @cached_property
    def _strides(self) -> Ints:
        """Distance in the flat table of neighbours on the axis of every type, (G, B, p)."""
        inner = np.cumprod(self._shapes[..., :0:-1], axis=-1)[..., ::-1]
        return np.concatenate([inner, np.ones_like(self._shapes[..., :1])], axis=-1)

    @cached_property
    def starts(self) -> Ints:
        """First flat position of every block at every s_g, (G, B + 1)."""
        return np.insert(self._shapes.prod(axis=-1).cumsum(axis=1), 0, 0, axis=1)

    def empty(self, rows: int) -> tuple[Floats, ...]:
        """Return a table (rows, entries) for every s_g, to be filled."""
        return tuple(np.empty((rows, entries)) for entries in self.starts[:, -1])

    def slice(self, s_g: int, block: TypeCounts) -> slice:
        """Return where one block lies in the flat table at `s_g`."""
        if block not in self._numbers:
            raise self._unsolved(list(block))
        b = self._numbers[block]
        return slice(int(self.starts[s_g, b]), int(self.starts[s_g, b + 1]))

    @cached_property
    def _numbers(self) -> dict[TypeCounts, int]:
        return {block: b for b, block in enumerate(self.blocks)}

    @cached_property
    def _block_number(self) -> Ints:
        """Number of a stored block by colex rank of its type counts, -1 where not stored."""
        ranks = multisets.counts(self.k, self.grouping.sizes.shape[1]).tolist()
        return np.array([self._numbers.get(tuple(row), -1) for row in ranks])

    def _unsolved(self, counts: list[int]) -> ValueError:
        blocks = shown(self.blocks)
        return ValueError(f"type counts {shown(counts)} lie outside the solved blocks {blocks}")

    def rank(self, s_g: int, states: NDArray[np.int64]) -> Ints:
        """Return the flat positions of multisets at one `s_g`.

        `states` (..., k) are local state indices in any order; raises ValueError outside a stored
        block.
        """
        group, k = self.grouping, self.k
        sizes = group.sizes[s_g]
        top = int(sizes.max())
        key = np.sort(group.type_of[states] * top + group.class_of[s_g][states], axis=-1)
        kind, cls = np.divmod(key, top)
        number = self._block_number[multisets.rank(kind)]
        if (at := first(number < 0)) is not None:
            raise self._unsolved(np.bincount(kind[tuple(at)], minlength=len(sizes)).tolist())
        before = np.cumsum(self.blocks, axis=1) - self.blocks  # agents of smaller types
        axis = number[..., None], kind
        terms = multisets.rank_terms(k, top)[np.arange(k) - before[axis], cls]
        offset = (terms * self._strides[s_g][axis]).sum(axis=-1)
        return np.asarray(self.starts[s_g][number] + offset)

    def members(self, s_g: int) -> Ints:
        """Return the local states of every stored multiset at `s_g`, (entries, k), types in order.

        The first state of a class stands for all its states.
        """
        kinds = range(self.grouping.sizes.shape[1])
        states = [self.grouping.representatives(s_g, t) for t in kinds]
        out = []
        for block in self.blocks:
            axes = [s[multisets.unrank_all(c, len(s))] for s, c in zip(states, block, strict=True)]
            grid = np.indices([len(rows) for rows in axes]).reshape(len(axes), -1)
            out.append(np.hstack([rows[i] for rows, i in zip(axes, grid, strict=True)]))
        return np.concatenate(out)

    def orderings(self, s_g: int) -> Floats:
        """Return the share of each stored multiset among all ordered tuples of the blocks."""
        group, out = self.grouping, np.empty(self.entries(s_g))
        factorial = multisets.log_factorials(self.k)
        for block in self.blocks:
            logs: Floats = np.zeros(())
            for t, c in enumerate(block):
                members = np.bincount(group.class_of[s_g, group.type_of == t])
                h = multisets.counts(c, len(members))
                logs = np.add.outer(logs, h @ np.log(members) - factorial[h].sum(axis=1))
            out[self.slice(s_g, block)] = logs.ravel()
        out = np.exp(out - out.max())
        return np.asarray(out / out.sum())


def check_type_counts(grouping: Grouping, k: int, type_counts: Sequence[int]) -> TypeCounts:
    """Return type counts as a tuple; raise ValueError if they do not sum to `k` over all types."""
    p = grouping.sizes.shape[1]
    counts = tuple(type_counts) if isinstance(type_counts, Iterable) else ()
    if len(counts) != p:
        limit = f"one entry per conserved type ({p})"
        raise ValueError(f"type_counts must have {limit}, got {shown(type_counts)}")
    counts = tuple(check_count(f"type_counts[{i}]", c, 0) for i, c in enumerate(counts))
    if sum(counts) != k:
        raise ValueError(f"type_counts must sum to {k}, got {shown(counts)} with sum {sum(counts)}")
    return counts
