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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ssq_core import multisets
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, Grouping, Ints, StarMDP


@dataclass(frozen=True)
class Branch:
    """One next global state `x`: its weight per action (A,), and the matrix of each table axis."""

    x: int
    weights: Floats
    maps: tuple[sparse.csr_array, ...]

    def expect(self, V: Floats) -> Floats:
        """Return the expectation of V(x, .) over the next multisets, one axis (type) at a time."""
        if len(self.maps) == 1:
            return np.asarray(self.maps[0] @ V)
        # the axis that shrinks most goes first, so that the others have less to do
        for axis in sorted(
            range(V.ndim), key=lambda i: self.maps[i].shape[0] / self.maps[i].shape[1]
        ):
            moved = np.moveaxis(V, axis, 0)
            out = self.maps[axis] @ moved.reshape(len(moved), -1)
            V = np.moveaxis(out.reshape(-1, *moved.shape[1:]), 0, axis)
        return V


@dataclass(frozen=True)
class Operator:
    """A Bellman operator on one block: rewards per s_g, broadcasting to (A, *shape), and branches.

    `first` is its first iterate Q^1 from V = 0 (arrays that broadcast like the rewards).
    """

    gamma: float
    shapes: tuple[tuple[int, ...], ...]
    rewards: tuple[Floats, ...]
    first: tuple[Floats, ...]
    branches: tuple[tuple[Branch, ...], ...]

    def action_values(self, V: Sequence[Floats], s_g: int) -> Iterator[Floats]:
        """Yield Q(s_g, a, .) for a = 0, 1, ..., from the values V[x] of all next states x."""
        expected = [(b.weights, b.expect(V[b.x])) for b in self.branches[s_g]]
        for a, reward in enumerate(self.rewards[s_g]):
            future = np.zeros(self.shapes[s_g])
            for weights, value in expected:
                if weights[a]:
                    future += weights[a] * value
            yield reward + self.gamma * future

    def q_values(self, V: Sequence[Floats]) -> list[Floats]:
        """Return the table Q[s_g][a, ...] built from the values V."""
        return [np.stack(list(self.action_values(V, g))) for g in range(len(self.shapes))]


def maximum(s_g: int, action_values: Iterator[Floats]) -> Floats:
    """Return V(s_g, .) = max_a Q(s_g, a, .) without holding all actions at once."""
    best = next(action_values)
    for q in action_values:
        best = np.maximum(best, q)
    return best


def _mean_over_multisets(value: Floats, k: int) -> Floats:
    """Return the sum of `value` (one number per class) over each multiset of size `k`."""
    return np.asarray(multisets.counts(k, len(value)) @ value)


def average(grouping: Grouping, s_g: int, block: TypeCounts, value: Floats) -> Floats:
    """Return the average over a block's agents of `value` (S,), which is constant on classes."""
    total: Floats = np.zeros(())
    for t, c in enumerate(block):
        own = _mean_over_multisets(value[grouping.representatives(s_g, t)], c)
        total = np.add.outer(total, own)
    return total / max(sum(block), 1)


def _kernels(
    mdp: StarMDP, grouping: Grouping, s_g: int, x: int, block: TypeCounts
) -> tuple[sparse.csr_array, ...]:
    """Return the symmetric power of each type's kernel, from classes at `s_g` to classes at `x`."""
    maps = []
    for t, c in enumerate(block):
        rows = mdp.P_l[s_g, grouping.representatives(s_g, t)]
        members = np.flatnonzero(grouping.type_of == t)
        into = np.zeros((len(members), grouping.sizes[x, t]))
        into[np.arange(len(members)), grouping.class_of[x, members]] = 1
        maps.append(multisets.symmetric_power(rows[:, members] @ into, c))
    return tuple(maps)


def _reachable(mdp: StarMDP, s_g: int) -> Ints:
    return np.flatnonzero(mdp.P_g[s_g].max(axis=0) > 0)


def _column(values: Floats, ndim: int) -> Floats:
    return values.reshape(-1, *[1] * ndim)


def plain(mdp: StarMDP, k: int) -> Operator:
    """Return T_k of Eq. (7) on all multisets of `k` local states, as the paper writes it."""
    block, group = (k,), mdp.plain
    rewards = tuple(
        _column(mdp.r_g[g], 1) + average(group, g, block, mdp.r_l[g]) for g in range(mdp.G)
    )
    branches = []
    for g in range(mdp.G):
        power = (multisets.symmetric_power(mdp.P_l[g], k),)
        branches.append(tuple(Branch(int(x), mdp.P_g[g, :, x], power) for x in _reachable(mdp, g)))
    shapes = ((multisets.size(k, mdp.S),),) * mdp.G
    return Operator(mdp.gamma, shapes, rewards, rewards, tuple(branches))


def exact(mdp: StarMDP, layout: Layout, block: TypeCounts) -> Operator:
    """Return the operator of U on one block: T_k of Eq. (7), next local reward moved forward."""
    group, p = layout.grouping, len(block)
    rewards, branches = [], []
    for g in range(mdp.G):
        reward = _column(mdp.r_g[g], p)
        own = []
        for x in _reachable(mdp, g).tolist():
            own.append(Branch(x, mdp.P_g[g, :, x], _kernels(mdp, group, g, x, block)))
            early = average(group, g, block, mdp.P_l[g] @ mdp.r_l[x])
            reward = reward + mdp.gamma * _column(mdp.P_g[g, :, x], p) * early
        rewards.append(reward)
        branches.append(tuple(own))
    shapes = tuple(layout.shape(g, block) for g in range(mdp.G))
    first = tuple(_column(mdp.r_g[g], p) for g in range(mdp.G))
    return Operator(mdp.gamma, shapes, tuple(rewards), first, tuple(branches))
