"""No input is ever run as code: nothing is evaluated or unpickled."""

from __future__ import annotations

import ast
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

import ssq_core as ssq
from ssq_book import __main__ as cli
from ssq_book import studies as paper
from ssq_book.runs import parameters
from ssq_book.runs.points import Store, points
from tests import tiny

MATCH = ssq.counterexamples.match(0.75, 0.5)


class Malice:
    """An object that would make a folder if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_a_table_is_refused_by_name_and_does_not_run(tmp_path: Path) -> None:
    made, path = tmp_path / "made", tmp_path / "q.npz"
    q = ssq.solve(MATCH, 1, progress=False)
    q.save(path)
    with np.load(path, allow_pickle=False) as file:
        fields = dict(file)
    evil = np.array([Malice(made)], dtype=object)
    for name in fields:
        np.savez(path, **(fields | {name: evil}))
        with pytest.raises(ValueError, match=r"path: .*q\.npz .* it holds what is no array of num"):
            ssq.load(path, MATCH)
    path.write_bytes(pickle.dumps(Malice(made)))
    with pytest.raises(ValueError, match=r"path: .*q\.npz is not a readable Q-table"):
        ssq.load(path, MATCH)
    assert not made.exists()
    np.load(path, allow_pickle=True)  # the same file harms who is less careful
    assert made.exists()


def test_a_pickle_in_place_of_results_or_of_a_point_does_not_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    data = pickle.dumps(Malice(made))
    (tmp_path / "results.csv").write_bytes(data)
    with pytest.raises(ValueError, match=r"path: .*results\.csv is not a whole table of results"):
        paper.read(tmp_path / "results.csv")
    chapter = parameters.read(str(tiny.write(tmp_path)))
    (point,) = points(chapter, {}, None, {})
    store = Store(tmp_path)
    store.folder.mkdir()
    store.path(point).write_bytes(data)
    with pytest.raises(ValueError, match="is not the record of a point"):
        store.load(point)
    assert not made.exists()


CODE = "__import__('os').mkdir('made')"


@pytest.mark.parametrize("command", ["rerun", "sweep"])
@pytest.mark.parametrize("name", ["k", "m", "seed"])
def test_code_in_place_of_a_number_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch, capsys, command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    assert cli.main([command, "tiny.ipynb", "-p", f"{name}={CODE}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"ssq: {name} must be ")
    assert os.listdir() == ["tiny.ipynb"]


@pytest.mark.parametrize(
    "text", [CODE, f'"; {CODE}; "', f"'; {CODE}; '", f"\\'; {CODE}; '", '"""', "\\", "{k}"]
)
def test_a_text_for_a_chapter_reaches_it_as_that_text(tmp_path: Path, text: str) -> None:
    chapter = parameters.read(str(tiny.write(tmp_path)))
    values = chapter.values(chapter.settings([f"log={text}"]))
    notebook = parameterize_notebook(load_notebook_node(str(chapter.path)), values)
    (cell,) = (c for c in notebook.cells if "injected-parameters" in c.metadata.tags)
    assigned = {
        ast.unparse(line.targets[0]): ast.literal_eval(line.value)
        for line in ast.parse(cell.source).body
        if isinstance(line, ast.Assign)
    }
    assert assigned == values
    assert assigned["log"] == text


def test_code_as_the_default_of_a_parameter_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path, f"k: int = {CODE}")
    assert cli.main(["params", "tiny.ipynb"]) == 2
    assert "a parameter's default must be a literal" in capsys.readouterr().err
    assert os.listdir() == ["tiny.ipynb"]
