"""Damaged and foreign files: each is refused by name, and nothing in it is run."""

from __future__ import annotations

import json
import os
import pickle
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_core.companion import claims, paper, parameters
from ssq_core.companion.bad_inputs.made import MATCH, OTHER, Q
from ssq_core.companion.bad_inputs.refused import Refused

RESULT = {
    "k": 1, "gap": 0.5, "low": 0.25, "seconds": 0.1, "version": "0.1.0", "sources": "abc",
    "python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.1",
}  # fmt: skip


class Malice:
    """An object that would make a folder if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Return what unpickling would call."""
        return os.mkdir, (str(self.path),)


@cache
def folder() -> Path:
    """Return a folder of damaged files, made once a process and gone with it."""
    root = Path(_keep().name)
    Q.save(root / "whole.npz")
    whole = (root / "whole.npz").read_bytes()
    (root / "cut.npz").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    flipped[whole.index(b"table_0") + 200] ^= 1
    (root / "flipped.npz").write_bytes(flipped)
    (root / "empty.npz").write_bytes(b"")
    (root / "text.npz").write_text("s_g,k,value\n")
    np.savez(root / "foreign.npz", a=np.arange(3))
    with np.load(root / "whole.npz", allow_pickle=False) as file:
        fields = dict(file)
    np.savez(root / "newer.npz", **(fields | {"format": np.array(2)}))
    np.savez(root / "shape.npz", **(fields | {"table_0": np.zeros((2, 9))}))
    np.savez(root / "nan.npz", **(fields | {"table_0": fields["table_0"] * np.nan}))
    with zipfile.ZipFile(root / "archive.npz", "w") as archive:
        archive.writestr("notes.txt", "no table")
    evil = Malice(root / "made")
    (root / "pickle.npz").write_bytes(pickle.dumps(evil))
    np.savez(root / "object.npz", format=np.array([evil], dtype=object))
    paper.write(pd.DataFrame([RESULT, RESULT | {"k": 2}]), root / "whole.csv")
    table = (root / "whole.csv").read_text()
    (root / "cut.csv").write_text(table[:-9])
    (root / "short.csv").write_text(table + "3,0.5\n")
    (root / "changed.csv").write_text(table.replace("0.5", "0.6", 1))
    (root / "swapped.csv").write_text(table.replace("gap,low", "low,gap"))
    (root / "unsigned.csv").write_text(table.replace(",digest", ""))
    (root / "foreign.csv").write_text("a,b\n1,2\n")
    (root / "empty.csv").write_text("")
    (root / "binary.csv").write_bytes(b"\xff\xfe\x00")
    (root / "foreign.ipynb").write_text('{"k": 1}')
    (root / "binary.ipynb").write_bytes(b"\xff\xfe\x00")
    _notebook(root / "plain.ipynb")
    _notebook(root / "code.ipynb", "k: int = open('made')")
    return root


def _notebook(path: Path, *cells: str) -> None:
    """Write a notebook whose cells are all of parameters."""
    about: dict[str, object] = {"outputs": [], "execution_count": None}
    about["metadata"] = {"tags": ["parameters"]}
    own = [
        about | {"cell_type": "code", "id": f"cell-{i}", "source": text}
        for i, text in enumerate(cells)
    ]
    content = {"cells": own, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content))


@cache
def _keep() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ssq-")


def damaged(name: str) -> Path:
    """Return the path of one of the damaged files."""
    return folder() / name


FILES = [
    Refused(
        "load-missing",
        "nowhere.npz",
        lambda: ssq.load(damaged("nowhere.npz"), MATCH),
        "[Errno 2] No such file or directory: '…nowhere.npz'",
        FileNotFoundError,
    ),
    Refused(
        "load-cut",
        "path",
        lambda: ssq.load(damaged("cut.npz"), MATCH),
        "path: …cut.npz is not a readable Q-table: it is no whole .npz archive",
    ),
    Refused(
        "load-flipped",
        "path",
        lambda: ssq.load(damaged("flipped.npz"), MATCH),
        "path: …flipped.npz is not a readable Q-table: Bad CRC-32 for file 'table_0.npy'",
    ),
    Refused(
        "load-empty",
        "path",
        lambda: ssq.load(damaged("empty.npz"), MATCH),
        "path: …empty.npz is not a readable Q-table: it is no whole .npz archive",
    ),
    Refused(
        "load-text",
        "path",
        lambda: ssq.load(damaged("text.npz"), MATCH),
        "path: …text.npz is not a readable Q-table: it is no whole .npz archive",
    ),
    Refused(
        "load-archive",
        "path",
        lambda: ssq.load(damaged("archive.npz"), MATCH),
        "path: …archive.npz is not a readable Q-table: it is no archive that QTable.save wrote",
    ),
    Refused(
        "load-foreign",
        "path",
        lambda: ssq.load(damaged("foreign.npz"), MATCH),
        "path: …foreign.npz is not a readable Q-table: it is no archive that QTable.save wrote",
    ),
    Refused(
        "load-pickle",
        "path",
        lambda: ssq.load(damaged("pickle.npz"), MATCH),
        "path: …pickle.npz is not a readable Q-table: it is no whole .npz archive",
    ),
    Refused(
        "load-object",
        "path",
        lambda: ssq.load(damaged("object.npz"), MATCH),
        "path: …object.npz is not a readable Q-table: it holds what is no array of numbers",
    ),
    Refused(
        "load-newer",
        "path",
        lambda: ssq.load(damaged("newer.npz"), MATCH),
        "path: …newer.npz is not a readable Q-table: format 2, this version reads 1",
    ),
    Refused(
        "load-shape",
        "path",
        lambda: ssq.load(damaged("shape.npz"), MATCH),
        "path: …shape.npz is not a readable Q-table: it holds tables of a wrong shape, not "
        "[(2, 3), (2, 3)]",
    ),
    Refused(
        "load-nan",
        "path",
        lambda: ssq.load(damaged("nan.npz"), MATCH),
        "path: …nan.npz is not a readable Q-table: it holds numbers that are not finite or "
        "negative errors",
    ),
    Refused(
        "load-other-model",
        "path",
        lambda: ssq.load(damaged("whole.npz"), OTHER),
        "path: …whole.npz is not a readable Q-table: it holds a table of another model than mdp",
    ),
    Refused(
        "results-cut",
        "path",
        lambda: paper.read(damaged("cut.csv")),
        "path: …cut.csv is not a whole table of results: line 3 has no end",
    ),
    Refused(
        "results-short",
        "path",
        lambda: paper.read(damaged("short.csv")),
        "path: …short.csv is not a whole table of results: line 4 has 2 cells, not 10",
    ),
    Refused(
        "results-foreign",
        "path",
        lambda: paper.read(damaged("foreign.csv")),
        "path: …foreign.csv is not a whole table of results: it has 0 columns 'seconds', not 1",
    ),
    Refused(
        "results-empty",
        "path",
        lambda: paper.read(damaged("empty.csv")),
        "path: …empty.csv is not a whole table of results: it has 0 columns 'seconds', not 1",
    ),
    Refused(
        "results-binary",
        "path",
        lambda: paper.read(damaged("binary.csv")),
        "path: …binary.csv is not a whole table of results: 'utf-8' codec can't decode byte 0xff …",
    ),
    Refused(
        "results-changed",
        "path",
        lambda: paper.read(damaged("changed.csv")),
        "path: …changed.csv is not a whole table of results: line 2 or the heads have changed "
        "since they were written",
    ),
    Refused(
        "results-swapped",
        "path",
        lambda: paper.read(damaged("swapped.csv")),
        "path: …swapped.csv is not a whole table of results: line 2 or the heads have changed "
        "since they were written",
    ),
    Refused(
        "results-unsigned",
        "path",
        lambda: paper.read(damaged("unsigned.csv")),
        "path: …unsigned.csv is not a whole table of results: it has 0 columns 'digest', not 1",
    ),
    Refused(
        "results-table",
        "path",
        lambda: paper.read(damaged("whole.npz")),
        "path: …whole.npz is not a whole table of results: 'utf-8' codec can't decode byte …",
    ),
    Refused(
        "notebook-foreign",
        "foreign.ipynb",
        lambda: parameters.read(str(damaged("foreign.ipynb"))),
        "…foreign.ipynb is not a notebook",
    ),
    Refused(
        "notebook-binary",
        "binary.ipynb",
        lambda: parameters.read(str(damaged("binary.ipynb"))),
        "…binary.ipynb is not a notebook",
    ),
    Refused(
        "notebook-plain",
        "plain.ipynb",
        lambda: parameters.read(str(damaged("plain.ipynb"))),
        "…plain.ipynb must have one cell tagged parameters, got 0",
    ),
    Refused(
        "notebook-code",
        "k",
        lambda: parameters.read(str(damaged("code.ipynb"))),
        "a parameter's default must be a literal, got k: int = open('made')",
    ),
    Refused(
        "claims-unknown",
        "only",
        lambda: claims.check_all("theorem-4.5"),
        "only: 'theorem-4.5' is no id of the ledger; did you mean …theorem-4.4, …?",
    ),
    Refused(
        "claims-nothing",
        "only",
        lambda: claims.check_all([]),
        "only must be an id of the ledger or several, got []",
    ),
]
