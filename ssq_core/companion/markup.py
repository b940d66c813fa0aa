"""What the page writers leave unclear to a screen reader, mended in every page's article.

An empty header cell heads nothing, so it is a plain cell; works in the bibliography are items of
their list (the role that Sphinx gives them is withdrawn); a folded cell of code is named by its own
words, "Show code cell source", not by others; and a table that scrolls can do so by keyboard.
"""

from __future__ import annotations

import re

EMPTY_HEADER = re.compile(r"<th(?P<rest>\s[^>]*)?>(?:\s|&nbsp;|&#160;|<p>\s*</p>)*</th>")
REPLACED = {
    'role="doc-biblioentry"': 'role="listitem"',
    '<summary aria-label="Toggle hidden content">': "<summary>",
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0">'
    ),
}


def mended(body: str) -> str:
    """Return the HTML of an article with its roles, names and table headers put right."""
    for old, new in REPLACED.items():
        body = body.replace(old, new)
    return EMPTY_HEADER.sub(lambda found: f"<td{found['rest'] or ''}></td>", body)
