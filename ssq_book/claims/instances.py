"""Small systems on which many checks run: the matching game and random ones."""

from functools import cache

import numpy as np

from ssq_book.dense import System
from ssq_core import counterexamples
from ssq_core.model import Floats, StarMDP

MATCH = counterexamples.match(0.75, 0.5)
GAMMAS = (0.5, 0.75, 0.875)
GRID = 8  # entries of kernels are multiples of 1/8, of rewards of 1/4: exact in floating point


def _rows(rng: np.random.Generator, concentration: float, shape: tuple[int, ...]) -> Floats:
    """Return random stochastic rows of multiples of 1/GRID; small `concentration` is sparse."""
    law = rng.dirichlet(np.full(shape[-1], concentration), size=shape[:-1])
    drawn = rng.multinomial(GRID, law.reshape(-1, shape[-1]))
    return np.asarray(drawn.reshape(shape) / GRID)


@cache
def random_systems(
    count: int, seed: int = 0, sizes: tuple[int, ...] = (2, 3), nonnegative: bool = False
) -> tuple[StarMDP, ...]:
    """Return `count` random systems whose entries are small dyadic fractions.

    Every other one lets the action name the next s_g, so that decisions matter; the rest draw P_g.
    |S_l|, |S_g| and |A_g| come from `sizes`; rewards are multiples of 1/4 in [-1, 1], of which
    `nonnegative` takes the absolute values. The same ones each time, so that tables are shared.
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
    return tuple(systems)


def random_reacting(count: int, seed: int = 0, rewards: bool = False) -> list[System]:
    """Return random systems with P_l(. | s, s_g, a), and r_l(s, s_g, a) with `rewards`."""
    systems = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        G, A, S = (int(x) for x in rng.integers(2, 4, size=3))
        A = G if number % 2 else A
        named = np.broadcast_to(np.eye(G), (G, G, G))
        P_g = named if number % 2 else rng.dirichlet(np.full(G, 0.5), size=(G, A))
        P_l = rng.dirichlet(np.full(S, float(rng.choice([0.05, 0.2, 1.0]))), size=(G, A, S))
        r_l = rng.uniform(-1, 1, (G, A if rewards else 1, S))
        r_g = rng.uniform(-1, 1, (G, A)) * rng.integers(2)
        systems.append(System(P_g, P_l, r_g, r_l, float(rng.uniform(0.1, 0.95))))
    return systems


def perturbed(Q: Floats, eps: float, seed: int) -> Floats:
    """Return a table within `eps` of `Q`: random signs, or for odd seeds what misleads most."""
    if seed % 2:
        return np.asarray(Q + eps * (1 - 2 * np.eye(Q.shape[-1])[Q.argmax(axis=-1)]))
    return Q + eps * np.random.default_rng(seed).choice([-1.0, 1.0], size=Q.shape)
