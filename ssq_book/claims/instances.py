"""What many checks need: random systems, tables over all multisets, total variation."""

from __future__ import annotations

import numpy as np

from ssq_core import multisets
from ssq_core.model import Floats, StarMDP
from ssq_core.qtable import QTable

GAMMAS = (0.5, 0.75, 0.875)
GRID = 8  # entries of kernels are multiples of 1/8, of rewards of 1/4: exact in floating point


def _rows(rng: np.random.Generator, concentration: float, shape: tuple[int, ...]) -> Floats:
    """Return random stochastic rows of multiples of 1/GRID; small `concentration` is sparse."""
    law = rng.dirichlet(np.full(shape[-1], concentration), size=shape[:-1])
    drawn = rng.multinomial(GRID, law.reshape(-1, shape[-1]))
    return np.asarray(drawn.reshape(shape) / GRID)


def random_systems(
    count: int, seed: int = 0, sizes: tuple[int, ...] = (2, 3), nonnegative: bool = False
) -> list[StarMDP]:
    """Return `count` random systems whose entries are small dyadic fractions.

    Every other one lets the action name the next s_g, so that decisions matter; the rest draw P_g.
    |S_l|, |S_g| and |A_g| come from `sizes`; rewards are multiples of 1/4 in [-1, 1], of which
    `nonnegative` takes the absolute values.
    """
    systems = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        G, S, A = (int(x) for x in rng.choice(sizes, size=3))
        named = number % 2 == 0
        A = G if named else A
        P_g = np.broadcast_to(np.eye(G), (G, A, G)) if named else _rows(rng, 0.5, (G, A, G))
        P_l = _rows(rng, float(rng.choice([0.2, 1.0])), (G, S, S))
        r_g = rng.integers(-4, 5, (G, A)) / 4 * (not named)
        r_l = rng.integers(-4, 5, (G, S)) / 4
        if nonnegative:
            r_g, r_l = abs(r_g), abs(r_l)
        systems.append(StarMDP(P_g, P_l, r_g, r_l, float(rng.choice(GAMMAS))))
    return systems


def table(q: QTable) -> Floats:
    """Return Q over all multisets in colex order, (G, N, A), the average of r_l included."""
    states = multisets.unrank_all(q.k, q.mdp.S)
    return np.stack([q.values(g, states).T for g in range(q.mdp.G)])


def total_variation(k: int, k_other: int, S: int) -> Floats:
    """Return TV(F, F') for all multisets of k and of k_other states, (N, N')."""
    F, other = (multisets.counts(j, S) / j for j in (k, k_other))
    return np.asarray(np.abs(F[:, None] - other[None]).sum(axis=-1) / 2)
