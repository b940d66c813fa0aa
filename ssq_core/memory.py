"""Memory that a computation will take: known, and refused, before it is allocated."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate
from math import comb, log10
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from ssq_core import multisets
from ssq_core.layout import Layout, TypeCounts, check_type_counts
from ssq_core.model import Floats, Grouping, StarMDP
from ssq_core.operators import CHUNK, chains, power_entries
from ssq_core.oracle import Simulator

CONTAINER = "/sys/fs/cgroup/memory"
NAMES = (  # of the limit, the use, and in a list the files read, which the kernel can drop
    (".max", ".current", ".stat", "inactive_file"),
    ("/memory.limit_in_bytes", "/memory.usage_in_bytes", "/memory.stat", "total_inactive_file"),
)
FLOAT, INDEX = 8, 4
BLOCK = 500  # bytes of the objects that keep track of one block
MANY = 512  # so many blocks are planned for one by one
COUNTED = 1 << 20  # a matrix of no more entries is not worth counting them exactly


class TableTooLarge(ValueError):
    """A table that cannot fit in memory.

    `needed` and `available` are bytes; `largest_k` is the largest feasible k (0 if none is), or n
    where `name` says so.

    >>> try:
    ...     ssq.solve(ssq.demand_response(), k=40)
    ... except ssq.TableTooLarge as error:
    ...     print(error.needed > error.available)
    True
    """

    def __init__(
        self, k: int, needed: int, available: int, largest_k: int, name: str, instead: str = ""
    ) -> None:
        shown = f"{needed:,}" if needed < 10**18 else f"10^{log10(needed):.1f}"
        super().__init__(
            f"{name} = {k} takes about {shown} bytes, {available:,} are available; "
            f"the largest {name} that fits is {largest_k}{instead and f'; {instead}'}"
        )
        self.needed, self.available, self.largest_k = needed, available, largest_k


def available() -> int:
    """Return the bytes this process may still take; a container's limit counts."""
    import psutil  # takes a while

    free = int(psutil.virtual_memory().available)
    for limit, used, statistics, dropped in NAMES:
        with suppress(OSError, ValueError):  # no such file, or the word "max"
            most, now = (int(Path(CONTAINER + name).read_text()) for name in (limit, used))
            with suppress(OSError, ValueError):
                lines = Path(CONTAINER + statistics).read_text().splitlines()
                now -= int(dict(line.split() for line in lines).get(dropped, 0))
            free = min(free, most - now)
    return max(free, 0)


def require(k: int, plan: Callable[[int], int], name: str = "k", instead: str = "") -> int:
    """Return `plan(k)` bytes, or raise TableTooLarge if not available; `plan` grows with k.

    `instead` says what else can be done.
    """
    needed, free = plan(k), available()
    if needed > free:
        high = 1
        while high < k and plan(high) <= free:
            high *= 2
        fits = bisect_right(range(1, min(high, k)), free, key=plan)
        raise TableTooLarge(k, needed, free, fits, name, instead)
    return needed


def _entries(kernel: Floats, k: int) -> int:
    """Return the number of entries of a kernel's symmetric power, or a bound on it."""
    bound = power_entries(kernel, k)
    if bound <= COUNTED:
        return bound
    h, dimension, whole = _h_star((kernel > 0).tobytes(), kernel.shape)
    if whole:
        return sum(c * comb(k - i + dimension, dimension) for i, c in enumerate(h[: k + 1]))
    j = len(h) - 1  # the bound, as far off as it is there: further off for more agents
    exact = sum(c * comb(j - i + dimension, dimension) for i, c in enumerate(h))
    return bound * exact // power_entries(kernel, j)


@lru_cache(maxsize=256)
def _h_star(support: bytes, shape: tuple[int, int]) -> tuple[list[int], int, bool]:
    """Return the h*-vector that counts a power's entries, its dimension, and whether it is whole.

    The entries of the k-th power are the lattice points of the k-th dilate of the support's root
    polytope, which is normal: sum_i h_i C(k - i + d, d) for every k, with as many h_i as the
    smaller side of each connected part has states, one less and one more. Source: Kalman and
    Postnikov, Root polytopes, Tutte polynomials, and a duality theorem for bipartite graphs, 2017.
    """
    used = np.frombuffer(support, dtype=bool).reshape(shape)
    used = used[:, used.any(axis=0)]
    C, D = used.shape
    parts, label = csgraph.connected_components(sparse.block_array([[None, used], [used.T, None]]))
    dimension, degree = C + D - 1 - parts, 0
    for part in range(parts):
        degree += min((label[:C] == part).sum(), (label[C:] == part).sum()) - 1
    kernel = used / used.sum(axis=1, keepdims=True)
    h: list[int] = []
    for j in range(degree + 1):
        if power_entries(kernel, j) > COUNTED:
            return h, dimension, False
        known = sum(c * comb(j - i + dimension, dimension) for i, c in enumerate(h))
        h.append(multisets.symmetric_power(kernel, j).nnz - known)
    return h, dimension, True


def _block(mdp: StarMDP, group: Grouping, block: TypeCounts, per_entry: int) -> tuple[int, int]:
    """Return a block's entries, and the bytes to solve it with `per_entry` numbers per entry."""
    layout = Layout(group, sum(block), (block,))
    sizes = [layout.entries(g) for g in range(mdp.G)]
    nexts = int((mdp.P_g.max(axis=1) > 0).sum(axis=1).max())
    numbers = per_entry * sum(sizes) + (nexts + 2) * max(sizes)
    matrices = {  # one for each distinct kernel
        (m.tobytes(), m.shape, c): _entries(m, c)
        for kinds in chains(mdp, group, block).values()
        for chain, c in kinds
        for m in chain
    }.values()
    # while the largest matrix is put together, its parts and the joined copy stand beside it
    stored = (FLOAT + INDEX) * sum(matrices) + 3 * FLOAT * max(matrices)
    return sum(sizes), stored + FLOAT * numbers


def plan(
    mdp: StarMDP,
    group: Grouping,
    k: int,
    type_counts: Sequence[int] | None,
    kept: int,
    laws: int = 0,
    before: int = 0,
) -> Callable[[int], int]:
    """Return j -> bytes at the peak of solving j agents, `type_counts` (for k) kept in proportion.

    `kept` numbers per entry are written block by block and stay, `before` (an optimum) were there
    from the start, and `laws` (a policy's law, or the iterate before) only for the block at work.
    """
    # rewards and laws, and either values before and after a sweep and their change, or the values
    # and the table that is written from them
    numbers = mdp.A + laws + max(3, kept + 1) - kept

    def bytes_for(j: int) -> int:
        entries, blocks = _blocks(group, k, type_counts, j)
        sizes, needs = zip(*(_block(mdp, group, block, numbers) for block in blocks), strict=True)
        listed = sum(sizes) == entries  # else the largest may come last
        there = accumulate(sizes) if listed else [entries] * len(sizes)
        parts = zip([*there, entries], [*needs, 0], strict=True)
        return int(FLOAT * before * entries + max(FLOAT * kept * e + need for e, need in parts))

    return bytes_for


def _blocks(
    group: Grouping, k: int, type_counts: Sequence[int] | None, j: int
) -> tuple[int, Sequence[TypeCounts]]:
    """Return the entries of all blocks of j agents, and the blocks that may be the largest.

    With `type_counts` (for k) it is the one block near these shares. Too many blocks to be listed
    are counted as entries too, and what may be the largest is one type alone, or an equal share.
    """
    p = group.sizes.shape[1]
    if type_counts is None:
        entries = sum(multisets.size(j, int(d)) for d in group.sizes.sum(axis=1))
        number = multisets.size(j, p)
        if number <= MANY:
            return entries, Layout.of(group, j).blocks
        alone = [tuple(j * (t == kind) for t in range(p)) for kind in range(p)]
        return entries + BLOCK * number // FLOAT, [*alone, _near([1] * p, p, j)]
    block = _near(check_type_counts(group, k, type_counts), k, j)
    layout = Layout(group, j, (block,))
    return sum(layout.entries(g) for g in range(len(group.sizes))), [block]


def _near(share: Sequence[int], whole: int, j: int) -> TypeCounts:
    """Return the type counts of j agents nearest to a share of the whole."""
    counts = [c * j // whole for c in share]
    return (counts[0] + j - sum(counts), *counts[1:])


def learning_plan(
    mdp: StarMDP | Simulator, k: int, m: int, type_counts: Sequence[int] | None
) -> Callable[[int], int]:
    """Return j -> bytes at the peak of learning j agents from m samples; as `plan`."""
    # where the next s_g is not certain, every action has a matrix of its own
    matrices = mdp.G * mdp.A
    if isinstance(mdp, StarMDP):
        matrices = int(np.where((mdp.P_g.max(axis=2) == 1).all(axis=1), 1, mdp.A).sum())

    def bytes_for(j: int) -> int:
        entries, blocks = _blocks(mdp.states, k, type_counts, j)
        largest = max(Layout(mdp.states, j, (block,)).entries(0) for block in blocks)
        # the kept tables; of the largest block its multisets written out, rewards, Q before and
        # after, and the samples, as if all differed, those of one s_g while they are drawn
        stored = FLOAT * (mdp.A * (entries + 4 * mdp.G * largest) + 2 * j * largest)
        drawn = 10 * FLOAT * min(CHUNK // j, m * largest)
        return stored + m * largest * ((INDEX + FLOAT) * matrices + 3 * FLOAT) + drawn

    return bytes_for
