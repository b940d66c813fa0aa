"""Certificates against exact arithmetic: whatever is merged, factored, normalised or rounded."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from tests.exact_numbers import Exact
from tests.systems import rows


def near(rng: np.random.Generator, P_l: np.ndarray, size: float) -> np.ndarray:
    """The kernel with `size` moved from one entry of each row to another."""
    out = P_l.copy()
    for own in out.reshape(-1, P_l.shape[-1]):
        i, j = rng.choice(len(own), 2, replace=False)
        step = min(size, own[i])
        own[i], own[j] = own[i] - step, own[j] + step
    return out


def system(seed: int) -> tuple[dict[str, Any], int]:
    """Nearly equal rows, nearly factored stages or sums off 1; rewards and discounts of any size.

    The arguments of `StarMDP`, as they are given, and k.
    """
    rng = np.random.default_rng([seed, 77])
    G, A, S = map(int, rng.integers([1, 1, 2], [3, 3, 4]))
    h, scale = 10 ** rng.uniform(-17, -12.1), 10 ** rng.uniform(-12, 12)
    gamma = [0.5, 0.9, 0.99, 1 - 1e-4, 1 - 1e-6][seed % 5]
    P_g, P_l, stages = rows(rng, "sparse", G, A, G), rows(rng, "dense", G, S, S), None
    kind = seed % 4
    if kind == 0:  # rows that nearly agree
        P_l[:, 1:] = P_l[:, :1]
        P_l = near(rng, P_l, h)
    elif kind == 1:  # stages that nearly multiply to the kernel
        stages = rows(rng, "dense", G, S, 2), rows(rng, "dense", G, 2, S)
        P_l = near(rng, stages[0] @ stages[1], h)
    elif kind == 2:  # rows that hardly mix, and sums off 1
        P_l = (0.99 * np.eye(S) + 0.01 * P_l) * (1 + rng.uniform(-9e-10, 9e-10, (G, S, 1)))
        P_g = P_g * (1 + rng.uniform(-9e-10, 9e-10, (G, A, 1)))
    r_g, r_l = scale * rng.normal(size=(G, A)), scale * rng.normal(size=(G, S))
    return dict(P_g=P_g, P_l=P_l, r_g=r_g, r_l=r_l, gamma=gamma, stages=stages), 1 + seed % 2


def exact(given: dict[str, Any], k: int) -> Exact:
    return Exact(*(given[name] for name in ("P_g", "P_l", "r_g", "r_l", "gamma")), k)


def error(q: ssq.QTable, given: dict[str, Any]) -> Fraction:
    """The largest distance of a table from the exact fixed point."""
    return max(
        abs(Fraction(float(value)) - own)
        for (g, s), every in exact(given, q.k).fixed_point().items()
        for value, own in zip(q.at(g, s), every, strict=True)
    )


def test_rows_that_agree_to_twelve_digits_are_not_taken_for_one(path: None) -> None:
    h = 4.9e-13
    P_l = [[
        [0, 0.98, 0.01 - h, 0.01 + h], [0, 0.98, 0.01 + h, 0.01 - h],
        [0, 0.001, 0.999, 0], [0, 0.001, 0, 0.999],
    ]]  # fmt: skip
    given = dict(P_g=[[[1.0]]], P_l=P_l, r_g=[[0.0]], r_l=[[0.0, 0.0, 1000.0, -1000.0]], gamma=0.9)
    q = ssq.solve(ssq.StarMDP(**given), 1, tol=1e-9)
    assert error(q, given) <= q.error_bound <= 1e-9


@pytest.mark.parametrize("seed", range(100))
def test_the_certified_error_of_a_table_holds_against_exact_arithmetic(
    path: None, seed: int
) -> None:
    given, k = system(seed)
    q = ssq.solve(ssq.StarMDP(**given), k)
    assert error(q, given) <= q.error_bound


@pytest.mark.parametrize("seed", range(40))
def test_the_certified_error_of_a_gap_holds_against_exact_arithmetic(seed: int) -> None:
    given, _ = system(seed)
    mdp = ssq.StarMDP(**given)
    q, gap = ssq.solve(mdp, 1), ssq.optimality_gap(mdp, 1, 2)
    of_two = exact(given, 2)
    best = {z: max(own) for z, own in of_two.fixed_point().items()}
    votes = {(g, s): [q.action(g, [i]) for i in s] for g, s in best}
    law = {z: [Fraction(own.count(a), 2) for a in range(mdp.A)] for z, own in votes.items()}
    value = of_two.value(law)
    assert all(abs(Fraction(gap.at(*z)) - (best[z] - value[z])) <= gap.error_bound for z in best)


@pytest.mark.parametrize("seed", range(12))
def test_rewards_in_another_unit_give_the_same_table_in_that_unit(path: None, seed: int) -> None:
    given, k = system(seed)
    unit = 2.0 ** np.random.default_rng(seed).integers(-40, 40)
    scaled = given | {name: unit * given[name] for name in ("r_g", "r_l")}
    q, other = ssq.solve(ssq.StarMDP(**given), k), ssq.solve(ssq.StarMDP(**scaled), k)
    assert other.error_bound == unit * q.error_bound
    for mine, table, chosen, greedy in zip(
        q.tables, other.tables, q.greedy, other.greedy, strict=True
    ):
        np.testing.assert_array_equal(table, unit * mine)
        np.testing.assert_array_equal(greedy, chosen)


@pytest.mark.parametrize("seed", range(8))
def test_a_refused_tolerance_names_one_that_works(path: None, seed: int) -> None:
    given, k = system(seed)
    mdp = ssq.StarMDP(**given)
    for call in (
        lambda tol: ssq.solve(mdp, k, tol=tol),
        lambda tol: ssq.optimality_gap(mdp, 1, 2, tol=tol),
    ):
        with pytest.raises(
            ValueError, match=r"tol = 1e-300 is below .*; tol = .* works"
        ) as refused:
            call(1e-300)
        named = float(str(refused.value).split("; tol = ")[1].removesuffix(" works"))
        assert call(named).error_bound <= 2 * named


@pytest.mark.parametrize(("gamma", "k", "tol"), [(0.9999, 1, 1e-7), (1 - 1e-6, 2, 1e-2)])
def test_high_discounts_are_solved_in_few_sweeps(
    path: None, gamma: float, k: int, tol: float
) -> None:
    q = ssq.solve(ssq.demand_response(1.5, gamma), k, tol=tol)
    assert q.error_bound <= tol
    assert q.sweeps <= 200


def test_an_action_that_is_as_good_as_forbidden_costs_no_certificate_and_no_tie() -> None:
    given = dict(
        P_g=[[[1.0], [1.0], [1.0]]], P_l=[[[0.7, 0.3], [0.4, 0.6]]],
        r_g=[[0.0, -1e12 / 3, 1e-3]], r_l=[[0.3, 0.1]], gamma=0.9,
    )  # fmt: skip
    q = ssq.solve(ssq.StarMDP(**given), 1)
    assert [q.action(0, [s]) for s in (0, 1)] == [2, 2]
    assert error(q, given) <= q.error_bound


def test_entries_of_a_joint_matrix_that_are_sums_of_many_are_counted() -> None:
    P_l = np.zeros((2, 80, 80))
    P_l[0], P_l[1, :, 0] = np.eye(80), 1
    P_l[0, 0] = np.append(1 - 79 * 2e-6, np.full(79, 2e-6))
    mdp = ssq.StarMDP([[[0, 1]], [[0, 1]]], P_l, [[-1.0], [1.0]], np.zeros((2, 80)), 0.5)
    q = ssq.solve(mdp, 3)
    # s_g is 1 from the first step on, whatever the agents do: Q(0, .) = -1 + 1 but for row sums
    row = sum(map(Fraction, P_l[0, 0].tolist()))
    exactly = -1 + Fraction(1, 2) * row**3 * 2
    assert abs(Fraction(float(q.at(0, [0, 0, 0])[0])) - exactly) <= q.error_bound


@pytest.mark.parametrize("gamma", [0.999, 1 - 1e-6])
def test_agents_that_turn_in_a_circle_stall_nothing(gamma: float) -> None:
    for turn in (np.eye(2)[::-1], np.roll(np.eye(3), 1, axis=1)):
        S = len(turn)
        mdp = ssq.StarMDP([[[1.0]]], [turn], [[0.0]], [np.arange(S)], gamma)
        q = ssq.solve(mdp, 1, type_counts=(1,))
        assert q.sweeps < 2000
        seen = sum(gamma**t * ((-t if turn[0, 1] == 0 else t) % S) for t in range(S))
        assert abs(q.value(0, [0]) - seen / (1 - gamma**S)) <= q.error_bound + 1e-9 / (1 - gamma)


@pytest.mark.parametrize("unit", [0.0, 1e-320, 1e-310, 1e99])
def test_the_smallest_and_the_largest_rewards_are_solved(unit: float) -> None:
    mdp = ssq.counterexamples.match(0.75, 0.9)
    mdp = ssq.StarMDP(mdp.P_g, mdp.P_l, unit * mdp.r_g, unit * mdp.r_l, mdp.gamma)
    assert abs(ssq.solve(mdp, 1).value(0, [0]) - 7.75 * unit) <= 1e-8 * max(unit, 1e-290)
    assert ssq.optimality_gap(mdp, 1, 2).max >= 0
    assert ssq.mean_field.solve(mdp).value(0, [1.0, 0.0]) <= 7.75 * unit + 1e-290


def test_a_gap_vanishes_at_k_equal_to_n_in_every_unit() -> None:
    for unit in (1e-9, 1.0, 1e9):
        mdp = ssq.demand_response(1.5)
        mdp = ssq.StarMDP(mdp.P_g, mdp.P_l, unit * mdp.r_g, unit * mdp.r_l, mdp.gamma)
        gap = ssq.optimality_gap(mdp, 2, 2, type_counts=(1, 1))
        assert gap.max <= 1e-7 * unit
