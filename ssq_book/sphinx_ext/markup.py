"""What the page writers leave unclear, above all to a screen reader, mended in every article.

Empty header cells are plain cells, works in the bibliography items of their list, folded code is
named by its own words, and what scrolls does so by keyboard. Computed numbers have a minus sign and
a power of ten, and the names of a table's index, to which pandas gives a row of their own, stand
over their columns in the row above. A statement is called by its name, wherever it is.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_proof.nodes import unenumerable_node  # type: ignore[import-untyped]

from ssq_book.numerals import numerals

CELL = re.compile(r"(<td[^>]*>)(-?[\d.]+(?:e[+-]\d+)?)(?=</td>)")
GLUED = re.compile(r'(<span class="pasted-text">)([^<]*)(?=</span>)')
TITLE = re.compile(
    r'<p class="admonition-title"(?: id="[^"]*")?>'
    r'<span class="caption-number">([^<]*?) </span>(.*)</p>'
)
EMPTY_HEADER = re.compile(r"<th(?P<rest>\s[^>]*)?>(?:\s|&nbsp;|&#160;|<p>\s*</p>)*</th>")
HEAD = re.compile(r"<thead>.*?</thead>", re.S)
ROW = re.compile(r"\s*<tr[^>]*>.*?</tr>", re.S)
HEAD_CELL = re.compile(r"<t[dh][^>]*>.*?</t[dh]>", re.S)
REPLACED = {
    'role="doc-biblioentry"': 'role="listitem"',
    '<summary aria-label="Toggle hidden content">': "<summary>",
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0">'
    ),
}


def joined(head: str) -> str:
    """Return a table's head with a last row that only names the index joined to the row above."""
    rows = ROW.findall(head)
    above, names = (HEAD_CELL.findall(row) for row in (["", *rows])[-2:])
    own = [name for name in names if not name.endswith("></td>")]
    blank = [cell for cell in above[: len(own)] if cell.endswith("></td>")]
    if not own or names[: len(own)] != own or len(blank) != len(own):
        return head
    upper = rows[-2]
    for empty, name in zip(blank, own, strict=True):
        upper = upper.replace(empty, name, 1)
    return head.replace(rows[-1], "").replace(rows[-2], upper)


def title(kind: str, name: str) -> str:
    """Return the title of a statement: its name, after its kind unless the name says it."""
    named = not name or kind.lower() in name.lower()
    return f'<p class="admonition-title">{(name or kind) if named else f"{kind}. {name}"}</p>'


def mended(body: str) -> str:
    """Return the HTML of an article with its roles, names and table headers put right."""
    for old, new in REPLACED.items():
        body = body.replace(old, new)
    body = GLUED.sub(lambda found: found[1] + numerals(found[2]), body)
    body = CELL.sub(lambda found: found[1] + numerals(found[2]), body)
    body = TITLE.sub(lambda found: title(found[1], found[2]), body)
    body = EMPTY_HEADER.sub(lambda found: f"<td{found['rest'] or ''}></td>", body)
    return HEAD.sub(lambda found: joined(found[0]), body)


class _Names(SphinxPostTransform):
    """Let a reference to a statement without a number show its name."""

    default_priority = 9  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        statements = getattr(self.env, "proof_list", {})
        for reference in self.document.findall(pending_xref):
            own = reference.get("refdomain") == "prf" and not reference["refexplicit"]
            statement = statements.get(reference["reftarget"], {}) if own else {}
            if "name" in statement:
                name = nodes.inline("", "", *(part.deepcopy() for part in statement["name"]))
                reference[0].children = [name]


def _keep_names(app: Sphinx, doctree: nodes.document) -> None:
    statements = getattr(app.env, "proof_list", {})
    for statement in doctree.findall(unenumerable_node):
        if statement["title"]:
            statements[statement["label"]]["name"] = statement[0].children


def _mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if "body" in context:
        context["body"] = mended(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    app.add_post_transform(_Names)
    app.connect("doctree-read", _keep_names)
    app.connect("html-page-context", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
