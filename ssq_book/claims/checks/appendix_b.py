"""Appendix B, Lipschitz continuity: Theorem B.2 and what leads to it, B.3, B.8, B.9 and B.12.

Where the paper's right side is a multiple of the total variation, two samples with the same
histogram make it 0. Those of different size can still have different values: the larger one
fluctuates less, and the maximum over the actions sees that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

import ssq_core as ssq
from ssq_book.claims import exact, small
from ssq_book.claims.corrected import Margin, closest
from ssq_book.claims.exact import Histogram, Table
from ssq_book.claims.instances import random_systems
from ssq_book.claims.judge import bounded, jointly, refuted
from ssq_book.claims.verdict import Verdict, check
from ssq_core import bounds
from ssq_core.model import StarMDP

MATCH = ssq.counterexamples.match(0.75, 0.5)


def coin(gamma: float = 0.5) -> StarMDP:
    """Return `match` without moves, but for a mover and a bystander.

    Local states 0 and 1 absorb and earn 1{s_i = s_g}; state 2 moves to either with probability 1/2
    and earns 0; state 3 absorbs and earns 1/2.
    """
    row = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 1]])
    r_l = np.hstack([np.eye(2), np.zeros((2, 1)), np.full((2, 1), 0.5)])
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    return StarMDP(P_g, np.broadcast_to(row, (2, 4, 4)), np.zeros((2, 2)), r_l, gamma)


def _tv(h: Histogram, other: Histogram) -> Fraction:
    apart = (
        abs(Fraction(x, sum(h)) - Fraction(y, sum(other))) for x, y in zip(h, other, strict=True)
    )
    return Fraction(sum(apart)) / 2


def _printed(mdp: StarMDP, tv: Fraction, iterations: int | None) -> Fraction:
    """Return (sum_{t<T} 2 gamma^t) ||r_l|| TV, the right side of B.2 and B.3; None is no limit."""
    own = exact.rational(mdp)
    r_local = max(abs(Fraction(r)) for row in own.r_l for r in row)
    left_out = own.gamma**iterations if iterations is not None else Fraction(0)
    return 2 * (1 - left_out) / (1 - own.gamma) * r_local * tv


def _corrected(name: str, mdp: StarMDP, h: Histogram, other: Histogram) -> float:
    """Return a form of L4 for two samples."""
    given = {"k": min(sum(h), sum(other)), "tv": float(_tv(h, other))}
    return bounds.value(getattr(bounds, name), **given, **bounds.constants(mdp))


def _expected(mdp: StarMDP, Q: Table, s_g: int, a: int, h: Histogram, a_next: int) -> Fraction:
    """Return E Q(s_g', h', a_next) after one step from (s_g, h) with action `a`."""
    return exact.expectation(
        exact.rational(mdp), s_g, a, h, {key: q[a_next] for key, q in Q.items()}
    )


@check("theorem-B.2")
def theorem_B_2(
    mdp: StarMDP = MATCH, h: Histogram = (1, 0), other: Histogram = (2, 0), iterations: int = 4
) -> Verdict:
    """All agents in state 0, TV is 0, and yet one agent promises more than two from T = 3 on."""
    evidence = {}
    for T in range(1, iterations + 1):
        Q, Q_other = (exact.iterate(mdp, sum(x), T) for x in (h, other))
        evidence[f"left at T = {T}"] = abs(Q[0, h][0] - Q_other[0, other][0])
    star, star_other = (exact.fixed_point(mdp, sum(x)) for x in (h, other))
    left = abs(star[0, h][0] - star_other[0, other][0])
    return refuted(
        left, _printed(mdp, _tv(h, other), None), _corrected("L4_any", mdp, h, other), evidence
    )


@check("lemma-B.3")
def lemma_B_3(
    mdp: StarMDP = MATCH, h: Histogram = (1, 0), other: Histogram = (2, 0), iterations: int = 4
) -> Verdict:
    """The same for the expectation after one step, with every action 0."""
    evidence: dict[str, Fraction] = {}
    for T in range(1, iterations + 1):
        ahead = [_expected(mdp, exact.iterate(mdp, sum(x), T), 0, 0, x, 0) for x in (h, other)]
        evidence[f"left at T = {T}"] = abs(ahead[0] - ahead[1])
    left = evidence[f"left at T = {iterations}"]
    right = _printed(mdp, _tv(h, other), iterations)
    return refuted(left, right, _corrected("L4_ahead", mdp, h, other), evidence)


def _maxima(
    mdp: StarMDP, h: Histogram, other: Histogram, iterations: int, start: tuple[int, int]
) -> tuple[Fraction, Fraction, Fraction]:
    """Return both sides of Lemma B.9, and the corrected right side E max_a |Q_k - Q_k'|.

    The two samples share no agent and move independently, s_g' is common.
    """
    s_g, a = start
    own = exact.rational(mdp)
    laws = [exact.next_law(own.P_l[s_g], x).items() for x in (h, other)]
    Q, Q_other = (exact.iterate(mdp, sum(x), iterations) for x in (h, other))
    left, corrected = Fraction(0), Fraction(0)
    per_action = [Fraction(0)] * mdp.A
    for (x, p), (y, p_other), (g, p_g) in product(laws[0], laws[1], enumerate(own.P_g[s_g][a])):
        weight = p * p_other * p_g
        apart = [u - v for u, v in zip(Q[g, x], Q_other[g, y], strict=True)]
        left += weight * (max(Q[g, x]) - max(Q_other[g, y]))
        corrected += weight * max(map(abs, apart))
        per_action = [total + weight * d for total, d in zip(per_action, apart, strict=True)]
    return abs(left), max(map(abs, per_action)), corrected


@check("lemma-B.9")
def lemma_B_9(
    mdp: StarMDP = MATCH,
    h: Histogram = (1, 0),
    other: Histogram = (2, 0),
    coin_h: Histogram = (0, 0, 1, 0),
    coin_other: Histogram = (0, 0, 0, 1),
) -> Verdict:
    """The maximum cannot be taken out of the expectation, not even for k = k' = 1 (the coin)."""
    return jointly(
        {
            "match": refuted(*_maxima(mdp, h, other, 2, (0, 0))),
            "coin": refuted(*_maxima(coin(), coin_h, coin_other, 2, (0, 0))),
        }
    )


def watcher() -> StarMDP:
    """Return the system in which agents copy s_g and the action names the next s_g: tau = 0."""
    P_g, P_l = np.broadcast_to(np.eye(2), (2, 2, 2)), np.repeat(np.eye(2)[:, None], 2, axis=1)
    return StarMDP(P_g, P_l, np.zeros((2, 2)), np.zeros((2, 2)), 0.5)


def _recurrent_classes(mdp: StarMDP, n: int, action: Sequence[int]) -> int:
    """Return how many closed communicating classes S_g x S_l^n has under a_g = action[s_1]."""
    moves = []
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * n):
        laws = (mdp.P_g[g, action[s[0]]], *(mdp.P_l[g, x] for x in s))
        moves.append(reduce(np.multiply.outer, laws).ravel() > 0)
    graph = sparse.csr_array(np.array(moves))
    count, label = csgraph.connected_components(graph, connection="strong")
    source, target = graph.nonzero()
    leaves = {int(label[i]) for i, j in zip(source, target, strict=True) if label[i] != label[j]}
    return int(count) - len(leaves)


@check("remark-B.8")
def remark_B_8(mdp: StarMDP | None = None, n: int = 2) -> Verdict:
    """Total variation never expands, and still agents that never move are not ergodic.

    Nor is tau = 0 enough if the actions look at the agents: `watcher` under a_g = s_1.
    """
    mdp = mdp or ssq.counterexamples.absorbing(0.5)
    margins = [
        closest(abs(x @ rows - y @ rows).sum() / 2, abs(x - y).sum() / 2)
        for rows in mdp.P_l
        for x, y in product(np.eye(mdp.S), repeat=2)
        if (x != y).any()
    ]
    classes = max(_recurrent_classes(mdp, n, [a] * mdp.S) for a in range(mdp.A))
    return Verdict(
        "fails" if bounded(margins).status == "holds" and classes > 1 else "holds",
        {
            "largest TV after one step, from 1": mdp.tau,
            "n": n,
            "recurrent classes": classes,
            "tau of the watcher": watcher().tau,
            "its recurrent classes under a_g = s_1": _recurrent_classes(watcher(), n, [0, 1]),
            "under a_g = 0": _recurrent_classes(watcher(), n, [0, 0]),
        },
    )


@check("lemma-B.12")
def lemma_B_12(
    systems: Sequence[StarMDP] | None = None,
    n: int = 4,
    bound: Callable[[StarMDP, int], float] | None = None,
) -> Verdict:
    """Q* - mean of Q_k^T <= gamma^T r~/(1-gamma); the limit is not 0 but at most 0."""
    systems = systems or random_systems(15, seed=212)
    right = bound or (lambda mdp, T: mdp.gamma**T * mdp.r_max / (1 - mdp.gamma))
    margins: list[Margin] = []
    for mdp, k, T in product(systems, (1, n // 2), (0, 1, 3, 6)):
        mean: float | np.ndarray = 0.0
        if T:
            mean = small.sampling(k, n, mdp.S) @ small.q_star(mdp, k, T)
        margins.append(closest(small.q_star(mdp, n) - mean, right(mdp, T)))
    one, two = (exact.fixed_point(MATCH, k) for k in (1, 2))
    limit = two[0, (2, 0)][0] - one[0, (1, 0)][0]
    return bounded(margins, {"limit in match(3/4, 1/2), n = 2, k = 1": limit})
