"""A Sphinx extension that writes the ledger's verdicts into a page, so that none is typed.

    {verdict}`theorem-4.2`     the verdict on a statement, linked to its row of the ledger
    {verdict-count}`fails`     how many statements have a verdict; `all` for all, `errors` for the
                               independent errors; `distinct`, `distinct fails`: of the graph
    ```{verdict-graph}         the graph of the claims: what rests on what, coloured by verdict
    ```
    ```{verdict-counts}        a table: each verdict, how many statements have it, and which
    ```
    ```{verdict-notes} fails   a table of those with a verdict: what is wrong, from which error,
                               where it is true, what holds instead
    ```
    ```{verdict-errors}        a list: each independent error, and what inherits it
    ```

The recorded status is written. It is the computed one: else the ledger's own page is not built.
"""

from collections.abc import Callable, Sequence
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from ssq_book import claims
from ssq_book.claims import Claim, graph, page
from ssq_book.sphinx_ext.roles import Role

LEDGER, CORRECTIONS = "notebooks/claims", "book/corrections"


def row(claim: Claim) -> str:
    """Return the id of a statement's row on the ledger's page."""
    return f"claim-{page.anchor(claim.id)}"


def counted(what: str) -> int:
    """Return how many statements have a verdict, of all or of the `distinct` claims."""
    if what == "errors":
        return len(claims.ERRORS)
    rows = claims.distinct() if what.startswith("distinct") else claims.ledger()
    status = what.removeprefix("distinct").strip() or "all"
    if status not in (*claims.STATUSES, "all"):
        raise ValueError(f"verdict must be all or one of {claims.STATUSES}, got {what!r}")
    return sum(status == "all" or _has(claim, status) for claim in rows)


def _has(claim: Claim, status: str) -> bool:
    """Return whether a reader is told this verdict: no figure's, and none of a definition."""
    return page.verdict(vars(claim))[0] == page.WORDS[status]


def _link(address: str, text: str, classes: str = "") -> str:
    own = f' class="{classes}"' if classes else ""
    return f'<a href="{escape(address)}"{own}>{escape(text)}</a>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], classes: str) -> str:
    top = "".join(f'<th scope="col">{text}</th>' for text in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<table class="table {classes}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    )


def _named(claim: Claim, ledger: str) -> str:
    return _link(f"{ledger}#{row(claim)}", claim.name)


def counts(ledger: str) -> str:
    """Return every verdict, how many statements or figures have it and which, as HTML."""
    by_words: dict[str, list[Claim]] = {words: [] for words in page.ORDER}
    for claim in claims.ledger():
        by_words[page.verdict(vars(claim))[0]].append(claim)
    rows = []
    for words, having in by_words.items():
        if having:
            badge = f'<span class="verdict {page.verdict(vars(having[0]))[1]}">{words}</span>'
            linked = ", ".join(_named(claim, ledger) for claim in having)
            rows.append((badge, str(len(having)), linked))
    return _table(("verdict", "number", "statements and figures"), rows, "verdict-counts")


def notes(status: str, ledger: str, corrections: str) -> str:
    """Return the statements with a verdict, what is wrong and where it is mended, as HTML."""
    counted(status)  # or refuse it
    rows = []
    for claim in claims.ledger():
        if _has(claim, status):
            more = ""
            if claim.correction:
                more = _link(f"{corrections}#{page.anchor(claim.correction)}", "correction")
                more = f" ({more})"
            text = "<br>".join(map(page.typeset, page.remarks(vars(claim))))
            rows.append((_named(claim, ledger), text + more))
    return _table(
        ("statement", "what is wrong, where it is true, what holds instead"), rows, "verdict-notes"
    )


def errors(ledger: str) -> str:
    """Return the independent errors and what inherits each, then what fails beside, as HTML."""
    items = []
    for root, what in claims.ERRORS.items():
        first, *rest = (_named(claim, ledger) for claim in claims.inheriting(root))
        inherited = f"; inherited by {', '.join(rest)}" if rest else ""
        items.append(f"<li>{first}: {page.typeset(what)}{inherited}</li>")
    aside = "; ".join(
        f"{_named(claims.select(root)[0], ledger)}, {page.typeset(what)}"
        for root, what in claims.ASIDES.items()
    )
    return (
        f'<ol class="verdict-errors">{"".join(items)}</ol>'
        f"<p>Two more fail, and no result rests on them: {aside}.</p>"
    )


def _directive(write: Callable[..., str], *pages: str, arguments: int = 0) -> type[SphinxDirective]:
    """Return a directive whose HTML is written from its arguments and the addresses of pages."""

    class Written(SphinxDirective):
        required_arguments = arguments

        def run(self) -> list[nodes.Node]:
            relative = self.env.app.builder.get_relative_uri
            addresses = (str(relative(self.env.docname, page)) for page in pages)
            return [nodes.raw("", write(*self.arguments, *addresses), format="html")]

    return Written


def _verdict(role: SphinxRole) -> nodes.Node:
    (claim,) = claims.select(role.text)
    ledger = role.env.app.builder.get_relative_uri(role.env.docname, LEDGER)
    (words, style), address = page.verdict(vars(claim)), f"{ledger}#{row(claim)}"
    classes = ["verdict", style]
    return nodes.reference("", words, refuri=address, internal=True, classes=classes)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add roles and directives (called by Sphinx, which finds this in `_config.yml`)."""
    app.add_role("verdict", Role(_verdict))
    app.add_role("verdict-count", Role(lambda role: str(counted(role.text))))
    app.add_directive("verdict-graph", _directive(graph.svg, LEDGER, CORRECTIONS))
    app.add_directive("verdict-counts", _directive(counts, LEDGER))
    app.add_directive("verdict-notes", _directive(notes, LEDGER, CORRECTIONS, arguments=1))
    app.add_directive("verdict-errors", _directive(errors, LEDGER))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
