"""Appendix B, one step of the agents: B.4 with Eq. 22, B.5-B.7, B.10 and B.11.

Every law is enumerated over ordered states, as Definition B.1 writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from ssq_book import dense
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import Margin, Verdict, bounded, check, closest, distance, equal
from ssq_core.model import Floats, StarMDP

States = tuple[int, ...]
Pair = tuple[Floats, Floats]
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


def _laws(law: Floats, given_next: bool) -> Iterator[Floats]:
    """Yield the law of s' given s_g', for every s_g' of positive probability, or for all s_g'."""
    if not given_next:
        yield law.sum(axis=0)
        return
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


def _compare(
    joint: Joint,
    seed: int,
    agents: int,
    apart: Callable[[StarMDP, int, States, Floats], Iterator[Pair]],
    given_next: bool = True,
) -> Verdict:
    """Compare the pairs of `apart`, given s_g' or with s_g' averaged out, on random systems."""
    systems = random_systems(12, seed=seed)
    found = (
        distance(*pair)
        for mdp, s_g, a, states in _steps(systems, agents)
        for law in _laws(joint(mdp, s_g, a, states), given_next)
        for pair in apart(mdp, s_g, states, law)
    )
    return equal(found, {"systems": len(systems), "agents": agents})


def _own_rows(mdp: StarMDP, s_g: int, states: States, law: Floats) -> Iterator[Pair]:
    """Yield each agent's marginal and its own row of P_l."""
    for i, state in enumerate(states):
        yield _marginal(law, i), mdp.P_l[s_g, state]


def _moved_histograms(mdp: StarMDP, s_g: int, states: States, law: Floats) -> Iterator[Pair]:
    """Yield the expected histogram and F P_l, of all agents and of all but the last."""
    for n in (len(states), len(states) - 1):
        yield _mean_histogram(law, range(n)), _histogram(mdp, states[:n]) @ mdp.P_l[s_g]


@check("remark-B.4")
def remark_B_4(joint: Joint = independent) -> Verdict:
    """The joint kernel gives back each agent's own: independent of s_g' and of the others."""
    return _compare(joint, 204, 3, _own_rows)


@check("equation-22")
def equation_22(joint: Joint = independent) -> Verdict:
    """Summing the joint kernel over all other agents leaves J_1."""
    return _compare(joint, 204, 2, _own_rows)


@check("lemma-B.6")
def lemma_B_6(joint: Joint = independent) -> Verdict:
    """The expected histogram, given s_g', is F P_l."""
    return _compare(joint, 206, 3, _moved_histograms)


@check("lemma-B.10")
def lemma_B_10(joint: Joint = independent) -> Verdict:
    """The expected histogram, s_g' averaged out, is F P_l."""

    def of_all(*given: Any) -> Iterator[Pair]:
        yield next(_moved_histograms(*given))

    return _compare(joint, 210, 3, of_all, given_next=False)


def _contraction(
    joint: Joint, given_next: bool, factor: Callable[[StarMDP], float]
) -> list[Margin]:
    """Compare TV of the expected next histograms with `factor` times TV: two agents and a third."""
    margins = []
    for mdp, s_g, a, states in _steps(random_systems(12, seed=205), 3):
        seen, other = (0, 1), (2,)
        before = [_histogram(mdp, tuple(states[i] for i in agents)) for agents in (seen, other)]
        for law in _laws(joint(mdp, s_g, a, states), given_next):
            after = [_mean_histogram(law, agents) for agents in (seen, other)]
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
