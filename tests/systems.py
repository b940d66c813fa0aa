"""Random star-graph systems: dense, sparse, deterministic, with types, with equal rows."""

import numpy as np

from ssq_core import StarMDP

KINDS = ("dense", "sparse", "deterministic", "typed", "classes")


def rows(rng: np.random.Generator, kind: str, *shape: int) -> np.ndarray:
    """Stochastic rows: Dirichlet, on a random support, or one-hot."""
    if kind == "deterministic":
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    law = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    if kind == "sparse":
        keep = rng.random(law.shape) < 0.5
        keep[..., 0] |= ~keep.any(axis=-1)
        law = np.where(keep, law, 0)
    return law / law.sum(axis=-1, keepdims=True)


def local_kernel(rng: np.random.Generator, kind: str, G: int, S: int) -> np.ndarray:
    if kind == "typed" and S >= 2:  # two closed groups of states, one state transient to the second
        cut = max(1, S // 2)
        law = np.zeros((G, S, S))
        law[:, :cut, :cut] = rows(rng, "dense", G, cut, cut)
        law[:, cut:, cut:] = rows(rng, "sparse", G, S - cut, S - cut)
        return law
    if kind == "classes" and S >= 3:  # two states move alike
        law = rows(rng, "dense", G, S, S)
        law[:, 2] = law[:, 0]
        return law
    return rows(rng, kind if kind in KINDS[:3] else "dense", G, S, S)


def random_system(seed: int, S: int | None = None) -> StarMDP:
    """A system whose kind cycles with the seed; P_g is stochastic for even seeds."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    G, A = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    S = int(rng.integers(1, 5)) if S is None else S
    P_g = rows(rng, "deterministic" if seed % 2 else "sparse", G, A, G)
    gamma = float(rng.uniform(0.3, 0.85))
    return StarMDP(
        P_g, local_kernel(rng, kind, G, S), rng.normal(size=(G, A)), rng.normal(size=(G, S)), gamma
    )


def levels(S: int) -> StarMDP:
    """Agents on levels 0..S-1 that mostly charge at s_g = 1 and drain at 0: supports overlap."""
    up, down = np.eye(S)[np.minimum(np.arange(S) + 1, S - 1)], np.eye(S)[np.arange(S).clip(1) - 1]
    P_l = np.array([0.2 * np.eye(S) + p * up + (0.8 - p) * down for p in (0.1, 0.7)])
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    return StarMDP(P_g, P_l, np.zeros((2, 2)), [np.arange(S), -np.arange(S)], 0.9)
