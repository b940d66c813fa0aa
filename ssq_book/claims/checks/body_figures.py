"""Section 5: what the captions and the text say of Figures 1a, 1b, 1c and 2."""

from functools import cache
from itertools import pairwise
from typing import cast

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.instances import MATCH
from ssq_book.claims.verdict import Verdict, check
from ssq_core import bounds, multisets
from ssq_core.model import StarMDP

TOL = 1e-8
# In r_g = weight/s_g; from 4 up, 15 as printed included, the optimum is constant.
MENDED_WEIGHT = 1.5


def gaps(mdp: StarMDP, n: int, type_counts: tuple[int, ...] | None = None) -> list[ssq.Gap]:
    """Return the gaps of k = 1, ..., n."""
    ks = list(range(1, n + 1))
    found = ssq.optimality_gap(mdp, ks, n, TOL / 10, type_counts, progress=False)
    return list(cast(dict[int, ssq.Gap], found).values())


def falls(numbers: list[float]) -> bool:
    """Return whether each number is below the one before it, by more than rounding."""
    return all(after < before - TOL for before, after in pairwise(numbers))


@check("figure-1a")
def figure_1a(n: int = 8) -> Verdict:
    """K = 6 "= n" is the whole system only for n = 6; the tuple table grows by |S_l| per agent.

    That a table over fewer agents is not the whole system's shows in an exact gap, in match.
    """
    k, S = 6, 50
    gap, whole = gaps(MATCH, n)[k - 1].max, gaps(MATCH, k)[-1].max
    return Verdict.mended(
        gap > TOL,
        whole <= TOL,
        {
            "k of the text": k,
            "n of the caption": n,
            "gap of k agents at that n, match": gap,
            "gap at n = k": whole,
            "tuples, k=1": S,
            "tuples, k=n": S**n,
            "histograms, k=n": multisets.size(n, S),
        },
    )


@check("figure-1b")
def figure_1b(weight: float = 15.0, counterexample: StarMDP | None = None) -> Verdict:
    """With the printed rewards the gap is 0 for every k; elsewhere the largest gap can rise with k.

    Three users of types 1, 1, 2. The repair: `MENDED_WEIGHT`, and P-3.2 read as what it
    proves, a bound that falls.
    """
    as_printed, repaired_system = (ssq.demand_response(weight=w) for w in (weight, MENDED_WEIGHT))
    printed = [gap.max for gap in gaps(as_printed, 3, (2, 1))]
    repaired = [gap.mean for gap in gaps(repaired_system, 3, (2, 1))]
    other = counterexample or ssq.counterexamples.non_monotone()
    exact_gaps = [float(dense.gap(dense.exact(other), k, 3).max()) for k in (1, 2, 3)]
    means = [gap.mean for gap in gaps(other, 3)]
    known = bounds.constants(as_printed)
    bound = [bounds.value(bounds.theorem_3_2, n=6, k=k, eps=0.0, **known) for k in range(1, 7)]
    return Verdict.mended(
        not (falls(exact_gaps) and falls(printed)),
        falls(repaired) and falls(bound),
        {
            "largest gap as printed, k = 1": printed[0],
            "k = 2": printed[1],
            f"mean gap at weight {MENDED_WEIGHT}, k = 1": repaired[0],
            f"weight {MENDED_WEIGHT}, k = 2": repaired[1],
            "largest gap of the counterexample, k = 1": exact_gaps[0],
            "counterexample, k = 2": exact_gaps[1],
            "mean gap of the counterexample, k = 1": means[0],
            "mean gap there, k = 2": means[1],
        },
    )


@cache
def returns(weight: float, k: int) -> tuple[float, float]:
    """Return mean and standard error of Algorithm 2's return over 100 steps, a user a state."""
    mdp, runs = ssq.demand_response(weight=weight), 500
    q = ssq.solve(mdp, k, TOL * 100, progress=False)
    start = (np.arange(runs) % mdp.G, np.ones((runs, mdp.S), dtype=np.int64))
    earned = ssq.execute(mdp, q, start, 100, runs, seed=0).returns
    groups = earned.reshape(-1, mdp.G).mean(axis=1)  # each s_g once
    return float(groups.mean()), float(groups.std(ddof=1) / np.sqrt(len(groups)))


@check("figure-1c")
def figure_1c(weight: float = 15.0, largest: int = 22) -> Verdict:
    """The table of k = 22 cannot be held; with the printed rewards every k earns the same.

    The repair: `MENDED_WEIGHT` and tables that fit, k = 1, 2, 3, which earn more with k.
    """
    bytes_needed = float(ssq.planned_bytes(ssq.demand_response(weight=weight), largest))
    printed = {k: returns(weight, k) for k in (1, 3)}
    repaired = {k: returns(MENDED_WEIGHT, k) for k in (1, 2, 3)}

    def more(low: tuple[float, float], high: tuple[float, float]) -> float:
        """Return the increase in standard errors."""
        return (high[0] - low[0]) / float(np.hypot(low[1], high[1]))

    steps = [more(repaired[k], repaired[k + 1]) for k in (1, 2)]
    grows = more(repaired[1], repaired[3]) > 3 and min(steps) > -3
    return Verdict.mended(
        bytes_needed > 1e12 or more(printed[1], printed[3]) <= 3,
        grows,
        {
            "histograms at the largest k": f"{float(multisets.size(largest, 50)):.3g}",
            "tuples": f"{50.0**largest:.3g}",
            "bytes": f"{bytes_needed:.3g}",
            "return as printed, k = 1": printed[1][0],
            "as printed, k = 3": printed[3][0],
            **{f"weight {MENDED_WEIGHT}, k = {k}": mean for k, (mean, _) in repaired.items()},
            "largest standard error": max(e for _, e in [*printed.values(), *repaired.values()]),
        },
    )


@check("figure-2")
def figure_2(share: float = 1.0, runs: int = 400) -> Verdict:
    """The queueing gaps lie below the bound of P-3.2, which is vacuous at every k.

    JSQ(k) against JSQ(50), common random numbers, mirrored starts; exact gaps for n = 4, c = 8.
    `share` scales the bound.
    """
    d = ssq.queueing.Dispatch(n=50, c=30, p=0.8, gamma=0.9)
    best = d.simulate(("jsq", 50), "antithetic", runs=runs, seed=0)
    ks = (1, 2, 4, 8, 16)
    runs_of = (d.simulate(("jsq", k), "antithetic", runs=runs, seed=0) for k in ks)
    losses = [ssq.queueing.difference(best, run) for run in runs_of]
    small = ssq.queueing.Dispatch(n=4, c=8, p=0.8, gamma=0.9, load="paper")
    exact_gaps = [small.optimality_gap(k).max for k in (1, 2, 3, 4)]

    def bound(n: int, c: int) -> list[float]:
        """Return the bound for k = 1, ..., n."""
        given = {"n": n, "size": c + 1, "actions": n, "r_max": c, "gamma": 0.9, "eps": 0.0}
        return [share * bounds.value(bounds.theorem_3_2, k=k, **given) for k in range(1, n + 1)]

    large = bound(50, 30)
    slopes = np.diff(np.log([loss.mean for loss in losses])) / np.diff(np.log(ks))
    below = all(loss.high <= large[k - 1] for k, loss in zip(ks, losses, strict=True))
    below &= all(gap <= b for gap, b in zip(exact_gaps, bound(4, 8), strict=True))
    return Verdict.judged(
        below and slopes.max() < -0.5,
        {
            **{f"loss of JSQ({k})": x.mean for k, x in zip(ks, losses, strict=True)},
            "widest half interval": max(x.half_width for x in losses),
            "slope from k = 1 to 2": float(slopes[0]),
            "from 8 to 16": float(slopes[-1]),
            "least bound, k <= 50": min(large),
            "largest possible gap": bounds.value(bounds.trivial, r_max=30.0, gamma=0.9, eps=0.0),
            **{f"exact gap, n = 4, k = {k}": g for k, g in enumerate(exact_gaps, 1)},
        },
    )
