"""Every chapter declares its limits and checks them first, and its box runs as it is printed."""

import re
import shlex
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest

from ssq_book import limits
from ssq_book.limits import Value
from ssq_book.runs import parameters
from ssq_book.runs.parameters import Chapter
from tests.sweeping import ssq

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NAMES)
def chapter(request: pytest.FixtureRequest) -> Chapter:
    return parameters.read(str(ROOT / "notebooks" / f"{request.param}.ipynb"))


def cells(chapter: Chapter) -> list[nbformat.NotebookNode]:
    return nbformat.reads(chapter.text, as_version=4).cells


def box(chapter: Chapter) -> tuple[list[str], list[str]]:
    """Return the words of the two commands in the box at a chapter's foot."""
    foot = cells(chapter)[-1].source
    inside = re.search(
        r"^:::\{admonition\}[^\n]*\n:class: rerun[^\n]*\n(.*?)^:::$", foot, re.M | re.S
    )
    assert inside
    commands = inside.group(1).replace("\\\n", "")
    own, plain = re.findall(r"^```sh\n(.*?)^```$", commands, re.M | re.S)
    return shlex.split(own), shlex.split(plain)


def settings(chapter: Chapter) -> dict[str, Value]:
    """Return the values that the box sets."""
    own, _ = box(chapter)
    return chapter.settings(own[i + 1] for i, word in enumerate(own) if word == "-p")


def test_its_limits_are_those_of_its_parameters_and_its_defaults_are_inside(chapter):
    declared = [name for name in limits.of(chapter.name) if " + " not in name]
    assert sorted(declared) == sorted(chapter.defaults)
    for own in chapter.parameters:
        assert own.kind is limits.of(chapter.name)[own.name].kind, own.name
        assert own.meaning
    limits.check(chapter.name, chapter.defaults)


def test_it_opens_with_its_title_and_verdict_then_parameters_limits_and_imports(chapter):
    title, given, checked, imports = cells(chapter)[:4]
    assert title.source.startswith("# ")
    assert title.source.count("\n:::{admonition} Verdict\n") == 1
    assert title.source.endswith("\n:::")
    tags = [cell.metadata.get("tags", []) for cell in cells(chapter)]
    assert [i for i, own in enumerate(tags) if "parameters" in own] == [1]
    assert given.cell_type == checked.cell_type == imports.cell_type == "code"
    assert "remove-cell" in tags[2]
    assert checked.source.splitlines()[-1] == f'limits.check("{chapter.name}", globals())'
    assert re.search(r"^(import|from) ssq_", imports.source, re.M)
    later = [cell.source for cell in cells(chapter)[4:] if cell.cell_type == "code"]
    assert not [code for code in later if re.search(r"^(import|from) ", code, re.M)]


def test_its_box_has_the_same_possible_and_other_values_in_both_commands(chapter):
    own, plain = box(chapter)
    assert own[:3] == [".venv/bin/ssq", "rerun", chapter.name]
    assert own[-2:] == ["--out", f"out/{chapter.name}"]
    assert plain[:3] == [".venv/bin/papermill", f"notebooks/{chapter.name}.ipynb", "out.ipynb"]
    values = settings(chapter)
    words = [plain[i + 1 : i + 3] for i, word in enumerate(plain) if word == "-p"]
    assert chapter.settings(f"{name}={value}" for name, value in words) == values
    assert chapter.values(values) != chapter.defaults


@pytest.mark.slow
def test_papermill_alone_fails_with_the_message_on_an_impossible_value(chapter, tmp_path):
    first = next(iter(chapter.defaults))
    wrong = {first: "no such value"}
    with pytest.raises(ValueError, match="must be") as refusal:
        chapter.values(wrong)
    with pytest.raises(papermill.PapermillExecutionError) as failure:
        papermill.execute_notebook(
            str(chapter.path), str(tmp_path / "out.ipynb"), wrong, progress_bar=False
        )
    assert failure.value.ename == "ValueError"
    assert failure.value.evalue == str(refusal.value)


@pytest.mark.slow
def test_it_runs_with_the_values_of_its_box(chapter, tmp_path):
    own, _ = box(chapter)
    done = ssq(tmp_path, "rerun", str(chapter.path), *own[3:-1], str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    for name, value in settings(chapter).items():
        assert set(table[name]) == {value}
    assert table["name"].is_unique
    page = (tmp_path / "out" / f"{chapter.name}.html").read_text()
    assert not re.search(r"<code>\\\\|\\\(", page)  # a formula that could not be set
    assert not re.search(r"\{glue:", page)
