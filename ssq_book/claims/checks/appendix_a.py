"""Appendix A, the operators: Theorem A.2 to Remark A.15, Equations 14-20, Figure 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

import ssq_core as ssq
from ssq_book.claims import exact, small
from ssq_book.claims.checks.body_histograms import asymmetry, ordered
from ssq_book.claims.checks.body_model import agreement, as_given
from ssq_book.claims.checks.body_operators import (
    last_step,
    learning_errors,
    noise_radius,
    unbiased,
)
from ssq_book.claims.corrected import Margin
from ssq_book.claims.instances import random_systems, table
from ssq_book.claims.judge import bounded, equal, mended
from ssq_book.claims.verdict import Verdict, check
from ssq_core import bounds
from ssq_core import operators as bellman
from ssq_core.layout import Layout
from ssq_core.model import Floats, StarMDP
from ssq_core.operators import Operator


@check("theorem-A.2")
def theorem_A_2(complete: bool = False, gamma: Fraction = Fraction(1, 2)) -> Verdict:
    """X -> gamma x on (0, 1] contracts and has no fixed point; the operators' space is complete.

    With `complete` the space is [0, 1], which holds 0, the only solution of x = gamma x. T_k acts
    on a complete space, R^N: from two starts its iterates meet in one point.
    """
    solution = Fraction(0)  # of x = gamma x
    inside = solution >= 0 if complete else solution > 0
    apart, steps = [], 60
    for mdp in random_systems(10, seed=102):
        operator = bellman.plain(mdp, 2)
        starts = [np.full(shape, x) for x in (-9.0, 9.0) for shape in operator.shapes]
        low, high = starts[: mdp.G], starts[mdp.G :]
        for _ in range(int(steps / -np.log(mdp.gamma))):
            low, high = ([q.max(axis=0) for q in operator.q_values(V)] for V in (low, high))
        apart.append(_distance(low, high))
    found = {
        "fixed point in the space": inside,
        "operators T_k": len(apart),
        "largest distance of two limits": max(apart),
    }
    return mended(not inside, max(apart) < 1e-8, found)


def _distance(Q: list[Floats], other: list[Floats]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(Q, other, strict=True))


@check("equation-14")
def equation_14(discount: float = 1.0) -> Verdict:
    """The full operator T on ordered tuples is the library's for k = n; `discount` scales gamma."""
    off = []
    for mdp in random_systems(12, seed=114):
        other = StarMDP(mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, discount * mdp.gamma)
        Q = ordered(mdp, 3, 4, [1, 1, 1])
        q = ssq.solve(other, 3, iterations=4)
        for g, *s in np.ndindex(*Q.shape[:-1]):
            off.append(float(np.abs(Q[(g, *s)] - q.at(g, s)).max()))
    return equal(off)


@check("equation-15")
def equation_15(solved: Callable[[StarMDP], StarMDP] = as_given) -> Verdict:
    """The adapted operator again, on other systems than Eq. (7)."""
    return agreement(random_systems(12, seed=115), solved, 3, 3)


@check("equation-16")
def equation_16(oracle: float = 0.75) -> Verdict:
    """The empirical operator again, with other k and m than Eq. (5)."""
    return unbiased(0.75, oracle, k=3, m=2, runs=400)


@check("remark-A.6")
def remark_A_6(k: int = 3) -> Verdict:
    """T_{k,m} tends to T_k as 1/sqrt m, and T_n = T, on ordered tuples of n = 3 agents."""
    mdp, sizes = ssq.counterexamples.match(0.75, 0.5), (16, 64, 256, 1024)
    errors = learning_errors(mdp, 2, sizes, 20).mean(axis=1)
    slope = float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])
    n, same = 3, 0.0
    full = ordered(mdp, n, 4, [1] * n)
    part = ssq.solve(mdp, k, iterations=4)
    for g, *s in np.ndindex(*full.shape[:-1]):
        same = max(same, float(np.abs(full[(g, *s)] - part.at(g, s[:k])).max()))
    found = {"slope of the error in m": slope, "T_k against T, n = 3": same, "k": k}
    return Verdict("holds" if abs(slope + 0.5) < 0.1 and same < 1e-9 else "fails", found)


def _iterates(nonnegative: bool) -> Iterator[tuple[StarMDP, int, Floats, Floats]]:
    """Yield system, T, Q_k^T and Q_{k,m}^T of random systems."""
    for mdp in random_systems(10, seed=107, nonnegative=nonnegative):
        if mdp.r_max:
            for k in (1, 2, 3):
                for T in (1, 4, 30):
                    learned = table(ssq.learn(mdp, k, 3, T, seed=T))
                    yield mdp, T, small.q_star(mdp, k, T), learned


@check("lemma-A.7")
def lemma_A_7(share: float = 1.0) -> Verdict:
    """0 <= r <= r~ gives Q_k^t <= r~/(1-gamma); met in the limit by constant rewards."""
    one = np.ones((1, 1, 1))
    constant = StarMDP(one, one, np.zeros((1, 1)), np.ones((1, 1)), 0.5)
    margins = [Margin(float(small.q_star(constant, 2).max()), share * 2.0)]
    for mdp, _, Q, _ in _iterates(nonnegative=True):
        margins.append(Margin(float(Q.max()), share * mdp.r_max / (1 - mdp.gamma)))
    return bounded(margins)


@check("remark-A.8")
def remark_A_8(share: float = 1.0) -> Verdict:
    """The bound of A.7 for every k, n included, for Q_km, and in absolute value without r >= 0."""
    margins = [
        Margin(float(np.abs(Q).max()), share * mdp.r_max / (1 - mdp.gamma))
        for nonnegative in (True, False)
        for mdp, _, *both in _iterates(nonnegative)
        for Q in both
    ]
    return bounded(margins)


def _contraction(pairs: Iterator[tuple[StarMDP, Operator, Operator]], share: float) -> Verdict:
    """Compare ||T Q - T' Q'|| with gamma ||Q - Q'|| on random, on shifted and on equal tables."""
    rng, margins = np.random.default_rng(0), []
    for mdp, one, two in pairs:
        shapes = [(mdp.A, *shape) for shape in one.shapes]
        Q = [rng.normal(size=shape) for shape in shapes]
        others = [[rng.normal(size=s) for s in shapes], [q + 1 for q in Q], Q]
        for other in others:
            image, image_other = (
                operator.q_values([q.max(axis=0) for q in own])
                for operator, own in ((one, Q), (two, other))
            )
            right = share * mdp.gamma * _distance(Q, other)
            margins.append(Margin(_distance(image, image_other), right))
    return bounded(margins)


@check("lemma-A.9")
def lemma_A_9(share: float = 1.0) -> Verdict:
    """T_k is a gamma-contraction: met by tables that differ by a constant. `share` scales gamma."""
    systems = random_systems(20, seed=109)
    operators = [(m, bellman.plain(m, k)) for m in systems for k in (1, 2, 3)]
    return _contraction(((m, T, T) for m, T in operators), share)


@check("lemma-A.10")
def lemma_A_10(common: bool = True) -> Verdict:
    """T_{k,m} is a gamma-contraction for common samples; not without `common` ones."""

    def pairs() -> Iterator[tuple[StarMDP, Operator, Operator]]:
        for mdp in random_systems(20, seed=110):
            layout = Layout.of(mdp.states, 2)
            for block in layout.blocks:
                one, two = (
                    bellman.empirical(mdp, layout, block, 3, np.random.default_rng(seed))
                    for seed in ((0, 0) if common else (0, 1))
                )
                yield mdp, one, two

    return _contraction(pairs(), 1.0)


@check("remark-A.11")
def remark_A_11(samples: str = "fixed", share: float = 1.0) -> Verdict:
    """Two trajectories close by gamma a step, and so each has one fixed point to go to.

    Of T_k from two starts, t = 1..8; of T_{k,m} the last step of many, 0 if there is a fixed point.
    """
    margins = []
    for mdp in random_systems(10, seed=111):
        operator = bellman.plain(mdp, 2)
        rng = np.random.default_rng(0)
        V, W = ([rng.normal(size=s) for s in operator.shapes] for _ in range(2))
        start = _distance(V, W)
        for t in range(1, 9):
            V, W = ([q.max(axis=0) for q in operator.q_values(own)] for own in (V, W))
            margins.append(Margin(_distance(V, W), share * mdp.gamma**t * start))
    moved = last_step(ssq.counterexamples.match(0.75, 0.5), 2, 8, samples)
    verdict = bounded(margins, {"last step of Q_km": moved})
    return verdict if moved < 1e-6 else Verdict("fails", verdict.evidence)


@check("figure-3")
def figure_3(k: int = 1, p: float = 0.75) -> Verdict:
    """Every arrow holds but (4): 4.2 gives 0 in match, where Q_k* and Q_n* differ; L4 covers.

    All n = 2 agents in state 0. (2): eps as measured; (3), (6): no change under permutations.
    """
    n, mdp = 2, ssq.counterexamples.match(p, 0.5)
    eps = float(learning_errors(mdp, k, (64,), 5).max())
    radius = noise_radius(mdp, k, 64, 0.01)
    spread = asymmetry(ordered(mdp, n, 20, [1] * n))
    whole, own = ordered(mdp, n, 4, [1] * n), ssq.solve(mdp, n, iterations=4)
    equal_at_n = float(np.abs(whole[0, 0, 0] - own.at(0, [0, 0])).max())
    one, two = (exact.fixed_point(mdp, j)[0, (j, 0)][0] for j in (k, n))
    left = abs(one - two)
    known = bounds.constants(mdp)
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
