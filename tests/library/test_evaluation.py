"""Exact values and optimality gaps on systems whose figures are known."""

from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from tests import oracle
from tests.systems import random_system

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


@pytest.mark.parametrize("seed", range(10))
def test_the_gap_is_nonnegative_and_vanishes_at_k_equal_n(seed: int) -> None:
    mdp = random_system(seed, S=3)
    for k in (1, 2, 3):
        gap = ssq.optimality_gap(mdp, k, 3)
        assert min(table.min() for table in gap.tables) >= -gap.error_bound
    ties = 2 * 1e-7 / (1 - mdp.gamma)  # what the tie tolerance can cost
    assert gap.max <= gap.error_bound + ties


@pytest.mark.parametrize("seed", range(4))
def test_a_learned_table_is_evaluated_on_plain_states(seed: int) -> None:
    mdp = random_system(seed, S=3)
    q = ssq.learn(mdp, 2, m=3, iterations=20, seed=seed)
    value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, 3), tol=1e-11)
    choice = np.array(
        [[[q.action(g, [i, j]) for j in range(3)] for i in range(3)] for g in range(mdp.G)]
    )
    V = oracle.policy_value(mdp, oracle.action_probabilities(choice, 3, mdp.A, "subsets"))
    for g, *s in product(range(mdp.G), *[range(3)] * 3):
        assert abs(value.at(g, s) - V[(g, *s)]) < 1e-9


def test_a_block_alone_gives_the_same_gaps() -> None:
    mdp = ssq.demand_response(weight=1.5)
    whole = ssq.optimality_gap(mdp, 1, 2)
    alone = ssq.optimality_gap(mdp, 1, 2, type_counts=(1, 1))
    rng = np.random.default_rng(0)
    for _ in range(20):
        g, s = int(rng.integers(5)), [int(rng.integers(25)), 25 + int(rng.integers(25))]
        assert abs(whole.at(g, s) - alone.at(g, s)) < 1e-7
    with pytest.raises(ValueError, match="outside the solved blocks"):
        alone.at(0, [0, 1])


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


def test_the_mean_counts_every_ordering_once() -> None:
    gap = ssq.optimality_gap(MATCH, 1, 3)
    states = [(g, (a, b, c)) for g in (0, 1) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    assert abs(gap.mean - np.mean([gap.at(g, s) for g, s in states])) < 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ssq.optimality_gap(MATCH, 4, 3), "k must be at most 3, got 4"),
        (lambda: ssq.optimality_gap(MATCH, 0, 3), "k must be at least 1, got 0"),
        (lambda: ssq.optimality_gap(MATCH, 1, 3, tol=-1), "tol must be positive"),
        (lambda: ssq.optimality_gap(MATCH, 1, 3, type_counts=(2,)), "type_counts must sum to 3"),
        (
            lambda: ssq.policy_value(
                ssq.demand_response(), ssq.SubsampledPolicy(ssq.solve(MATCH, 1), 2)
            ),
            "pi was made for another model",
        ),
    ],
)
def test_bad_input_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_an_evaluation_that_cannot_fit_is_refused() -> None:
    with pytest.raises(ssq.TableTooLarge):
        ssq.optimality_gap(ssq.demand_response(), 2, 40)
