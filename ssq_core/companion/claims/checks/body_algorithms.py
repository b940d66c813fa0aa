"""Section 3, Algorithms 1 and 2 and the stochastic policy of Eq. (6)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

import ssq_core as ssq
from ssq_core.companion.claims import exact
from ssq_core.companion.claims.checks.body_model import ROUNDING
from ssq_core.companion.claims.exact_policies import gaps, subsampled, value
from ssq_core.companion.claims.instances import table
from ssq_core.companion.claims.judge import slip
from ssq_core.companion.claims.verdict import Verdict, check
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


def looped(mdp: StarMDP, k: int, T: int, first: int) -> exact.Table | None:
    """Run lines 2-5 of Algorithm 1 with t = first, ..., first + T - 1; None if Q^t is undefined."""
    zero = (Fraction(0),) * mdp.A
    iterates = {0: dict.fromkeys(exact.iterate(mdp, k, 0), zero)}
    for t in range(first, first + T):
        if t not in iterates:
            return None
        values = {key: max(row) for key, row in iterates[t].items()}
        iterates[t + 1] = dict(exact.backup(mdp, k, values))
    return iterates[first + T]


@check("algorithm-1")
def algorithm_1(first: int = 1, T: int = 6) -> Verdict:
    """The loop over t = 1..T reads Q^1, which line 2 does not set; from t = 0 it is T steps.

    Local agents that never move make T_{k,m} exact, so that the learned table can be compared.
    """
    mdp, k = ssq.counterexamples.match(1.0, 0.5), 2
    as_printed, shifted = looped(mdp, k, T, first), looped(mdp, k, T, 0)
    assert shifted is not None
    learned = table(ssq.learn(mdp, k, m=3, iterations=T))
    own = np.array([[float(x) for x in row] for row in shifted.values()]).reshape(learned.shape)
    off = float(np.abs(own - learned).max())
    return slip(
        as_printed is None,
        off < ROUNDING,
        {
            "first t": first,
            "as printed": "reads an undefined Q^1" if as_printed is None else "runs",
            "T": T,
            "from t = 0, deviation from the learned table": off,
        },
    )


@check("algorithm-2")
def algorithm_2(executed: int = 1, runs: int = 20_000) -> Verdict:
    """Algorithm 2 earns the exact value of the policy of Eq. (6); line 2 misnames its argument.

    pi~(s_g, s_Delta) cannot be meant: for one s_Delta the action law takes several values, as the
    other agents vary. `executed` is the k of the table that is executed; the value is of k = 1.
    """
    mdp, k, horizon = ssq.counterexamples.match(0.75, 0.5), 1, 45
    law = subsampled(exact.fixed_point(mdp, k), mdp.A)
    start = (0, (2, 1))
    expected = value(mdp, 3, law)[start]
    q = ssq.solve(mdp, executed)
    returns = ssq.execute(mdp, q, (0, [2, 1]), horizon, runs, seed=0).returns
    mean, error = float(returns.mean()), float(returns.std() / np.sqrt(runs))
    laws = {tuple(law((0, (1 + zeros, 2 - zeros)))) for zeros in range(3)}  # s_Delta = (0)
    return slip(
        len(laws) > 1,
        abs(mean - float(expected)) <= 5 * error,
        {
            "V^pi": expected,
            "mean return": mean,
            "standard error": error,
            "action laws for one s_Delta": len(laws),
        },
    )
