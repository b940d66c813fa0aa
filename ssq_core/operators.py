"""The Bellman operators: exact adapted T_k (Eq. 7) and empirical T_{k,m} (Eq. 5).

Both are one computation, a linear map and then a maximum. With V(s_g, h) the value of a multiset h,

    Q(s_g, h, a) = R(s_g, h, a) + gamma * sum_x  w_x(a) (E_x V(x, .))(h),       V = max_a Q,

where x runs over the next global states and E_x is a stochastic matrix between multisets. For T_k,
w_x(a) = P_g(x | s_g, a), and E is the symmetric power of P_l(. | ., s_g): the action touches only
s_g, so the expectation over local agents is taken once per pair (s_g, x), not once per action. For
T_{k,m}, E has m equal entries per row, the sampled next multisets.

`plain` is the operator as the paper writes it. `exact` gives the same Q from smaller tables: as r_l
does not depend on the action, V(s_g, h) = r_l-average(s_g, h) + U(s_g, h), where

    U(s_g, h) = max_a  r_g(s_g, a) + gamma E[ r_l-average(x, h') + U(x, h') ]

is a Bellman equation of its own, whose reward arrives one step early. It sees an agent only through
its kernel row, so U lives on multisets of row classes, with rectangular kernels between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from math import prod

import numpy as np
from scipy import sparse

from ssq_core import multisets
from ssq_core.checks import check_count
from ssq_core.draws import AliasTable, distribution, invert
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, Grouping, Ints, StarMDP, number
from ssq_core.oracle import Simulator
from ssq_core.stopping import ROUNDOFF, Precision, widest

CHUNK = 1 << 21  # agents drawn at a time, so that scratch arrays stay in the tens of megabytes
ASKED = 1 << 16  # samples asked of an oracle at a time, so that a slow one shows progress

Step = tuple[int, sparse.csr_array]
Move = Callable[[Ints], Ints]
Count = Callable[[int], None]
Chain = tuple[Floats, ...]  # matrices whose product is a kernel


@dataclass(frozen=True)
class Branch:
    """One next global state `x`: its weight per action (A,), and the linear map to it.

    `steps` are pairs (axis, matrix), each applied along one axis of the table, in their order.
    """

    x: int
    weights: Floats
    steps: tuple[Step, ...]

    def expect(self, V: Floats) -> Floats:
        """Return the expectation of V(x, .) over the next multisets."""
        for axis, matrix in self.steps:
            V = along(axis, matrix, V)
        return V


def along(axis: int, matrix: sparse.csr_array, V: Floats) -> Floats:
    """Return V with `matrix` applied along one axis."""
    if V.ndim == 1:
        return np.asarray(matrix @ V)
    moved = V.swapaxes(0, axis)
    out = matrix @ moved.reshape(len(moved), -1)
    return np.asarray(out.reshape(-1, *moved.shape[1:]).swapaxes(0, axis))


@dataclass(frozen=True)
class Operator:
    """A Bellman operator on one block: rewards per s_g, broadcasting to (A, *shape), and branches.

    `first` is its first iterate Q^1 from V = 0 (arrays that broadcast like the rewards). `axes`
    tells which conserved type lies along each axis of its tables, `precision` how exactly it is
    applied.
    """

    precision: Precision
    axes: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    rewards: tuple[Floats, ...]
    first: tuple[Floats, ...]
    branches: tuple[tuple[Branch, ...], ...]

    def action_values(self, V: Sequence[Floats], s_g: int) -> Iterator[Floats]:
        """Yield Q(s_g, a, .) for a = 0, 1, ..., from the values V[x] of all next states x."""
        expected = [(b.weights, b.expect(V[b.x])) for b in self.branches[s_g]]
        for a, reward in enumerate(self.rewards[s_g]):
            parts = [v if w[a] == 1 else w[a] * v for w, v in expected if w[a]]
            yield reward + self.precision.gamma * reduce(np.add, parts)

    def in_type_order(self, table: Floats) -> Floats:
        """Return (..., *shape) with its block axes in the order of the types."""
        lead = table.ndim - len(self.axes)
        inverse = np.argsort(self.axes)
        return table.transpose(*range(lead), *(lead + inverse))

    def q_values(self, V: Sequence[Floats]) -> list[Floats]:
        """Return the table Q[s_g][a, ...] built from the values V."""
        return [np.stack(list(self.action_values(V, g))) for g in range(len(self.shapes))]


def maximum(action_values: Iterator[Floats]) -> tuple[Floats, Floats]:
    """Return max_a Q(a, .) and how often each action attains it, (A,)."""
    best = next(action_values)
    chosen, a = np.zeros(best.shape, dtype=np.int32), 0
    for a, q in enumerate(action_values, 1):
        chosen[q > best] = a
        best = np.maximum(best, q)
    return best, np.bincount(chosen.ravel(), minlength=a + 1) / chosen.size


def mean_under(law: Floats, action_values: Iterator[Floats]) -> tuple[Floats, Floats]:
    """Return the average of Q(a, .) under an action law (A, ...), and that law's mean (A,)."""
    terms = (p * q for p, q in zip(law, action_values, strict=True))
    return reduce(np.add, terms), law.reshape(len(law), -1).mean(axis=1)


def average(
    grouping: Grouping, s_g: int, block: TypeCounts, value: Floats, axes: Sequence[int]
) -> Floats:
    """Return the average over a block's agents of `value` (S,), which is constant on classes."""
    total: Floats = np.zeros(())
    for t in axes:
        of_class = value[grouping.representatives(s_g, t)]
        total = np.add.outer(total, multisets.counts(block[t], len(of_class)) @ of_class)
    return total / max(sum(block), 1)


def _reachable(mdp: StarMDP, s_g: int) -> list[int]:
    return [int(x) for x in np.flatnonzero(mdp.P_g[s_g].max(axis=0) > 0)]


def _column(values: Floats, ndim: int) -> Floats:
    return values.reshape(-1, *[1] * ndim)


def precision(mdp: StarMDP, k: int, terms: Iterable[Sequence[int]]) -> Precision:
    """Return how exactly an operator of `k` agents is applied.

    `terms` are the sums that are taken one after the other, each by its length, for every pair of
    s_g and the next. A sum of n products is off by n roundings at most. The entries of a symmetric
    power are k-fold products of sums over next states, and sums of as many; rewards and weights
    take roundings too. Beside them stands how far the kernels used are from those given.
    """
    kernels = (mdp.P_l, *(mdp.stages or ()))
    width = max(int(np.count_nonzero(m, axis=-1).max()) for m in kernels)
    nexts = int(np.count_nonzero(mdp.P_g, axis=-1).max())
    longest = max(sum(n + k * (width + min(k, width) + 1) for n in sums) for sums in terms)
    moved, mass = mdp.distance(k)
    unit = 1.01 * ((longest + width + k + 4 * nexts + 26) * ROUNDOFF + moved)
    return Precision(mdp.gamma, unit, float(np.abs(mdp.r_l).max()), mass)


def reward_rounding(mdp: StarMDP) -> float:
    """Return what rounding of r_g may add to the error of a Q-value.

    The error of the best action's is that of the value, however large |r_g| is elsewhere.
    """
    nexts = int(np.count_nonzero(mdp.P_g, axis=-1).max())
    return (4 * nexts + 26) * ROUNDOFF * float(np.abs(mdp.r_g).max())


def plain(mdp: StarMDP, k: int) -> Operator:
    """Return T_k of Eq. (7) on all multisets of `k` local states, as the paper writes it.

    Raises ValueError for k < 1.
    """
    check_count("k", k)
    local = multisets.counts(k, mdp.S) @ mdp.r_l.T / k
    rewards = tuple(mdp.r_g[g][:, None] + local[:, g] for g in range(mdp.G))
    branches, powers = [], [multisets.symmetric_power(kernel, k) for kernel in mdp.P_l]
    for g, power in enumerate(powers):
        step = ((0, power),)
        branches.append(tuple(Branch(x, mdp.P_g[g, :, x], step) for x in _reachable(mdp, g)))
    exactness = precision(mdp, k, [[widest(power)] for power in powers])
    shapes = (local.shape[:1],) * mdp.G
    return Operator(exactness, (0,), shapes, rewards, rewards, tuple(branches))


def _kernels(mdp: StarMDP, group: Grouping, s_g: int, x: int, kind: int) -> list[Chain]:
    """Return the kernel of one type from its classes at `s_g` to its classes at `x`.

    The result lists the ways to write it: one matrix and, where the model has stages, two factors.
    """
    members = np.flatnonzero(group.type_of == kind)
    into = np.zeros((mdp.S, group.sizes[x, kind]))
    into[members, group.class_of[x, members]] = 1
    rows = group.representatives(s_g, kind)
    ways: list[Chain] = [(mdp.P_l[s_g, rows] @ into,)]
    if mdp.stages is not None:
        first = mdp.stages[0][s_g, rows]
        used = np.flatnonzero(first.max(axis=0) > 0)
        second = mdp.stages[1][s_g, used] @ into
        merged = number(row.tobytes() for row in second)
        index = np.unique(merged, return_index=True)[1]
        ways.append((first[:, used] @ np.eye(len(index))[merged], second[index]))
    return ways


@lru_cache(maxsize=8)
def _all_kernels(mdp: StarMDP, group: Grouping) -> dict[tuple[int, int], list[list[Chain]]]:
    return {
        (g, x): [_kernels(mdp, group, g, x, t) for t in range(group.sizes.shape[1])]
        for g in range(mdp.G)
        for x in _reachable(mdp, g)
    }


def power_entries(kernel: Floats, k: int) -> int:
    """Return a bound on the number of entries of a kernel's symmetric power.

    Row h has at most prod_c C(h_c + w_c - 1, h_c) entries, where w_c is the support of the kernel's
    row c; over all h that sums to C(k + sum w - 1, k).
    """
    dense = multisets.size(k, kernel.shape[0]) * multisets.size(k, kernel.shape[1])
    return min(multisets.size(k, int((kernel > 0).sum())), dense)


def chains(
    mdp: StarMDP, group: Grouping, block: TypeCounts
) -> dict[tuple[int, int], tuple[tuple[Chain, int], ...]]:
    """Return every type's cheapest factors and agents for each pair (s_g, x) of a block."""

    def cheapest(ways: list[Chain], k: int) -> Chain:
        return min(ways, key=lambda chain: sum(power_entries(m, k) for m in chain))

    return {
        pair: tuple((cheapest(ways, k), k) for ways, k in zip(kinds, block, strict=True))
        for pair, kinds in _all_kernels(mdp, group).items()
    }


def _shrink(matrix: sparse.csr_array) -> float:
    return float(matrix.shape[0] / matrix.shape[1])


def _schedule(powers: Sequence[list[sparse.csr_array]]) -> tuple[Step, ...]:
    """Return the steps of all axes, the one that shrinks most first; `powers[axis]` is a product.

    A table that has shrunk along one axis has less to do along the others.
    """
    left = [list(factors) for factors in powers]
    steps = []
    while any(left):
        axis = min((i for i, f in enumerate(left) if f), key=lambda i: _shrink(left[i][-1]))
        steps.append((axis, left[axis].pop()))
    return tuple(steps)


def exact(mdp: StarMDP, layout: Layout, block: TypeCounts) -> Operator:
    """Return the operator of U on one block: T_k of Eq. (7), next local reward moved forward."""
    group, p = layout.grouping, len(block)

    @cache  # equal kernels share one matrix
    def power(kernel: bytes, shape: tuple[int, ...], k: int) -> sparse.csr_array:
        return multisets.symmetric_power(np.frombuffer(kernel).reshape(shape), k)

    powers = {
        # a type without agents has one multiset, and nothing to do
        pair: [[power(m.tobytes(), m.shape, k) for m in chain if k] for chain, k in kinds]
        for pair, kinds in chains(mdp, group, block).items()
    }
    # the first axis is the one that shrinks first, so that the widest table is never transposed
    shrink = [sum(_shrink(m) for kinds in powers.values() for m in kinds[t][-1:]) for t in range(p)]
    axes = tuple(sorted(range(p), key=lambda t: shrink[t] or np.inf))
    rewards, branches = [], []
    for g in range(mdp.G):
        reward = _column(mdp.r_g[g], p)
        nexts = []
        for x in _reachable(mdp, g):
            steps = _schedule([powers[g, x][t] for t in axes])
            nexts.append(Branch(x, mdp.P_g[g, :, x], steps))
            early = average(group, g, block, mdp.P_l[g] @ mdp.r_l[x], axes)
            reward = reward + mdp.gamma * _column(mdp.P_g[g, :, x], p) * early
        rewards.append(reward)
        branches.append(tuple(nexts))
    shapes = tuple(tuple(layout.shape(g, block)[t] for t in axes) for g in range(mdp.G))
    first = tuple(_column(mdp.r_g[g], p) for g in range(mdp.G))
    terms = [[widest(m) for factors in kinds for m in factors] for kinds in powers.values()]
    exactness = precision(mdp, layout.k, terms)
    return Operator(exactness, axes, shapes, tuple(rewards), first, tuple(branches))


@lru_cache(maxsize=8)
def _alias_tables(mdp: StarMDP) -> list[list[AliasTable]]:
    """Return the alias table of every conserved type at every s_g."""
    return [[AliasTable(law[np.ix_(members, members)]) for members in mdp.types] for law in mdp.P_l]


def _moves(system: StarMDP | Simulator, s_g: int, rng: np.random.Generator) -> list[Move]:
    """Return for every conserved type what draws agents' next positions within it, at `s_g`."""
    if isinstance(system, Simulator):  # one type of all local states
        return [lambda at: system.next_l(at, np.full_like(at, s_g), rng)]

    def of_type(table: AliasTable) -> Move:
        return lambda at: table.draw(at, rng.random(at.shape))

    return [of_type(table) for table in _alias_tables(system)[s_g]]


def _draw_block(
    moves: list[Move], kinds: Sequence[int], block: TypeCounts, m: int, chunk: int, count: Count
) -> Ints:
    """Return the positions of m sampled next multisets of every multiset of a block, (N, m).

    `kinds` are the numbers of local states of the types; about `chunk` agents move at a time.
    """
    sizes = [multisets.size(c, states) for c, states in zip(block, kinds, strict=True)]
    grid = np.indices(sizes).reshape(len(sizes), -1)
    out = np.zeros((grid.shape[1], m), dtype=np.int64)
    for t, (c, states, move) in enumerate(zip(block, kinds, moves, strict=True)):
        if c == 0:
            continue
        members = multisets.unrank_all(c, states)[grid[t]]
        step = max(1, chunk // (m * c))
        for start in range(0, len(out), step):
            part = members[start : start + step]
            rank = np.zeros((len(part), m), dtype=np.int64)
            for i in range(c):
                nxt = move(np.broadcast_to(part[:, i, None], rank.shape))
                rank = multisets.add_one(i, states).ravel()[rank * states + nxt]
                count(rank.size)
            out[start : start + step] = out[start : start + step] * sizes[t] + rank
    return out


def _next_globals(
    system: StarMDP | Simulator,
    s_g: int,
    rng: np.random.Generator,
    shape: tuple[int, int],
    count: Count,
) -> Iterator[Ints]:
    """Yield for each action the sampled next s_g, of that shape, or (1, 1) where it is certain."""
    if isinstance(system, Simulator):
        (rows, m), step = shape, max(1, ASKED // shape[1])
        for a in range(system.A):
            parts = []
            for start in range(0, rows, step):
                asked = np.full((min(step, rows - start), m), s_g)
                parts.append(system.next_g(asked, np.full_like(asked, a), rng))
                count(asked.size)
            yield np.concatenate(parts)
        return
    law = system.P_g[s_g]
    certain = np.all(law.max(axis=1) == 1)
    uniform = np.empty(()) if certain else rng.random(shape)  # shared by the actions
    for row in law:
        count(prod(shape))
        yield row.argmax(keepdims=True)[None] if certain else invert(distribution(row), uniform)


def _matrix(columns: Ints, keep: np.ndarray) -> sparse.csr_array:
    """Return the CSR matrix with weight 1/m at each sampled column to keep, duplicates merged."""
    n, m = columns.shape
    flat, pointer = columns[keep], np.append(0, np.cumsum(keep.sum(axis=1)))
    out = sparse.csr_array((np.full(len(flat), 1 / m), flat, pointer), shape=(n, n))
    out.sum_duplicates()
    return out


def empirical(
    mdp: StarMDP | Simulator,
    layout: Layout,
    block: TypeCounts,
    m: int,
    rng: np.random.Generator,
    count: Count = lambda calls: None,
) -> Operator:
    """Return T_{k,m} of Eq. (5) on one block: m samples per (s_g, multiset), shared by the actions.

    The layout must keep every local state apart. A sampled next global state is drawn for each
    sample too; actions of a model share the uniform number behind it. `count` is told how many
    samples of agents were drawn, as soon as they are.
    """
    group, p = layout.grouping, len(block)
    kinds = [len(members) for members in mdp.types]
    chunk = ASKED if isinstance(mdp, Simulator) else CHUNK
    rewards, branches = [], []
    for g in range(mdp.G):
        reward = _column(mdp.r_g[g], p) + average(group, g, block, mdp.r_l[g], range(p))
        rewards.append(reward.reshape(mdp.A, -1))
        columns = _draw_block(_moves(mdp, g, rng), kinds, block, m, chunk, count)
        nexts: list[Branch] = []
        certain: dict[int, Floats] = {}  # the actions that all lead to one next s_g
        for a, into in enumerate(_next_globals(mdp, g, rng, columns.shape, count)):
            reached, chosen = np.unique(into).tolist(), np.eye(mdp.A)[a]
            if len(reached) == 1:
                certain[reached[0]] = certain.get(reached[0], 0) + chosen
            else:
                nexts += [Branch(x, chosen, ((0, _matrix(columns, into == x)),)) for x in reached]
        if certain:
            every = _matrix(columns, np.ones(columns.shape, dtype=bool))
            nexts += [Branch(x, weights, ((0, every),)) for x, weights in certain.items()]
        branches.append(tuple(nexts))
    shapes = tuple((r.shape[1],) for r in rewards)
    roundings = 2 * m + layout.k + mdp.S + 4 * mdp.G + 24  # an entry c/m is a sum of c terms
    exactness = Precision(mdp.gamma, 1.01 * roundings * ROUNDOFF, mdp.r_max, ROUNDOFF)
    return Operator(exactness, (0,), shapes, tuple(rewards), tuple(rewards), tuple(branches))
