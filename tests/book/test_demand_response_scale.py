"""Many users: starts, returns, what no policy exceeds, and common random numbers."""

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import common_random_numbers
from ssq_book.chapters.demand_response.policies import mean_start_value
from ssq_book.chapters.demand_response_scale import returns, studies
from ssq_book.common import interval, log_slope, spawn
from ssq_core import mean_field
from tests.systems import random_system

MDP = ssq.demand_response(1.5)


def test_an_interval_is_students_and_leaves_the_differences_of_strata_out() -> None:
    mean, half = interval([1.0, 3.0])
    assert (mean, half) == (2.0, pytest.approx(12.7062047364))  # t of one degree of freedom
    assert np.isnan(interval([1.0])[1])
    values = np.tile([0.0, 10.0], 50) + np.repeat([1.0, -1.0], 50)
    mean, half = interval(values, 2)
    assert mean == 5.0
    assert half == pytest.approx(1.9845 * np.sqrt(50 / 49 / 100), rel=1e-4)
    assert interval(values)[1] > half


def test_a_slope_of_a_power_law_is_its_exponent() -> None:
    x = np.exp([0.0, 1.0, 2.0])
    assert log_slope(x, 3 * x**-0.5) == (pytest.approx(-0.5), pytest.approx(0, abs=1e-6))


# -- common random numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("mdp", [*(random_system(seed, S=4) for seed in range(4)), MDP])
def test_mean_returns_agree_with_the_exact_values_within_four_standard_errors(mdp) -> None:
    states = np.random.default_rng(0).integers(mdp.S, size=4)
    tables = {k: ssq.solve(mdp, k) for k in (1, 2)}  # MDP has stages, the others have not
    horizon = int(np.ceil(np.log(1e-5) / np.log(mdp.gamma)))
    tail = mdp.gamma**horizon * 2 * mdp.r_max / (1 - mdp.gamma)
    start = np.zeros(4000, dtype=int), np.tile(states, (4000, 1))
    earned = common_random_numbers.returns({str(k): q for k, q in tables.items()}, start, horizon)
    for k, q in tables.items():
        own = [int((mdp.type_of[states] == t).sum()) for t in range(len(mdp.types))]
        value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, 4), type_counts=own)
        error = 4 * earned[str(k)].sem() + tail
        assert abs(earned[str(k)].mean() - value.at(0, states)) <= error


def test_equal_policies_earn_the_same_in_every_run_and_others_nearly_so() -> None:
    tables = {k: ssq.solve(MDP, k, 1e-6) for k in (2, 3)}
    start = returns.start_agents(MDP, (10, 10), 200, seed=1)
    policies = {"two": tables[2], "again": tables[2], "three": tables[3]}
    earned = common_random_numbers.returns(policies, start, 60, seed=2)
    assert np.array_equal(earned["two"], earned["again"])
    difference = (earned["three"] - earned["two"]).std()
    assert 0 < difference < 0.3 * earned["three"].std()
    alone = common_random_numbers.returns({"three": tables[3]}, start, 60, seed=2)
    assert np.array_equal(alone["three"], earned["three"])  # whatever else runs beside


# -- returns ---------------------------------------------------------------------------------------


def test_starts_are_stratified_and_keep_their_types() -> None:
    s_g, states = returns.start_agents(MDP, (3, 2), 50, seed=0)
    assert np.bincount(s_g).tolist() == [10] * 5
    assert np.all((states < 25).sum(axis=1) == 3)
    s_g, counts = returns.start_counts(MDP, (3 * 10**8, 2), 50, seed=0)
    assert np.bincount(s_g).tolist() == [10] * 5
    assert np.all(counts[:, :25].sum(axis=1) == 3 * 10**8)
    assert np.all(counts[:, 25:].sum(axis=1) == 2)


def test_the_limit_at_the_start_is_its_value_at_the_histogram() -> None:
    limit = mean_field.solve(MDP, 1e-4)
    start = returns.start_agents(MDP, (2, 2), 10, seed=1)
    shares = [np.bincount(states, minlength=MDP.S) / 4 for states in start[1]]
    each = [limit.value(g, F) for g, F in zip(start[0], shares, strict=True)]
    seen = returns.limit_at_start(limit, start, [4], seed=0)
    assert seen == {"V_inf 4": pytest.approx(np.mean(each), abs=1e-12)}


# -- studies ---------------------------------------------------------------------------------------


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(studies, "TABLES", (1, 2))
    monkeypatch.setattr(studies, "SAMPLES", (1, 4))
    monkeypatch.setattr(studies, "LEARNED", (1,))
    studies._policies.cache_clear()
    yield
    studies._policies.cache_clear()


@pytest.mark.usefixtures("_few")
def test_a_batch_is_a_run_with_common_random_numbers_and_a_population_is_algorithm_2() -> None:
    row = studies.returns(1.5, 20, 50, 3)
    starts, moves, _ = spawn(3, 3)
    start = returns.start_agents(MDP, (25, 25), 50, starts)
    again = common_random_numbers.returns({"two": ssq.solve(MDP, 2, 1e-6)}, start, 20, moves)
    assert row["table 2"] == again["two"].mean()
    assert row != studies.returns(1.5, 20, 50, 4)
    names = {"table 1", "table 2", "limit 1", "limit 4", "learned 1", "V_inf 1", "V_inf 4"}
    assert names | {f"constant {c}" for c in range(1, 6)} == set(row)
    row = studies.population(1.5, 120, 50, 10**6, "limit 4")
    short = studies.population(1.5, 100, 50, 10**6, "limit 4")
    assert row["first"] == pytest.approx(short["mean"], rel=1e-12)  # the first hundred steps
    assert 0 < row["mean"] - row["first"] <= 0.9**100 * MDP.r_max / 0.1


def test_the_ceiling_is_above_the_optimum_of_few_users_and_the_limit_below() -> None:
    row = studies.ceiling(1.5, 2, 1, 2)
    value = mean_start_value(ssq.solve(MDP, 3, 1e-6, type_counts=(2, 1)), (2, 1))
    assert row["least"] < value < row["most"]
    assert row["limit"] < row["most"]
    limit = mean_field.sampled(mean_field.solve(MDP), 1)
    expected = mean_start_value(limit, (1, 1))
    assert studies.ceiling(1.5, 1, 1, 1)["limit"] == pytest.approx(expected, abs=1e-5)


# -- judges ----------------------------------------------------------------------------------------


def test_a_policy_is_judged_as_by_certify() -> None:
    start = returns.start_counts(MDP, (2, 1), 500, seed=3)
    tables = {k: ssq.solve(MDP, k) for k in (1, 2)}
    whole = ssq.solve(MDP, 3, type_counts=(2, 1))
    table = returns.judged({"k = 1": tables[1]}, tables | {3: whole}, start, 60, seed=4)
    assert table["j"].tolist() == [1, 2, 3]
    one = ssq.certify(MDP, tables[1], tables[2], start, 60, 500, 4)
    assert table.set_index("j").loc[2, ["loss", "upper"]].tolist() == [one.loss, one.upper]
