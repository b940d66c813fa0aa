"""What is written is whole or not there; what is read is whole and data, or refused by its name."""

import os
import pickle
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from ssq_book import __main__ as cli
from ssq_book import studies
from ssq_book.runs import parameters
from ssq_book.runs.points import Store, points
from ssq_book.studies import provenance
from tests import tiny

ROOT = Path(__file__).parents[2]
MATCH = ssq.counterexamples.match(0.75, 0.5)
Q = ssq.solve(MATCH, 1, progress=False)

# -- what is written -------------------------------------------------------------------------------


def test_a_path_that_cannot_be_written_is_named_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for name, kind in (
        ("nowhere/q.npz", FileNotFoundError),
        ("file/q.npz", NotADirectoryError),
        (".", ValueError),
    ):
        with pytest.raises(kind, match=f"(?<![^ ])'{re.escape(name)}'$"):
            Q.save(name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        provenance.write_text("k", tmp_path / "k.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "k.csv").stat().st_mode & 0o777 == 0o600


def test_what_a_killed_program_left_is_removed_after_a_day_and_not_before(tmp_path: Path) -> None:
    old, young, result = (tmp_path / name for name in (".a.csv.1.tmp", ".a.csv.2.tmp", "a.csv"))
    for path, age in ((old, 86_500), (young, 86_300), (result, 900_000)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    provenance.tidy(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {young.name, result.name}


# -- cut, changed, foreign -------------------------------------------------------------------------

ROW = {
    "k": 1, "rule": "jsq", "gap": 0.5, "seconds": 0.125, "made": "2026-01-01", "version": "0.1.0",
    "sources": "12345678", "python": "3.11", "numpy": "2.4", "scipy": "1.17",
}  # fmt: skip
RESULTS = pd.DataFrame([ROW | {"k": k, "gap": k / 3} for k in (1, 2, 3)])
RECORD = {"numbers": {"gap": 1 / 3, "k": 2}, "seconds": 1.5, "identity": {"version": "0.1.0"}}
Stored = tuple[Path, Callable[[], Any]]


def table(folder: Path) -> Stored:
    Q.save(folder / "q.npz")

    def read() -> object:
        q = ssq.load(folder / "q.npz", MATCH)
        return q.k, q.sweeps, q.error_bound, q.tie_tolerance, *(t.tolist() for t in q.tables)

    return folder / "q.npz", read


def results(folder: Path) -> Stored:
    studies.write(RESULTS, folder / "results.csv")
    return folder / "results.csv", lambda: studies.read(folder / "results.csv").to_dict("records")


def record(folder: Path) -> Stored:
    (point,) = points(parameters.read(str(tiny.write(folder))), {}, None, {})
    store = Store(folder)
    store.save("tiny", point, RECORD)
    return store.path(point), lambda: store.load(point)


KINDS = {"table": table, "results": results, "record": record}


@pytest.fixture(params=KINDS)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Stored:
    return KINDS[request.param](tmp_path)


def refused(path: Path, data: bytes, read: Callable[[], Any], good: Any) -> bool:
    """Return whether altered bytes are refused by the file's name; else they mean what was there.

    A table of results may be its first rows.
    """
    path.write_bytes(data)
    try:
        found = read()
    except ValueError as error:
        return str(path) in str(error)
    assert found == good or (path.suffix == ".csv" and found == good[: len(found)])
    return False


def test_a_file_cut_anywhere_is_refused_by_name_or_is_its_first_rows(stored: Stored) -> None:
    path, read = stored
    data, good = path.read_bytes(), read()
    cuts = range(0, len(data), 7)
    assert sum(refused(path, data[:cut], read, good) for cut in cuts) >= len(cuts) - 4


def test_a_bit_flipped_anywhere_in_a_file_changes_nothing_or_is_refused(tmp_path: Path) -> None:
    for kind in (table, record):  # results are text that git keeps
        path, read = kind(tmp_path)
        data, good = path.read_bytes(), read()
        bits = np.random.default_rng(0).integers(8 * len(data), size=400).tolist()
        flips = (
            data[: i // 8] + bytes([data[i // 8] ^ 1 << i % 8]) + data[i // 8 + 1 :] for i in bits
        )
        number = sum(refused(path, flip, read, good) for flip in flips)
        assert number > 200  # the rest are times and attributes of the archive, and spaces


def test_stored_numbers_come_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    gaps = rng.normal(size=2000) * 10.0 ** rng.integers(-300, 300, size=2000)
    frame = pd.DataFrame(ROW | {"gap": gaps})
    studies.write(frame, tmp_path / "results.csv")
    pd.testing.assert_frame_equal(studies.read(tmp_path / "results.csv"), frame, check_exact=True)


# -- nothing is unpickled or evaluated -------------------------------------------------------------


class Malice:
    """An object that would make a folder if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_refused_by_name_and_does_not_run(stored: Stored, tmp_path: Path) -> None:
    path, read = stored
    pickled = pickle.dumps(Malice(tmp_path / "made"))
    path.write_bytes(pickled)
    with pytest.raises(ValueError, match=str(path)):
        read()
    assert not (tmp_path / "made").exists()
    pickle.loads(pickled)  # it harms who is less careful
    assert (tmp_path / "made").exists()


CODE = "__import__('os').mkdir('made')"


def test_code_in_place_of_a_number_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    for command in ("rerun", "sweep"):
        for name in ("k", "m"):
            assert cli.main([command, "tiny.ipynb", "-p", f"{name}={CODE}"]) == 2
            assert capsys.readouterr().err.startswith(f"ssq: {name} must be ")
    tiny.write(tmp_path, f"k: int = {CODE}")
    assert cli.main(["params", "tiny.ipynb"]) == 2
    assert "a parameter's default must be a literal" in capsys.readouterr().err
    assert os.listdir() == ["tiny.ipynb"]
