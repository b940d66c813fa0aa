"""The explorer of demand response and its stored grid show the library's gaps, maps and noise."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.chapters.demand_response import explorer as demand
from ssq_book.chapters.demand_response.grid import GRID, KS, MS, TOL, grid_point
from ssq_book.chapters.demand_response.policies import execution_map, policy_gap, policy_map

SMALL = {"n1": 1, "n2": 1, "weight": 1.5, "gamma": 0.9, "iterations": 100, "seed": 0}


@pytest.fixture(scope="module")
def mdp() -> ssq.StarMDP:
    return ssq.demand_response(weight=1.5)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("m", [3, 0])
def test_a_point_is_what_the_library_computes(mdp: ssq.StarMDP, k: int, m: int) -> None:
    row = grid_point(**SMALL, k=k, m=m)
    q = ssq.solve(mdp, k) if m == 0 else ssq.learn(mdp, k, m, 100, 0)
    pi, optimum = ssq.SubsampledPolicy(q, 2), ssq.solve(mdp, 2, type_counts=(1, 1))
    gap = policy_gap(mdp, pi, optimum, (1, 1))
    error = row["error"] + gap.error_bound
    assert row["error"] <= 2 * TOL
    assert row["largest"] == pytest.approx(gap.max, abs=error)
    assert row["mean"] == pytest.approx(gap.mean, abs=error)
    greedy, executed = demand.maps(row)
    np.testing.assert_array_equal(greedy, policy_map(q, (1, 1)))
    np.testing.assert_allclose(executed, execution_map(pi, (1, 1)), atol=5.1e-4)


def test_the_mean_return_is_the_mean_of_the_policy_s_value_over_all_joint_states(
    mdp: ssq.StarMDP,
) -> None:
    row = grid_point(**SMALL, k=1, m=0)
    pi = ssq.SubsampledPolicy(ssq.solve(mdp, 1), 2)
    value = ssq.policy_value(mdp, pi, type_counts=(1, 1))
    every = [value.at(g, [i, 25 + j]) for g in range(5) for i in range(25) for j in range(25)]
    assert row["value"] == pytest.approx(np.mean(every), abs=row["error"])


def test_the_noise_is_the_largest_difference_of_the_two_tables(mdp: ssq.StarMDP) -> None:
    learned, exact = ssq.learn(mdp, 1, 3, 100, 0), ssq.solve(mdp, 1)
    differences = [
        np.abs(learned.at(g, [s]) - exact.at(g, [s])).max() for g in range(5) for s in range(50)
    ]
    noise = ssq.bellman_noise(learned, exact)
    assert noise == pytest.approx(max(differences), abs=2 * exact.error_bound)
    assert noise == pytest.approx(grid_point(**SMALL, k=1, m=3)["noise"], abs=1e-6)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"k": 3}, "k must be at most 2, got 3"),
        ({"seed": -1, "m": 2}, "seed must be at least 0, got -1"),
        ({"n1": 0, "n2": 0}, r"n1 \+ n2 must be at least 1, got 0"),
    ],
)
def test_what_is_impossible_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grid_point(**SMALL | {"k": 1, "m": 0} | values)


@pytest.mark.parametrize(
    ("k", "largest", "mean"), [(1, 0.9584, 0.2854), (2, 0.4046, 0.0463), (3, 0.2854, 0.0157)]
)
def test_the_gaps_of_four_agents_at_weight_one_and_a_half(
    k: int, largest: float, mean: float
) -> None:
    row = grid_point(**SMALL | {"n1": 2, "n2": 2}, k=k, m=0)
    assert row["largest"] == pytest.approx(largest, abs=2e-4)
    assert row["mean"] == pytest.approx(mean, abs=2e-4)


def test_the_printed_weight_makes_every_map_lower_then_hold() -> None:
    own = demand.demand_response(1, 0, 1, 1, weight=15.0, live=False)
    greedy, _ = demand.maps(grid_point(**SMALL | {"weight": 15.0}, k=1, m=0))
    assert np.all(greedy[:, 0] == 1)
    assert np.all(greedy[:, 1:] == 0)
    start = {control.name: control.start for control in own.controls}
    assert "largest gap 0, mean gap 0," in own.compute(**start).text


# -- the stored grid -------------------------------------------------------------------------------


def test_the_stored_grid_is_whole_and_its_gaps_fall_with_k_to_zero() -> None:
    rows = paper.read(GRID.path)
    assert [tuple(x) for x in rows[["k", "m"]].to_numpy()] == [(k, m) for k in KS for m in MS]
    exact = rows[rows.m == 0]
    assert np.all(np.diff(exact["mean"]) < 0)
    assert abs(exact.largest.iloc[-1]) <= exact.error.iloc[-1] <= 2e-7
    assert rows.error.max() <= 2 * TOL
    for row in rows.to_dict("records"):
        greedy, executed = demand.maps(row)
        assert set(np.unique(greedy)) <= {0, 1, 2}
        assert np.abs(executed).max() <= 1


@pytest.mark.parametrize("k", KS)
def test_a_stored_exact_row_is_what_is_computed_today(k: int) -> None:
    (row,) = (r for r in paper.read(GRID.path).to_dict("records") if (r["k"], r["m"]) == (k, 0))
    setting = {name: row[name] for name in SMALL}
    today = grid_point(**setting, k=k, m=0)
    assert today["greedy"] == row["greedy"]
    assert today["executed"] == row["executed"]
    for name in ("largest", "mean", "value"):
        assert today[name] == pytest.approx(row[name], abs=row["error"] + today["error"])


@pytest.mark.slow
@pytest.mark.parametrize(("k", "m"), [(1, 3), (2, 30)])
def test_a_stored_learned_row_is_what_is_computed_today(k: int, m: int) -> None:
    rows = paper.read(GRID.path).to_dict("records")
    (row,) = (r for r in rows if (r["k"], r["m"]) == (k, m))
    today = grid_point(**{name: row[name] for name in SMALL}, k=k, m=m)
    assert today["greedy"] == row["greedy"]
    assert today["noise"] == pytest.approx(row["noise"], rel=1e-6)
    assert today["mean"] == pytest.approx(row["mean"], abs=row["error"] + today["error"])


def test_a_page_reads_the_grid_and_a_kernel_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []

    def counted(**point: Any) -> Any:
        computed.append(point["k"])
        return grid_point(**point)

    monkeypatch.setattr(demand.grid, "grid_point", counted)
    monkeypatch.setattr(demand, "_computed", {})
    for live, expected in ((False, []), (True, [2, 1, 3, 4, 5])):
        own = demand.demand_response(k=2, live=live)
        start = {control.name: control.start for control in own.controls}
        assert own.compute(**start).text.startswith("k = 2 of n = 5 users")
        assert computed == expected


def test_a_cost_counts_the_points_that_are_still_to_be_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed: dict[Any, Any] = {}
    monkeypatch.setattr(demand, "_computed", computed)
    setting = {"weight": 1.5, "gamma": 0.9, "iterations": 150, "seed": 0}
    start = demand.cost(k=2, m=inf, n1=3, n2=2, **setting)
    assert 0.5 < start < 10  # where a notebook starts
    assert demand.cost(k=5, m=20, n1=3, n2=2, **setting) > 10
    assert demand.cost(k=5, m=20, n1=5, n2=2, **setting) > 60
    assert demand.cost(k=8, m=20, n1=5, n2=2, **setting) == 0  # refused in other words
    for k in range(1, 6):
        computed[tuple(sorted((setting | {"n1": 3, "n2": 2, "k": k, "m": 0}).items()))] = {}
    assert demand.cost(k=2, m=inf, n1=3, n2=2, **setting) == 0
    learned = demand.cost(k=2, m=10, n1=3, n2=2, **setting)
    assert learned == demand.seconds(3, 2, 150, 2, 10) < 10


def test_the_entries_behind_a_cost_are_those_of_the_tables() -> None:
    mdp = ssq.demand_response(weight=1.5)
    whole, block = ssq.solve(mdp, 2, 1e-2), ssq.solve(mdp, 3, 1e-2, type_counts=(2, 1))
    learned = ssq.learn(mdp, 2, 1, 1)
    for q, kinds, counts in (
        (whole, "classes", (2,)), (block, "classes", (2, 1)), (learned, "states", (2,))
    ):  # fmt: skip
        assert demand._entries(kinds, counts) == sum(q.layout.entries(g) for g in range(mdp.G))


def test_the_sliders_have_five_values_of_k_and_of_m_in_order() -> None:
    k, m, *_ = demand.demand_response(live=False).controls
    assert list(k.grid) == [1, 2, 3, 4, 5]
    assert list(m.grid) == [1, 3, 10, 30, inf]
    _, joined, *_ = demand.demand_response(m=5, live=False).controls
    assert list(joined.grid) == [1, 3, 5, 10, 30, inf]
