"""Exact values of subsampled policies on tiny systems: optimality gaps as fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod

from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from ssq_book.claims.exact import Key, Table, Values, fixed_point, next_law, rational
from ssq_core import multisets
from ssq_core.model import StarMDP

ActionLaw = Callable[[Key], Sequence[Fraction]]


def subsampled(q: Table, actions: int, rule: str = "subsets") -> ActionLaw:
    """Return the action law of sampling agents and acting greedily in `q`, first action on ties.

    `rule` "subsets" is Eq. (6), "actions" Eq. (26).
    """
    k = sum(next(iter(q))[1])

    def law(key: Key) -> Sequence[Fraction]:
        s_g, h = key
        share = [Fraction(0)] * actions
        for part in product(*(range(min(c, k) + 1) for c in h)):
            if sum(part) == k:
                ways = prod(comb(c, j) for c, j in zip(h, part, strict=True))
                row = q[s_g, part]
                share[row.index(max(row))] += Fraction(ways, comb(sum(h), k))
        if rule == "actions":
            share = [Fraction(p > 0) for p in share]
        return [p / sum(share) for p in share]

    return law


def stationary(choice: Mapping[Key, int], actions: int) -> ActionLaw:
    """Return the action law of a deterministic policy."""
    return lambda key: [Fraction(a == choice[key]) for a in range(actions)]


def states(mdp: StarMDP, n: int) -> list[Key]:
    """Return every (s_g, histogram of n agents)."""
    histograms = map(tuple, multisets.counts(n, mdp.S).tolist())
    return list(product(range(mdp.G), histograms))


def value(mdp: StarMDP, n: int, law: ActionLaw, horizon: int | None = None) -> Values:
    """Return the exact value of a stationary policy at every state of n agents.

    With `horizon` T the rewards of the steps 0..T alone count, as in the paper's V^pi.
    """
    own, keys = rational(mdp), states(mdp, n)
    place = {key: i for i, key in enumerate(keys)}
    rewards, moves = [], []
    for s_g, h in keys:
        weights = law((s_g, h))
        local = sum((c * r for c, r in zip(h, own.r_l[s_g], strict=True)), Fraction(0)) / n
        rewards.append(local + sum(w * r for w, r in zip(weights, own.r_g[s_g], strict=True)))
        move: dict[int, Fraction] = {}
        for (y, p), x in product(next_law(own.P_l[s_g], h).items(), range(mdp.G)):
            to_x = sum(w * own.P_g[s_g][a][x] for a, w in enumerate(weights))
            if to_x:
                move[place[x, y]] = own.gamma * to_x * p
        moves.append(move)
    if horizon is None:
        return dict(zip(keys, _solve(moves, rewards), strict=True))
    V = [Fraction(0)] * len(keys)
    for _ in range(horizon + 1):
        V = [r + sum(p * V[j] for j, p in m.items()) for r, m in zip(rewards, moves, strict=True)]
    return dict(zip(keys, V, strict=True))


def _solve(moves: list[dict[int, Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Return x = right + moves x."""
    n = len(moves)
    matrix = [[QQ(int(i == j)) for j in range(n)] for i in range(n)]
    for row, move in zip(matrix, moves, strict=True):
        for j, p in move.items():
            row[j] -= QQ(p.numerator, p.denominator)
    column = [[QQ(r.numerator, r.denominator)] for r in right]
    solution = DomainMatrix(matrix, (n, n), QQ).lu_solve(DomainMatrix(column, (n, 1), QQ))
    return [Fraction(int(v.numerator), int(v.denominator)) for (v,) in solution.to_list()]


def gaps(mdp: StarMDP, k: int, n: int, rule: str = "subsets") -> Values:
    """Return V* - V^pi at every state of n agents, pi greedy in the exact Q_k* and subsampled."""
    best = fixed_point(mdp, n)
    own = value(mdp, n, subsampled(fixed_point(mdp, k), mdp.A, rule))
    return {key: max(best[key]) - own[key] for key in best}
