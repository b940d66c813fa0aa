"""Alpha vectors of the mean-field limit: backward recursion, certified by linear programs.

A vector alpha of s_g stands for a sequence of actions that earns <F, alpha> from (s_g, F). With x
the next s_g after (s_g, a), which is certain here,

    alpha = r_g(s_g, a) + r_l[s_g] + gamma P_l[s_g] alpha',        alpha' a vector of x.

How far a vector c rises above the maximum of others is a linear program over F, with the dual

    max over F of min over alpha of <F, c - alpha>
        = min over weights w of max over states of c - sum_alpha w_alpha alpha.

Any weights prove a bound from above, so no certificate rests on the solver's rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import linprog

from ssq_core.checks import shown
from ssq_core.model import Floats, Ints, StarMDP

HIGHS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True, eq=False)
class Problem:
    """The limit problem: states of equal kernel rows are one column, as the vectors less r_l agree.

    `next` (G, A): the next s_g. `columns[s_g]`: one local state per column. `starts[s_g]`: the
    first column of every simplex, `masses` the mass on each: one of mass 1, or one per type.
    """

    mdp: StarMDP
    next: Ints
    columns: tuple[Ints, ...]
    starts: tuple[Ints, ...]
    masses: Floats

    @classmethod
    def of(cls, mdp: StarMDP, masses: Floats | None) -> Problem:
        """Return the problem of a model; raises ValueError for a stochastic P_g, naming it."""
        spread = np.argwhere((mdp.P_g > 0).sum(axis=-1) != 1)
        if len(spread):
            g, a = spread[0].tolist()
            law = shown(mdp.P_g[g, a].tolist())
            raise ValueError(
                f"P_g[{g}, {a}, :] = {law} is stochastic; mean_field.solve is "
                "limited to deterministic P_g, with one next s_g for every s_g and a_g"
            )
        group = mdp.classes
        columns = tuple(map(group.representatives, range(mdp.G)))
        if masses is None:
            starts, masses = [np.array([0])] * mdp.G, np.ones(1)
        else:
            starts = [np.cumsum(sizes) - sizes for sizes in group.sizes]
        return cls(mdp, mdp.P_g.argmax(axis=-1), columns, tuple(starts), masses)

    def back(self, g: int, a: int, vectors: Floats) -> Floats:
        """Return the vectors (..., S) at g of action a followed by `vectors` of the next s_g."""
        mdp = self.mdp
        return np.asarray(mdp.r_g[g, a] + mdp.r_l[g] + mdp.gamma * vectors @ mdp.P_l[g].T)

    def excess(
        self, g: int, c: Floats, others: Floats, enough: float
    ) -> tuple[float, Floats | None]:
        """Return a certified bound on max_F (<F, c> - max of <F, others>), and an F near it.

        The F is None if the bound is at most `enough` without a linear program.
        """
        rise = (c - others)[:, self.columns[g]]
        best = float(self._top(g, rise).min(initial=np.inf))  # all weight on one of the others
        if best <= enough:
            return best, None
        scale, n = float(np.abs(rise).max()), rise.shape[1]
        total = np.zeros((len(self.masses), n + 1))
        simplex = np.searchsorted(self.starts[g], np.arange(n), side="right") - 1
        total[simplex, np.arange(n)] = 1
        found = linprog(
            np.append(np.zeros(n), -1.0), A_eq=total, b_eq=self.masses,
            A_ub=np.column_stack([-rise / scale, np.ones(len(rise))]), b_ub=np.zeros(len(rise)),
            bounds=[(0, None)] * n + [(None, None)], options=HIGHS,
        )  # fmt: skip
        if found.status:
            raise ArithmeticError(f"linear program at s_g = {g}: {found.message}")
        w = np.maximum(-found.ineqlin.marginals, 0)
        F = np.zeros(self.mdp.S)
        F[self.columns[g]] = np.maximum(found.x[:n], 0)
        return min(best, float(self._top(g, w @ rise / w.sum()))), F

    def _top(self, g: int, c: Floats) -> Floats:
        """Return max_F <F, c> for c (..., columns)."""
        return np.asarray(np.maximum.reduceat(c, self.starts[g], axis=-1) @ self.masses)


def constant_actions(problem: Problem) -> list[Floats]:
    """Return what repeating one action for ever earns, (A, S) for every s_g: T only raises it."""
    mdp, out = problem.mdp, []
    for a, x in enumerate(problem.next.T):
        move = np.zeros((mdp.G, mdp.S, mdp.G, mdp.S))
        move[np.arange(mdp.G), :, x, :] = mdp.P_l
        system = np.eye(mdp.G * mdp.S) - mdp.gamma * move.reshape(mdp.G * mdp.S, -1)
        earned = np.linalg.solve(system, (mdp.r_g[:, a, None] + mdp.r_l).ravel())
        out.append(earned.reshape(mdp.G, mdp.S))
    return list(np.stack(out, axis=1))


def grow(problem: Problem, vectors: list[Floats], tested: Ints, enough: float) -> float:
    """Hold one step of the recursion against `vectors`, and add to them wherever it rises above.

    Only the vectors from number `tested[s_g]` on take the step; `tested` is moved behind them.
    Returns a certified bound on how far these steps still rise above `vectors`, at most `enough`
    where the linear programs are exact enough.
    """
    worst, first = 0.0, tested.copy()
    tested[:] = [len(known) for known in vectors]
    for g, a in np.ndindex(problem.next.shape):
        x = problem.next[g, a]
        for c in problem.back(g, a, vectors[x][first[x] : tested[x]]):
            rise, F = problem.excess(g, c, vectors[g], enough)
            while rise > enough and F is not None and (c - vectors[g]).dot(F).min() > enough / 2:
                _follow(problem, vectors, g, F, enough / 2)
                rise, F = problem.excess(g, c, vectors[g], enough)
            worst = max(worst, rise)
    return worst


def _follow(problem: Problem, vectors: list[Floats], g: int, F: Floats, gain: float) -> None:
    """Follow the greedy path from (g, F), and add the vectors that gain more than `gain` on it.

    Repeated until nothing is gained at F: one good vector spares many poor ones.
    """
    mdp, rise = problem.mdp, np.inf
    while rise > gain:
        path, x, here = [], g, F
        for _ in range(ceil(2 / (1 - mdp.gamma))):
            moved = here @ mdp.P_l[x]
            future = [(vectors[y] @ moved).max() for y in problem.next[x]]
            a = int(np.argmax(mdp.r_g[x] + mdp.gamma * np.array(future)))
            path.append((x, here, a))
            x, here = int(problem.next[x, a]), moved
        for x, here, a in reversed(path):
            after = vectors[problem.next[x, a]]
            best = after[(after @ (here @ mdp.P_l[x])).argmax()]
            c = problem.back(x, a, best)
            rise = float(c @ here - (vectors[x] @ here).max())
            if rise > gain:
                vectors[x] = np.vstack([vectors[x], c])


def prune(problem: Problem, g: int, vectors: Floats, budget: float) -> tuple[Floats, float]:
    """Return the vectors at g that are needed, and a certified bound on what the maximum loses.

    A vector goes if it rises nowhere above the others; one that hardly does costs its rise, and
    goes while the sum of these stays within `budget`.
    """
    lost = 0.0
    for i in reversed(range(len(vectors))):
        others = np.delete(vectors, i, axis=0)
        rise = problem.excess(g, vectors[i], others, 0.0)[0] if len(others) else np.inf
        if lost + max(rise, 0.0) <= budget:
            vectors, lost = others, lost + max(rise, 0.0)
    return vectors, lost
