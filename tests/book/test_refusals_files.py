"""Which files are refused, and in which words; `test_damage` has every cut and flipped bit."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.runs import parameters

MATCH = ssq.counterexamples.match(0.75, 0.5)
Q = ssq.solve(MATCH, 2, progress=False)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": np.array(2)}, "format 2, this version reads 1"),
        ({"table_0": np.zeros((2, 9))}, r"table_0 is .* \(2, 9\), expected float64 .* \(2, 3\)"),
        (
            {"table_0": np.full((2, 3), np.nan)},
            "it holds numbers that are not finite or negative errors",
        ),
    ],
)
def test_a_whole_archive_that_is_no_table_of_this_version_is_refused(
    tmp_path: Path, changed: dict[str, np.ndarray], message: str
) -> None:
    path = tmp_path / "q.npz"
    Q.save(path)
    with np.load(path, allow_pickle=False) as file:
        np.savez(path, **(dict(file) | changed))
    with pytest.raises(ValueError, match=f"^path: {path} is not a readable Q-table: {message}$"):
        ssq.load(path, MATCH)


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "no table")
    with pytest.raises(ValueError, match=r"q\.npz .* it is no archive that QTable\.save wrote$"):
        ssq.load(path, MATCH)


def test_a_row_too_short_and_two_headings_exchanged_are_refused(tmp_path: Path) -> None:
    row = {"k": 1, "gap": 0.5, "low": 0.25, "seconds": 0.1, "version": "0", "sources": "a"}
    row |= {"python": "3", "numpy": "2", "scipy": "1"}
    path = tmp_path / "results.csv"
    paper.write(pd.DataFrame([row]), path)
    whole = path.read_text()
    for text, message in (
        (whole + "3,0.5\n", "line 3 has 2 cells, not 10"),
        (whole.replace("gap,low", "low,gap"), "line 2 or the heads have changed since they .*"),
    ):
        path.write_text(text)
        said = f"^path: {path} is not a whole table of results: {message}$"
        with pytest.raises(ValueError, match=said):
            paper.read(path)


def test_what_is_no_chapter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"a\.ipynb is not a notebook$"):
        parameters.read(str(path))
    path.write_text(nbformat.writes(nbformat.v4.new_notebook()))
    with pytest.raises(ValueError, match=r"a\.ipynb must have one cell tagged parameters, got 0$"):
        parameters.read(str(path))
