"""Stored results recomputed: the same bits, within their own interval, or named as different."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssq_book import catalogue
from ssq_book import studies as paper
from ssq_book.studies import provenance, verify


def noisy(k: int, seed: int) -> Mapping[str, float]:
    draws = np.random.default_rng([k, seed]).normal(size=100)
    return {"mean": draws.mean(), "mean_half": 0.2, "exact": k / 3, "error": 1e-9}


STUDY = paper.Study("noisy", tuple({"k": k, "seed": 0} for k in range(1, 21)), noisy)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(provenance, "RESULTS", tmp_path)
    monkeypatch.setattr(catalogue, "studies", lambda: (STUDY,))
    paper.run(STUDY, tell=lambda line: None)
    return STUDY.path


def statuses(**options: object) -> list[str]:
    return verify.verify(tell=lambda line: None, **options)["status"].tolist()  # type: ignore[arg-type]


def test_a_tenth_is_two_of_twenty_rows_by_seed_and_recomputed_rows_have_the_same_bits(
    stored: Path,
) -> None:
    chosen = {tuple(verify.verify(0.1, seed, tell=lambda _: None)["point"]) for seed in range(5)}
    assert len(chosen) > 1
    assert all(len(points) == 2 for points in chosen)
    assert statuses(share=1.0) == ["identical"] * 20


@pytest.mark.parametrize(
    ("stored", "now", "status"),
    [
        ({"x": 1.0, "x_half": 0.2}, {"x": 1.19}, "within"),
        ({"x": 1.0, "x_half": 0.2}, {"x": 1.21}, "differs"),
        ({"x": 1.0, "x_low": 0.9, "x_high": 1.1}, {"x": 1.05}, "within"),
        ({"x": 1.0, "x_low": 0.9, "x_high": 1.1}, {"x": 1.15}, "differs"),
        ({"x": 1.0, "error": 1e-9}, {"x": 1 + 5e-10}, "within"),
        ({"x": 1.0, "error": 1e-9}, {"x": 1 + 5e-9}, "differs"),
        ({"x": float("nan")}, {"x": float("nan")}, "identical"),
        ({"x": 1.0}, {"x": float("nan")}, "differs"),
        ({}, {"x": 1.0}, "differs"),
        ({"s": "a"}, {"s": "b"}, "differs"),
        ({"seconds": 1.0}, {"seconds": 2.0}, "identical"),
    ],
)
def test_a_number_may_move_within_its_own_interval_or_certified_error_alone(
    stored: Mapping[str, Any], now: Mapping[str, Any], status: str
) -> None:
    assert verify.compare(stored, now)[0] == status


def test_a_row_that_differs_is_stale_if_of_other_sources_and_one_may_be_missing(
    stored: Path,
) -> None:
    table = paper.read(stored).assign(exact=7.0)
    paper.write(table, stored)
    assert statuses(share=0.1) == ["differs"] * 2
    paper.write(table.assign(sources="0123"), stored)
    assert statuses(share=0.1) == ["stale"] * 2
    stored.unlink()
    assert statuses(share=0.1) == ["missing"] * 2


def test_the_table_says_what_was_done(stored: Path) -> None:
    lines: list[str] = []
    table = verify.verify(0.05, tell=lines.append)
    assert table.columns.tolist() == ["study", "point", "status", "detail"]
    assert lines[0] == "1 of 20 rows, which took 0 s when they were made"
    assert lines[1].startswith("1/1 noisy (k = ")
    assert lines[2].strip() == "identical"
    with pytest.raises(ValueError, match=r"only must name studies \(noisy\), got 'other'"):
        verify.verify(only=["other"])


def test_a_table_that_is_not_whole_is_said_to_be_damaged(stored: Path) -> None:
    stored.write_text(stored.read_text()[:-5])
    table = verify.verify(1.0, tell=lambda line: None)
    assert set(table["status"]) == {"damaged"}
    assert f"{stored} is not a whole table of results: line 21" in table["detail"][0]
