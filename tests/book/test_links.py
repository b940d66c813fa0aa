"""A link of the book that leads nowhere is found, whatever kind it is; one that leads is not."""

from pathlib import Path

from ssq_book.sphinx_ext.links import broken

GOOD = """
<link href="../_static/a.css?v=1" rel="stylesheet"><script src="data:text/javascript,1"></script>
<h1 id="one (a)">One</h1><a href="#">top</a><a href="#one%20%28a%29">here</a>
<a href="two.html#b">there</a><a href="../index.html">out</a><a href="https://example.org/a"></a>
"""
BAD = {
    "three.html": "no such file",
    "../_images/a.png": "no such file",
    "../../outside.html": "no such file",
    "#two": "no such id",
    "two.html#c": "no such id",
}


def test_links_that_lead_nowhere_are_faults_and_no_others(tmp_path: Path) -> None:
    html = tmp_path / "html"
    for name, text in {
        "index.html": "",
        "book/one.html": GOOD,
        "book/two.html": '<p id="b">'
        + "".join(f'<a href="{link}"><img src="{link}">' for link in BAD),
        "_static/a.css": "",
        "../outside.html": "",
    }.items():
        (html / name).parent.mkdir(parents=True, exist_ok=True)
        (html / name).write_text(text)
    found = broken(html, ["book/one", "book/two"])
    assert len(found) == len(BAD)
    for line, (link, fault) in zip(found, BAD.items(), strict=True):
        assert line.startswith(f"book/two: {link!r}: ")
        assert fault in line
