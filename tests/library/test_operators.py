"""Blocks, row classes and stages against the plain operator on all multisets, to 1e-9."""

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import multisets
from ssq_core import operators as bellman
from ssq_core import value_iteration as iteration
from tests.systems import rows

TOL = 1e-11
pytestmark = pytest.mark.usefixtures("path")


def plain_table(mdp: ssq.StarMDP, k: int) -> list[np.ndarray]:
    operator = bellman.plain(mdp, k)
    V, shift, _, _ = iteration.fixed_point(operator, TOL)
    return [q + shift for q in operator.q_values(V)]


def worst_difference(mdp: ssq.StarMDP, k: int) -> float:
    q, Q = ssq.solve(mdp, k, tol=TOL), plain_table(mdp, k)
    states = multisets.unrank_all(k, mdp.S)
    worst = 0.0
    for g in range(mdp.G):
        own = q.tables[g][:, q.layout.rank(g, states)] + mdp.local_reward(g, states)
        worst = max(worst, float(np.abs(own - Q[g]).max()))
    return worst


def system(seed: int, P_l: np.ndarray, stages: tuple | None = None) -> ssq.StarMDP:
    rng = np.random.default_rng([seed, 1])
    G, S = P_l.shape[:2]
    P_g = rows(rng, "sparse" if seed % 2 else "deterministic", G, 2, G)
    return ssq.StarMDP(
        P_g, P_l, rng.normal(size=(G, 2)), rng.normal(size=(G, S)), 0.8, stages=stages
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("parts", [(2, 3), (1, 2, 3)])
def test_two_and_three_conserved_types_one_with_a_transient_state(seed: int, parts: tuple) -> None:
    rng = np.random.default_rng(seed)
    S = sum(parts)
    P_l = np.zeros((2, S, S))
    start = 0
    for size in parts:
        own = slice(start, start + size)
        P_l[:, own, own] = rows(rng, "sparse" if size < 3 else "dense", 2, size, size)
        start += size
    P_l[:, -1, :] = 0
    P_l[:, -1, -3] = 1  # the last state is left at once...
    P_l[:, -3:-1, -1] = 0  # ...and never entered
    P_l /= P_l.sum(axis=-1, keepdims=True)
    order = rng.permutation(S)  # types need not be contiguous
    mdp = system(seed, P_l[:, order][:, :, order])
    assert len(mdp.types) >= len(parts)
    assert worst_difference(mdp, 3) < 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_equal_kernel_rows_differing_with_s_g(seed: int) -> None:
    P_l = rows(np.random.default_rng(seed), "dense", 3, 5, 5)
    P_l[0, [1, 3]] = P_l[0, 0]
    P_l[1, 4] = P_l[1, 2]
    mdp = system(seed, P_l)
    assert mdp.classes.sizes.ravel().tolist() == [3, 4, 5]
    assert worst_difference(mdp, 3) < 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("middle", [1, 2, 7])
def test_rectangular_stages(seed: int, middle: int) -> None:
    rng = np.random.default_rng(seed)
    first = rows(rng, "sparse", 2, 5, middle)
    second = rows(rng, "dense", 2, middle, 5)
    mdp = system(seed, first @ second, stages=(first, second))
    assert worst_difference(mdp, 3) < 1e-9


def test_stages_are_used_where_they_save_work() -> None:
    mdp = ssq.demand_response()
    used = bellman.chains(mdp, mdp.classes, (3, 3))
    assert max(len(chain) for chains in used.values() for chain, _ in chains) == 2
    whole = ssq.StarMDP(mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, mdp.gamma)
    entries = [
        sum(
            bellman.power_entries(m, 3)
            for chains in bellman.chains(model, model.classes, (3, 3)).values()
            for chain, _ in chains
            for m in chain
        )
        for model in (mdp, whole)
    ]
    assert entries[0] < entries[1] / 4


def test_demand_response_at_k_2() -> None:
    assert worst_difference(ssq.demand_response(weight=1.5), 2) < 1e-9


@pytest.mark.parametrize("weight", [1.5, 15.0])
def test_the_certificate_holds_against_a_solution_to_2e_11(weight: float) -> None:
    mdp = ssq.demand_response(weight)
    fine = ssq.solve(mdp, 2, tol=2e-11)
    for tol in (1e-2, 1e-6):
        rough = ssq.solve(mdp, 2, tol=tol)
        worst = max(np.abs(a - b).max() for a, b in zip(rough.tables, fine.tables, strict=True))
        assert worst <= rough.error_bound + fine.error_bound
        assert rough.error_bound <= tol


@pytest.mark.parametrize("seed", range(8))
def test_aggregation_converges_where_it_would_cycle_unguarded(seed: int) -> None:
    """s_g can stay in several places for ever, and local states hardly mix."""
    rng = np.random.default_rng(seed)
    P_g = np.stack([np.eye(4), rows(rng, "deterministic", 4, 4)], axis=1)
    P_l = 0.97 * np.eye(3) + 0.03 * rows(rng, "sparse", 4, 3, 3)
    mdp = ssq.StarMDP(P_g, P_l, rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), 0.95)
    q = ssq.solve(mdp, 3, tol=1e-9)
    assert q.error_bound <= 1e-9
    assert worst_difference(mdp, 3) < 1e-8
