"""A chapter's numbers are known without running it, and one of each is what a sweep draws."""

from pathlib import Path

import nbformat
import pytest

from ssq_book import catalogue
from ssq_book.runs import outputs, parameters
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
    code = 'show = gluer("a")\nshow(one=1, **{f"{k}_low": 2})\nother(three=4)'
    text = "{glue:text}`a-2-low:.3f`, and elsewhere {glue:text}`notebooks/b.ipynb::b-one:.2f`"
    chapter = notebook(tmp_path, code, text)
    assert outputs.names(chapter) == ["a-2-low", "a-one"]
    for name in ("a-one", "a-7-low"):
        assert outputs.drawn(chapter, name) == name
    for name in ("a-three", "a-ones", "b-one"):
        with pytest.raises(ValueError, match=rf"--plot must be .*got '{name}'; the nearest is a-"):
            outputs.drawn(chapter, name)
    assert outputs.drawn(chapter, None) is None  # it is none of the book
    assert outputs.drawn(notebook(tmp_path, "%time f()"), "any-name") == "any-name"


def test_how_long_a_sweep_will_take_is_told_where_it_is_known() -> None:
    chapter, one = parameters.read("queueing"), "a run with the default values takes about 24 s"
    assert outputs.estimate(chapter, 2, range(120)) == f"{one}, all of them about 24 min"
    assert outputs.estimate(chapter, None, range(120)) == one
