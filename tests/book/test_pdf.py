"""The book as one PDF: pages joined whole and in order, or a clear word why not."""

import shutil
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from ssq_book.sphinx_ext import pdf

ROOT = Path(__file__).parents[2]


def blank(path: Path, pages: int) -> Path:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    writer.write(path)
    return path


def test_parts_are_joined_in_order_with_an_outline(tmp_path: Path) -> None:
    parts = [blank(tmp_path / "a.pdf", 2), blank(tmp_path / "b.pdf", 1)]
    assert pdf.join(parts, ["first", "second"], tmp_path / "book.pdf") == 3
    book = PdfReader(tmp_path / "book.pdf")
    assert [entry.title for entry in book.outline] == ["first", "second"]
    assert [book.get_destination_page_number(entry) for entry in book.outline] == [0, 2]


def test_a_missing_browser_or_book_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert pdf.main() == 2
    assert "none of chromium, " in capsys.readouterr().err
    monkeypatch.setattr(shutil, "which", lambda name: name)
    assert pdf.main() == 2
    assert "intro.html is not built; run make book" in capsys.readouterr().err
