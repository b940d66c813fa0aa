"""Exact values and optimality gaps on systems whose figures are known."""

import pytest

import ssq_core as ssq

MATCH = ssq.counterexamples.match(0.75, 0.5)


@pytest.mark.parametrize(
    ("k", "largest", "mean"),
    [(1, 0.9584, 0.2854), (2, 0.4046, 0.0463), (3, 0.2854, 0.0157), (4, 0.0, 0.0)],
)
def test_demand_response_gaps_at_weight_1_5_with_two_agents_of_each_type(
    k: int, largest: float, mean: float
) -> None:
    gap = ssq.optimality_gap(ssq.demand_response(weight=1.5), k, 4, type_counts=(2, 2))
    assert abs(gap.max - largest) < 2e-4
    assert abs(gap.mean - mean) < 2e-4


def test_printed_demand_response_has_no_gap_at_any_k() -> None:
    mdp = ssq.demand_response()
    for k in (1, 2):
        gap = ssq.optimality_gap(mdp, k, 3, type_counts=(2, 1))
        assert abs(gap.max) <= gap.error_bound


def test_a_list_of_k_and_a_given_table_have_the_gaps_of_each_k() -> None:
    mdp, types = ssq.demand_response(1.5), (2, 1)
    optimum = ssq.solve(mdp, 3, type_counts=types)
    many = ssq.optimality_gap(mdp, [1, 2, 3], 3, type_counts=types)
    assert list(many) == [1, 2, 3]
    learned = ssq.learn(mdp, 2, m=200, iterations=60)
    noisy = ssq.optimality_gap(mdp, learned, 3, 1e-7, types)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(learned, 3), type_counts=types)
    agents = [3, 30, 4]
    assert abs(noisy.at(1, agents) - (optimum.value(1, agents) - value.at(1, agents))) < 1e-6
    for k, gap in many.items():
        table = ssq.solve(mdp, k)
        given = ssq.optimality_gap(mdp, table, 3, type_counts=types, optimum=optimum)
        assert abs(gap.max - given.max) < 1e-9
    with pytest.raises(ValueError, match=r"optimum must be solve\(mdp, 2\)"):
        ssq.optimality_gap(mdp, 1, 2, optimum=optimum)
