"""Blocks, row classes and stages of larger systems against ordered tuples, to 1e-9."""

import numpy as np
import pytest

import ssq_core as ssq
from tests import oracle
from tests.systems import rows

pytestmark = pytest.mark.usefixtures("path")


def types(rng: np.random.Generator, *parts: int) -> tuple[np.ndarray, None]:
    """Conserved types in any order of the states; the last state is left at once, never entered."""
    P_l = np.zeros((2, sum(parts), sum(parts)))
    for size, end in zip(parts, np.cumsum(parts), strict=True):
        own = slice(end - size, end)
        P_l[:, own, own] = rows(rng, "sparse" if size < 3 else "dense", 2, size, size)
    P_l[:, -1, :] = 0
    P_l[:, -1, -3] = 1
    P_l[:, -3:-1, -1] = 0
    P_l /= P_l.sum(axis=-1, keepdims=True)
    order = rng.permutation(len(P_l[0]))
    return P_l[:, order][:, :, order], None


def classes(rng: np.random.Generator) -> tuple[np.ndarray, None]:
    """Equal rows, others for each s_g."""
    P_l = rows(rng, "dense", 3, 5, 5)
    P_l[0, [1, 3]] = P_l[0, 0]
    P_l[1, 4] = P_l[1, 2]
    return P_l, None


def stages(rng: np.random.Generator, middle: int) -> tuple[np.ndarray, tuple]:
    """Rectangular stages."""
    first, second = rows(rng, "sparse", 2, 5, middle), rows(rng, "dense", 2, middle, 5)
    return first @ second, (first, second)


KERNELS = {
    "two types": lambda rng: types(rng, 2, 3),
    "three types": lambda rng: types(rng, 1, 2, 3),
    "classes": classes,
    "narrow stages": lambda rng: stages(rng, 2),
    "wide stages": lambda rng: stages(rng, 7),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KERNELS)
def test_tables_of_grouped_states_are_those_on_ordered_tuples(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    P_l, factors = KERNELS[kind](rng)
    G, S = P_l.shape[:2]
    P_g = rows(rng, "sparse" if seed % 2 else "deterministic", G, 2, G)
    mdp = ssq.StarMDP(
        P_g, P_l, rng.normal(size=(G, 2)), rng.normal(size=(G, S)), 0.8, stages=factors
    )
    assert len(mdp.types) >= {"two types": 2, "three types": 3}.get(kind, 1)
    q = ssq.solve(mdp, 3, tol=1e-11)
    assert np.abs(oracle.table_of(q) - oracle.fixed_point(mdp, 3)).max() < 1e-9


def test_demand_response_is_that_on_ordered_tuples() -> None:
    mdp = ssq.demand_response(weight=1.5)
    q, Q = ssq.solve(mdp, 2, iterations=4), oracle.iterate(mdp, 2, 4)
    for s in np.random.default_rng(0).integers(50, size=(200, 2)):
        for g in range(mdp.G):
            assert np.abs(q.at(g, s) - Q[(g, *s)]).max() < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_aggregation_converges_where_it_would_cycle_unguarded(seed: int) -> None:
    """s_g can stay in several places for ever, and local states hardly mix."""
    rng = np.random.default_rng(seed)
    P_g = np.stack([np.eye(4), rows(rng, "deterministic", 4, 4)], axis=1)
    P_l = 0.97 * np.eye(3) + 0.03 * rows(rng, "sparse", 4, 3, 3)
    mdp = ssq.StarMDP(P_g, P_l, rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), 0.95)
    q = ssq.solve(mdp, 3, tol=1e-9)
    assert q.error_bound <= 1e-9
    assert np.abs(oracle.table_of(q) - oracle.fixed_point(mdp, 3)).max() < 1e-8
