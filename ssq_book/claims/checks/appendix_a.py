"""Appendix A, the operators: P-A.2 to Remark A.15, Eq. 14, Figure 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.body_histograms import apart, asymmetry, ordered
from ssq_book.claims.checks.body_operators import (
    last_step,
    learned,
    learning_errors,
    noise_radius,
)
from ssq_book.claims.checks.body_proof import at_zero
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import Margin, Verdict, bounded, check, distance, equal, judged, mended
from ssq_book.common import log_slope
from ssq_core import bounds
from ssq_core import operators as bellman
from ssq_core.layout import Layout
from ssq_core.model import Floats, StarMDP
from ssq_core.operators import Operator


@check("theorem-A.2")
def theorem_A_2(complete: bool = False) -> Verdict:
    """X -> x/2 on (0, 1] contracts and has no fixed point; the operators' space is complete.

    With `complete` the space is [0, 1], which holds 0, the only solution of x = x/2. T_k acts on a
    complete space, R^N: from two starts its iterates meet in one point.
    """
    solution, off = 0.0, []  # of x = x/2
    inside = solution >= 0 if complete else solution > 0
    for mdp in random_systems(10, seed=102):
        operator = bellman.plain(mdp, 2)
        low, high = (np.full((mdp.G, *operator.shapes[0]), x) for x in (-9.0, 9.0))
        for _ in range(int(60 / -np.log(mdp.gamma))):
            low, high = (_applied(operator, V).max(axis=1) for V in (low, high))
        off.append(distance(low, high))
    found = {"fixed point in the space": inside, "operators T_k": len(off)}
    return mended(not inside, max(off) < 1e-8, found | {"largest distance of two limits": max(off)})


def _applied(operator: Operator, V: Floats) -> Floats:
    """Return the Q-values (G, A, ...) that an operator on all local states makes of V (G, ...)."""
    return np.stack(operator.q_values(list(V)))


@check("equation-14")
def equation_14(discount: float = 1.0) -> Verdict:
    """The full operator T on ordered tuples is the library's for k = n; `discount` scales gamma."""
    off = []
    for mdp in random_systems(12, seed=114):
        other = StarMDP(mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, discount * mdp.gamma)
        off += apart(other, ordered(mdp, 3, 4), 3)
    return equal(off)


@check("remark-A.6")
def remark_A_6(k: int = 3) -> Verdict:
    """T_{k,m} tends to T_k as 1/sqrt m, and T_n = T, on ordered tuples of n = 3 agents."""
    n, sizes = 3, (16, 64, 256, 1024)
    rate = log_slope(sizes, learning_errors(MATCH, 2, sizes, 20).mean(axis=1))[0]
    same = max(apart(MATCH, ordered(MATCH, n, 4), k))
    found = {"slope of the error in m": rate, "T_k against T, n = 3": same, "k": k}
    return judged(abs(rate + 0.5) < 0.1 and same < 1e-9, found)


@cache
def constant(S: int = 1, A: int = 1) -> StarMDP:
    """Return the system in which every step earns 1 and nothing can be chosen, gamma = 1/2."""
    P_l = np.broadcast_to(np.eye(S), (1, S, S))
    return StarMDP(np.ones((1, A, 1)), P_l, np.zeros((1, A)), np.ones((1, S)), 0.5)


@check("lemma-A.7", signs=[True], tables=1)
@check("remark-A.8", signs=[True, False], tables=2)
def lemma_A_7(signs: Sequence[bool], tables: int, share: float = 1.0) -> Verdict:
    """0 <= r <= r~ gives Q_k^t <= r~/(1-gamma) (A.7); met in the limit by constant rewards.

    A.8: for every k, n included, for Q_{k,m} too, and in absolute value for signed rewards.
    """
    margins = [Margin(float(dense.q_star(constant(), 2).max()), share * 2.0)]
    for nonnegative, k, T in product(signs, (1, 2, 3), (1, 4, 30)):
        for mdp in random_systems(10, seed=107, nonnegative=nonnegative):
            right = share * mdp.r_max / (1 - mdp.gamma)
            for Q in (dense.q_star(mdp, k, T), learned(mdp, k, 3, T, seed=T))[:tables]:
                margins.append(Margin(float(np.abs(Q).max()), right))
    return bounded(margins)


def _contraction(operators: Iterator[tuple[StarMDP, Operator, Operator]], share: float) -> Verdict:
    """Compare ||T Q - T' Q'|| with gamma ||Q - Q'|| on random, on shifted and on equal tables."""
    rng, margins = np.random.default_rng(0), []
    for mdp, T, T_other in operators:
        Q, drawn = rng.normal(size=(2, mdp.G, mdp.A, *T.shapes[0]))
        for Q_other in (drawn, Q + 1, Q):
            left = distance(_applied(T, Q.max(axis=1)), _applied(T_other, Q_other.max(axis=1)))
            margins.append(Margin(left, share * mdp.gamma * distance(Q, Q_other)))
    return bounded(margins)


@check("lemma-A.9")
def lemma_A_9(share: float = 1.0) -> Verdict:
    """T_k is a gamma-contraction: met by tables that differ by a constant. `share` scales gamma."""
    cases = product(random_systems(20, seed=109), (1, 2, 3))
    operators = ((mdp, bellman.plain(mdp, k)) for mdp, k in cases)
    return _contraction(((mdp, T, T) for mdp, T in operators), share)


@check("lemma-A.10")
def lemma_A_10(common: bool = True) -> Verdict:
    """T_{k,m} is a gamma-contraction for common samples; not without `common` ones."""

    def pairs() -> Iterator[tuple[StarMDP, Operator, Operator]]:
        for mdp in random_systems(20, seed=110):
            layout = Layout.of(mdp.states, 2)
            for block in layout.blocks:
                T, T_other = (
                    bellman.empirical(mdp, layout, block, 3, np.random.default_rng(seed))
                    for seed in (0, 0 if common else 1)
                )
                yield mdp, T, T_other

    return _contraction(pairs(), 1.0)


@check("remark-A.11")
def remark_A_11(samples: str = "fixed") -> Verdict:
    """Two trajectories close by gamma a step, and so each has one fixed point to go to.

    Of T_k from two starts, t = 1..8; of T_{k,m} the last step of many, 0 if there is a fixed point.
    """
    margins = []
    for mdp in random_systems(10, seed=111):
        operator = bellman.plain(mdp, 2)
        V, W = np.random.default_rng(0).normal(size=(2, mdp.G, *operator.shapes[0]))
        start = distance(V, W)
        for t in range(1, 9):
            V, W = (_applied(operator, values).max(axis=1) for values in (V, W))
            margins.append(Margin(distance(V, W), mdp.gamma**t * start))
    moved = last_step(2, 8, samples)
    verdict = bounded(margins, {"last step of Q_km": moved})
    return verdict if moved < 1e-6 else Verdict("fails", verdict.evidence)


@check("figure-3")
def figure_3(k: int = 1) -> Verdict:
    """Every arrow holds but (4): 4.2 gives 0 in match, where Q_k* and Q_n* differ; L4 covers.

    All n = 2 agents in state 0. (2): eps as measured; (3), (6): no change under permutations.
    """
    n, known = 2, bounds.constants(MATCH)
    eps, radius = float(learning_errors(MATCH, k, (64,), 5).max()), noise_radius(MATCH, k, 64, 0.01)
    spread = asymmetry(ordered(MATCH, n, 20))
    whole, q = ordered(MATCH, n, 4), ssq.solve(MATCH, n, iterations=4)
    equal_at_n = distance(whole[0, 0, 0], q.at(0, [0, 0]))
    left = at_zero(k, n)
    printed = bounds.value(bounds.theorem_4_2, tv=0.0, **known)
    repaired = bounds.value(bounds.L4, k=k, n=n, tv=0.0, **known)
    works = eps <= radius and max(spread, equal_at_n) < 1e-9 and float(left) <= repaired
    found: dict[str, float | Fraction] = {
        "(2) largest error at m = 64": eps,
        "its radius": radius,
        "(3), (6) change under permutations": spread,
        "(4) left side": left,
        "(4) right side, TV = 0": printed,
        "(4) by L4": repaired,
        "(5) T_n against T": equal_at_n,
    }
    return mended(float(left) > printed, works, found)
