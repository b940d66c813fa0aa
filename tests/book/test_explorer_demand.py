"""The explorer of demand response and its stored grid show the library's gaps, maps and noise."""

from math import inf
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.demand_response import explorer
from ssq_book.chapters.demand_response.grid import GRID, TOL, grid_point
from ssq_book.chapters.demand_response.policies import (
    execution_map,
    policy_map,
)
from ssq_book.common import interval, spawn
from ssq_book.studies import read

SMALL = {"n1": 1, "n2": 1, "weight": 1.5, "gamma": 0.9, "iterations": 100, "tables": 3, "seed": 0}
SETTING = {"weight": 1.5, "gamma": 0.9, "iterations": 75, "tables": 2, "seed": 0}
MDP = ssq.demand_response(weight=1.5)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("m", [3, 0])
def test_a_point_is_what_the_library_computes(k: int, m: int) -> None:
    row, exact = grid_point(**SMALL, k=k, m=m), ssq.solve(MDP, k)
    block = (1, 1) if k == 2 else None  # where all are sampled
    tables = [exact]
    if m:
        tables = [ssq.learn(MDP, k, m, 100, s, type_counts=block) for s in spawn(0, 3)]
    gaps = [ssq.optimality_gap(MDP, q, 2, 1e-7, (1, 1)) for q in tables]
    error = row["error"] + gaps[0].error_bound
    assert row["error"] <= 2 * TOL
    means = [gap.mean for gap in gaps]
    mean, half = interval(means) if m else (means[0], 0.0)
    expected = {"mean": mean, "half": half, "low": min(means), "high": max(means)}
    expected["largest"] = np.mean([gap.max for gap in gaps])
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=3 * error), name
    noise = np.mean([ssq.bellman_noise(q, exact) for q in tables])
    assert row["noise"] == pytest.approx(noise, abs=1e-6)
    greedy, executed = explorer.maps(row)
    pi = ssq.SubsampledPolicy(tables[0], 2)
    np.testing.assert_array_equal(greedy, policy_map(tables[0], (1, 1)))
    np.testing.assert_allclose(executed, execution_map(pi, (1, 1)), atol=5.1e-3)
    assert row["samples"] == tables[0].oracle_calls
    if m:
        assert row["entries"] == sum(table.size for table in tables[0].tables)


def test_a_page_reads_the_grid_and_a_kernel_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    rows = {row["k"]: row for row in read(GRID.path).to_dict("records") if row["m"] == 0}

    def counted(**point: Any) -> Any:
        computed.append(point["k"])
        return rows[point["k"]] | point

    monkeypatch.setattr(explorer.grid, "grid_point", counted)
    monkeypatch.setattr(explorer, "_computed", [])
    for build, expected in (("1", []), ("", [2, 1, 3, 4])):
        monkeypatch.setenv("SSQ_BUILD", build)
        shown = explorer.demand_response(k=2)
        start = {control.name: control.start for control in shown.controls}
        view = shown.compute(**start)
        assert view.text.startswith("k = 2 of n = 4 users")
        assert view.more is not None
        assert computed == expected


def test_a_cost_counts_the_points_that_are_still_to_be_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explorer, "_computed", [])
    assert 0.1 < explorer.cost(k=2, m=inf, n1=2, n2=2, **SETTING) < 10  # where a notebook starts
    assert explorer.cost(k=5, m=20, n1=3, n2=2, **SETTING) > 10
    assert explorer.cost(k=8, m=20, n1=5, n2=2, **SETTING) == 0  # refused in other words
    for k in range(1, 5):
        explorer._computed.append(SETTING | {"n1": 2, "n2": 2, "k": k, "m": 0})
    assert explorer.cost(k=2, m=inf, n1=2, n2=2, **SETTING) == 0
    learned = explorer.cost(k=2, m=10, n1=2, n2=2, **SETTING)
    assert 0.5 < learned == explorer.seconds(2, 2, 75, 2, 2, 10) < 10
