"""Choosing k and m: losses at a fork, both ends of the studies' losses, costs and figures."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D

import ssq_core as ssq
from ssq_book.chapters.choosing_k import figures, forks, studies, tables
from ssq_book.chapters.demand_response.policies import constant_target, optimum
from ssq_book.studies import read


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


def test_the_stored_losses_fall_with_k_and_lie_above_what_is_lost_at_least() -> None:
    stored = read(studies.LOSSES.path)
    assert (stored.lower - stored.lower_half <= stored.upper).all()
    for _, rows in stored[stored.policy.str.startswith("table")].groupby("n"):
        assert list(rows.upper) == sorted(rows.upper, reverse=True)


def ys(line: Line2D) -> list[float]:
    drawn: list[float] = np.asarray(line.get_ydata()).tolist()
    return drawn


def means(ax: Axes) -> list[list[float]]:
    return [ys(bar.lines[0]) for bar in ax.containers if isinstance(bar, ErrorbarContainer)]


LOSSES = pd.DataFrame(
    [
        ("table 1", 50, 0.5, 0.6, 0.3, 0.1),
        ("table 2", 50, 0.1, 0.2, 0.0, 0.1),
        ("constant 1", 50, 0.3, 0.4, 0.2, 0.1),
        ("constant 2", 50, 0.9, 1.0, 0.8, 0.1),
    ],
    columns=["policy", "n", "loss", "upper", "lower", "lower_half"],
)


def test_what_is_lost_at_most_and_at_least_is_drawn_beside_the_best_constant_target() -> None:
    (ax,) = figures.certified_loss(LOSSES).axes
    drawn = {line.get_label(): ys(line) for line in ax.lines}
    assert drawn["at most, $n = 50$"] == [0.6, 0.2]
    assert drawn["best constant target, at most"] == [0.4, 0.4]
    assert means(ax) == [[0.3]]  # the other does not differ from 0


def test_learned_tables_are_drawn_against_m_beside_exact_ones() -> None:
    rows = [(1, 3, 50, 2.0, 0.5), (1, 30, 50, 0.8, 0.1), (2, 3, 50, 1.0, 0.2)]
    learned = pd.DataFrame(rows, columns=["k", "m", "n", "loss", "loss_half"])
    (ax,) = figures.learned_loss(learned, LOSSES).axes
    assert means(ax) == [[2.0, 0.8], [1.0]]
    assert [0.5] in [ys(line) for line in ax.lines]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["3", "30", "∞"]


def test_a_bound_of_0_is_left_off_the_log_axis() -> None:
    bounds = pd.DataFrame({"P-3.2": [9.0, 8.0], "L5": [5.0, 0.0], "any": [7.0, 7.0]}, [1, 50])
    (ax,) = figures.bounds_and_losses(bounds, LOSSES).axes
    assert [ys(line) for line in ax.lines] == [[9.0, 8.0], [5.0], [7.0, 7.0], [0.6, 0.2]]


def test_costs_count_the_entries_that_learning_has() -> None:
    table = tables.costs()
    for k in (1, 2):
        learned = ssq.learn(ssq.demand_response(), k, 1, 1, progress=False)
        assert table["entries, histograms"][k] == sum(own.size for own in learned.tables)
    assert table["entries, tuples"][2] == 15 * 50**2
