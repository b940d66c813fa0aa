"""`make book` on a small book in a copy of this tree: nothing stale and nothing broken gets by."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests import tiny

ROOT = Path(__file__).parents[2]
TOC = "format: jb-book\nroot: book/intro\nchapters:\n  - file: notebooks/chapter\n"
PAGES = ("book/intro.html", "notebooks/chapter.html")
INTRO = """\
# A small book

:::{prf:lemma} Optimism
:label: lem-1
:nonumber:

It holds.
:::

"""
TITLE = "# A chapter\n\nBy {prf:ref}`lem-1` and {prf:ref}`the lemma <lem-1>`."


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the library and of all that builds the book, with a book of two pages."""
    folders = ("ssq_core", "ssq_book", "book/assets", "book/templates")
    for name in ("Makefile", "_config.yml", "requirements.txt", *folders):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "book" / "vendor").mkdir()
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "book" / "intro.md").write_text(INTRO)
    write_chapter(tmp_path, "from ssq_book import probe", "print(probe.WORD)")
    write_probe(tmp_path, "before")
    return tmp_path


def write_chapter(tree: Path, *cells: str) -> None:
    (tree / "notebooks").mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(TITLE, id="title"),
            nbformat.v4.new_code_cell(id="parameters", metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(cells)),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tree / "notebooks" / "chapter.ipynb")


def write_probe(tree: Path, word: str) -> None:
    (tree / "ssq_book" / "probe.py").write_text(f'WORD = "{word} the change"\n')


def make_book(tree: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make book` in the tree with this very environment, and with the tree's library."""
    old = ("-o", ".venv/.ready", "-o", "book/vendor/.ready")  # installed already
    return subprocess.run(
        ("make", "book", "VENV=.venv", *old),
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_a_page_is_of_the_library_that_is_here_and_its_bar_leads_elsewhere_with_an_address(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = tree / "_build" / "html" / "notebooks" / "chapter.html"
    first = make_book(tree, **tiny.other_kernels(tmp_path_factory.mktemp("elsewhere")))
    assert first.returncode == 0, first.stdout
    assert "before the change" in page.read_text()
    assert '.ipynb"' in page.read_text()  # the download
    assert not re.search("github.com|mybinder.org|colab.research", page.read_text())
    stands, used = (re.sub("<[^>]*>", "", (page.parents[1] / name).read_text()) for name in PAGES)
    assert "Lemma. Optimism" in stands
    assert "By Optimism and the lemma." in used
    write_probe(tree, "after")
    config = (tree / "_config.yml").read_text()
    addresses, shown = re.subn(r"(?m)^      # (  )?(\w+: ?.*)$", r"      \1\2", config)
    assert shown == 7
    (tree / "_config.yml").write_text(addresses)
    second = make_book(tree)
    assert second.returncode == 0, second.stdout
    assert "Executing notebook" in second.stdout
    assert "after the change" in page.read_text()
    assert "before the change" not in page.read_text()
    buttons = re.findall(r'"[^"]*(?:mybinder.org|colab.research)[^"]*', page.read_text())
    assert ["notebooks/chapter.ipynb" in button for button in buttons] == [True, True]
    probe = tree / "ssq_book" / "probe.py"
    probe.write_text(f"# A word, which changes no number.\n{probe.read_text()}")
    third = make_book(tree)
    assert third.returncode == 0, third.stdout
    assert "Executing notebook" not in third.stdout


FAULTS = {  # what stands on a page, and the warning that it brings
    "{doc}`nowhere`": "unknown document",
    '<a href="intro.html#nowhere">here</a>': "intro.html#nowhere': the page has no such id",
    "{term}`nowhere`": "term not in glossary: 'nowhere'",
    "{py:func}`nowhere`": "py:func reference target not found: nowhere",
}


def test_what_leads_nowhere_and_a_failing_cell_fail_the_build_each_time(tree: Path) -> None:
    intro = tree / "book" / "intro.md"
    whole = intro.read_text()
    intro.write_text(whole + "\n\n".join(FAULTS))
    for _ in range(2):
        build = make_book(tree)
        assert build.returncode != 0
        assert [message for message in FAULTS.values() if message not in build.stdout] == []
        assert not (tree / "_build" / ".built").exists()
    intro.write_text(whole)
    write_chapter(tree, "assert 1 + 1 == 3")
    build = make_book(tree)
    assert build.returncode != 0
    assert "AssertionError" in build.stdout
    assert not (tree / "_build" / ".built").exists()
