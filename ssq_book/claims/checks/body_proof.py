"""Section 4, the steps of the proof: P-4.2, P-4.3 with Equation 13, P-4.4."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import NamedTuple, cast

import numpy as np
from scipy.stats import hypergeom

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims import corrected
from ssq_book.claims.corrected import linear_in_tv
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import ROUNDING, Verdict, check, closest
from ssq_book.dense import q_star, sampling, total_variation
from ssq_core import bounds, concentration
from ssq_core.model import Floats, StarMDP


def at_zero(k: int, other: int, iterations: int | None = None) -> Fraction:
    """Return |Q_k - Q_k'| of match, exactly, at s_g = 0 and action 0 with all agents in state 0."""
    Q, Q_other = (dense.q_star(dense.exact(MATCH), j, iterations) for j in (k, other))
    apart: Fraction = abs(Q[0, 0, 0] - Q_other[0, 0, 0])
    return apart


@check("theorem-4.2")
def theorem_4_2(k: int = 1) -> Verdict:
    """match, all agents in 0: TV = 0, yet Q_k^3 differ, and so do the fixed points.

    L4 covers the difference and holds on random systems; L2 is the printed bound for k = k' = 2.
    """
    other, known = 2, bounds.constants(MATCH)
    repaired = bounds.value(bounds.L4, n=other, k=k, tv=0.0, **known)
    printed = bounds.value(bounds.theorem_4_2, tv=0.0, **known)
    systems = random_systems(20, seed=42)
    L2 = max(corrected.L2(m, j).ratio for m in systems for j in (1, 2, 3))
    L4 = max(corrected.L4(m, 1, n).ratio for m in systems for n in (2, 3))
    if max(L2, L4) > 1:
        repaired = 0.0  # no correction at all
    found: dict[str, int | float | Fraction] = {
        "k": k,
        "k'": other,
        "left at T = 2": at_zero(k, other, 2),
        "left at T = 3": at_zero(k, other, 3),
        "systems": len(systems),
        "largest ratio to L2, k = k'": L2,
        "largest ratio to L4": L4,
    }
    return Verdict.refuted(at_zero(k, other), printed, repaired, found)


def dkw_ratio(n: int, share: float = 1.0) -> tuple[float, float]:
    """Return the largest P[sup >= eps]/bound of two states where the bound is < 1, and that P."""
    worst = (0.0, 0.0)
    c = np.arange(1, n // 2 + 1)[:, None]
    for k in range(1, n):
        x = np.arange(k + 1)
        law, distance = hypergeom.pmf(x, n, c, k), np.abs(n * x - k * c)  # nk times the supremum
        beyond = distance[:, None, :] >= distance[:, :, None]
        tail = (law[:, None, :] * beyond).sum(axis=-1)
        bound = 4 * share * np.exp(-2 * distance**2 / (n * k * (n - k + 1)))
        ratio = np.where(bound < 1, tail / np.maximum(bound, 1e-300), 0.0)
        at = np.unravel_index(int(ratio.argmax()), ratio.shape)
        worst = max(worst, (float(ratio[at]), float(tail[at])))
    return worst


@check("theorem-4.3")
def theorem_4_3(share: float = 1.0) -> Verdict:
    """Exact failure probabilities for n <= 60 against the bound; `share` scales the bound.

    Two states by the hypergeometric law, for the event >= eps of P-C.5, which contains this one;
    more states, equally occupied, by exact convolution.
    """
    grid = [*range(2, 21), *range(25, 61, 5)]
    two = max(dkw_ratio(n, share) for n in grid)
    more, cells = 0.0, 0
    for S, n in product((3, 5, 10), (10, 30, 60)):
        counts = [n // S + (j < n % S) for j in range(S)]
        for k, eps in product((2, n // 4, n // 2, n - 2), (0.1, 0.2, 0.3, 0.5)):
            bound = share * concentration.dkw_bound(n, k, S, eps)
            if bound < 1:
                p = cast(float, concentration.failure_probability(counts, k, eps))
                more = max(more, p / bound)
            cells += 1
    found = {
        "n up to": grid[-1],
        "largest P/bound, two states": two[0],
        "P there": two[1],
        "largest P/bound, 3-10 states": more,
        "cells": cells,
    }
    return Verdict.judged(max(two[0], more) <= 1, found)


Cell = tuple[Sequence[int], int, float]
CELLS: tuple[Cell, ...] = (
    ((1, 3), 1, 0.1),
    ((1, 3), 1, 0.05),
    ((1, 1, 1, 1), 2, 0.1),
    ((1,) * 50, 10, 0.05),
    ((1,) * 50, 25, 0.05),
    ((10,) * 5, 25, 0.1),
    ((100,) * 10, 100, 0.1),
)


@check("equation-13")
def equation_13(cells: Sequence[Cell] = CELLS) -> Verdict:
    """P[TV > the printed radius] against delta, exactly; the corrected radius must cover.

    Each cell is (agents per state, k, delta).
    """
    found: dict[str, float | int] = {"cells violated": 0}
    covered = True
    for counts, k, delta in cells:
        n, size = sum(counts), len(counts)
        printed = concentration.tv_radius_paper(n, k, size, delta)
        radii = (printed, concentration.tv_radius(n, k, size, delta))
        # TV is a multiple of 1/(nk): beyond a radius means at least the next multiple
        above = [Fraction(int(r * (1 + 1e-12) * n * k) + 1, n * k) for r in radii]
        pair = (concentration.failure_probability(counts, k, e, "tv") for e in above)
        p, still = (cast(float, probability) for probability in pair)
        found["cells violated"] += p > delta
        covered &= still <= delta
        cell = f"n={n}, |S_l|={size}, k={k}, delta={delta}"
        names = (f"{cell}: {of}" for of in ("P[TV > radius]", "radius", "corrected"))
        found |= zip(names, (p, *radii), strict=True)
    return Verdict.violated(found["cells violated"] > 0, covered, found)


class Loss(NamedTuple):
    """What one action loses, how likely; n, k, delta = delta_1 = delta_2; the least reward."""

    loss: float
    probability: float
    n: int
    k: int
    delta: float
    system: dict[str, float]
    least: float

    @property
    def claimed(self) -> float:
        """The probability |A_g| (delta_1 + delta_2) that P-4.4 allows."""
        return self.system["actions"] * 2 * self.delta

    def printed(self, name: str) -> float:
        """Return the right side of a statement with delta_1 = delta_2, by its name in `bounds`."""
        given = {"delta": self.delta, "delta_2": self.delta, "eps": 0.0}
        return bounds.value(getattr(bounds, name), n=self.n, k=self.k, **given, **self.system)

    def verdict(self) -> Verdict:
        """Judge P-4.4; repaired: twice the corrected radius at the same probability."""
        tv = concentration.tv_radius(self.n, self.k, int(self.system["size"]), self.claimed)
        given = {"n": self.n, "k": self.k, "tv": tv, "eps": 0.0}
        repaired = bounds.value(bounds.L4_loss, **given, **self.system)
        left = self.loss if self.probability > self.claimed else 0.0
        found = {
            "probability of the loss": self.probability,
            "probability promised": self.claimed,
            "least reward": self.least,
        }
        return Verdict.refuted(left, self.printed("theorem_4_4"), repaired, found)


@cache
def tree_instance(
    m: int = 128,
    q: int = 50,
    k: int = 1280,
    w: float = 0.1,
    gamma: float = 0.999,
    delta: float = 0.01,
    shift: float = 0.0,
) -> Loss:
    """Return the loss at the root of tree(m, 2, w), q agents a type, `shift` on every r_l."""
    counter = ssq.counterexamples
    largest = max(abs(r + shift) for r in (-0.5, 0.5, w))
    system = {
        "size": 2 * m, "actions": 2, "gamma": gamma, "r_max": largest, "r_local": largest,
        "span": 1.0, "tau": 1.0, "nu": 0.0,
    }  # fmt: skip
    entry, loss = counter.tree_entry(m, q, k, w), counter.tree_loss(m, 2, w, gamma)
    return Loss(float(loss), entry, 2 * m * q, k, delta, system, shift - 0.5)


def raised_tree(q: int = 50) -> Loss:
    """Return a larger tree with 1/2 added to every reward, so that none is negative."""
    return tree_instance(512, q, 5120, 0.1, 0.9999, 0.001, shift=0.5)


@cache
def fork_instance(
    n: int = 60, majority: int = 41, k: int = 37, gamma: float = 0.99, delta: float = 1e-6
) -> Loss:
    """Return the loss at the root of fork with r_l = +-1/2."""
    counter = ssq.counterexamples
    mdp = counter.fork(gamma, signed=True)
    error, loss = counter.fork_error(n, majority, k), counter.fork_loss(n, majority, gamma)
    return Loss(float(loss), error, n, k, delta, bounds.constants(mdp), float(mdp.r_l.min()))


def losses(mdp: StarMDP, k: int, n: int) -> Floats:
    """Return V* - Q*(., the action that the sample chooses), (G, N_n, N_k)."""
    Q, chosen = q_star(mdp, n), q_star(mdp, k).argmax(axis=-1)  # (G, N_n, A), (G, N_k)
    taken = np.stack([Q[g][:, chosen[g]] for g in range(mdp.G)])
    return np.asarray(Q.max(axis=-1)[:, :, None] - taken)


def on_system(mdp: StarMDP, k: int, n: int, delta: float) -> tuple[float, float]:
    """Return the largest P[loss > repaired at 1 - delta], and loss/repaired at a sample's TV."""
    known = {**bounds.constants(mdp), "n": n, "k": k, "eps": 0.0}
    radius = concentration.tv_radius(n, k, mdp.S, delta)
    share, lost = sampling(k, n, mdp.S), losses(mdp, k, n)
    beyond = lost > bounds.value(bounds.L4_loss, tv=radius, **known) + ROUNDING
    right = linear_in_tv("L4_loss", total_variation(n, k, mdp.S), **known)
    ratio = closest(np.where(share > 0, lost, 0.0), right).ratio
    return float((share * beyond).sum(axis=-1).max()), ratio


@check("lemma-D.5")
def instances(
    tree: Loss | None = None, raised: Loss | None = None, fork: Loss | None = None
) -> Verdict:
    """Behind a tree nearly every sample sees a gain that is not there; the fork is the smallest."""
    found = {
        "tree": tree or tree_instance(),
        "tree + 1/2": raised or raised_tree(),
        "fork": fork or fork_instance(),
    }
    return Verdict.jointly({label: instance.verdict() for label, instance in found.items()})


@check("theorem-4.4")
def theorem_4_4(**changed: Loss) -> Verdict:
    """Three instances in closed form, probabilities exact; the repair covers them and random ones.

    Two states with signed rewards (fork), many with signed ones (tree), 1,024 with r >= 0. The
    repair: with probability 1 - delta, a loss of at most twice the repaired radius of P-C.6.
    """
    found, delta = instances(**changed), 0.2
    systems = random_systems(12, seed=44)
    beyond, ratio = np.max([on_system(m, k, 4, delta) for m in systems for k in (1, 2, 3)], axis=0)
    evidence = {**found.evidence, "systems": len(systems), "largest loss/repaired": float(ratio)}
    repaired = beyond <= delta and ratio <= 1
    return Verdict(found.status if repaired else "unrefuted", evidence)
