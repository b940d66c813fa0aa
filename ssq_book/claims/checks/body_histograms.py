"""Section 4, histograms: Definition 4.1 with Equations 10, 11 and 12."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np

import ssq_core as ssq
from ssq_book.claims.instances import MATCH, random_systems
from ssq_book.claims.verdict import SLACK, Verdict, check, distance
from ssq_core.model import Floats, StarMDP


@check("definition-4.1")
def definition_4_1(as_set: bool = False) -> Verdict:
    """F_Delta is a distribution, and over the k-subsets Delta of [n] its mean is F_[n], exactly.

    "Delta within X" must be read as positions in [n]: with `as_set` equal states of X count once.
    """

    def F_of(states: Sequence[int]) -> list[Fraction]:  # Eq. (10)
        return [Fraction(states.count(x), len(states)) for x in range(S)]

    off, S = [], 3
    for n in (1, 2, 3, 4):
        for s, k in product(product(range(S), repeat=n), range(1, n + 1)):
            samples = [list(set(d)) if as_set else d for d in combinations(s, k)]
            F = np.array([F_of(sample) for sample in samples])
            off.append(abs(F.mean(axis=0) - F_of(s)).max())
            off.append(abs(F.sum(axis=1) - 1).max())
    found = {"populations and sizes": len(off) // 2, "mean of F_Delta - F_[n]": max(off)}
    return Verdict.judged(max(off) == 0, found)


def ordered(mdp: StarMDP, n: int, iterations: int, scale: Sequence[float] = ()) -> Floats:
    """Return Q^T on ordered tuples (G, S, ..., S, A); agent i earns scale[i] r_l."""
    scale = scale or [1] * n
    r = np.empty((mdp.G, *[mdp.S] * n, mdp.A))
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * n):
        r[(g, *s)] = mdp.r_g[g] + sum(c * mdp.r_l[g, x] for c, x in zip(scale, s, strict=True)) / n
    Q = r
    for _ in range(iterations - 1):
        V = Q.max(axis=-1)
        Q = r.copy()
        for g, x in product(range(mdp.G), repeat=2):
            future = V[x]
            for axis in range(n):
                future = np.moveaxis(np.tensordot(mdp.P_l[g], future, axes=(1, axis)), 0, axis)
            Q[g] += mdp.gamma * future[..., None] * mdp.P_g[g, :, x]
    return Q


def asymmetry(Q: Floats) -> float:
    """Return the largest change of Q (G, S, ..., S, A) when agents trade places."""
    n = Q.ndim - 2
    moved = [Q.transpose(0, *(1 + i for i in p), n + 1) for p in permutations(range(n))]
    return max(distance(Q, other) for other in moved)


def apart(mdp: StarMDP, Q: Floats, k: int, iterations: int = 4) -> list[float]:
    """Return the distances of Q^T on ordered tuples to the library's table of the first k."""
    q = ssq.solve(mdp, k, iterations=iterations)
    return [distance(Q[(g, *s)], q.at(g, s[:k])) for g, *s in np.ndindex(*Q.shape[:-1])]


@check("equation-11")
def equation_11(scale: Sequence[float] = (1, 1, 1)) -> Verdict:
    """On ordered tuples Q does not change when agents trade places, and is the histogram's.

    `scale` are the agents' weights in the reward, all equal in the model.
    """
    spread = off = 0.0
    systems = random_systems(12, seed=11)
    for mdp in systems:
        Q = ordered(mdp, len(scale), 4, scale)
        spread = max(spread, asymmetry(Q))
        off = max(off, *apart(mdp, Q, len(scale)))
    found = {"systems": len(systems), "change under permutations": spread, "off histograms": off}
    return Verdict.judged(max(spread, off) < SLACK, found)


def drawn_per_tuple(mdp: StarMDP, k: int, m: int, seed: int, shared: bool) -> Floats:
    """Return Q_{k,m}^2 of match on ordered tuples; `shared`: one draw set per histogram."""
    rng = np.random.default_rng(seed)
    Q = ordered(mdp, k, 1)
    V, out, kept = Q.max(axis=-1), Q.copy(), dict[tuple[int, ...], Floats]()
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * k):
        key = (g, *sorted(s)) if shared else (g, *s)
        if key not in kept:
            kept[key] = np.array([rng.choice(mdp.S, size=m, p=mdp.P_l[g, x]) for x in key[1:]])
        for a in range(mdp.A):
            x = int(mdp.P_g[g, a].argmax())  # s_g' = a
            out[(g, *s, a)] += mdp.gamma * V[(x, *kept[key])].mean()
    return out


@check("equation-12")
def equation_12(shared: bool = True) -> Verdict:
    """Q_k* depends on the histogram alone; Q_km does if each histogram has one draw set.

    Without `shared` every ordered tuple draws its own samples, as Eq. (5) read literally does.
    """
    exact_spread = max(asymmetry(ordered(m, 3, 5)) for m in random_systems(12, seed=12))
    learned = {
        s: max(asymmetry(drawn_per_tuple(MATCH, 2, 4, seed, s)) for seed in range(5))
        for s in (True, False)
    }
    found = {
        "change of Q_k under permutations": exact_spread,
        "of Q_km, one draw set per histogram": learned[True],
        "of Q_km, one per ordered tuple": learned[False],
    }
    return Verdict.judged(max(exact_spread, learned[shared]) < SLACK, found)
