"""A chapter's numbers are known without running it, and one of each is what a sweep draws."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from ssq_book import catalogue
from ssq_book.runs import outputs, parameters, sweep
from ssq_book.runs.parameters import Chapter


def notebook(folder: Path, code: str, text: str = "") -> Chapter:
    own = nbformat.v4
    cells = [
        own.new_code_cell("k: int = 1", metadata={"tags": ["parameters"]}),
        own.new_code_cell(code),
        own.new_markdown_cell(text),
    ]
    nbformat.write(own.new_notebook(cells=cells), folder / "own.ipynb")
    return parameters.read(str(folder / "own.ipynb"))


def test_every_chapter_has_a_number_that_a_sweep_draws() -> None:
    for name in catalogue.CHAPTERS:
        number, seconds = catalogue.module(name).SWEEP
        chapter = parameters.read(name)
        assert outputs.drawn(chapter, None) == outputs.drawn(chapter, number) == number
        assert number in outputs.names(chapter)
        assert not any(number.endswith(f"-{own}") for own in chapter.defaults)
        assert 0 < seconds < 100


def test_the_numbers_are_those_that_the_text_shows_and_those_spelled_out(tmp_path: Path) -> None:
    code = 'glue("a-one", 1)\nglue(f"a-{k}-low", 2)\nglue("a+" + str(k), 3)\nother("a-three", 4)'
    text = "{glue:text}`a-2-low:.3f`, and elsewhere {glue:text}`notebooks/b.ipynb::b-one:.2f`"
    chapter = notebook(tmp_path, code, text)
    assert outputs.names(chapter) == ["a-2-low", "a-one"]
    for name in ("a-one", "a-7-low", "a+12"):
        assert outputs.drawn(chapter, name) == name
    for name in ("a-three", "a-ones", "aa1"):
        with pytest.raises(ValueError, match=rf"--plot must be .*got '{name}'; the nearest is a-"):
            outputs.drawn(chapter, name)
    assert outputs.drawn(chapter, None) is None  # it is none of the book


def test_a_notebook_with_magics_may_glue_anything(tmp_path: Path) -> None:
    assert outputs.drawn(notebook(tmp_path, "%time f()"), "any-name") == "any-name"


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [
        (None, "a run with the default values takes about 24 s, all of them about 24 min"),
        ("tcp://host:8786", "a run with the default values takes about 24 s"),
    ],
)
def test_a_sweep_says_what_it_will_take_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheduler: str | None, said: str
) -> None:
    told: list[str] = []

    def run(*_: object) -> list[object]:
        assert told[1:] == [said]
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "_run", run)
    axes = {"k": [1, 2, 3], "m": [10, 30]}
    chapter = parameters.read("queueing")
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(chapter, axes, 20, tmp_path, 2, scheduler, told.append)
