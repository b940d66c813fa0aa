"""A page's article is mended where its writers leave it unclear to a screen reader."""

from __future__ import annotations

import pytest

from ssq_core.companion.markup import mended


@pytest.mark.parametrize(
    ("written", "clear"),
    [
        ("<th></th>", "<td></td>"),
        ('<th class="blank">&nbsp;</th>', '<td class="blank"></td>'),
        ('<th class="head"><p></p></th>', '<td class="head"></td>'),
        ('<summary aria-label="Toggle hidden content">\n<p>Show</p>', "<summary>\n<p>Show</p>"),
        ('<div id="a" role="doc-biblioentry">', '<div id="a" role="listitem">'),
    ],
)
def test_what_is_unclear_is_mended(written: str, clear: str) -> None:
    assert mended(f"<p>x</p>{written}<p>y</p>") == f"<p>x</p>{clear}<p>y</p>"


def test_what_is_clear_stays() -> None:
    page = '<thead><tr><th>k</th><th scope="row">&nbsp;1</th></tr></thead><div role="list">'
    assert mended(page) == page
