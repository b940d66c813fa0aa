"""Stored results recomputed: the same bits, within their own interval, or named as different."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ssq_book import catalogue
from ssq_book import studies as paper
from ssq_book.studies import provenance, verify

OFFSET = {"value": 0.0}


def noisy(k: int, seed: int) -> Mapping[str, float]:
    draws = np.random.default_rng([k, seed]).normal(size=100)
    return {"mean": draws.mean() + OFFSET["value"], "mean_half": 0.2, "exact": k / 3, "error": 1e-9}


STUDY = paper.Study("noisy", tuple({"k": k, "seed": 0} for k in range(1, 21)), noisy)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(provenance, "RESULTS", tmp_path)
    monkeypatch.setattr(catalogue, "studies", lambda: (STUDY,))
    monkeypatch.setitem(OFFSET, "value", 0.0)
    paper.run(STUDY, tell=lambda line: None)
    return STUDY.path


def statuses(**options: object) -> list[str]:
    return verify.verify(tell=lambda line: None, **options)["status"].tolist()  # type: ignore[arg-type]


def test_what_is_recomputed_by_the_same_sources_has_the_same_bits(stored: Path) -> None:
    assert statuses(share=1.0) == ["identical"] * 20


def test_a_tenth_is_two_of_twenty_rows_and_another_seed_takes_others(stored: Path) -> None:
    chosen = {tuple(verify.verify(0.1, seed, tell=lambda _: None)["point"]) for seed in range(5)}
    assert len(chosen) > 1
    assert all(len(points) == 2 for points in chosen)


@pytest.mark.parametrize(("shift", "status"), [(0.19, "within"), (0.21, "differs")])
def test_an_estimate_may_move_within_its_own_interval_alone(
    stored: Path, monkeypatch: pytest.MonkeyPatch, shift: float, status: str
) -> None:
    monkeypatch.setitem(OFFSET, "value", shift)
    assert statuses(share=0.1) == [status] * 2


@pytest.mark.parametrize(("shift", "status"), [(5e-10, "within"), (5e-9, "differs")])
def test_an_exact_number_may_move_within_its_certified_error_alone(
    stored: Path, shift: float, status: str
) -> None:
    table = paper.read(stored)
    paper.write(table.assign(exact=table.exact + shift), stored)
    assert statuses(share=0.1) == [status] * 2


def test_a_row_that_differs_and_has_other_sources_is_stale(stored: Path) -> None:
    paper.write(paper.read(stored).assign(exact=7.0, sources="0123"), stored)
    assert statuses(share=0.1) == ["stale"] * 2


def test_a_row_that_is_not_there_is_missing(stored: Path) -> None:
    stored.unlink()
    assert statuses(share=0.1) == ["missing"] * 2


def test_numbers_that_appear_or_vanish_differ() -> None:
    assert verify.compare({"x": float("nan")}, {"x": float("nan")}) == ("identical", "")
    assert verify.compare({"x": 1.0}, {"x": float("nan")})[0] == "differs"
    assert verify.compare({}, {"x": 1.0})[0] == "differs"
    assert verify.compare({"s": "a"}, {"s": "b"})[0] == "differs"
    assert verify.compare({"seconds": 1.0}, {"seconds": 2.0}) == ("identical", "")
    low_high = {"x": 1.0, "x_low": 0.9, "x_high": 1.1}
    assert verify.compare(low_high, {"x": 1.05})[0] == "within"
    assert verify.compare(low_high, {"x": 1.15})[0] == "differs"


def test_an_unknown_study_is_refused(stored: Path) -> None:
    with pytest.raises(ValueError, match=r"only must name studies \(noisy\), got 'other'"):
        verify.verify(only=["other"])


def test_the_table_says_what_was_done(stored: Path) -> None:
    lines: list[str] = []
    table = verify.verify(0.05, tell=lines.append)
    assert table.columns.tolist() == ["study", "point", "status", "detail"]
    assert isinstance(table, pd.DataFrame)
    assert lines[0] == "1 of 20 rows, which took 0 s when they were made"
    assert lines[1].startswith("1/1 noisy (k = ")
    assert lines[2].strip() == "identical"


def test_a_table_that_is_not_whole_is_said_to_be_damaged(stored: Path) -> None:
    stored.write_text(stored.read_text()[:-5])
    table = verify.verify(1.0, tell=lambda line: None)
    assert set(table["status"]) == {"damaged"}
    assert f"{stored} is not a whole table of results: line 21" in table["detail"][0]
