"""The empirical operator T_{k,m} of Eq. (5): m sampled next states instead of the expectation."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ssq_core import multisets
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, Ints, StarMDP
from ssq_core.operators import Branch, Operator, _column, average
from ssq_core.stopping import ROUNDOFF, Precision

CHUNK = 1 << 21  # agents drawn at a time, so that scratch arrays stay in the tens of megabytes


class AliasTable:
    """Walker's alias method on the rows of a stochastic matrix: one uniform number per draw."""

    def __init__(self, rows: Floats) -> None:
        self.width = width = max(int((row > 0).sum()) for row in rows)
        self.keep = np.ones((len(rows), width))
        self.own, self.other = np.zeros((2, len(rows), width), dtype=np.int64)
        for r, row in enumerate(rows):
            support = np.flatnonzero(row)
            empty = width - len(support)  # cells without mass: kept by rounding alone, if ever
            self.own[r] = np.pad(support, (0, empty), mode="edge")
            mass = np.pad(row[support] * width, (0, empty))
            small = [i for i in range(width) if mass[i] < 1]
            large = [i for i in range(width) if mass[i] >= 1]
            while small and large:
                i, j = small.pop(), large[-1]
                self.keep[r, i], self.other[r, i] = mass[i], self.own[r, j]
                mass[j] -= 1 - mass[i]
                if mass[j] < 1:
                    small.append(large.pop())

    def draw(self, row: Ints, uniform: Floats) -> Ints:
        """Return one column per entry of `row`, drawn with that row's law."""
        scaled = uniform * self.width
        cell = scaled.astype(np.int64)
        at = row * self.width + cell
        keep = scaled - cell < self.keep.ravel()[at]
        return np.asarray(np.where(keep, self.own.ravel()[at], self.other.ravel()[at]))


def _draw_block(rng: np.random.Generator, rows: list[Floats], block: TypeCounts, m: int) -> Ints:
    """Return the positions of m sampled next multisets of every multiset of a block, (N, m)."""
    sizes = [multisets.size(c, len(row)) for c, row in zip(block, rows, strict=True)]
    grid = np.indices(sizes).reshape(len(sizes), -1)
    out = np.zeros((grid.shape[1], m), dtype=np.int64)
    for t, (c, row) in enumerate(zip(block, rows, strict=True)):
        if c == 0:
            continue
        table = AliasTable(row)
        members = multisets.unrank_all(c, len(row))[grid[t]]
        step = max(1, CHUNK // (m * c))
        for start in range(0, len(out), step):
            part = members[start : start + step]
            rank = np.zeros((len(part), m), dtype=np.int64)
            for i in range(c):
                origin = np.broadcast_to(part[:, i, None], rank.shape)
                nxt = table.draw(origin, rng.random(rank.shape))
                rank = multisets.add_one(i, len(row)).ravel()[rank * len(row) + nxt]
            out[start : start + step] = out[start : start + step] * sizes[t] + rank
    return out


def _matrix(columns: Ints, keep: np.ndarray | None, n: int, m: int) -> sparse.csr_array:
    """Return the CSR matrix with weight 1/m at each sampled column, duplicates merged."""
    drawn = np.full(len(columns), m) if keep is None else keep.sum(axis=1)
    flat = columns.ravel() if keep is None else columns[keep]
    pointer = np.append(0, np.cumsum(drawn))
    out = sparse.csr_array((np.full(len(flat), 1 / m), flat, pointer), shape=(len(columns), n))
    out.sum_duplicates()
    return out


def empirical(
    mdp: StarMDP, layout: Layout, block: TypeCounts, m: int, rng: np.random.Generator
) -> Operator:
    """Return T_{k,m} of Eq. (5) on one block: m samples per (s_g, multiset), shared by the actions.

    The layout must keep every local state apart. A sampled next global state is drawn for each
    sample too; actions share the uniform number behind it.
    """
    group, p = layout.grouping, len(block)
    rewards, branches = [], []
    for g, law in enumerate(mdp.P_g):
        reward = _column(mdp.r_g[g], p) + average(group, g, block, mdp.r_l[g], range(p))
        rewards.append(reward.reshape(mdp.A, -1))
        rows = [mdp.P_l[g][np.ix_(members, members)] for members in mdp.types]
        columns = _draw_block(rng, rows, block, m)
        n = len(columns)
        own: list[Branch] = []
        if np.all(law.max(axis=1) == 1):  # s_g' is certain: all actions share one matrix
            matrix = ((0, _matrix(columns, None, n, m)),)
            for x in np.unique(law.argmax(axis=1)).tolist():
                own.append(Branch(x, law[:, x], matrix))
        else:
            uniform = rng.random(columns.shape)
            for a in range(mdp.A):
                edges = np.cumsum(law[a])
                edges[np.flatnonzero(law[a])[-1] :] = 1.0  # rounding must not pass the support
                nxt = np.searchsorted(edges, uniform, side="right")
                for x in np.unique(nxt).tolist():
                    keep = nxt == x
                    own.append(Branch(x, np.eye(mdp.A)[a], ((0, _matrix(columns, keep, n, m)),)))
        branches.append(tuple(own))
    shapes = tuple((r.shape[1],) for r in rewards)
    roundings = 2 * m + layout.k + mdp.S + 4 * mdp.G + 24  # an entry c/m is a sum of c terms
    exactness = Precision(mdp.gamma, 1.01 * roundings * ROUNDOFF, mdp.r_max, ROUNDOFF)
    return Operator(exactness, (0,), shapes, tuple(rewards), tuple(rewards), tuple(branches))
