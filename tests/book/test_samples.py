"""Samples against samples: the rival's calls and limit, and the two ways to measure a loss."""

from math import comb

import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from ssq_book.chapters.samples import q_learning, summary

MATCH = ssq.counterexamples.match(0.75, 0.9)


@pytest.mark.parametrize("rate", q_learning.RATES)
def test_q_learning_tends_to_the_optimum_and_counts_its_calls(rate: str) -> None:
    n, iterations, optimum = 3, 400, ssq.solve(MATCH, 3)
    q = q_learning.q_learning(MATCH, n, iterations, rate, seed=1)
    assert q.oracle_calls == iterations * 2 * comb(n + 1, n) * (n + 2)
    assert ssq.bellman_noise(q, optimum) < 0.15 * MATCH.r_max / (1 - MATCH.gamma)
    lost, half_width = q_learning.loss(q, optimum)
    assert abs(lost) <= half_width < 1e-3


def test_the_estimate_of_a_loss_agrees_with_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    mdp, n = q_learning.one_type(1.5, 0.9), 2
    assert len(mdp.types) == 1
    optimum, q = ssq.solve(mdp, n), ssq.learn(mdp, 1, 20, 100, seed=3)
    exact, certified = q_learning.loss(q, optimum)
    monkeypatch.setattr(q_learning, "FEW", 0)
    estimate, half_width = q_learning.loss(q, optimum)
    assert abs(estimate - exact) < 2 * half_width + certified
    assert half_width < exact / 4


def test_the_users_of_one_type_are_a_block_of_the_whole_system() -> None:
    whole, n = ssq.demand_response(1.5), 2
    of_type = ssq.optimality_gap(q_learning.one_type(1.5, 0.9), 1, n)
    block = ssq.optimality_gap(whole, 1, n, type_counts=(n, 0))
    assert np.isclose(of_type.mean, block.mean, rtol=0, atol=1e-8)


POINTS = pd.DataFrame(
    [
        ("a", 4, "subsample", 1, 1, 500, 3.0),
        ("a", 4, "subsample", 1, 1, 500, 5.0),
        ("a", 4, "subsample", 2, 10, 8000, 0.5),
        ("a", 4, "subsample", 3, 10, 90_000, 0.75),
        ("a", 4, "polynomial", 4, 1, 9000, 2.0),
        ("a", 4, "polynomial", 4, 64, 2_000_000, 0.25),
    ],
    columns=[*summary.KEYS, "calls", "loss"],
)


def test_the_best_of_a_budget_is_the_least_mean_loss_that_it_pays_for() -> None:
    best = summary.best_by_budget(summary.means(POINTS, "a", 4))
    assert best.index.tolist() == [10**e for e in range(3, 8)]
    assert best.k.tolist() == [1, 2, 2, 2, 4]
    assert best.loss.tolist() == [4.0, 0.5, 0.5, 0.5, 0.25]


def test_the_numbers_of_the_verdict_say_where_either_side_wins() -> None:
    points = summary.means(POINTS, "a", 4)
    numbers = summary.crossings(points, points.assign(loss=points.loss - 0.25))
    assert numbers["few_winner"] == "k = 2, m = 10"
    assert (numbers["few_calls"], numbers["few_plain"], numbers["few_loss"]) == (9000, 2.0, 0.5)
    assert (numbers["few_best"], numbers["cross_calls"]) == (0.5, 2_000_000)
    assert (numbers["match_calls"], numbers["match_subsample"]) == (2_000_000, 0.25)
