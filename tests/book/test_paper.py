"""Paper-scale results: whole files, no row computed twice, and the same gaps as the library's."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ssq_book import catalogue
from ssq_book import studies as paper
from ssq_book.chapters.performance import measurements as performance
from ssq_book.studies import __main__ as command
from ssq_book.studies import provenance, sources

ROOT = Path(__file__).parents[2]
calls: list[int] = []


def squares(k: int, name: str) -> Mapping[str, float]:
    calls.append(k)
    if k == 3:
        raise ValueError("k must be at most 2, got 3")
    return {"square": k * k + 0.1}


TWO = paper.Study("squares", ({"k": 1, "name": "a"}, {"k": 2, "name": "a"}), squares)


def silent(line: str) -> None:
    pass


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


def test_a_finished_row_is_kept_and_a_missing_one_is_computed(tmp_path: Path) -> None:
    path = tmp_path / "squares.csv"
    lines: list[str] = []
    first = paper.run(TWO, path, lines.append)
    assert lines[0] == "squares: 2 of 2 rows to compute"
    assert len(lines) == 3
    assert first.square.tolist() == [1.1, 4.1]
    for name, value in (TWO.origin() | provenance.machine()).items():
        assert set(first[name]) == {value}
    assert set(first.command) == {"python -m ssq_book.studies --only squares"}
    assert (first.peak_bytes > 0).all()
    paper.write(first.iloc[1:].assign(square=-1.0), path)  # as if it had been stopped
    second = paper.run(TWO, path, silent)
    assert second.square.tolist() == [1.1, -1.0]
    assert calls == [1, 2, 1]
    pd.testing.assert_frame_equal(paper.run(TWO, path, silent), second)
    pd.testing.assert_frame_equal(paper.read(path), second)
    assert len(calls) == 3


def test_rows_of_other_sources_are_computed_again_and_those_of_other_points_dropped(
    tmp_path: Path,
) -> None:
    path = tmp_path / "squares.csv"
    for changed in ("sources", "version"):
        paper.write(paper.run(TWO, path, silent).assign(**{changed: "0123"}), path)
    stored = paper.read(path).assign(seconds=[20.0, 30.5], peak_bytes=[2e6, 3e6])
    paper.write(stored, path)
    lines: list[str] = []
    paper.run(TWO, path, lines.append)
    assert lines[0].endswith(" rows to compute; the 2 last stored took 50 s and 3 MB")
    assert calls == [1, 2] * 3
    other = replace(TWO, points=({"k": 2, "name": "a"}, {"k": 2, "name": "b"}))
    assert paper.run(other, path, silent).name.tolist() == ["a", "b"]
    assert calls == [1, 2] * 3 + [2]


def test_a_failure_keeps_what_is_finished_and_stops_no_other_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(provenance, "RESULTS", tmp_path)
    bad = paper.Study("bad", tuple({"k": k, "name": "a"} for k in (1, 3, 2)), squares)
    monkeypatch.setattr(catalogue, "studies", lambda: (bad, TWO))
    assert command.main([]) == 1
    assert "failed: bad: ValueError: k must be at most 2, got 3" in capsys.readouterr().err
    assert paper.read(bad.path).k.tolist() == [1]
    assert paper.read(TWO.path).k.tolist() == [1, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "squares.csv"]
    monkeypatch.setattr(catalogue, "studies", lambda: (TWO,))
    capsys.readouterr()
    assert command.main([]) == 0
    said = "every row is there, of the code that is here: nothing to compute\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("study", catalogue.studies(), ids=lambda study: study.name)
def test_every_stored_result_has_each_of_its_points_by_the_code_that_is_here(
    study: paper.Study,
) -> None:
    table = paper.read(study.path)
    rows = table.to_dict("records")
    for point in study.points:
        assert sum(point.items() <= row.items() for row in rows) == 1, point
    assert len(rows) == len(study.points)
    for name, value in study.origin().items():
        assert set(table[name]) == {value}, f"{name}: make paper"


def test_the_benchmarks_are_of_the_code_that_is_here() -> None:
    described = performance.description()
    today = sources.origin(sources.closure((ROOT / "benchmarks").glob("*.py"), stored=False))
    assert {name: described.get(name) for name in today} == today, "make bench"
