"""Appendix B, Lipschitz continuity: what leads to P-B.2, one step of the agents, and P-B.12.

Where the paper's right side is a multiple of the total variation, two samples with the same
histogram make it 0. Those of different size can still have different values: the larger one
fluctuates less, and the maximum over the actions sees that. The law of a step is enumerated over
ordered states, as Definition B.1 writes it.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import permutations, product

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.body_proof import at_zero
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import Verdict, check, closest, distance
from ssq_core import bounds
from ssq_core.model import Floats, StarMDP

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
    evidence = {f"left at T = {T}": at_zero(k, 2, T) for T in range(1, 5)}
    corrected = bounds.value(bounds.L4_any, k=k, tv=0.0, **bounds.constants(MATCH))
    return Verdict.refuted(at_zero(k, 2), Fraction(0), corrected, evidence)


@check("lemma-B.3")
def lemma_B_3(k: int = 1) -> Verdict:
    """The same for the expectation after one step, with every action 0."""
    exact, left = dense.exact(MATCH), {}
    for T in range(1, 5):
        means = [dense.ahead(exact, j, dense.q_star(exact, j, T)[..., 0])[0, 0, 0] for j in (k, 2)]
        left[f"left at T = {T}"] = abs(means[0] - means[1])
    corrected = bounds.value(bounds.L4_ahead, k=k, tv=0.0, **bounds.constants(MATCH))
    return Verdict.refuted(left["left at T = 4"], Fraction(0), corrected, left)


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
    return Verdict.jointly(
        {
            "match": Verdict.refuted(*maxima(MATCH, h, (2, 0))),
            "coin": Verdict.refuted(*maxima(coin(), mover, (0, 0, 0, 1))),
        }
    )


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

    Nor is tau = 0 enough if the actions look at the agents: the watcher under a_g = s_1, whose
    agents copy s_g and whose actions name the next s_g.
    """
    mdp, n = mdp or ssq.counterexamples.absorbing(0.5), 2
    P_g, P_l = np.broadcast_to(np.eye(2), (2, 2, 2)), np.repeat(np.eye(2)[:, None], 2, axis=1)
    watcher = StarMDP(P_g, P_l, np.zeros((2, 2)), np.zeros((2, 2)), 0.5)
    margins = [
        closest(abs(x @ rows - y @ rows).sum() / 2, abs(x - y).sum() / 2)
        for rows in mdp.P_l
        for x, y in permutations(np.eye(mdp.S), 2)
    ]
    classes = max(_recurrent_classes(mdp, n, [a] * mdp.S) for a in range(mdp.A))
    return Verdict.violated(
        Verdict.bounded(margins).status == "holds" and classes > 1,
        True,
        {
            "largest TV after one step, from 1": mdp.tau,
            "n": n,
            "recurrent classes": classes,
            "tau of the watcher": watcher.tau,
            "its recurrent classes under a_g = s_1": _recurrent_classes(watcher, n, [0, 1]),
            "under a_g = 0": _recurrent_classes(watcher, n, [0, 0]),
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
    return Verdict.bounded(margins, {"limit in match(3/4, 1/2), n = 2, k = 1": Q_other - Q})


States = tuple[int, ...]
Joint = Callable[[StarMDP, int, int, States], Floats]
Step = tuple[StarMDP, int, States, Floats]


def independent(mdp: StarMDP, s_g: int, a: int, states: States) -> Floats:
    """Return J(s_g', s' | s_g, a, s) of Eq. (21) for ordered states, (G, S, ..., S)."""
    rows = [mdp.P_l[s_g, x] for x in states]
    return np.asarray(reduce(np.multiply.outer, rows, mdp.P_g[s_g, a]))


def _steps(joint: Joint, seed: int, agents: int, given_next: bool = True) -> Iterator[Step]:
    """Yield system, s_g, the agents' states and the law of their next ones, given s_g' or not."""
    for mdp in random_systems(12, seed=seed):
        for s_g, a in product(range(mdp.G), range(mdp.A)):
            for states in product(range(mdp.S), repeat=agents):
                law = joint(mdp, s_g, a, states)
                for part in law if given_next else [law.sum(axis=0)]:
                    if part.sum() > 0:
                        yield mdp, s_g, states, part / part.sum()


def _marginal(law: Floats, i: int) -> Floats:
    """Return the law of agent i's next state."""
    return np.asarray(law.sum(axis=tuple(j for j in range(law.ndim) if j != i)))


def _mean_histogram(law: Floats, agents: Sequence[int]) -> Floats:
    """Return the expected empirical distribution of some agents."""
    return np.asarray(np.mean([_marginal(law, i) for i in agents], axis=0))


def _histogram(mdp: StarMDP, states: Sequence[int]) -> Floats:
    return np.bincount(states, minlength=mdp.S) / len(states)


@check("remark-B.4", agents=3)
@check("equation-22", agents=2)
def remark_B_4(agents: int, joint: Joint = independent) -> Verdict:
    """The joint kernel, summed over all other agents, is each agent's own, whatever s_g' is."""
    off = (
        distance(_marginal(law, i), mdp.P_l[s_g, state])
        for mdp, s_g, states, law in _steps(joint, 204, agents)
        for i, state in enumerate(states)
    )
    return Verdict.equal(off, {"systems": 12, "agents": agents})


@check("lemma-B.6", seed=206, given_next=True)
@check("lemma-B.10", seed=210, given_next=False)
def lemma_B_6(seed: int, given_next: bool, joint: Joint = independent) -> Verdict:
    """The expected histogram is F P_l: given s_g' (B.6), or with s_g' averaged out (B.10).

    Of all agents, and of all but the last.
    """
    off = (
        distance(_mean_histogram(law, range(n)), _histogram(mdp, states[:n]) @ mdp.P_l[s_g])
        for mdp, s_g, states, law in _steps(joint, seed, 3, given_next)
        for n in (3, 2)
    )
    return Verdict.equal(off, {"systems": 12, "agents": 3})


@check("lemma-B.5")
@check("lemma-B.7", given_next=False)
def lemma_B_5(joint: Joint = independent, given_next: bool = True) -> Verdict:
    """Total variation of the expected histograms does not grow, given s_g' (B.5) or not (B.7).

    Of two agents and a third. It even shrinks by tau.
    """
    printed, sharp = [], []
    for mdp, _, states, law in _steps(joint, 205, 3, given_next):
        before = _histogram(mdp, states[:2]) - _histogram(mdp, states[2:])
        after = _mean_histogram(law, (0, 1)) - _mean_histogram(law, (2,))
        tv, now = (np.abs(difference).sum() / 2 for difference in (before, after))
        printed.append(closest(now, tv))
        sharp.append(closest(now, mdp.tau * tv))
    ratio = max(margin.ratio for margin in sharp)
    return Verdict.bounded(printed, {"largest ratio with the factor tau": ratio})


@check("lemma-B.11")
def lemma_B_11(power: int = 2) -> Verdict:
    """Two steps under one action are one step of the squared kernel."""
    found, k = [], 3
    for mdp in random_systems(20, seed=211):
        V = dense.q_star(mdp, k, 3).max(axis=-1)
        for a in range(mdp.A):
            J = np.einsum("gx,ghi->ghxi", mdp.P_g[:, a], dense.next_laws(mdp, k)[:, 0])
            J = J.reshape(V.size, V.size)
            found.append(
                distance(np.linalg.matrix_power(J, power) @ V.ravel(), J @ (J @ V.ravel()))
            )
    return Verdict.equal(found, {"k": k})
