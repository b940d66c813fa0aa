"""Section 3, Algorithms 1 and 2 and the stochastic policy of Eq. (6)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.body_operators import learned
from ssq_book.claims.instances import MATCH
from ssq_book.claims.verdict import SLACK, Verdict, check, distance, equal, judged
from ssq_core.policy import RULES

STATES, HISTOGRAM = [0, 0, 1], (2, 1)  # of three agents in match(3/4, 1/2)
N = len(STATES)
RUNS = 20_000


def listed(k: int) -> list[Fraction]:
    """Return Eq. (6) as printed: the share of the C(n, k) subsets that choose each action."""
    chosen = dense.q_star(dense.exact(MATCH), k)[0].argmax(axis=-1)
    actions = [chosen[dense.place((s.count(0), s.count(1)))] for s in combinations(STATES, k)]
    return [Fraction(actions.count(a), len(actions)) for a in range(MATCH.A)]


@check("equation-6")
def equation_6(rule: str = "subsets") -> Verdict:
    """Eq. (6) is the action law of Algorithm 2; Eq. (26) defines another policy.

    `rule` "subsets" is Eq. (6), "actions" Eq. (26): the law of that rule must be the share of the
    subsets, and the frequencies of Algorithm 2's first actions within five standard errors of it.
    """
    k, exact = 1, dense.exact(MATCH)
    star, at = dense.q_star(exact, k), (0, dense.place(HISTOGRAM))
    laws = {r: dense.subsampled_law(star, k, N, MATCH.S, r)[at] for r in RULES}
    q = ssq.solve(MATCH, k)
    library = ssq.SubsampledPolicy(q, N, rule).action_probabilities(0, STATES)
    run = ssq.execute(MATCH, q, (0, HISTOGRAM), horizon=1, runs=RUNS, seed=0)
    frequency = float((run.actions[:, 0] == 0).mean())
    p = float(laws[rule][0])
    seen = abs(frequency - p) <= 5 * np.sqrt(p * (1 - p) / RUNS)
    off = distance(library, laws[rule].astype(float))
    largest = {r: dense.gap(exact, k, N, rule=r).max() for r in RULES}
    return judged(
        seen and laws[rule].tolist() == listed(k) and off < SLACK,
        {
            "P[action 0] by (6)": laws["subsets"][0],
            "by (26)": laws["actions"][0],
            "frequency in Algorithm 2": frequency,
            "largest gap by (6)": largest["subsets"],
            "largest gap by (26)": largest["actions"],
        },
    )


@check("algorithm-1", rate=lambda t: Fraction(1))
@check("algorithm-3", rate=lambda t: Fraction(1, t + 1))
def algorithm_1(rate: Callable[[int], Fraction], delay: int = 0) -> Verdict:
    """T applications of T_{k,m} to 0: local agents that never move make it exact, so that it shows.

    Algorithm 3 moves by eta_t = 1/(t+1), Algorithm 1 by 1. `delay` iterations are left out.
    """
    mdp, k, T = ssq.counterexamples.match(1.0, 0.5), 2, 6
    exact = dense.exact(mdp)
    Q = dense.q_star(exact, k, 0)
    for t in range(1, T + 1):
        Q = (1 - rate(t)) * Q + rate(t) * dense.bellman(exact, k, Q.max(axis=-1))
    executed = learned(mdp, k, 3, T - delay, rate=lambda t: float(rate(t)))
    return equal([distance(Q.astype(float), executed)], {"T": T, "entries": executed.size})


@check("algorithm-2")
def algorithm_2(executed: int = 1) -> Verdict:
    """Algorithm 2 earns the exact value of the policy of Eq. (6), within five standard errors.

    `executed` is the k of the table that is executed; the value is of k = 1.
    """
    k, exact = 1, dense.exact(MATCH)
    law = dense.subsampled_law(dense.q_star(exact, k), k, N, MATCH.S)
    expected = dense.policy_value(exact, N, law)[0, dense.place(HISTOGRAM)]
    q = ssq.solve(MATCH, executed)
    returns = ssq.execute(MATCH, q, (0, HISTOGRAM), horizon=45, runs=RUNS, seed=0).returns
    mean, error = float(returns.mean()), float(returns.std() / np.sqrt(RUNS))
    found = {"V^pi": expected, "mean return": mean, "standard error": error}
    return judged(abs(mean - float(expected)) <= 5 * error, found)
