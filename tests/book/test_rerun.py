"""Reruns: parameters read and refused before a kernel starts; what a run leaves, whole or not."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import ssq_core
from ssq_book import __main__ as cli
from ssq_book import limits, style
from ssq_book.limits import count, one_of, real
from ssq_book.runs import parameters
from ssq_book.runs.page import render
from tests import tiny

ROOT = Path(__file__).parents[2]
SSQ = (sys.executable, "-m", "ssq_book.__main__")


def ssq(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return subprocess.run(
        (*SSQ, *arguments), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail as soon as anything would be run."""

    def execute(*_, **__):
        raise AssertionError("a kernel would have started")

    monkeypatch.setattr("jupyter_client.manager.KernelManager.start_kernel", execute)


# -- the parameters cell ---------------------------------------------------------------------------


def test_a_parameters_cell_gives_names_types_defaults_and_meanings():
    one, two, three, four = parameters.parse(
        "k: int = 3  # sampled agents, k <= n = 4\n"
        "p: float = 1  # a chance\nslow: bool = False\nrule = 'jsq'  # a rule # twice"
    )
    assert one == parameters.Parameter("k", int, 3, "sampled agents, k <= n = 4")
    assert (two.kind, two.default, type(two.default)) == (float, 1.0, float)
    assert (three.kind, three.default, three.meaning) == (bool, False, "")
    assert (four.kind, four.default, four.meaning) == (str, "jsq", "a rule # twice")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("k: int = open('x')", "must be a literal"),
        ("k: int = 3.5", "must be an int, float, bool or str"),
        ("k: list = [1]", "must be an int, float, bool or str"),
        ("k: int", "must read name: type = value"),
        ("import os", "must read name: type = value"),
        ("k: int = = 3", "not Python"),
        ("seconds: float = 1.0", "a column of results"),
    ],
)
def test_a_parameters_cell_that_is_not_plain_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        parameters.parse(line)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [(int, "-7", -7), (float, "1e-3", 1e-3), (bool, "true", True), (str, "1,2", "1,2")],
)
def test_a_value_is_converted_by_its_declared_type(kind, text, value):
    converted = parameters.Parameter("x", kind, kind(), "").convert(text)
    assert converted == value
    assert type(converted) is kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [(int, "2.0"), (int, "1_0"), (int, "1+1"), (int, ""), (float, "1/2"), (bool, "1")],
)
def test_a_value_of_another_type_is_refused_by_name(kind, text):
    with pytest.raises(ValueError, match=r"^x must be .*got"):
        parameters.Parameter("x", kind, kind(), "").convert(text)


def test_an_axis_takes_ranges_and_lists():
    k = parameters.Parameter("k", int, 1, "")
    assert k.convert_all("1..3,10,-2..-1") == [1, 2, 3, 10, -2, -1]
    assert parameters.Parameter("p", float, 1.0, "").convert_all("0.5,1") == [0.5, 1.0]
    for text, message in (
        ("3..1", "rise"),
        ("1,1", "once"),
        ("1..2,2", "once"),
        ("1..", "integer"),
        ("1..1000000000", "at most 10000 values"),
    ):
        with pytest.raises(ValueError, match=f"^k must .*{message}"):
            k.convert_all(text)


# -- the limits ------------------------------------------------------------------------------------

EXAMPLE = {
    "k": count(1, "a + b"),
    "a": count(0),
    "b": count(0),
    "a + b": count(1, 4),
    "p": real(0, 1),
    "size": one_of(8, 16),
}
GOOD = {"k": 2, "a": 1, "b": 2, "p": 0.5, "size": 8}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": 0}, "k must be at least 1, got 0"),
        ({"k": 4}, r"k must be at most a \+ b = 3, got 4"),
        ({"k": 1.5}, "k must be an integer, got 1.5"),
        ({"k": True}, "k must be an integer, got True"),
        ({"a": 0, "b": 0}, r"a \+ b must be at least 1, got 0"),
        ({"b": 4}, r"a \+ b must be at most 4, got 5"),
        ({"a": -1}, "a must be at least 0, got -1"),
        ({"p": 1.0}, "p must be below 1, got 1.0"),
        ({"p": 0}, "p must be above 0, got 0"),
        ({"p": float("nan")}, "p must be finite, got nan"),
        ({"p": "half"}, "p must be a number, got 'half'"),
        ({"size": 9}, "size must be one of 8, 16, got 9"),
    ],
)
def test_an_impossible_value_is_refused_with_its_name_and_limit(changed, message):
    limits.check_values(EXAMPLE, GOOD)
    with pytest.raises(ValueError, match=f"^{message}$"):
        limits.check_values(EXAMPLE, GOOD | changed)


# -- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chapter", "setting", "message"),
    [
        ("demand_response", "kk=2", "demand_response has no parameter kk; the nearest is k"),
        ("demand_response", "k=0", "k must be at least 1, got 0"),
        ("model", "k=13", "k must be at most n = 12, got 13"),
        ("model", "k=two", "k must be an integer, got 'two'"),
        ("model", "k", "-p takes name=value, got 'k'"),
        ("models", "k=1", "the nearest chapter is model"),
    ],
)
@pytest.mark.parametrize("command", ["rerun", "sweep"])
def test_a_wrong_setting_is_refused_before_a_kernel_starts(
    no_kernel, capsys, tmp_path, command, chapter, setting, message
):
    out = tmp_path / "out"
    assert cli.main([command, chapter, "-p", setting, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not out.exists()


def test_a_folder_that_cannot_be_is_refused_before_a_kernel_starts(
    no_kernel, capsys, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    for out in ("file", "file/below/it"):
        assert cli.main(["rerun", "model", "--out", str(tmp_path / out)]) == 2
        said = capsys.readouterr().err
        assert said == f"ssq: --out must be a folder, {tmp_path / 'file'} is a file\n"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert cli.main(["sweep", "model", "--out", str(tmp_path / "new")]) == 2
    assert "--out must be a folder that can be written to" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\udcff", "\0"])
def test_a_text_that_cannot_be_shown_is_refused(text):
    with pytest.raises(ValueError, match="log must be printable text, got"):
        parameters.Parameter("log", str, "", "").convert(text)


def test_params_lists_name_type_default_limits_and_meaning(capsys):
    assert cli.main(["params", "demand_response"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "type", "default", "limits", "meaning"]
    k = next(line for line in lines if line.startswith("k "))
    assert re.match(r"k +int +\d+ +at least 1, at most n1 \+ n2 +sampled agents", k)


def test_params_lists_the_numbers_and_which_of_them_a_sweep_draws(capsys):
    assert cli.main(["params", "demand_response"]) == 0
    _, numbers = capsys.readouterr().out.split("\n\nnumbers, of which a sweep draws ")
    assert numbers.startswith("demand-learned-mean unless --plot names another:\n")
    assert {"demand-eight-first,", "demand-learned-mean,"} <= set(numbers.split())


def test_a_rerun_leaves_a_notebook_a_page_and_every_number_glued(tmp_path):
    tiny.write(tmp_path)
    done = ssq("rerun", "tiny.ipynb", "-p", "k=2", "-p", "m=0.5", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    names = ["results.csv", "tiny.html", "tiny.ipynb"]
    assert sorted(path.name for path in out.iterdir()) == names
    draw = 0.5 * np.random.default_rng(0).normal(size=2)
    table = pd.read_csv(out / "results.csv").set_index("name")
    assert set(table["chapter"]) == {"tiny"}
    assert table["value"].to_dict() == {
        "tiny-k": 2, "tiny-mean": draw.mean(), "tiny-low": draw.min()
    }  # fmt: skip
    assert set(table[["k", "m", "seed"]].itertuples(index=False, name=None)) == {(2, 0.5, 0)}
    assert {"version", "library", "seconds"} <= set(table.columns)
    run = nbformat.read(out / "tiny.ipynb", 4)
    assert any("injected-parameters" in c.metadata.get("tags", []) for c in run.cells)
    page = (out / "tiny.html").read_text()
    assert f"{draw.mean():.5f}" in page
    assert "Theorem 1" in page
    assert "<mfrac " in page
    assert "system-message" not in page.partition("<body")[2]
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=\"(?!data:)", page)


def test_a_rerun_shows_its_cells_on_a_terminal_of_any_width(tmp_path):
    tiny.write(tmp_path, light=True)
    ours, theirs = os.openpty()  # of no known width
    command = (*SSQ, "rerun", "tiny.ipynb", "--out", "out")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, stderr=theirs, check=False)
    os.close(theirs)
    shown = b""
    with suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:  # its end is an error
        while part := terminal.read(1024):
            shown += part
    assert done.returncode == 0
    assert "4/4" in shown.decode()


def test_a_picture_of_a_rerun_says_where_it_comes_from_with_the_parameters_of_the_run():
    drawing = io.BytesIO()
    style.figure()[0].savefig(drawing, format="png")
    data = {"image/png": base64.b64encode(drawing.getvalue()).decode(), "text/plain": "a figure"}
    picture = nbformat.v4.new_output("display_data", data)
    cells = [
        nbformat.v4.new_code_cell("1 + 1", outputs=[]),
        nbformat.v4.new_code_cell("draw()", outputs=[picture]),
    ]
    page = render(nbformat.v4.new_notebook(cells=cells), "notebooks/a.ipynb", {"k": 4}, "0123abcd")
    words = f"Origin: notebooks/a.ipynb; k = 4; ssq_core {ssq_core.__version__}, content 0123abcd"
    assert page.count("Origin: ") == 1
    assert page.index("<img") < page.index('<p class="origin">')
    assert " ".join(page.partition('<p class="origin">')[2].partition("</p>")[0].split()) == words


def test_a_chapter_that_fails_says_so_in_a_line_and_leaves_nothing(tmp_path):
    tiny.write(tmp_path)
    done = ssq("rerun", "tiny.ipynb", "-p", "k=9", "--out", "out", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "ssq: tiny: cell 3: ValueError: k is 9, which is bad\n"
    assert not (tmp_path / "out").exists()
