"""Paper-scale results: the same gaps as the library's, whole files, and no row computed twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from ssq_core.companion import paper, provenance

TOL = 1e-7


def silent(line: str) -> None:
    pass


def computed(path: Path, **options: object) -> pd.DataFrame:
    return paper.demand_response_gaps(path, (1, 1), tol=TOL, progress=False, tell=silent, **options)


def test_the_gaps_are_those_of_optimality_gap() -> None:
    mdp = ssq.demand_response(1.5)
    optimum = ssq.solve(mdp, 3, TOL, type_counts=(2, 1))
    for k, gap in paper.gaps(optimum, (1, 2, 3), TOL):
        single = ssq.optimality_gap(mdp, k, 3, TOL, type_counts=(2, 1))
        error = gap.error_bound + single.error_bound
        assert abs(gap.max - single.max) <= error
        assert abs(gap.mean - single.mean) <= error
        assert abs(gap.at(2, [0, 24, 49]) - single.at(2, [0, 24, 49])) <= error


def test_more_than_one_block_and_k_above_n_are_refused() -> None:
    mdp = ssq.demand_response(1.5)
    with pytest.raises(ValueError, match="optimum has 3 blocks, the limit is 1"):
        next(paper.gaps(ssq.solve(mdp, 2, 1e-3), (1,)))
    with pytest.raises(ValueError, match="k must be at most 2, got 3"):
        next(paper.gaps(ssq.solve(mdp, 2, 1e-3, type_counts=(1, 1)), (3,)))


def test_a_finished_row_is_kept_and_a_missing_one_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gaps.csv"
    first = computed(path)
    assert first.k.tolist() == [1, 2]
    assert first.largest[0] > 0.1
    assert abs(first.largest[1]) <= first.error[1]
    first.iloc[:1].assign(largest=-1.0).to_csv(path, index=False)  # as if it had been stopped
    second = computed(path)
    assert second.largest.tolist() == [-1.0, first.largest[1]]
    monkeypatch.setattr(ssq, "solve", None)  # nothing is left to be solved
    pd.testing.assert_frame_equal(computed(path), second)


def test_rows_of_other_parameters_or_solvers_are_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gaps.csv"
    first = computed(path)
    first.assign(largest=-1.0).to_csv(path, index=False)
    assert computed(path, weight=1.0).largest.min() > -0.5
    first.assign(largest=-1.0, solvers="1234567890123456").to_csv(path, index=False)
    assert computed(path).largest.min() > -0.5


def test_every_row_says_where_it_comes_from(tmp_path: Path) -> None:
    rows = computed(tmp_path / "gaps.csv")
    for name, value in (provenance.library() | provenance.machine()).items():
        assert set(rows[name]) == {value}
    assert np.all(rows[["seconds", "optimum_seconds", "peak_bytes"]] > 0)


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    provenance.write_text("whole", path)
    with pytest.raises(UnicodeEncodeError):
        provenance.write_text("half \udc80", path)
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_the_stored_result_falls_with_k_to_zero_and_is_certified() -> None:
    rows = pd.read_csv(paper.N8)
    assert rows.k.tolist() == list(range(1, 9))
    assert np.all(np.diff(rows["mean"]) < rows.error.max())
    assert abs(rows.largest[7]) <= rows.error[7] <= 2 * paper.TOL
    assert rows.peak_bytes.max() < 6e9
