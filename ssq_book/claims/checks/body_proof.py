"""Section 4, steps 1 and 2 of the proof: P-4.2, P-4.3 and Equation 13."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import cast

import numpy as np
from scipy.stats import hypergeom

from ssq_book import dense
from ssq_book.claims import corrected
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import Verdict, check, judged, refuted, violated
from ssq_core import bounds, concentration


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
    return refuted(at_zero(k, other), printed, repaired, found)


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

    Two states by the hypergeometric law, for the event >= eps of C.5, which contains this one;
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
    return judged(max(two[0], more) <= 1, found)


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
    found: dict[str, float | int] = {}
    cells_violated, covered = 0, True
    for counts, k, delta in cells:
        n, size = sum(counts), len(counts)
        printed = concentration.tv_radius_paper(n, k, size, delta)
        radii = (printed, concentration.tv_radius(n, k, size, delta))
        # TV is a multiple of 1/(nk): beyond a radius means at least the next multiple
        above = [Fraction(int(r * (1 + 1e-12) * n * k) + 1, n * k) for r in radii]
        pair = (concentration.failure_probability(counts, k, e, "tv") for e in above)
        p, still = (cast(float, probability) for probability in pair)
        cells_violated += p > delta
        covered &= still <= delta
        cell = f"n={n}, |S_l|={size}, k={k}, delta={delta}"
        names = (f"{cell}: {of}" for of in ("P[TV > radius]", "radius", "corrected"))
        found |= zip(names, (p, *radii), strict=True)
    return violated(cells_violated > 0, covered, {"cells violated": cells_violated, **found})
