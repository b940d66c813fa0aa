"""Section 3: Equations 4 to 8, Assumption 3.1, Algorithms 1 to 3."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import SLACK, Verdict, check, distance
from ssq_book.common import log_slope
from ssq_core.model import Floats, StarMDP
from ssq_core.value_iteration import LearningRate


@check("equation-4")
def equation_4(uniform: bool = True) -> Verdict:
    """Over the k-subsets r_Delta averages to r over all agents; Q_k^1 = r_Delta.

    Without `uniform` every multiset that a sample can show has the same weight instead.
    """
    off, n = [], 4
    for mdp in random_systems(20, seed=5):
        r = dense.q_star(mdp, n, 1)
        for k in range(1, n):
            law = dense.sampling(k, n, mdp.S)
            if not uniform:
                law = (law > 0) / (law > 0).sum(axis=1, keepdims=True)
            off.append(distance(law @ dense.q_star(mdp, k, 1), r))
    return Verdict.equal(off, {"n": n})


@check("equation-5", k=2, m=4)
@check("equation-16", k=3, m=2)
def equation_5(k: int, m: int, oracle: float = 0.75, runs: int = 400) -> Verdict:
    """T_{k,m} averages the values of m sampled next states; its expectation is T_k.

    One application to Q^1 = r. `oracle` is the probability p of match that the samples are drawn
    with. Hoeffding: all entries lie within the radius with probability 1 - 1e-6 without bias.
    """
    sampled = ssq.counterexamples.match(oracle, 0.5)
    drawn = np.stack([learned(sampled, k, m, 2, seed) for seed in range(runs)])
    r, expected = (dense.q_star(MATCH, k, T) for T in (1, 2))
    parts = (drawn - r) * m * k / MATCH.gamma  # sums of m values max_a r(s'), multiples of 1/k
    whole = distance(parts, parts.round())
    bias = distance(drawn.mean(axis=0), expected)
    radius = MATCH.gamma * np.sqrt(np.log(2 * expected.size / 1e-6) / (2 * m * runs))
    found = {"k": k, "m": m, "runs": runs, "largest bias": bias, "radius": float(radius)}
    return Verdict.judged(whole < SLACK and bias <= radius, found)


@lru_cache(maxsize=4096)
def learned(
    mdp: StarMDP,
    k: int,
    m: int,
    T: int,
    seed: int = 0,
    samples: str = "fixed",
    rate: LearningRate | None = None,
) -> Floats:
    """Return Q_{k,m}^T of Algorithm 1, or of Algorithm 3 with a learning rate, (G, N, A)."""
    Q = dense.table(ssq.learn(mdp, k, m, T, seed, samples, rate))
    Q.setflags(write=False)  # shared by all who ask
    return Q


def learning_errors(
    mdp: StarMDP, k: int, sizes: tuple[int, ...], runs: int, samples: str = "fixed"
) -> Floats:
    """Return the sup-norm distance of Q^est_{k,m} to Q_k*, (sizes, runs)."""
    target, T = dense.q_star(mdp, k), iterations_to_rest(mdp)
    off = [
        distance(learned(mdp, k, m, T, seed, samples), target)
        for m in sizes
        for seed in range(runs)
    ]
    return np.reshape(off, (len(sizes), runs))


def iterations_to_rest(mdp: StarMDP, rounding: float = 1e-9) -> int:
    """Return T with gamma^T <= `rounding`: the limit."""
    return int(np.ceil(np.log(rounding) / np.log(mdp.gamma)))


def last_step(k: int, m: int, samples: str) -> float:
    """Return by how much the last of many applications of T_{k,m} moves the table of match."""
    T = iterations_to_rest(MATCH)
    return distance(*(learned(MATCH, k, m, t, 0, samples) for t in (T, T + 1)))


def noise_radius(mdp: StarMDP, k: int, m: int, delta: float) -> float:
    """Return gamma/(1-gamma) span(V_k*) sqrt(ln(2N/delta)/(2m)), N = |S_g| N_k |A_g| entries.

    With fixed samples Q^est - Q_k* = (T_{k,m} Q^est - T_{k,m} Q_k*) + (T_{k,m} - T_k) Q_k*: the
    first part is a contraction, the second a mean of m independent values for each entry.
    """
    Q = dense.q_star(mdp, k)
    span = float(np.ptp(Q.max(axis=-1)))
    reach = mdp.gamma / (1 - mdp.gamma) * span
    return float(reach * np.sqrt(np.log(2 * Q.size / delta) / (2 * m)))


@check("assumption-3.1")
def assumption_3_1(samples: str = "fixed") -> Verdict:
    """With fixed samples the noise is O(1/sqrt m) with probability 1 - delta; our radius."""
    k, delta, sizes = 2, 0.1, (16, 64, 256, 1024)
    errors = learning_errors(MATCH, k, sizes, 20, samples)
    radii = np.array([[noise_radius(MATCH, k, m, delta)] for m in sizes])
    outside, rate = float((errors > radii).mean()), log_slope(sizes, errors.mean(axis=1))[0]
    scaled = errors.mean(axis=1) * np.sqrt(sizes)
    moved = last_step(k, sizes[0], samples)  # Q^est is a fixed point: it must exist
    return Verdict.judged(
        moved < 1e-6 and outside <= delta and abs(rate + 0.5) < 0.1,
        {
            "runs": errors.size,
            "last step": moved,
            "share beyond the radius": outside,
            "delta": delta,
            "slope of the error in m": rate,
            "error sqrt(m), least": float(scaled.min()),
            "error sqrt(m), largest": float(scaled.max()),
            "largest error/radius": float((errors / radii).max()),
        },
    )


@check("equation-8")
def equation_8(samples: str = "fixed") -> Verdict:
    """Both sides agree because Q^est and Q_k* are fixed points; fresh samples have none.

    The last step of Algorithm 1 is measured: it vanishes if there is a fixed point.
    """
    k, m, exact = 2, 8, dense.exact(MATCH)
    moved, star = last_step(k, m, samples), dense.q_star(exact, k)
    still = bool((dense.bellman(exact, k, star.max(axis=-1)) == star).all())
    found = {"m": m, "last step of Q_km": moved, "T_k Q_k* = Q_k* exactly": still}
    return Verdict.judged(moved < 1e-6 and still, found)


STATES, HISTOGRAM = [0, 0, 1], (2, 1)  # of three agents in match(3/4, 1/2)
N = len(STATES)
RUNS = 20_000


@check("equation-6")
def equation_6(rule: str = "subsets") -> Verdict:
    """Eq. (6) is the action law of Algorithm 2; Eq. (26) defines another policy.

    `rule` "subsets" is Eq. (6), "actions" Eq. (26): the law of that rule must be the share of the
    subsets, and the frequencies of Algorithm 2's first actions within five standard errors of it.
    """
    k, exact = 1, dense.exact(MATCH)
    star, at = dense.q_star(exact, k), (0, dense.place(HISTOGRAM))
    laws = {r: dense.subsampled_law(star, k, N, MATCH.S, r)[at] for r in dense.RULES}
    chosen = star[0].argmax(axis=-1)  # for Eq. (6) as printed, over the C(n, k) subsets
    actions = [chosen[dense.place((s.count(0), s.count(1)))] for s in combinations(STATES, k)]
    listed = [Fraction(actions.count(a), len(actions)) for a in range(MATCH.A)]
    q = ssq.solve(MATCH, k)
    library = ssq.SubsampledPolicy(q, N, rule).action_probabilities(0, STATES)
    run = ssq.execute(MATCH, q, (0, HISTOGRAM), horizon=1, runs=RUNS, seed=0)
    frequency = float((run.actions[:, 0] == 0).mean())
    p = float(laws[rule][0])
    seen = abs(frequency - p) <= 5 * np.sqrt(p * (1 - p) / RUNS)
    off = distance(library, laws[rule].astype(float))
    largest = {r: dense.gap(exact, k, N, rule=r).max() for r in dense.RULES}
    return Verdict.judged(
        seen and laws[rule].tolist() == listed and off < SLACK,
        {
            "P[action 0] by (6)": laws["subsets"][0],
            "by (26)": laws["actions"][0],
            "frequency in Algorithm 2": frequency,
            "largest gap by (6)": largest["subsets"],
            "largest gap by (26)": largest["actions"],
        },
    )


@check("algorithm-1", rate=lambda t: Fraction(1))
@check("algorithm-3", rate=lambda t: Fraction(1, t + 1))
def algorithm_1(rate: Callable[[int], Fraction], delay: int = 0) -> Verdict:
    """T applications of T_{k,m} to 0: local agents that never move make it exact, so that it shows.

    Algorithm 3 moves by eta_t = 1/(t+1), Algorithm 1 by 1. `delay` iterations are left out.
    """
    mdp, k, T = ssq.counterexamples.match(1.0, 0.5), 2, 6
    exact = dense.exact(mdp)
    Q = dense.q_star(exact, k, 0)
    for t in range(1, T + 1):
        Q = (1 - rate(t)) * Q + rate(t) * dense.bellman(exact, k, Q.max(axis=-1))
    executed = learned(mdp, k, 3, T - delay, rate=lambda t: float(rate(t)))
    return Verdict.equal([distance(Q.astype(float), executed)], {"T": T, "entries": executed.size})


@check("algorithm-2")
def algorithm_2(executed: int = 1) -> Verdict:
    """Algorithm 2 earns the exact value of the policy of Eq. (6), within five standard errors.

    `executed` is the k of the table that is executed; the value is of k = 1.
    """
    k, exact = 1, dense.exact(MATCH)
    law = dense.subsampled_law(dense.q_star(exact, k), k, N, MATCH.S)
    expected = dense.policy_value(exact, N, law)[0, dense.place(HISTOGRAM)]
    q = ssq.solve(MATCH, executed)
    returns = ssq.execute(MATCH, q, (0, HISTOGRAM), horizon=45, runs=RUNS, seed=0).returns
    mean, error = float(returns.mean()), float(returns.std() / np.sqrt(RUNS))
    found = {"V^pi": expected, "mean return": mean, "standard error": error}
    return Verdict.judged(abs(mean - float(expected)) <= 5 * error, found)
