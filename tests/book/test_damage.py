"""Every cut and every flipped bit of a stored file is named, or changes nothing that it says."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.runs import parameters
from ssq_book.runs.points import Point, Store, points
from ssq_book.studies.catalogue import STUDIES
from tests import tiny
from tests.book.test_kills import same

MATCH = ssq.counterexamples.match(0.75, 0.5)
Q = ssq.solve(MATCH, 1, progress=False)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
FOREIGN = {"png": PNG, "empty": b"", "json": b'{"k": 1}', "text": b"k,value\n1,2\n"}


def cut(data: bytes) -> Iterator[bytes]:
    """Yield the first bytes of a file, of every number there is."""
    return (data[:length] for length in range(len(data)))


def flipped(data: bytes, every: bool) -> Iterator[bytes]:
    """Yield a file with one bit flipped, in each byte one of them or `every`."""
    drawn = np.random.default_rng(0).integers(8, size=len(data)).tolist()
    for i, bit in enumerate(drawn):
        for b in range(8) if every else (bit,):
            yield data[:i] + bytes([data[i] ^ 1 << b]) + data[i + 1 :]


def told(path: Path, altered: Iterator[bytes], read: Callable[[], bool]) -> tuple[int, int]:
    """Return how many altered files there are, and how many are refused, each by its name.

    `read` returns if what it reads is what was written, and raises ValueError.
    """
    number = refused = 0
    for data in altered:
        number += 1
        path.write_bytes(data)
        message = ""
        try:
            assert read(), f"another result from altered bytes, number {number}"
        except ValueError as error:
            message = str(error)
        refused += bool(message)
        assert not message or str(path) in message, number
    return number, refused


# -- tables ----------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    Q.save(tmp_path / "q.npz")
    return tmp_path / "q.npz"


def table_is_whole(path: Path) -> Callable[[], bool]:
    return lambda: same(ssq.load(path, MATCH), Q)


def test_a_table_cut_anywhere_is_refused_by_name(table: Path, survived) -> None:
    data = table.read_bytes()
    number, refused = told(table, cut(data), table_is_whole(table))
    assert number == refused == len(data) > 2000
    survived("cuts", number)


def test_a_bit_flipped_anywhere_in_a_table_changes_nothing_or_is_refused(
    table: Path, survived
) -> None:
    data = table.read_bytes()
    number, refused = told(table, flipped(data, every=False), table_is_whole(table))
    assert number == len(data)
    assert refused > number / 2  # the rest are times and attributes of the archive
    survived("flipped bits", number)


def other_heads(data: bytes) -> Iterator[bytes]:
    """Yield a file with every other value in each byte that says an array's type or shape."""
    for start in (found.start() for found in re.finditer(b"\x93NUMPY", data)):
        for i in range(start, start + 80):
            if data[i : i + 1] in b"0123456789<|fiUuTF(,)":
                yield from (
                    data[:i] + bytes([v]) + data[i + 1 :] for v in range(256) if v != data[i]
                )


@pytest.mark.slow
def test_no_bit_of_a_table_can_flip_into_another_result(table: Path, survived) -> None:
    data = table.read_bytes()
    number, _ = told(table, flipped(data, every=True), table_is_whole(table))
    survived("flipped bits", number)
    number, refused = told(table, other_heads(data), table_is_whole(table))
    assert number == refused > 30_000
    survived("changed bytes", number)


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_in_place_of_a_table_is_named(table: Path, kind: str) -> None:
    assert told(table, iter([FOREIGN[kind]]), table_is_whole(table)) == (1, 1)


def test_a_folder_and_a_missing_file_in_place_of_a_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        ssq.load(tmp_path, MATCH)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        ssq.load(tmp_path / "nowhere.npz", MATCH)


# -- stored results --------------------------------------------------------------------------------

ROW = {
    "k": 1, "rule": "jsq", "gap": 0.5, "gap_low": 0.25, "seconds": 0.125, "made": "2026-01-01",
    "version": "0.1.0", "sources": "12345678", "python": "3.11", "numpy": "2.4", "scipy": "1.17",
}  # fmt: skip
RESULTS = pd.DataFrame([ROW | {"k": k, "gap": k / 3} for k in (1, 2, 3)])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    paper.write(RESULTS, tmp_path / "results.csv")
    return tmp_path / "results.csv"


def results_are_whole(path: Path) -> Callable[[], bool]:
    return lambda: paper.read(path).equals(RESULTS)


def test_numbers_come_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    gaps = rng.normal(size=2000) * 10.0 ** rng.integers(-300, 300, size=2000)
    frame = pd.DataFrame(ROW | {"gap": gaps})
    paper.write(frame, tmp_path / "results.csv")
    pd.testing.assert_frame_equal(paper.read(tmp_path / "results.csv"), frame, check_exact=True)


def test_results_cut_anywhere_are_refused_or_are_the_first_rows(results: Path, survived) -> None:
    data = results.read_bytes()

    def whole() -> bool:
        rows = paper.read(results)
        return rows.equals(RESULTS[: len(rows)]) or (rows.empty and list(rows) == list(RESULTS))

    number, refused = told(results, cut(data), whole)
    assert (number, refused) == (len(data), len(data) - 3)  # cut after the head, or a whole row
    survived("cuts", number)


def test_a_bit_flipped_anywhere_in_results_is_refused(results: Path, survived) -> None:
    data = results.read_bytes()
    number, refused = told(results, flipped(data, every=True), results_are_whole(results))
    assert number == refused == 8 * len(data)
    survived("flipped bits", number)


@pytest.mark.parametrize("column", [*ROW, "digest"])
def test_another_figure_or_name_in_any_column_is_refused(results: Path, column: str) -> None:
    whole = results.read_bytes()
    cells = pd.read_csv(io.BytesIO(whole), dtype=str)
    other = cells.copy()
    other.loc[1, column] = "7"
    renamed = cells.rename(columns={column: "other"})
    gone = cells.drop(columns=column)
    altered = (frame.to_csv(index=False).encode() for frame in (other, renamed, gone))
    assert told(results, altered, results_are_whole(results)) == (3, 3)
    assert cells.to_csv(index=False).encode() == whole


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_in_place_of_results_is_named(results: Path, kind: str) -> None:
    assert told(results, iter([FOREIGN[kind]]), results_are_whole(results)) == (1, 1)


def test_another_studys_table_is_no_row_of_this_one(results: Path) -> None:
    study = paper.Study("results", ({"n": 1},), lambda n: {"gap": 1.0})
    assert paper.run(study, results, lambda line: None)["n"].tolist() == [1]


def test_the_stored_tables_are_whole() -> None:
    for study in STUDIES:
        rows = paper.read(study.path).to_dict("records")
        for point in study.points:
            own = [row for row in rows if all(row[name] == point[name] for name in point)]
            assert len(own) == 1, (study.name, point)
        assert len(rows) == len(study.points), study.name


# -- points of a sweep -----------------------------------------------------------------------------

RECORD = {"numbers": {"gap": 1 / 3, "k": 2}, "seconds": 1.5, "identity": {"version": "0.1.0"}}


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Store, Point]:
    chapter = parameters.read(str(tiny.write(tmp_path)))
    (point,) = points(chapter, {}, None, {})
    store = Store(tmp_path)
    store.save("tiny", point, RECORD)
    return store, point


def record_is_whole(store: Store, point: Point) -> Callable[[], bool]:
    whole = store.load(point)
    assert whole
    assert RECORD.items() <= whole.items()
    return lambda: store.load(point) == whole


def test_the_record_of_a_point_cut_anywhere_is_refused_by_name(stored, survived) -> None:
    path = stored[0].path(stored[1])
    data = path.read_bytes()
    number, refused = told(path, cut(data), record_is_whole(*stored))
    assert (number, refused) == (len(data), len(data) - 1)  # without the last line's end
    survived("cuts", number)


def test_a_bit_flipped_anywhere_in_the_record_of_a_point_changes_nothing_or_is_refused(
    stored, survived
) -> None:
    path = stored[0].path(stored[1])
    number, refused = told(path, flipped(path.read_bytes(), every=True), record_is_whole(*stored))
    assert refused > 0.97 * number  # a space and the end of a line may change places
    survived("flipped bits", number)


def test_another_figure_in_any_field_of_the_record_is_refused(stored) -> None:
    store, point = stored
    path = store.path(point)
    whole = json.loads(path.read_text())
    others = [whole | {name: 7} for name in whole]
    others += [{name: value for name, value in whole.items() if name != left} for left in whole]
    others += [whole | {"numbers": {"gap": 1 / 3, "k": 3}}, [whole], 7, None]
    altered = (json.dumps(other).encode() for other in others)
    assert told(path, altered, record_is_whole(store, point)) == (len(others), len(others))


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_in_place_of_a_record_is_named_and_its_point_runs_again(
    stored, kind: str
) -> None:
    store, point = stored
    path = store.path(point)
    assert told(path, iter([FOREIGN[kind]]), record_is_whole(store, point)) == (1, 1)
    said: list[str] = []
    assert store.finished([point], said.append) == []
    assert said[0].startswith(str(path))
    assert said[0].endswith("; it is run again")
