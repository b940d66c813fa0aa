"""Section 3, the operators: Equations 4, 5, 7, 8 and Assumption 3.1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import ssq_core as ssq
from ssq_book.claims import exact, small
from ssq_book.claims.checks.body_model import ROUNDING, agreement, as_given
from ssq_book.claims.instances import random_systems, table
from ssq_book.claims.judge import equal
from ssq_book.claims.verdict import Verdict, check
from ssq_core.model import Floats, StarMDP


@check("equation-4")
def equation_4(n: int = 4, uniform: bool = True) -> Verdict:
    """Over the k-subsets r_Delta averages to r over all agents; Q_k^1 = r_Delta.

    Without `uniform` every multiset that a sample can show has the same weight instead.
    """
    off = []
    for mdp in random_systems(20, seed=5):
        r = small.q_star(mdp, n, iterations=1)
        for k in range(1, n):
            law = small.sampling(k, n, mdp.S)
            if not uniform:
                law = (law > 0) / (law > 0).sum(axis=1, keepdims=True)
            mean = law @ small.q_star(mdp, k, iterations=1)
            off.append(float(np.abs(mean - r).max()))
    return equal(off, {"n": n})


def sampled_iterates(p: float, k: int, m: int, runs: int) -> Floats:
    """Return Q_{k,m}^2 of match(p, 1/2) for `runs` seeds, (runs, G, N, A)."""
    mdp = ssq.counterexamples.match(p, 0.5)
    return np.stack([table(ssq.learn(mdp, k, m, 2, seed=seed)) for seed in range(runs)])


def unbiased(p: float, oracle: float, k: int, m: int, runs: int) -> Verdict:
    """Compare one application of T_{k,m} to Q^1 = r with T_k: a mean of m values, without bias.

    `oracle` is the probability p that the samples are drawn with. Hoeffding: all entries lie within
    the radius with probability 1 - 1e-6 if there is no bias.
    """
    mdp = ssq.counterexamples.match(p, 0.5)
    drawn = sampled_iterates(oracle, k, m, runs)
    r, expected = (table(ssq.solve(mdp, k, iterations=T)) for T in (1, 2))
    parts = (drawn - r) * m * k / mdp.gamma  # sums of m values max_a r(s'), multiples of 1/k
    whole = float(np.abs(parts - parts.round()).max())
    bias = float(np.abs(drawn.mean(axis=0) - expected).max())
    radius = mdp.gamma * np.sqrt(np.log(2 * expected.size / 1e-6) / (2 * m * runs))
    found = {"k": k, "m": m, "runs": runs, "largest bias": bias, "radius": float(radius)}
    return Verdict("holds" if whole < ROUNDING and bias <= radius else "fails", found)


@check("equation-5")
def equation_5(oracle: float = 0.75) -> Verdict:
    """T_{k,m} averages the values of m sampled next states; its expectation is T_k."""
    return unbiased(0.75, oracle, k=2, m=4, runs=400)


@check("equation-7")
def equation_7(solved: Callable[[StarMDP], StarMDP] = as_given) -> Verdict:
    """The adapted operator T_k, iterated from 0, by two ways of taking the expectation."""
    return agreement(random_systems(12, seed=7), solved, 3, 4)


def learning_errors(
    mdp: StarMDP, k: int, sizes: tuple[int, ...], runs: int, samples: str = "fixed"
) -> Floats:
    """Return the sup-norm distance of Q^est_{k,m} to Q_k*, (sizes, runs)."""
    target, T = small.q_star(mdp, k), iterations_to_rest(mdp)

    def error(m: int, seed: int) -> float:
        return float(np.abs(table(ssq.learn(mdp, k, m, T, seed, samples)) - target).max())

    return np.array([[error(m, seed) for seed in range(runs)] for m in sizes])


def iterations_to_rest(mdp: StarMDP) -> int:
    """Return T with gamma^T <= 1e-9."""
    return int(np.ceil(np.log(1e-9) / np.log(mdp.gamma)))


def last_step(mdp: StarMDP, k: int, m: int, samples: str) -> float:
    """Return by how much the last of many applications of T_{k,m} moves the table."""
    T = iterations_to_rest(mdp)
    before, after = (table(ssq.learn(mdp, k, m, t, 0, samples)) for t in (T, T + 1))
    return float(np.abs(after - before).max())


def noise_radius(mdp: StarMDP, k: int, m: int, delta: float) -> float:
    """Return gamma/(1-gamma) span(V_k*) sqrt(ln(2N/delta)/(2m)), N = |S_g| N_k |A_g| entries.

    With fixed samples Q^est - Q_k* = (T_{k,m} Q^est - T_{k,m} Q_k*) + (T_{k,m} - T_k) Q_k*: the
    first part is a contraction, the second a mean of m independent values for each entry.
    """
    Q = small.q_star(mdp, k)
    span = float(np.ptp(Q.max(axis=-1)))
    reach = mdp.gamma / (1 - mdp.gamma) * span
    return float(reach * np.sqrt(np.log(2 * Q.size / delta) / (2 * m)))


@check("assumption-3.1")
def assumption_3_1(samples: str = "fixed", runs: int = 20, delta: float = 0.1) -> Verdict:
    """With fixed samples the noise is O(1/sqrt m) with probability 1 - delta; our radius."""
    mdp, k, sizes = ssq.counterexamples.match(0.75, 0.5), 2, (16, 64, 256, 1024)
    errors = learning_errors(mdp, k, sizes, runs, samples)
    radii = np.array([noise_radius(mdp, k, m, delta) for m in sizes])
    outside = float((errors > radii[:, None]).mean())
    scaled = errors.mean(axis=1) * np.sqrt(sizes)
    slope = float(np.polyfit(np.log(sizes), np.log(errors.mean(axis=1)), 1)[0])
    moved = last_step(mdp, k, sizes[0], samples)  # Q^est is a fixed point: it must exist
    return Verdict(
        "holds" if moved < 1e-6 and outside <= delta and abs(slope + 0.5) < 0.1 else "fails",
        {
            "runs": errors.size,
            "last step": moved,
            "share beyond the radius": outside,
            "delta": delta,
            "slope of the error in m": slope,
            "error sqrt(m), least": float(scaled.min()),
            "error sqrt(m), largest": float(scaled.max()),
            "largest error/radius": float((errors / radii[:, None]).max()),
        },
    )


@check("equation-8")
def equation_8(samples: str = "fixed") -> Verdict:
    """Both sides agree because Q^est and Q_k* are fixed points; fresh samples have none.

    The last step of Algorithm 1 is measured: it vanishes if there is a fixed point.
    """
    mdp, k, m = ssq.counterexamples.match(0.75, 0.5), 2, 8
    moved = last_step(mdp, k, m, samples)
    star = exact.fixed_point(mdp, k)
    still = exact.backup(mdp, k, {key: max(row) for key, row in star.items()}) == star
    found = {"m": m, "last step of Q_km": moved, "T_k Q_k* = Q_k* exactly": still}
    return Verdict("holds" if moved < 1e-6 and still else "fails", found)
