"""A Sphinx extension that writes the ledger's verdicts into a page, so that none is typed.

    {verdict}`theorem-4.2`     the verdict on a statement, linked to its row of the ledger
    {verdict-count}`fails`     how many statements have a verdict; `all` for all statements
    ```{verdict-counts}        a table: each verdict, how many statements have it, and which
    ```
    ```{verdict-notes} fails   a table of those with a verdict: what is wrong, what holds instead
    ```
    ```{verdict-errors}        a list: each independent error, and what inherits it
    ```
    ```{verdict-failing}       a table of what fails: roots, sign of the rewards, where it is true
    ```

The recorded status is written. It is the computed one: else the ledger's own page is not built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from ssq_book import claims
from ssq_book.claims import Claim, page
from ssq_book.sphinx_ext.roles import Role

LEDGER, CORRECTIONS = "notebooks/claims", "book/corrections"


def row(claim: Claim) -> str:
    """Return the id of a statement's row on the ledger's page."""
    return f"claim-{page.anchor(claim.id)}"


def counted(status: str) -> int:
    """Return how many statements have a status; `all` counts them all."""
    if status not in (*claims.STATUSES, "all"):
        raise ValueError(f"verdict must be all or one of {claims.STATUSES}, got {status!r}")
    return sum(status in ("all", claim.status) for claim in claims.ledger())


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


def counts(ledger: str) -> str:
    """Return every verdict, how many statements have it and which, as a table in HTML."""
    rows = []
    for status in claims.STATUSES:
        own = [claim for claim in claims.ledger() if claim.status == status]
        linked = ", ".join(_link(f"{ledger}#{row(claim)}", claim.number) for claim in own)
        word = f'<span class="verdict {status}">{page.WORDS[status]}</span>'
        rows.append((word, str(len(own)), linked or "none"))
    return _table(("verdict", "number", "statements"), rows, "verdict-counts")


def notes(status: str, ledger: str, corrections: str) -> str:
    """Return the statements with a verdict, what is wrong and where it is mended, as HTML."""
    counted(status)  # or refuse it
    rows = []
    for claim in claims.ledger():
        if claim.status == status:
            more = ""
            if claim.correction:
                more = _link(f"{corrections}#{page.anchor(claim.correction)}", "correction")
                more = f" ({more})"
            number = _link(f"{ledger}#{row(claim)}", claim.number)
            text = " ".join(page.remarks(vars(claim)))
            rows.append((number, page.typeset(text) + more))
    return _table(("statement", "what is wrong, and what holds instead"), rows, "verdict-notes")


def errors(ledger: str) -> str:
    """Return the independent errors and what inherits each, then what fails beside, as HTML."""

    def link(claim: Claim) -> str:
        return _link(f"{ledger}#{row(claim)}", claim.number)

    items = []
    for root, what in claims.ERRORS.items():
        first, *rest = claims.inheriting(root)
        inherited = f"; inherited by {', '.join(map(link, rest))}" if rest else ""
        items.append(f"<li>{link(first)}: {page.typeset(what)}{inherited}</li>")
    aside = "; ".join(
        f"{link(claims.select(root)[0])}, {page.typeset(what)}"
        for root, what in claims.ASIDES.items()
    )
    return (
        f'<ol class="verdict-errors">{"".join(items)}</ol>'
        f"<p>Two more fail, and no result rests on them: {aside}.</p>"
    )


def failing(ledger: str, corrections: str) -> str:
    """Return what fails with its roots, the sign of its rewards and its scope, as HTML."""
    rows = []
    for claim in claims.ledger():
        if claim.roots:
            root, rewards, scope = map(page.typeset, page.failure(vars(claim)).values())
            correction = f"{corrections}#{page.anchor(claim.correction)}"
            number = _link(f"{ledger}#{row(claim)}", claim.number)
            told = f"from {root}", rewards, f"true {scope}"
            rows.append((number, *told, _link(correction, "correction")))
    head = ("statement", "it fails", "counterexample", "and yet it is", "instead")
    return _table(head, rows, "verdict-notes")


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
    classes, address = ["verdict", claim.status], f"{ledger}#{row(claim)}"
    return nodes.reference(
        "", page.WORDS[claim.status], refuri=address, internal=True, classes=classes
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Add roles and directives (called by Sphinx, which finds this in `_config.yml`)."""
    app.add_role("verdict", Role(_verdict))
    app.add_role("verdict-count", Role(lambda role: str(counted(role.text))))
    app.add_directive("verdict-counts", _directive(counts, LEDGER))
    app.add_directive("verdict-notes", _directive(notes, LEDGER, CORRECTIONS, arguments=1))
    app.add_directive("verdict-errors", _directive(errors, LEDGER))
    app.add_directive("verdict-failing", _directive(failing, LEDGER, CORRECTIONS))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
