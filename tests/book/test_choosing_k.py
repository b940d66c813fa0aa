"""Choosing k and m: losses at a fork, both ends of the studies' losses, and costs."""

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.chapters.choosing_k import forks, studies
from ssq_book.chapters.demand_response.policies import constant_target, optimum
from ssq_book.chapters.performance import measurements as performance


def test_the_loss_at_a_fork_is_the_gap_of_many_agents() -> None:
    gamma, k, n, minority = 0.5, 3, 3000, 1400
    fork = ssq.counterexamples.fork(gamma)
    q = ssq.solve(fork, k)
    law = ssq.SubsampledPolicy(q, n).action_probabilities(2, [0] * (n - minority) + [1] * minority)
    exact = gamma / (1 - gamma) * (1 - 2 * minority / n) * law[1]
    assert forks.fork_loss(k, 0.5 - minority / n, gamma) == pytest.approx(exact, rel=2e-3)


def test_the_worst_fork_is_no_better_than_any_other() -> None:
    for k in (1, 5, 41):
        others = max(forks.fork_loss(k, d, 0.9) for d in np.linspace(0, 0.5, 101))
        assert others - 1e-9 <= forks.worst_fork(k, 0.9) <= 1.01 * others
    assert forks.limit(0.9) == pytest.approx(forks.worst_fork(10_001, 0.9) * 10_001**0.5, rel=1e-3)


def test_a_row_of_a_study_holds_both_ends_of_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "JUDGE", 2)  # that of the study takes seconds to solve
    row = studies.losses(1.25, 50, 100, 30, "table 1")
    assert row["lower"] - row["lower_half"] <= row["upper"]
    assert 0 < row["loss"] < row["upper"]
    assert studies.losses(1.25, 50, 100, 30, studies.BEST)["lower"] == 0


def test_a_row_of_learned_tables_is_the_mean_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "JUDGE", 2)
    row = studies.learned_losses(1.5, 50, 100, 60, 60, 4, 1, 10)
    assert 0 < row["loss"] - row["loss_half"] < row["loss"] <= row["worst"]
    assert (row["entries"], row["calls"]) == (750, 5 * 50 * 10 * 4)


def test_the_loss_of_the_best_constant_target_is_its_exact_gap() -> None:
    row, best = studies.constants(1.5, 2), optimum(2, 2, 1.5, 0.9)
    held = constant_target(ssq.solve(best.mdp, 1), row["target"])
    gap = ssq.optimality_gap(best.mdp, held, 4, type_counts=(2, 2), optimum=best)
    assert isinstance(gap, ssq.Gap)
    assert row["loss"] == pytest.approx(gap.mean, abs=1e-5)
    assert row["value"] > 30 * row["loss"]


def test_costs_count_the_entries_that_learning_has() -> None:
    table = performance.costs(performance.measurements())
    for k in (1, 2):
        learned = ssq.learn(ssq.demand_response(), k, 1, 1, progress=False)
        assert table["entries, histograms"][k] == sum(own.size for own in learned.tables)
    assert table["entries, tuples"][2] == 15 * 50**2
