"""Appendix B, one step of the agents: B.4 with Eq. 22, B.5-B.7, B.10 and B.11.

Every law is enumerated over ordered states, as Definition B.1 writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product

import numpy as np

from ssq_book import dense
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import Verdict, bounded, check, closest, distance, equal
from ssq_core.model import Floats, StarMDP

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
    return equal(off, {"systems": 12, "agents": agents})


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
    return equal(off, {"systems": 12, "agents": 3})


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
    ratio = bounded(sharp).evidence["largest ratio to the bound"]
    return bounded(printed, {"largest ratio with the factor tau": ratio})


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
    return equal(found, {"k": k})
