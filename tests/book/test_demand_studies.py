"""The studies of demand response compute what they say, and what is stored agrees with theory."""

from __future__ import annotations

import pandas as pd
import pytest

import ssq_core as ssq
from ssq_book import common_random_numbers as coupled
from ssq_book import studies as paper
from ssq_book.chapters.demand_response import readings as demand_readings
from ssq_book.chapters.demand_response import studies as demand_small
from ssq_book.chapters.demand_response.gaps import N8
from ssq_book.chapters.demand_response_scale import returns as demand_scale
from ssq_book.chapters.demand_response_scale import studies as demand_large
from ssq_book.common import interval, spawn
from ssq_core import mean_field

MDP = ssq.demand_response(1.5)


def difference(table: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    return interval(table[one] - table[other])


def test_the_gaps_over_k_are_those_of_the_library() -> None:
    row = demand_small.gaps_over_k(2, 1, 1.5, 0.9)
    for k in (1, 2, 3):
        gap = ssq.optimality_gap(ssq.demand_response(1.5), k, 3, 1e-7, type_counts=(2, 1))
        assert row[f"largest_{k}"] == pytest.approx(gap.max, abs=4e-7)
        assert row[f"mean_{k}"] == pytest.approx(gap.mean, abs=4e-7)
    assert "largest_4" not in demand_small.gaps_over_k(2, 1, 1.5, 0.9, most=5)


def test_a_reading_is_the_systems_and_its_edge_its_own() -> None:
    name = "s̄ ± 1 reflected at 1 and 5"
    row = demand_small.reading(name, 1, 1, 1.5, 0.9)
    mdp = demand_readings.system(demand_readings.READINGS[name], 1.5)
    gap = ssq.optimality_gap(mdp, 1, 2, 1e-7, type_counts=(1, 1))
    assert row["largest_1"] == pytest.approx(gap.max, abs=4e-7)
    assert row["blind_weight"] != demand_readings.blind_weight(0.9)


@pytest.mark.parametrize(("weight", "blind"), [(15.0, True), (1.5, False)])
def test_the_printed_study_counts_the_multisets_with_another_best_action(
    weight: float, blind: bool
) -> None:
    row = demand_small.printed(2, weight, 0.9)
    q = ssq.solve(ssq.demand_response(weight), 2)
    wanted = demand_readings.LOWER_THEN_HOLD
    others = sum(int((own != a).sum()) for own, a in zip(q.greedy, wanted, strict=True))
    assert row["others"] == others
    assert (others == 0) == blind == (row["margin"] > row["error"])
    assert row["multisets"] == sum(len(own) for own in q.greedy)


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand_large, "TABLES", (1, 2))
    monkeypatch.setattr(demand_large, "SAMPLES", (1, 4))
    monkeypatch.setattr(demand_large, "LEARNED", (1,))
    demand_large._policies.cache_clear()


@pytest.mark.usefixtures("_few")
def test_a_batch_is_a_coupled_run_and_another_batch_another_one() -> None:
    row = demand_large.returns(1.5, 20, 50, 3)
    starts, moves, _ = spawn(3, 3)
    mdp = ssq.demand_response(1.5)
    start = demand_scale.start_agents(mdp, (25, 25), 50, starts)
    again = coupled.returns({"two": ssq.solve(mdp, 2, 1e-6)}, start, 20, moves)
    assert row["table 2"] == again["two"].mean()
    assert row != demand_large.returns(1.5, 20, 50, 4)
    names = {"table 1", "table 2", "limit 1", "limit 4", "learned 1", "V_inf 1", "V_inf 4"}
    assert names | {f"constant {c}" for c in range(1, 6)} == set(row)
    demand_large._policies.cache_clear()


@pytest.mark.usefixtures("_few")
def test_a_population_is_algorithm_2_and_its_first_hundred_steps_are_part_of_it() -> None:
    row = demand_large.population(1.5, 120, 50, 10**6, "limit 4")
    short = demand_large.population(1.5, 100, 50, 10**6, "limit 4")
    assert row["first"] == pytest.approx(short["mean"], rel=1e-12)
    mdp = ssq.demand_response(1.5)
    assert 0 < row["mean"] - row["first"] <= 0.9**100 * mdp.r_max / 0.1
    demand_large._policies.cache_clear()


def test_the_ceiling_is_above_the_optimum_of_few_users_and_the_limit_below() -> None:
    row = demand_large.ceiling(1.5, 2, 1, 2)
    optimum = ssq.solve(ssq.demand_response(1.5), 3, 1e-6, type_counts=(2, 1))
    value = demand_scale.mean_start_value(optimum, (2, 1))
    assert row["least"] < value < row["most"]
    assert row["limit"] < row["most"]
    assert demand_large.ceiling(1.5, 1, 1, 1)["limit"] == pytest.approx(
        demand_scale.mean_start_value(mean_field.sampled(mean_field.solve(MDP), 1), (1, 1)),
        abs=1e-5,
    )


def test_what_is_stored_of_the_printed_weight_does_not_look_at_the_users() -> None:
    stored = paper.read(demand_small.PRINTED.path)
    assert stored["k"].tolist() == list(range(1, 7))
    assert not stored["others"].any()
    assert (stored["margin"] > stored["error"]).all()


def test_what_is_stored_over_weights_ends_at_the_blind_weight() -> None:
    stored = paper.read(demand_small.PHASE.path)
    beyond = stored["weight"] > stored["blind_weight"]
    for k in (1, 2, 3):
        assert (stored[f"largest_{k}"][beyond] <= stored["error"][beyond]).all()
    assert (stored["largest_1"][~beyond] > stored["error"][~beyond]).all()


def test_what_is_stored_of_fifty_users_rises_with_k_below_the_ceiling() -> None:
    stored = paper.read(demand_large.RETURNS.path)
    assert stored["runs"].sum() >= 1000
    steps = [("table 2", "table 1", 0.318, 0.03), ("table 3", "table 2", 0.04, 0.01)]
    for one, other, about, slack in steps:
        mean, half = difference(stored, one, other)
        assert abs(mean - about) <= half + slack
    for one, other in [("limit 22", "table 6"), ("table 2", "constant 1")]:
        mean, half = difference(stored, one, other)
        assert mean > half
    ceiling = paper.read(demand_large.CEILING.path).query("weight == 1.5").set_index("j")
    top = ceiling["most"].min()
    for name in stored.filter(regex="table|limit|learned|constant"):
        mean, half = interval(stored[name])
        assert mean - half <= top


def test_what_is_stored_of_eight_users_lies_below_the_bounds() -> None:
    stored = paper.read(N8.path).set_index("k")
    known = ssq.bounds.constants(ssq.demand_response(1.5)) | {"n": 8, "eps": 0.0}
    for k, largest in stored["largest"].items():
        for bound in (ssq.bounds.theorem_3_2, ssq.bounds.L5):
            assert largest <= ssq.bounds.value(bound, k=k, **known) + stored["error"][k]
