"""Random draws from stochastic rows: inverse distribution functions and alias tables."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ssq_core.multisets import Floats, Ints


def distribution(rows: Floats) -> Floats:
    """Return the distribution functions of stochastic rows (..., W): 1 from the last mass on."""
    last = rows.shape[-1] - 1 - np.flip(rows > 0, axis=-1).argmax(axis=-1)
    reached = np.arange(rows.shape[-1]) >= last[..., None]
    return np.where(reached, 1.0, np.cumsum(rows, axis=-1))  # rounding must not pass the support


def invert(functions: Floats, uniform: Floats) -> Ints:
    """Return the column that each uniform number falls into.

    `functions` are those of `distribution`: one (W,) for all numbers, or one each, (..., W).
    """
    if functions.ndim == 1:
        return np.asarray(np.searchsorted(functions, uniform, side="right"))
    return np.asarray((uniform[..., None] >= functions).sum(axis=-1))


def invert_sparse(law: sparse.csr_array, uniform: Floats) -> Ints:
    """Return m columns for every row of a stochastic CSR matrix from numbers (rows, m)."""
    # rows sum to 1, so row z occupies [z, z+1) of the running sum over all entries
    place = np.arange(len(uniform))[:, None] + uniform
    at = np.searchsorted(np.cumsum(law.data), place, side="right")
    return np.asarray(law.indices[np.clip(at, law.indptr[:-1, None], law.indptr[1:, None] - 1)])


class AliasTable:
    """Walker's alias method on the rows of a stochastic matrix: one uniform number per draw."""

    def __init__(self, rows: Floats) -> None:
        self.width = width = max(int((row > 0).sum()) for row in rows)
        self.keep = np.ones((len(rows), width))
        self.state, self.alias = np.zeros((2, len(rows), width), dtype=np.int64)
        for r, row in enumerate(rows):
            support = np.flatnonzero(row)
            empty = width - len(support)  # cells without mass: kept by rounding alone, if ever
            self.state[r] = np.pad(support, (0, empty), mode="edge")
            mass = np.pad(row[support] * width, (0, empty))
            small = [i for i in range(width) if mass[i] < 1]
            large = [i for i in range(width) if mass[i] >= 1]
            while small and large:
                i, j = small.pop(), large[-1]
                self.keep[r, i], self.alias[r, i] = mass[i], self.state[r, j]
                mass[j] -= 1 - mass[i]
                if mass[j] < 1:
                    small.append(large.pop())

    def draw(self, row: Ints, uniform: Floats) -> Ints:
        """Return one column per entry of `row`, drawn with that row's law."""
        scaled = uniform * self.width
        cell = scaled.astype(np.int64)
        at = row * self.width + cell
        keep = scaled - cell < self.keep.ravel()[at]
        return np.asarray(np.where(keep, self.state.ravel()[at], self.alias.ravel()[at]))
