"""No input is ever run as code: nothing is evaluated or unpickled, by syntax and by trying."""

from __future__ import annotations

import ast
import os
import pickle
from glob import glob
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
from tests.evaluated import findings, sources

ROOT = Path(__file__).parents[2]
SOURCES = dict(sources(ROOT))
ALLOWED = {  # where: why it is no input
    "ssq_core/__init__.py": "the modules of a constant table, loaded when first touched",
    "ssq_book/claims/checks/__init__.py": "the modules of its own package",
    "ssq_book/catalogue.py": "the modules of chapters, by a constant table",
    "ssq_book/studies/catalogue.py": "the modules of chapters, by a constant table",
}
MATCH = ssq.counterexamples.match(0.75, 0.5)

# -- by syntax -------------------------------------------------------------------------------------


def test_no_source_evaluates_unpickles_or_runs_a_text() -> None:
    found = {name: findings(text) for name, text in SOURCES.items()}
    found = {name: own for name, own in found.items() if own}
    assert found.keys() == ALLOWED.keys(), found
    for own in found.values():
        assert len(own) == 1
        assert own[0].endswith("importlib.import_module of a computed name")


def test_the_scan_reads_every_source_and_every_cell() -> None:
    kinds = [name.split("/")[0] for name in SOURCES]
    modules = glob("ssq_core/**/*.py", root_dir=ROOT, recursive=True)
    assert kinds.count("ssq_core") == len(modules) > 100
    assert kinds.count("benchmarks") == len(list((ROOT / "benchmarks").glob("*.py")))
    chapters = {name.split()[0] for name in SOURCES if ".ipynb" in name}
    assert len(chapters) == len(list((ROOT / "notebooks").glob("*.ipynb")))


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "exec(text)",
        "compile(text, '', 'eval')",
        "list(map(eval, texts))",
        "__import__(name)",
        "import builtins\ngetattr(builtins, 'ev' + 'al')(text)",
        "__builtins__['eval'](text)",
        "import os\nos.system(text)",
        "from os import popen as run\nrun(text)",
        "import os\nos.execvp(text, [text])",
        "import subprocess\nsubprocess.run(text, shell=True)",
        "from subprocess import Popen\nPopen(text, shell=flag)",
        "import subprocess\nsubprocess.getoutput(text)",
        "import pickle\npickle.load(stream)",
        "from pickle import loads\nloads(data)",
        "import pickle as p\np.Unpickler(stream)",
        "import shelve\nshelve.open(path)",
        "import marshal\nmarshal.loads(data)",
        "import joblib\njoblib.load(path)",
        "import cloudpickle\ncloudpickle.loads(data)",
        "import yaml\nyaml.load(text)",
        "import yaml\nyaml.load(text, Loader=yaml.Loader)",
        "import yaml\nyaml.load(text, yaml.UnsafeLoader)",
        "import yaml\nyaml.unsafe_load(text)",
        "import numpy as np\nnp.load(path)",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "from numpy import load\nload(path, allow_pickle=flag)",
        "import pandas as pd\npd.read_pickle(path)",
        "import pandas\npandas.eval(text)",
        "table.query(text)",
        "table.eval(f'{name} + 1')",
        "from sympy import sympify\nsympify(text)",
        "import sympy\nsympy.S(text)",
        "from sympy.parsing.sympy_parser import parse_expr\nparse_expr(text)",
        "import importlib\nimportlib.import_module(name)",
        "from importlib import import_module\nimport_module(f'{name}')",
        "import runpy\nrunpy.run_path(path)",
        "!ls",
        "%run other.ipynb",
    ],
)
def test_the_scan_finds_each_of_these_in_a_source(line: str) -> None:
    text = SOURCES["ssq_core/qtable.py"]
    assert findings(text) == []
    assert findings(f"{text}\n\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "import re\nre.compile(text)",
        "import ast\nast.literal_eval(text)",
        "model.compile(text)",
        "import numpy as np\nnp.load(path, allow_pickle=False)",
        "import pickle\npickle.dumps(value)",
        "import yaml\nyaml.safe_load(text)",
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)",
        "import subprocess\nsubprocess.run([text], shell=False)",
        "table.query('k == 1')",
        "import importlib\nimportlib.import_module('ssq_core.theory.bounds')",
    ],
)
def test_the_scan_lets_what_is_harmless_pass(line: str) -> None:
    assert findings(line) == []


# -- by trying -------------------------------------------------------------------------------------


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
