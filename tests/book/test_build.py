"""`make book` on a small book in a copy of this tree: nothing stale and nothing broken gets by."""

from __future__ import annotations

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
    (tmp_path / "book" / "intro.md").write_text("# A small book\n")
    write_chapter(tmp_path, "from ssq_book import probe", "print(probe.WORD)")
    write_probe(tmp_path, "before")
    return tmp_path


def write_chapter(tree: Path, *cells: str) -> None:
    (tree / "notebooks").mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A chapter", id="title"),
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


def test_a_changed_line_in_the_library_changes_the_next_book(tree: Path) -> None:
    page = tree / "_build" / "html" / "notebooks" / "chapter.html"
    first = make_book(tree)
    assert first.returncode == 0, first.stdout
    assert "before the change" in page.read_text()
    assert '.ipynb"' in page.read_text()  # the download
    assert not re.search("github.com|mybinder.org|colab.research", page.read_text())
    write_probe(tree, "after")
    second = make_book(tree)
    assert second.returncode == 0, second.stdout
    assert "after the change" in page.read_text()
    assert "before the change" not in page.read_text()
    probe = tree / "ssq_book" / "probe.py"
    probe.write_text(f"# A word, which changes no number.\n{probe.read_text()}")
    third = make_book(tree)
    assert third.returncode == 0, third.stdout
    assert "Executing notebook" in second.stdout
    assert "Executing notebook" not in third.stdout


def test_a_book_is_run_by_this_environments_kernel_and_by_no_other(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    built = make_book(tree, **tiny.other_kernel(elsewhere / "kernel"))
    assert built.returncode == 0, built.stdout
    refused = make_book(tree, **tiny.other_path(elsewhere / "path"))
    assert refused.returncode != 0
    assert "the kernel has another ssq_core, " in refused.stdout
    assert "Executing notebook" not in refused.stdout


def test_a_statement_is_called_by_its_name_where_it_stands_and_where_it_is_used(tree: Path) -> None:
    statement = ":::{prf:lemma} Optimism\n:label: lem-1\n:nonumber:\n\nIt holds.\n:::"
    (tree / "book" / "intro.md").write_text(f"# A small book\n\n{statement}\n")
    write_chapter(tree, "2 + 2")
    chapter = nbformat.read(tree / "notebooks" / "chapter.ipynb", 4)
    chapter.cells[0].source += "\n\nBy {prf:ref}`lem-1` and {prf:ref}`the lemma <lem-1>`."
    nbformat.write(chapter, tree / "notebooks" / "chapter.ipynb")
    build = make_book(tree)
    assert build.returncode == 0, build.stdout
    html = tree / "_build" / "html"
    pages = [html / "book" / "intro.html", html / "notebooks" / "chapter.html"]
    stands, used = (re.sub("<[^>]*>", "", page.read_text()) for page in pages)
    assert "Lemma. Optimism" in stands
    assert "By Optimism and the lemma." in used


FAULTS = {  # what stands on a page, and the warning that it brings
    "{doc}`nowhere`": "unknown document",
    '<a href="intro.html#nowhere">here</a>': "intro.html#nowhere': the page has no such id",
    "{term}`nowhere`": "term not in glossary: 'nowhere'",
    "{py:func}`nowhere`": "py:func reference target not found: nowhere",
}


def test_what_leads_nowhere_and_a_failing_cell_fail_the_build_each_time(tree: Path) -> None:
    write_chapter(tree, "2 + 2")
    (tree / "book" / "intro.md").write_text("# A small book\n\n" + "\n\n".join(FAULTS))
    for _ in range(2):
        build = make_book(tree)
        assert build.returncode != 0
        assert [message for message in FAULTS.values() if message not in build.stdout] == []
        assert not (tree / "_build" / ".built").exists()
    (tree / "book" / "intro.md").write_text("# A small book\n")
    write_chapter(tree, "assert 1 + 1 == 3")
    build = make_book(tree)
    assert build.returncode != 0
    assert "AssertionError" in build.stdout
    assert not (tree / "_build" / ".built").exists()


def test_the_bar_of_a_page_leads_elsewhere_with_an_address(tree: Path) -> None:
    text = (tree / "_config.yml").read_text()
    address, shown = re.subn(r"(?m)^      # (  )?(\w+: ?.*)$", r"      \1\2", text)
    assert shown == 7
    (tree / "_config.yml").write_text(address)
    build = make_book(tree)
    assert build.returncode == 0, build.stdout
    page = (tree / "_build" / "html" / "notebooks" / "chapter.html").read_text()
    links = [link for link in page.split('"') if re.search("mybinder.org|colab.research", link)]
    assert len(links) == 2
    assert all("notebooks/chapter.ipynb" in link for link in links)
