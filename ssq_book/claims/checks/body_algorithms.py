"""Section 3, Algorithms 1 and 2 and the stochastic policy of Eq. (6)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

import ssq_core as ssq
from ssq_book.claims import exact
from ssq_book.claims.checks.body_model import ROUNDING
from ssq_book.claims.exact_policies import gaps, subsampled, value
from ssq_book.claims.instances import table
from ssq_book.claims.judge import equal
from ssq_book.claims.verdict import Verdict, check
from ssq_core.model import StarMDP
from ssq_core.policy import RULES


def listed(mdp: StarMDP, k: int, s_g: int, states: Sequence[int]) -> list[Fraction]:
    """Return Eq. (6) as printed: the share of the C(n, k) subsets that choose each action."""
    q = exact.fixed_point(mdp, k)
    share = [Fraction(0)] * mdp.A
    subsets = list(combinations(states, k))
    for subset in subsets:
        row = q[s_g, tuple(subset.count(x) for x in range(mdp.S))]
        share[row.index(max(row))] += Fraction(1, len(subsets))
    return share


@check("equation-6")
def equation_6(rule: str = "subsets", runs: int = 20_000) -> Verdict:
    """Eq. (6) is the action law of Algorithm 2; Eq. (26) defines another policy.

    `rule` "subsets" is Eq. (6), "actions" Eq. (26): the law of that rule must be the share of the
    subsets, and the frequencies of Algorithm 2's first actions within five standard errors of it.
    """
    mdp, k, states = ssq.counterexamples.match(0.75, 0.5), 1, [0, 0, 1]
    n = len(states)
    laws = {r: subsampled(exact.fixed_point(mdp, k), mdp.A, r)((0, (2, 1))) for r in RULES}
    q = ssq.solve(mdp, k)
    library = ssq.SubsampledPolicy(q, n, rule).action_probabilities(0, states)
    run = ssq.execute(mdp, q, (0, [2, 1]), horizon=1, runs=runs, seed=0)
    frequency = float((run.actions[:, 0] == 0).mean())
    p = float(laws[rule][0])
    seen = abs(frequency - p) <= 5 * np.sqrt(p * (1 - p) / runs)
    off = float(np.abs(library - np.array(laws[rule], dtype=float)).max())
    same = laws[rule] == listed(mdp, k, 0, states) and off < ROUNDING
    largest = {r: max(gaps(mdp, k, n, r).values()) for r in RULES}
    return Verdict(
        "holds" if same and seen else "fails",
        {
            "P[action 0] by (6)": laws["subsets"][0],
            "by (26)": laws["actions"][0],
            "frequency in Algorithm 2": frequency,
            "largest gap by (6)": largest["subsets"],
            "largest gap by (26)": largest["actions"],
        },
    )


@check("algorithm-1")
def algorithm_1(T: int = 6, learned: int | None = None) -> Verdict:
    """T applications of T_{k,m} to 0: local agents that never move make it exact, so that it shows.

    `learned` is the number of iterations that are executed, T unless given.
    """
    mdp, k = ssq.counterexamples.match(1.0, 0.5), 2
    Q = table(ssq.learn(mdp, k, m=3, iterations=T if learned is None else learned))
    own = np.array([[float(x) for x in row] for row in exact.iterate(mdp, k, T).values()])
    return equal([float(np.abs(own.reshape(Q.shape) - Q).max())], {"T": T})


@check("algorithm-2")
def algorithm_2(executed: int = 1, runs: int = 20_000) -> Verdict:
    """Algorithm 2 earns the exact value of the policy of Eq. (6), within five standard errors.

    `executed` is the k of the table that is executed; the value is of k = 1.
    """
    mdp, k, horizon = ssq.counterexamples.match(0.75, 0.5), 1, 45
    law = subsampled(exact.fixed_point(mdp, k), mdp.A)
    expected = value(mdp, 3, law)[0, (2, 1)]
    q = ssq.solve(mdp, executed)
    returns = ssq.execute(mdp, q, (0, [2, 1]), horizon, runs, seed=0).returns
    mean, error = float(returns.mean()), float(returns.std() / np.sqrt(runs))
    return Verdict(
        "holds" if abs(mean - float(expected)) <= 5 * error else "fails",
        {"V^pi": expected, "mean return": mean, "standard error": error},
    )
