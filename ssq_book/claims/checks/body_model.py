"""Section 2, the model: Equations 1-3, the assumptions, types, optimality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_book.claims import exact
from ssq_book.claims.exact_policies import states, stationary, value
from ssq_book.claims.instances import random_systems, table
from ssq_book.claims.judge import equal, mended
from ssq_book.claims.verdict import Verdict, check
from ssq_core.model import Floats, StarMDP

ROUNDING = 1e-9


def deviation(system: StarMDP, solved: StarMDP, k: int, iterations: int) -> float:
    """Return the largest distance of the library's Q_k^T of `solved` to the exact one of `system`.

    The exact one enumerates next states agent by agent, in fractions.
    """
    rows = exact.iterate(system, k, iterations).values()
    own = np.array([[float(x) for x in row] for row in rows])
    got = table(ssq.solve(solved, k, iterations=iterations))
    return float(np.abs(own.reshape(got.shape) - got).max())


def as_given(mdp: StarMDP) -> StarMDP:
    """Return the system itself."""
    return mdp


def agreement(
    systems: Sequence[StarMDP],
    solved: Callable[[StarMDP], StarMDP],
    agents: int,
    iterations: int,
) -> Verdict:
    """Compare library and enumeration on all systems with 1..agents agents.

    The library solves `solved(mdp)` where the enumeration has `mdp`.
    """
    sizes = range(1, agents + 1)
    found = {"systems": len(systems), "agents up to": agents, "iterations": iterations}
    off = (deviation(mdp, solved(mdp), k, iterations) for mdp in systems for k in sizes)
    return equal(off, found)


@check("equation-1")
def equation_1(solved: Callable[[StarMDP], StarMDP] = as_given) -> Verdict:
    """The global agent alone: with one local state only P_g moves anything."""
    systems = [
        StarMDP(m.P_g, np.ones((m.G, 1, 1)), m.r_g, m.r_l[:, :1], m.gamma)
        for m in random_systems(30, seed=1)
    ]
    return agreement(systems, solved, 1, 4)


@check("equation-2")
def equation_2(solved: Callable[[StarMDP], StarMDP] = as_given) -> Verdict:
    """Local agents move independently by P_l(. | s_i, s_g)."""
    return agreement(random_systems(20, seed=2), solved, 3, 3)


@check("equation-3")
def equation_3(share: float = 1.0) -> Verdict:
    """The reward is r_g plus the mean of r_l: Q^1 on every ordered tuple of agents."""
    off = []
    for mdp in random_systems(20, seed=3):
        for n in (1, 2, 3):
            q = ssq.solve(mdp, n, iterations=1)
            for g, *s in product(range(mdp.G), *[range(mdp.S)] * n):
                reward = mdp.r_g[g] + share * sum(mdp.r_l[g, i] for i in s) / n
                off.append(float(np.abs(q.at(g, s) - reward).max()))
    return equal(off)


def _two_kinds(seed: int) -> tuple[list[Floats], list[Floats]]:
    """Return kernels (2, 2, 2) and rewards (2, 2) of two kinds of agents."""
    rng = np.random.default_rng(seed)
    kernels = [rng.dirichlet(np.ones(2), size=(2, 2)) for _ in range(2)]
    return kernels, [rng.normal(size=(2, 2)) for _ in range(2)]


@check("remark-2.1")
def remark_2_1(drift: float = 0.0, iterations: int = 40) -> Verdict:
    """Agents with kernels and rewards of their own are one homogeneous system with static types.

    One agent of each kind is solved on ordered pairs, and with the kind as part of the local state;
    `drift` is the probability that the kind changes in a step.
    """
    gamma, worst, conserved = 0.75, 0.0, True
    for seed in range(10):
        (P, R), (r, s) = _two_kinds(seed)
        Q = np.zeros((2, 2, 2, 2))  # [s_g, state of the first, of the second, a_g = s_g']
        for _ in range(iterations):
            V = Q.max(axis=-1)
            future = np.einsum("gxu,gyv,auv->gxya", P, R, V)
            Q = (r[:, :, None, None] + s[:, None, :, None]) / 2 + gamma * future
        static = np.zeros((2, 4, 4))
        static[:, :2, :2], static[:, 2:, 2:] = P, R
        mixed = (1 - drift) * static + drift * np.roll(static, 2, axis=2)
        P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
        typed = StarMDP(P_g, mixed, np.zeros((2, 2)), np.hstack([r, s]), gamma)
        q = ssq.solve(typed, 2, iterations=iterations)
        conserved &= len(typed.types) == 2
        for g, x, y in product(range(2), repeat=3):
            worst = max(worst, float(np.abs(q.at(g, [x, 2 + y]) - Q[g, x, y]).max()))
    found = {"systems": 10, "types conserved": conserved, "largest deviation": worst}
    return Verdict("holds" if conserved and worst < ROUNDING else "fails", found)


@check("assumption-2.1")
def assumption_2_1(p: float = 0.8, c: int = 30, steps: int = 40) -> Verdict:
    """Example 2.4 has S_l = N: without the cap no finite set holds the lengths that occur."""
    longest = {"without a cap": [0], "with the cap": [0]}
    for name, cap in (("without a cap", None), ("with the cap", c)):
        for _ in range(steps):
            arrived = longest[name][-1] + 1
            after = arrived if p < 1 else arrived - 1  # no job need leave if p < 1
            longest[name].append(after if cap is None else min(after, cap))
    grows = longest["without a cap"][-1] == steps
    finite = max(longest["with the cap"]) + 1 <= c + 1
    found = {f"longest queue {name}": lengths[-1] for name, lengths in longest.items()}
    return mended(grows, finite, {"steps from empty": steps, **found})


@check("assumption-2.2")
def assumption_2_2(signed: bool = True) -> Verdict:
    """Signed rewards, allowed and used in queueing: |Q| <= r/(1-gamma), the range is twice that.

    Lemma A.7 and the proof of D.4 take r >= 0.
    """
    gamma = 0.9
    values = table(ssq.solve(ssq.counterexamples.absorbing(gamma, signed=signed), 2))
    r_max = 0.5 if signed else 1.0
    size, extent = (float(x) / r_max * (1 - gamma) for x in (abs(values).max(), np.ptp(values)))
    worst = max(
        abs(table(ssq.solve(m, 2))).max() * (1 - m.gamma) / m.r_max
        for m in random_systems(30, seed=4)
        if m.r_max
    )
    d = ssq.queueing.Dispatch(n=2, c=30, p=0.8, gamma=gamma)
    lowest = float(d.reward(np.array([[30, 30]]))[0])
    bounded = max(size, float(worst)) <= 1 + ROUNDING
    found = {
        "max |Q| (1-gamma)/r": max(size, float(worst)),
        "range of Q (1-gamma)/r": extent,
        "lowest reward in queueing": lowest,
    }
    return mended(extent > 1 + ROUNDING, bounded, found)


def _without_a_best(count: int, horizon: int | None) -> tuple[int, int]:
    """Return in how many of `count` systems no policy is best in every state, and the policies."""
    short = policies = 0
    for mdp in random_systems(count, seed=50, sizes=(2,)):
        keys = states(mdp, 2)
        values = []
        for actions in product(range(mdp.A), repeat=len(keys)):
            law = stationary(dict(zip(keys, actions, strict=True)), mdp.A)
            values.append(list(value(mdp, 2, law, horizon).values()))
        best = [max(column) for column in zip(*values, strict=True)]
        short += best not in values
        policies += len(values)
    return short, policies


@check("definition-2.2")
def definition_2_2(horizon: int | None = None, count: int = 6) -> Verdict:
    """One stationary policy attains the supremum in every state at once.

    All deterministic stationary policies of n = 2 agents are listed, in fractions. With a finite
    `horizon` T, as V^pi is printed, the discounted sum stops after step T.
    """
    short, policies = _without_a_best(count, horizon)
    found = {
        "systems": count,
        "policies": policies,
        "systems without a best policy": short,
        "with the finite horizon T = 2": _without_a_best(count, 2)[0],
    }
    return Verdict("fails" if short else "holds", found)
