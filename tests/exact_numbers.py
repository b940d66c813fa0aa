"""The surrogate system in exact arithmetic, on the very numbers that a user gives.

Kernels, rewards and the discount are read as the fractions that floats are: rows need not sum to 1,
and nothing is merged, factored, normalised or rounded. Tables are dicts over (s_g, ordered tuple).
"""

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from sympy import QQ
from sympy.polys.matrices import DomainMatrix

State = tuple[int, tuple[int, ...]]


def fractions(value: Any) -> Any:
    """Nested lists of floats as nested lists of the fractions they are."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return [fractions(v) for v in value] if isinstance(value, list) else Fraction(value)


class Exact:
    """T_k of Eq. (7) for k agents, from arrays shaped as for `StarMDP`."""

    def __init__(self, P_g: Any, P_l: Any, r_g: Any, r_l: Any, gamma: float, k: int) -> None:
        self.P_g, self.P_l, self.r_g, self.r_l = map(fractions, (P_g, P_l, r_g, r_l))
        self.gamma, self.A = Fraction(gamma), len(self.P_g[0])
        tuples = list(product(range(len(self.P_l[0])), repeat=k))
        self.states: list[State] = [(g, s) for g in range(len(self.P_g)) for s in tuples]
        self.moves = {
            (g, s): {
                t: w
                for t in tuples
                if (w := prod(self.P_l[g][i][j] for i, j in zip(s, t, strict=True)))
            }
            for g, s in self.states
        }

    def row(self, state: State, a: int) -> dict[State, Fraction]:
        """gamma times the law of the next state."""
        g, _ = state
        chances = [(x, self.gamma * p) for x, p in enumerate(self.P_g[g][a]) if p]
        return {(x, t): p * w for x, p in chances for t, w in self.moves[state].items()}

    def reward(self, state: State, a: int) -> Fraction:
        g, s = state
        return self.r_g[g][a] + sum(self.r_l[g][i] for i in s) / Fraction(len(s))

    def q(self, V: dict[State, Fraction]) -> dict[State, list[Fraction]]:
        """T_k applied to values."""
        return {
            z: [
                self.reward(z, a) + sum(w * V[y] for y, w in self.row(z, a).items())
                for a in range(self.A)
            ]
            for z in self.states
        }

    def value(self, law: dict[State, list[Fraction]]) -> dict[State, Fraction]:
        """V^pi of a policy that takes action a at z with probability law[z][a]."""
        place, size = {z: i for i, z in enumerate(self.states)}, len(self.states)
        system = [[QQ(i == j) for j in range(size)] for i in range(size)]
        right = [QQ(0)] * size
        for (z, i), a in product(place.items(), range(self.A)):
            if chance := law[z][a]:
                r = chance * self.reward(z, a)
                right[i] += QQ(r.numerator, r.denominator)
                for y, w in self.row(z, a).items():
                    part = chance * w
                    system[i][place[y]] -= QQ(part.numerator, part.denominator)
        matrix = DomainMatrix(system, (size, size), QQ)
        found = matrix.lu_solve(DomainMatrix([[r] for r in right], (size, 1), QQ)).to_list()
        return {
            z: Fraction(int(v.numerator), int(v.denominator))
            for z, (v,) in zip(self.states, found, strict=True)
        }

    def fixed_point(self) -> dict[State, list[Fraction]]:
        """Q_k*, by policy iteration."""
        V = dict.fromkeys(self.states, Fraction(0))
        while True:
            Q = self.q(V)
            best = {z: own.index(max(own)) for z, own in Q.items()}
            if all(own[best[z]] == V[z] for z, own in Q.items()):
                return Q
            V = self.value({z: [Fraction(a == best[z]) for a in range(self.A)] for z in Q})
