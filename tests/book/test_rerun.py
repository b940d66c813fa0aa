"""Reruns: parameters read by their type; what a run leaves, all of it or nothing."""

import re
import resource

import nbformat
import numpy as np
import pandas as pd
import pytest

from ssq_book import __main__ as cli
from ssq_book.runs import parameters
from tests import tiny
from tests.sweeping import ssq

# -- the parameters cell ---------------------------------------------------------------------------


def test_a_parameters_cell_gives_names_types_defaults_and_meanings():
    one, two, three, four = parameters.parse(
        "k: int = 3  # sampled agents, k <= n = 4\n"
        "p: float = 1  # a chance\nslow: bool = False\nrule: str = 'jsq'  # a rule # twice"
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
        ("k = 3", "must read name: type = value"),
        ("import os", "must read name: type = value"),
        ("k: int = = 3", "not Python"),
        ("k: int = \0", "not Python"),
        (f"k: int = {'(' * 500}", "not Python"),
        (f"k: int = {'-' * 3000}1", "not Python|a literal"),
        ("seconds: float = 1.0", "a column of results"),
    ],
)
def test_a_parameters_cell_that_is_not_plain_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        parameters.parse(line)


@pytest.mark.parametrize("text", ["", "null", "[1]", '{"cells": 3}', '{"cells": [{}]}'])
def test_a_file_that_is_no_notebook_is_refused_by_name(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(ValueError, match=r"/a\.ipynb is not a notebook$"):
        parameters.read(str(tmp_path / "a.ipynb"))


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (int, "1..3,10,-2..-1", [1, 2, 3, 10, -2, -1]),
        (float, "0.5,1e-3", [0.5, 1e-3]),
        (bool, "true", [True]),
        (str, "a,b", ["a", "b"]),
        *((int, text, "an integer") for text in ("2.0", "1_0", "1+1", "", "1..")),
        (int, "3..1", "rise"),
        (int, "1..2,2", "once"),
        (int, "1..1000000000", "at most 10000 values"),
        (float, "1/2", "a number"),
        (bool, "1", "true or false"),
        *((str, text, "printable") for text in ("a\nb", "\x1b[2J", "\udcff", "\0")),
    ],
)
def test_the_values_of_an_axis_are_of_its_declared_type_or_refused_by_name(kind, text, values):
    parameter = parameters.Parameter("x", kind, kind(), "")
    if isinstance(values, list):
        assert parameter.convert_all(text) == values
        assert {type(value) for value in parameter.convert_all(text)} == {kind}
    else:
        with pytest.raises(ValueError, match=f"^x must .*{values}.*got"):
            parameter.convert_all(text)


# -- the command -----------------------------------------------------------------------------------


def test_params_lists_parameters_with_their_limits_and_the_numbers(capsys):
    assert cli.main(["params", "demand_response"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "type", "default", "limits", "meaning"]
    k = next(line for line in lines if line.startswith("k "))
    assert re.match(r"k +int +\d+ +at least 1, at most n1 \+ n2 +sampled agents", k)
    first = "numbers, of which a sweep draws demand-learned-mean unless --plot names another:"
    numbers = " ".join(lines[lines.index(first) + 1 :]).split()
    assert {"demand-eight-first,", "demand-learned-mean,"} <= set(numbers)


def test_a_rerun_by_this_environments_kernel_leaves_notebook_page_and_every_number_glued(tmp_path):
    tiny.write(tmp_path)
    picture = "import matplotlib.pyplot as plt\nplt.plot([1])"
    tiny.append(tmp_path, picture)
    tiny.append(tmp_path, "import ssq_core\nssq_core.solve")  # not there in another's kernel
    others = tiny.other_kernels(tmp_path / "others")
    words = ("rerun", "tiny.ipynb", "-p", "k=2", "-p", "m=0.5", "--out", "out")
    done = ssq(tmp_path, *words, **others)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    names = ["results.csv", "seconds.csv", "tiny.html", "tiny.ipynb"]
    assert sorted(path.name for path in out.iterdir()) == names
    draw = 0.5 * np.random.default_rng(0).normal(size=2)
    table = pd.read_csv(out / "results.csv").set_index("name")
    assert set(table["chapter"]) == {"tiny"}
    assert table["value"].to_dict() == {
        "tiny-k": 2, "tiny-mean": draw.mean(), "tiny-low": draw.min()
    }  # fmt: skip
    assert set(table[["k", "m", "seed"]].itertuples(index=False, name=None)) == {(2, 0.5, 0)}
    run = nbformat.read(out / "tiny.ipynb", 4)
    assert any("injected-parameters" in c.metadata.get("tags", []) for c in run.cells)
    page = (out / "tiny.html").read_text()
    number = f"{draw.mean():.5f}".replace("-", "−")
    assert f'It is <span class="pasted-text">{number}</span>' in page
    assert 'By <a class="reference internal" href="#thm-tiny">Theorem 1</a>' in page
    assert "<mfrac" in page
    assert "Qu, 2024</a>]" in page
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=\"(?!data:)", page)
    origin = re.findall(
        r'<img[^>]* src="data:image/png;base64,.*?<p class="origin">(.*?)</p>', page, re.S
    )
    version, sources = table.iloc[0][["version", "sources"]]
    given = "k = 2, m = 0.5, log = , seed = 0"
    words = f"{tmp_path.name}/tiny.ipynb; {given}; ssq_core {version}, content {sources}"
    assert origin == [f"Origin: {words}"]


def test_a_chapter_that_fails_says_so_in_a_line_and_leaves_nothing(tmp_path):
    tiny.write(tmp_path)
    done = ssq(tmp_path, "rerun", "tiny.ipynb", "-p", "k=9", "--out", "out")
    assert done.returncode == 1
    assert done.stderr == "ssq: tiny: cell 3: ValueError: k is 9, which is bad\n"
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_said_in_a_line_that_names_the_file_and_nothing_is_left(
    capsys, tmp_path, monkeypatch
):
    done = nbformat.read(tiny.write(tmp_path), 4)
    done.metadata["papermill"] = {"duration": 1.0}
    monkeypatch.setattr("ssq_book.runs.rerun.execute", lambda *_: done)
    monkeypatch.setattr("ssq_book.runs.page.render", lambda *_: "a page" * 5000)
    out, before = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, before[1]))  # room for the notebook alone
    try:
        assert cli.main(["rerun", str(tmp_path / "tiny.ipynb"), "--out", str(out)]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = capsys.readouterr().err
    assert said == f"ssq: [Errno 27] File too large: '{out / 'tiny.html'}'\n"
    assert not out.exists()
