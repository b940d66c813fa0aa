"""Appendix B, Lipschitz continuity: P-B.2 and what leads to it, B.3, B.8, B.9 and B.12.

Where the paper's right side is a multiple of the total variation, two samples with the same
histogram make it 0. Those of different size can still have different values: the larger one
fluctuates less, and the maximum over the actions sees that.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.body_proof import at_zero
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import Verdict, bounded, check, closest, jointly, refuted, violated
from ssq_core import bounds
from ssq_core.model import StarMDP

Histogram = tuple[int, ...]


def coin() -> StarMDP:
    """Return `match` at gamma = 1/2 without moves, but for a mover and a bystander.

    Local states 0 and 1 absorb and earn 1{s_i = s_g}; state 2 moves to either with probability 1/2
    and earns 0; state 3 absorbs and earns 1/2.
    """
    row = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 1]])
    r_l = np.hstack([np.eye(2), np.zeros((2, 1)), np.full((2, 1), 0.5)])
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    return StarMDP(P_g, np.broadcast_to(row, (2, 4, 4)), np.zeros((2, 2)), r_l, 0.5)


@check("theorem-B.2")
def theorem_B_2(k: int = 1) -> Verdict:
    """All agents in state 0, TV is 0, and yet one agent promises more than two from T = 3 on."""
    other = 2
    evidence = {f"left at T = {T}": at_zero(k, other, T) for T in range(1, 5)}
    corrected = bounds.value(bounds.L4_any, k=k, tv=0.0, **bounds.constants(MATCH))
    return refuted(at_zero(k, other), Fraction(0), corrected, evidence)


@check("lemma-B.3")
def lemma_B_3(k: int = 1) -> Verdict:
    """The same for the expectation after one step, with every action 0."""
    other, exact, iterations = 2, dense.exact(MATCH), 4
    evidence: dict[str, Fraction] = {}
    for T in range(1, iterations + 1):
        means = [
            dense.ahead(exact, j, dense.q_star(exact, j, T)[..., 0])[0, 0, 0] for j in (k, other)
        ]
        evidence[f"left at T = {T}"] = abs(means[0] - means[1])
    corrected = bounds.value(bounds.L4_ahead, k=k, tv=0.0, **bounds.constants(MATCH))
    return refuted(evidence[f"left at T = {iterations}"], Fraction(0), corrected, evidence)


def maxima(
    mdp: StarMDP, h: Histogram, other: Histogram, iterations: int = 2
) -> tuple[Fraction, Fraction, Fraction]:
    """Return both sides of P-B.9, and the corrected right side E max_a |Q_k - Q_k'|.

    The two samples share no agent and move independently from s_g = 0 under action 0.
    """
    exact = dense.exact(mdp)
    Q, Q_other = (dense.q_star(exact, sum(x), iterations) for x in (h, other))
    law, law_other = (dense.next_laws(exact, sum(x))[0, 0, dense.place(x)] for x in (h, other))
    weight = exact.P_g[0, 0][:, None, None] * law[:, None] * law_other  # (G, N, N')
    apart = Q[:, :, None] - Q_other[:, None]
    of_maxima = Q.max(axis=-1)[:, :, None] - Q_other.max(axis=-1)[:, None]
    return (
        abs((weight * of_maxima).sum()),
        abs((weight[..., None] * apart).sum(axis=(0, 1, 2))).max(),
        (weight * abs(apart).max(axis=-1)).sum(),
    )


@check("lemma-B.9")
def lemma_B_9(h: Histogram = (1, 0), mover: Histogram = (0, 0, 1, 0)) -> Verdict:
    """The maximum cannot be taken out of the expectation, not even for k = k' = 1 (the coin)."""
    return jointly(
        {
            "match": refuted(*maxima(MATCH, h, (2, 0))),
            "coin": refuted(*maxima(coin(), mover, (0, 0, 0, 1))),
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
def remark_B_8(mdp: StarMDP | None = None) -> Verdict:
    """Total variation never expands, and still agents that never move are not ergodic.

    Nor is tau = 0 enough if the actions look at the agents: `watcher` under a_g = s_1.
    """
    mdp, n = mdp or ssq.counterexamples.absorbing(0.5), 2
    margins = [
        closest(abs(x @ rows - y @ rows).sum() / 2, abs(x - y).sum() / 2)
        for rows in mdp.P_l
        for x, y in product(np.eye(mdp.S), repeat=2)
        if (x != y).any()
    ]
    classes = max(_recurrent_classes(mdp, n, [a] * mdp.S) for a in range(mdp.A))
    return violated(
        bounded(margins).status == "holds" and classes > 1,
        True,
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
def lemma_B_12(share: float = 1.0) -> Verdict:
    """Q* - mean of Q_k^T <= gamma^T r~/(1-gamma); the limit is not 0 but at most 0."""
    margins, n = [], 4
    for mdp, k, T in product(random_systems(15, seed=212), (1, n // 2), (0, 1, 3, 6)):
        mean = dense.sampling(k, n, mdp.S) @ dense.q_star(mdp, k, T) if T else 0.0
        right = share * mdp.gamma**T * mdp.r_max / (1 - mdp.gamma)
        margins.append(closest(dense.q_star(mdp, n) - mean, right))
    Q, Q_other = (dense.q_star(dense.exact(MATCH), k)[0, 0, 0] for k in (1, 2))
    return bounded(margins, {"limit in match(3/4, 1/2), n = 2, k = 1": Q_other - Q})
