"""Appendix B, one step of the agents: B.4 with Eq. 22, B.5-B.7, B.10 and B.11.

Every law is enumerated over ordered states, as Definition B.1 writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product

import numpy as np

from ssq_book.claims import small
from ssq_book.claims.corrected import Margin, closest
from ssq_book.claims.instances import random_systems
from ssq_book.claims.judge import bounded, equal
from ssq_book.claims.verdict import Verdict, check
from ssq_core.model import Floats, StarMDP

States = tuple[int, ...]
Joint = Callable[[StarMDP, int, int, States], Floats]


def independent(mdp: StarMDP, s_g: int, a: int, states: States) -> Floats:
    """Return J(s_g', s' | s_g, a, s) of Eq. (21) for ordered states, (G, S, ..., S)."""
    rows = [mdp.P_l[s_g, x] for x in states]
    return np.asarray(reduce(np.multiply.outer, rows, mdp.P_g[s_g, a]))


def _steps(systems: Sequence[StarMDP], agents: int) -> Iterator[tuple[StarMDP, int, int, States]]:
    for mdp in systems:
        for s_g, a in product(range(mdp.G), range(mdp.A)):
            for states in product(range(mdp.S), repeat=agents):
                yield mdp, s_g, a, states


def _given_next(law: Floats) -> Iterator[Floats]:
    """Yield the law of s' given s_g', for every s_g' of positive probability."""
    for block in law:
        if block.sum() > 0:
            yield block / block.sum()


def _marginal(law: Floats, i: int) -> Floats:
    """Return the law of agent i's next state."""
    return np.asarray(law.sum(axis=tuple(j for j in range(law.ndim) if j != i)))


def _mean_histogram(law: Floats, agents: Sequence[int]) -> Floats:
    """Return the expected empirical distribution of some agents."""
    return np.asarray(np.mean([_marginal(law, i) for i in agents], axis=0))


def _histogram(mdp: StarMDP, states: States) -> Floats:
    return np.bincount(states, minlength=mdp.S) / len(states)


def _marginals(joint: Joint, agents: int) -> Verdict:
    """Compare each agent's marginal, given s_g', with its own row of P_l."""
    systems = random_systems(12, seed=204)
    found = (
        float(np.abs(_marginal(law, i) - mdp.P_l[s_g, states[i]]).max())
        for mdp, s_g, a, states in _steps(systems, agents)
        for law in _given_next(joint(mdp, s_g, a, states))
        for i in range(agents)
    )
    return equal(found, {"systems": len(systems), "agents": agents})


@check("remark-B.4")
def remark_B_4(joint: Joint = independent, agents: int = 3) -> Verdict:
    """The joint kernel gives back each agent's own: independent of s_g' and of the others."""
    return _marginals(joint, agents)


@check("equation-22")
def equation_22(joint: Joint = independent, agents: int = 2) -> Verdict:
    """Summing the joint kernel over all other agents leaves J_1."""
    return _marginals(joint, agents)


@check("lemma-B.6")
def lemma_B_6(joint: Joint = independent, agents: int = 3) -> Verdict:
    """The expected histogram, given s_g', is F P_l."""
    systems = random_systems(12, seed=206)
    found = (
        float(np.abs(_mean_histogram(law, seen) - _histogram(mdp, own) @ mdp.P_l[s_g]).max())
        for mdp, s_g, a, states in _steps(systems, agents)
        for law in _given_next(joint(mdp, s_g, a, states))
        for seen in (range(agents), range(agents - 1))
        for own in [tuple(states[i] for i in seen)]
    )
    return equal(found, {"systems": len(systems), "agents": agents})


@check("lemma-B.10")
def lemma_B_10(joint: Joint = independent, agents: int = 3) -> Verdict:
    """The expected histogram, s_g' averaged out, is F P_l."""
    systems = random_systems(12, seed=210)
    found = (
        float(np.abs(expected - _histogram(mdp, states) @ mdp.P_l[s_g]).max())
        for mdp, s_g, a, states in _steps(systems, agents)
        for expected in [_mean_histogram(joint(mdp, s_g, a, states).sum(axis=0), range(agents))]
    )
    return equal(found, {"systems": len(systems), "agents": agents})


def _contraction(
    joint: Joint, given_next: bool, factor: Callable[[StarMDP], float]
) -> list[Margin]:
    """Compare TV of the expected next histograms with `factor` times TV: two agents and a third."""
    margins = []
    for mdp, s_g, a, states in _steps(random_systems(12, seed=205), 3):
        seen, other = (0, 1), (2,)
        before = [_histogram(mdp, tuple(states[i] for i in agents)) for agents in (seen, other)]
        law = joint(mdp, s_g, a, states)
        for own in _given_next(law) if given_next else [law.sum(axis=0)]:
            after = [_mean_histogram(own, agents) for agents in (seen, other)]
            apart, now = (np.abs(x[0] - x[1]).sum() / 2 for x in (before, after))
            margins.append(closest(now, factor(mdp) * apart))
    return margins


@check("lemma-B.5")
def lemma_B_5(joint: Joint = independent) -> Verdict:
    """Total variation of the expected histograms does not grow, given s_g'."""
    return bounded(_contraction(joint, True, lambda mdp: 1.0))


@check("lemma-B.7")
def lemma_B_7(joint: Joint = independent) -> Verdict:
    """It does not grow; it even shrinks by tau."""
    sharp = bounded(_contraction(joint, False, lambda mdp: mdp.tau))
    printed = bounded(_contraction(joint, False, lambda mdp: 1.0))
    ratio = sharp.evidence["largest ratio to the bound"]
    return Verdict(printed.status, {**printed.evidence, "largest ratio with the factor tau": ratio})


@check("lemma-B.11")
def lemma_B_11(
    square: Callable[[Floats], Floats] = lambda J: np.asarray(J @ J), k: int = 3
) -> Verdict:
    """Two steps under one action are one step of the squared kernel."""
    found = []
    for mdp in random_systems(20, seed=211):
        V = small.q_star(mdp, k, 3).max(axis=-1)
        for a in range(mdp.A):
            J = np.einsum("gx,ghi->ghxi", mdp.P_g[:, a], small.next_multisets(mdp, k))
            once = np.einsum("ghxi,xi->gh", J, V)
            twice = np.einsum("ghxi,xi->gh", J, once)
            squared = square(J.reshape(V.size, V.size)) @ V.ravel()
            found.append(float(np.abs(squared - twice.ravel()).max()))
    return equal(found, {"k": k})
