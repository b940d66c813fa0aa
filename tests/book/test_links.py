"""A link of the book that leads nowhere is found, whatever kind it is; one that leads is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssq_book.sphinx_ext.links import broken

GOOD = """
<link href="../_static/a.css?v=1" rel="stylesheet"><script src="data:text/javascript,1"></script>
<h1 id="one (a)">One</h1><a href="#">top</a><a href="#one%20%28a%29">here</a>
<a href="two.html#b">there</a><a href="../index.html">out</a><a href="https://example.org/a b"></a>
"""


@pytest.fixture
def html(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": "",
        "book/one.html": GOOD.replace("/a b", "/a"),
        "book/two.html": '<p id="b"></p>',
        "_static/a.css": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_links_that_lead_somewhere_are_no_faults(html: Path) -> None:
    assert broken(html, ["book/one", "book/two"]) == []


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ('<a href="three.html">', "no such file"),
        ('<img src="../_images/a.png">', "no such file"),
        ('<a href="#two">', "no such id"),
        ('<a href="two.html#c">', "no such id"),
        ('<a href="https://example.org/a b">', "no address"),
        ('<a href="javascript:alert(1)">', "no address"),
        ('<a href="https://[example.org">', "Invalid"),
    ],
)
def test_a_link_that_leads_nowhere_is_one_fault(html: Path, element: str, fault: str) -> None:
    (html / "book" / "two.html").write_text(f"<p id='b'>{element}")
    (found,) = broken(html, ["book/one", "book/two"])
    assert found.startswith("book/two: ")
    assert fault in found
