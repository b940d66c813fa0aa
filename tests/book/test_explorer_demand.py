"""The explorer of demand response and its stored grid show the library's gaps, maps and noise."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.demand_response import explorer
from ssq_book.chapters.demand_response.grid import GRID, KS, MS, TOL, grid_point
from ssq_book.chapters.demand_response.policies import execution_map, policy_map
from ssq_book.studies import read

SMALL = {"n1": 1, "n2": 1, "weight": 1.5, "gamma": 0.9, "iterations": 100, "seed": 0}
SETTING = {"weight": 1.5, "gamma": 0.9, "iterations": 150, "seed": 0}
MDP = ssq.demand_response(weight=1.5)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("m", [3, 0])
def test_a_point_is_what_the_library_computes(k: int, m: int) -> None:
    row, exact = grid_point(**SMALL, k=k, m=m), ssq.solve(MDP, k)
    block = (1, 1) if k == 2 else None  # where all are sampled
    q = ssq.learn(MDP, k, m, 100, 0, type_counts=block) if m else exact
    gap = ssq.optimality_gap(MDP, q, 2, 1e-7, (1, 1))
    error = row["error"] + gap.error_bound
    assert row["error"] <= 2 * TOL
    assert row["largest"] == pytest.approx(gap.max, abs=error)
    assert row["mean"] == pytest.approx(gap.mean, abs=error)
    assert row["noise"] == pytest.approx(ssq.bellman_noise(q, exact), abs=1e-6)
    pi = ssq.SubsampledPolicy(q, 2)
    greedy, executed = explorer.maps(row)
    np.testing.assert_array_equal(greedy, policy_map(q, (1, 1)))
    np.testing.assert_allclose(executed, execution_map(pi, (1, 1)), atol=5.1e-4)
    value = ssq.policy_value(MDP, pi, TOL, type_counts=(1, 1))
    every = [value.at(g, [i, 25 + j]) for g, i, j in np.ndindex(5, 25, 25)]
    assert row["value"] == pytest.approx(np.mean(every), abs=2 * error + TOL)


def test_the_stored_grid_is_whole_and_its_gaps_fall_with_k_to_zero() -> None:
    rows = read(GRID.path)
    assert [tuple(x) for x in rows[["k", "m"]].to_numpy()] == [(k, m) for k in KS for m in MS]
    exact = rows[rows.m == 0]
    assert np.all(np.diff(exact["mean"]) < 0)
    assert abs(exact.largest.iloc[-1]) <= exact.error.iloc[-1] <= 2e-7
    assert rows.error.max() <= 2 * TOL
    for row in rows.to_dict("records"):
        greedy, executed = explorer.maps(row)
        assert set(np.unique(greedy)) <= {0, 1, 2}
        assert np.abs(executed).max() <= 1


def test_a_page_reads_the_grid_and_a_kernel_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []

    def counted(**point: Any) -> Any:
        computed.append(point["k"])
        return explorer._stored()[explorer._key(point)]

    monkeypatch.setattr(explorer.grid, "grid_point", counted)
    monkeypatch.setattr(explorer, "_computed", {})
    for live, expected in ((False, []), (True, [2, 1, 3, 4, 5])):
        shown = explorer.demand_response(k=2, live=live)
        start = {control.name: control.start for control in shown.controls}
        assert shown.compute(**start).text.startswith("k = 2 of n = 5 users")
        assert computed == expected


def test_a_cost_counts_the_points_that_are_still_to_be_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explorer, "_computed", {})
    assert 0.5 < explorer.cost(k=2, m=inf, n1=3, n2=2, **SETTING) < 10  # where a notebook starts
    assert explorer.cost(k=5, m=20, n1=3, n2=2, **SETTING) > 10
    assert explorer.cost(k=8, m=20, n1=5, n2=2, **SETTING) == 0  # refused in other words
    for k in range(1, 6):
        point = SETTING | {"n1": 3, "n2": 2, "k": k, "m": 0}
        explorer._computed[tuple(point[name] for name in explorer.POINT)] = {}
    assert explorer.cost(k=2, m=inf, n1=3, n2=2, **SETTING) == 0
    learned = explorer.cost(k=2, m=10, n1=3, n2=2, **SETTING)
    assert 0.5 < learned == explorer.seconds(3, 2, 150, 2, 10) < 10
