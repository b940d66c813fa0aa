"""Section 2: Equations 1-3, assumptions, types, optimality, and the examples 2.3 and 2.4."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.body_histograms import apart, ordered
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import SLACK, Verdict, check, distance
from ssq_core import multisets
from ssq_core.model import StarMDP
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

Change = Callable[[StarMDP], StarMDP]


def agreement(
    systems: Sequence[StarMDP], solved: Change | None, agents: int, iterations: int
) -> Verdict:
    """Compare the library's Q_k^T of `solved(mdp)` with the exact one of mdp, k = 1..agents."""
    found = {"systems": len(systems), "agents up to": agents, "iterations": iterations}
    off = []
    for mdp in systems:
        given = solved(mdp) if solved else mdp
        for k in range(1, agents + 1):
            expected = dense.q_star(dense.exact(mdp), k, iterations).astype(float)
            off.append(distance(expected, dense.q_star(given, k, iterations)))
    return Verdict.equal(off, found)


@check("equation-1")
def equation_1(solved: Change | None = None) -> Verdict:
    """The global agent alone: with one local state only P_g moves anything."""
    systems = [
        StarMDP(m.P_g, np.ones((m.G, 1, 1)), m.r_g, m.r_l[:, :1], m.gamma)
        for m in random_systems(30, seed=1)
    ]
    return agreement(systems, solved, 1, 4)


@check("equation-2", count=20, seed=2, iterations=3)
@check("equation-7", count=12, seed=7, iterations=4)
@check("equation-15", count=12, seed=115, iterations=3)
def equation_2(count: int, seed: int, iterations: int, solved: Change | None = None) -> Verdict:
    """Local agents move independently: the operator T_k by two ways of taking the expectation."""
    return agreement(random_systems(count, seed=seed), solved, 3, iterations)


@check("equation-3")
def equation_3(share: float = 1.0) -> Verdict:
    """The reward is r_g plus the mean of r_l: Q^1 on every ordered tuple of agents."""
    off = []
    for mdp, n in product(random_systems(20, seed=3), (1, 2, 3)):
        off += apart(mdp, ordered(mdp, n, 1, [share] * n), n, 1)
    return Verdict.equal(off)


@check("remark-2.1")
def remark_2_1(drift: float = 0.0, iterations: int = 40) -> Verdict:
    """Agents with kernels and rewards of their own are one homogeneous system with static types.

    One agent of each kind is solved on ordered pairs, and with the kind as part of the local state;
    `drift` is the probability that the kind changes in a step.
    """
    gamma, worst, conserved = 0.75, 0.0, True
    for seed in range(10):
        rng = np.random.default_rng(seed)
        P, R = (rng.dirichlet(np.ones(2), size=(2, 2)) for _ in range(2))
        r, s = (rng.normal(size=(2, 2)) for _ in range(2))
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
            worst = max(worst, distance(q.at(g, [x, 2 + y]), Q[g, x, y]))
    found = {"systems": 10, "types conserved": conserved, "largest deviation": worst}
    return Verdict.judged(conserved and worst < SLACK, found)


@check("assumption-2.1")
def assumption_2_1(p: float = 0.8, c: int = 30, steps: int = 40) -> Verdict:
    """Example 2.4 has S_l = N: without the cap no finite set holds the lengths that occur."""
    uncapped = steps * (p < 1)  # one job arrives in a step, and none need leave if p < 1
    capped = min(uncapped, c)
    found = {"steps from empty": steps, "longest queue without a cap": uncapped}
    found["longest queue with the cap"] = capped
    return Verdict.mended(uncapped == steps, capped <= c, found)


@check("assumption-2.2")
def assumption_2_2(signed: bool = True) -> Verdict:
    """Signed rewards, allowed and used in queueing: |Q| <= r/(1-gamma), the range is twice that.

    P-A.7 and the proof of P-D.4 take r >= 0.
    """
    gamma = 0.9
    values = dense.q_star(ssq.counterexamples.absorbing(gamma, signed=signed), 2)
    r_max = 0.5 if signed else 1.0
    size, extent = (float(x) / r_max * (1 - gamma) for x in (abs(values).max(), np.ptp(values)))
    systems = [mdp for mdp in random_systems(30, seed=4) if mdp.r_max]
    sizes = [abs(dense.q_star(m, 2)).max() * (1 - m.gamma) / m.r_max for m in systems]
    largest = float(max(size, *sizes))
    d = ssq.queueing.Dispatch(n=2, c=30, p=0.8, gamma=gamma)
    found = {
        "max |Q| (1-gamma)/r": largest,
        "range of Q (1-gamma)/r": extent,
        "lowest reward in queueing": float(d.reward(np.array([[30, 30]]))[0]),
    }
    return Verdict.mended(extent > 1 + SLACK, largest <= 1 + SLACK, found)


def _without_a_best(count: int, horizon: int | None) -> tuple[int, int]:
    """Return in how many of `count` systems no policy is best in every state, and the policies."""
    short = policies = 0
    for mdp in random_systems(count, seed=50, sizes=(2,)):
        shape = (mdp.G, multisets.size(2, mdp.S))
        laws = [
            np.eye(mdp.A, dtype=int)[np.reshape(actions, shape)]
            for actions in product(range(mdp.A), repeat=shape[0] * shape[1])
        ]
        V = np.array([dense.policy_value(dense.exact(mdp), 2, law, horizon) for law in laws])
        short += not (V.max(axis=0) == V).all(axis=(1, 2)).any()
        policies += len(laws)
    return short, policies


@check("definition-2.2")
def definition_2_2(horizon: int | None = None) -> Verdict:
    """One stationary policy attains the supremum in every state at once.

    All deterministic stationary policies of n = 2 agents are listed, in fractions. With a finite
    `horizon` T, as V^pi is printed, the discounted sum stops after step T.
    """
    count = 6
    short, policies = _without_a_best(count, horizon)
    found = {
        "systems": count,
        "policies": policies,
        "systems without a best policy": short,
        "with the finite horizon T = 2": _without_a_best(count, 2)[0],
    }
    return Verdict.judged(not short, found)


State = tuple[int, int, int]  # (psi, s*, s_bar)


def clipped(value: int) -> int:
    """Project to 1..5."""
    return min(max(value, LEVELS[0]), LEVELS[-1])


def step(state: State, s_g: int, clips: bool, strict: bool = False) -> dict[State, float]:
    """Return the law of the next state, Section 5; `strict` compares s_bar < s_g, as in 2.3."""
    psi, s, bar = state
    follows = bar < s_g if strict else bar <= s_g
    consumed = [bar, bar if follows else clipped(bar + s_g - s)]
    desired = [bar - 1, bar + 1] if psi == 1 else list(LEVELS)
    if clips:
        desired = [clipped(x) for x in desired]
    ways = Counter(product([psi], consumed, desired))
    return {state: count / ways.total() for state, count in ways.items()}


@check("example-2.3")
def example_2_3(clips: bool = False) -> Verdict:
    """s_bar +- 1 leaves [5]; `<` and `<=` differ; the next state is printed in another order."""
    states = list(product(TYPES, LEVELS, LEVELS))
    known = set(states)
    leaves = differs = swapped = 0
    for state, s_g in product(states, LEVELS):
        law = step(state, s_g, clips)
        leaves += not law.keys() <= known
        differs += law != step(state, s_g, clips, strict=True)
        swapped += law != {(p, b, s): w for (p, s, b), w in law.items()}
    mdp, off = ssq.demand_response(), 0.0
    for state, s_g in product(states, LEVELS):
        row = np.zeros(mdp.S)
        for key, w in step(state, s_g, clips=True).items():
            row[local_state(*key)] += w
        off = max(off, distance(mdp.P_l[s_g - 1, local_state(*state)], row))
    return Verdict.mended(
        leaves > 0,
        off < SLACK and len(mdp.types) == len(TYPES),
        {
            "pairs (s_i, s_g)": len(states) * len(LEVELS),
            "pairs whose next state leaves S_l": leaves,
            "pairs where < and <= differ": differs,
            "pairs where the printed order differs": swapped,
            "conserved types after the repair": len(mdp.types),
        },
    )


def indexed_queues(n: int, c: int, p: float, gamma: float, jobs: int = 1) -> StarMDP:
    """Return the n queues with the index as the type: local state i (c+1) + length, s_g = index."""
    S = n * (c + 1)
    P_l, r_l = np.zeros((n, S, S)), np.zeros((n, S))
    for g, i, s in product(range(n), range(n), range(c + 1)):
        here = i * (c + 1)
        for leaves, weight in ((0, 1 - p), (1, p)):
            after = min(c, max(0, s + jobs * (g == i) - leaves))
            P_l[g, here + s, here + after] += weight
        r_l[g, here + s] = -s - 10 * (s > c)
    P_g = np.broadcast_to(np.eye(n), (n, n, n))
    return StarMDP(P_g, P_l, np.zeros((n, n)), r_l, gamma)


@check("example-2.4")
def example_2_4(jobs: int = 1) -> Verdict:
    """1{s_g = i} needs the queue's index: with it as the type the example is a star MDP, tau = 1.

    Q* of n queues, one per type, is compared with the queueing solver's;
    `jobs` arrive at the pointed queue in a step.
    """
    n, c, p, gamma = 3, 2, 0.8, 0.9
    mdp = indexed_queues(n, c, p, gamma, jobs)
    q = ssq.solve(mdp, n, tol=1e-11, type_counts=(1,) * n)
    dispatch = ssq.queueing.Dispatch(n, c, p, gamma).solve(n)
    worst = 0.0
    for g, *s in product(range(n), *[range(c + 1)] * n):
        others = [length for i, length in enumerate(s) if i != g]
        found = q.value(g, [i * (c + 1) + length for i, length in enumerate(s)])
        worst = max(worst, abs(found - dispatch.value(s[g], others)))
    # the first two queues, of which the first is pointed at
    pointed, other = (mdp.P_l[0, i : i + c + 1, i : i + c + 1] for i in (0, c + 1))
    apart = float(np.abs(pointed - other).sum(axis=-1).max() / 2)
    return Verdict.mended(
        apart > 0,
        worst < SLACK and len(mdp.types) == n,
        {
            "TV of next lengths, pointed against not": apart,
            "types": len(mdp.types),
            "tau": mdp.tau,
            "largest deviation of V*": worst,
            "states with s_i > c": int((-mdp.r_l > c).sum()),
        },
    )
