"""Modified policy iteration for small problems: all blocks at once, as one matrix.

Where tables are small, time goes to setting up and to calling, not to arithmetic. There the
operator of U (see `operators`) is written as in every textbook, V -> max_a R[a] + M[a] V, with the
joint multisets of all conserved types in one vector, in the order of the tables. Blocks do not
interact, so each has its own certificate.
"""

from __future__ import annotations

from operator import mul

import numpy as np
from scipy import sparse

from ssq_core import memory, multisets
from ssq_core.layout import Layout
from ssq_core.model import Floats, StarMDP
from ssq_core.operators import precision
from ssq_core.progress import Report
from ssq_core.stopping import StoppingRule, widest

ENTRIES = 1 << 20  # a joint matrix with no more entries counts as small
COPIED = 1 << 26
BYTES = 70  # per entry, while it is built and solved
NEGLIGIBLE = 1 << 24  # bytes; less than the interpreter takes is not asked for
DENSE = 160  # up to so many states a policy is evaluated exactly, by elimination
INNER = 20  # sweeps that evaluate it otherwise


def needed(mdp: StarMDP, k: int, every_block: bool) -> int:
    """Return the bytes at the peak of a joint solution; 0 if there is to be none.

    There is one if `every_block` is solved, and their joint matrix is small and fits in memory.
    """
    support = np.count_nonzero(mdp.P_l, axis=(1, 2)).tolist()
    every, most = multisets.size(k, mdp.S), sum(multisets.size(k, width) for width in support)
    small = mdp.A * most <= ENTRIES and k * k * every <= COPIED  # multisets are copied when written
    if not small or not every_block:
        return 0
    steps, rows = np.count_nonzero(mdp.P_g, axis=(1, 2)).tolist(), mdp.classes.sizes.sum(axis=1)
    of_pairs = [
        min(multisets.size(k, width * d // mdp.S), multisets.size(k, d) * every)
        for width, d in zip(support, rows.tolist(), strict=True)
    ]
    peak = BYTES * sum(map(mul, steps, of_pairs))
    return peak if peak < NEGLIGIBLE or peak <= memory.available() else 0


def operator(mdp: StarMDP, layout: Layout) -> tuple[sparse.csr_array | Floats, Floats, int]:
    """Return M (A * N, N), which holds the discount, and R (A, N) on N stored multisets.

    V -> max_a R[a] + (M V)[a] is the operator of U, T_k of Eq. (7), on all blocks of `layout`. The
    last result is the number of terms behind a product with a row of M, entries that were added up
    counted one by one.
    """
    k, size = layout.k, layout.starts[:, -1]
    start = np.append(0, np.cumsum(size))
    N = int(start[-1])
    states = multisets.unrank_all(k, mdp.S)
    place = [start[g] + layout.rank(g, states) for g in range(mdp.G)]
    rewards = np.repeat(mdp.r_g.T, size, axis=1)
    parts, terms = [], 1
    for g in range(mdp.G):
        first = mdp.classes.representatives(g)
        kernel = mdp.P_l[g, first]
        power = multisets.symmetric_power(kernel, k)
        terms = max(terms, widest(power) * int(np.count_nonzero(mdp.P_g[g], axis=1).max()))
        rows = np.sort(first[multisets.unrank_all(k, len(first))], axis=1)
        here = place[g][multisets.rank(rows)]
        row = np.repeat(here, np.diff(power.indptr))
        early = multisets.counts(k, len(first)) @ (kernel @ mdp.r_l.T) / k  # at every next s_g
        for a, x in np.argwhere(mdp.P_g[g]).tolist():
            weight = mdp.gamma * mdp.P_g[g, a, x]
            rewards[a, here] += weight * early[:, x]
            parts.append((row + a * N, place[x][power.indices], weight * power.data))
    into, out, probability = map(np.concatenate, zip(*parts, strict=True))
    if N <= DENSE:
        dense = np.bincount(into * N + out, probability, mdp.A * N * N)
        return dense.reshape(-1, N), rewards, terms
    matrix = sparse.coo_array((probability, (into, out)), shape=(mdp.A * N, N))
    return matrix.tocsr(), rewards, terms


def solve(
    mdp: StarMDP, layout: Layout, tol: float, report: Report
) -> tuple[tuple[Floats, ...], float, int]:
    """Return the tables (A, entries) of U per s_g, their certified error up to `tol`, and sweeps.

    Each step evaluates the greedy policy, exactly if there are few states, else by some sweeps.
    From a V below T(V) that climbs to V*, never slower than value iteration (Puterman, 1994,
    Section 6.5); V = 0 is such a V up to a constant, and a constant of a block moves no policy,
    only the block's shift. The certificate is on T(V) - V, per block.
    """
    M, R, terms = operator(mdp, layout)
    size = layout.starts[:, -1]
    ends = np.cumsum(size)
    firsts = (layout.starts[:, :-1] + (ends - size)[:, None]).ravel()  # of the (s_g, block) pairs
    block = np.repeat(np.tile(np.arange(len(layout.blocks)), mdp.G), np.diff(layout.starts).ravel())

    def of_blocks(ufunc: np.ufunc, change: Floats) -> Floats:
        return np.asarray(ufunc.reduce(ufunc.reduceat(change, firsts).reshape(mdp.G, -1), axis=0))

    N = R.shape[1]
    exactness = precision(mdp, layout.k, [[terms]])
    stop, states = StoppingRule(exactness, tol, report), np.arange(N)
    V = np.zeros(N)
    while True:
        Q = R + (M @ V).reshape(R.shape)
        policy = Q.argmax(axis=0)
        new = Q[policy, states]
        change = new - V
        low, high = of_blocks(np.minimum, change), of_blocks(np.maximum, change)
        largest = of_blocks(np.maximum, np.maximum(np.abs(new), np.abs(V)))
        if stop.met(low, high, largest):
            Q += stop.shift[block]
            places = zip(ends - size, ends, strict=True)
            return tuple(Q[:, a:b].copy() for a, b in places), stop.error, stop.sweeps
        change -= ((low + high) / 2)[block]
        if isinstance(M, np.ndarray):
            V = V + np.linalg.solve(np.eye(N) - M[policy * N + states], change)
        else:
            P = M[policy * N + states]
            for _ in range(INNER):
                V, change = V + change, P @ change
        V -= ((of_blocks(np.minimum, V) + of_blocks(np.maximum, V)) / 2)[block]
