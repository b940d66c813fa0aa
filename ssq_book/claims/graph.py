"""The graph of the paper's claims, as SVG: what each rests on, its verdict, where an error starts.

A verdict is a colour and a sign. Places are typed; all else is the ledger's.
"""

from collections.abc import Iterator
from html import escape

from ssq_book import claims
from ssq_book.claims.page import WORDS, anchor, verdict

# Claims by their number, below what they rest on, and L5, a result of the book.
PLACES = """
.     .     B.5   B.9   C.4   .
.     .     .     .     4.3   (24)
.     .     .     4.2   (13)  .
.     .     .     C.6   .     3.1
.     .     .     D.1   .     .
A.9   .     A.7   4.4   .     .
A.19  A.14  B.12  D.4   D.2   .
A.20  .     L5    D.3   .     .
.     .     .     3.2   .     .
.     .     .     .     .     3.3
"""
AT = {
    label: (32 + 62 * column, 24 + 56 * row)
    for row, line in enumerate(PLACES.split("\n")[1:-1])
    for column, label in enumerate(line.split())
    if label != "."
}
COLORS = {"holds": "#00664a", "repaired": "#005b96", "fails": "#a63c00"}
SIGNS = {
    "holds": "m-5 0 4 4 6 -8",
    "repaired": "m0 -5 v10 m-5 -5 h10",
    "fails": "m-4 -4 8 8 m0 -8 -8 8",
}
LINES = {
    "proof": 'stroke="currentColor" stroke-opacity="0.6"',
    "error": 'stroke="#c8501e" stroke-width="4"',
    "broken": 'stroke="#c8501e" stroke-width="2" stroke-dasharray="3 4"',
}


def label(row: claims.Claim) -> str:
    """Return the number of a claim as `PLACES` has it: 4.2, (13)."""
    number = row.id.partition("-")[2]
    return f"({number})" if row.kind == "equation" else number


def edges() -> Iterator[tuple[str, str, str]]:
    """Yield what is used, what rests on it, and how, of `LINES`.

    An error spreads where both fail. Where the user holds, its proof is broken, and another given.
    """
    rows = {row.id: row for row in claims.distinct()}
    for row in rows.values():
        for used in (rows[identity] for identity in row.rests_on):
            kind = "proof"
            if used.status == "fails":
                kind = "error" if row.status == "fails" else "broken"
            yield label(used), label(row), kind
            if kind == "broken":
                yield row.correction.removeprefix("corrections-"), label(row), "proof"


def svg(ledger: str, corrections: str) -> str:
    """Return the graph; a claim links to its row on the page `ledger`, L5 to its proof."""
    drawn = []
    for used, user, kind in edges():
        (x, y), (x_end, y_end) = AT[used], AT[user]
        drawn.append(f'<path d="M{x} {y}L{x_end} {y_end}" {LINES[kind]}/>')
    x, y = AT["L5"]
    drawn.append(
        f'<a href="{escape(corrections)}#corrections-l5">'
        f'<rect x="{x - 29}" y="{y - 14}" width="58" height="28" rx="6" fill="#fff"'
        f' stroke="{COLORS["holds"]}" stroke-width="2"/>'
        f'<text x="{x}" y="{y + 4}" fill="#333">L5</text></a>'
    )
    for row in claims.distinct():
        words, style = verdict(vars(row))
        drawn.append(_node(f"P-{label(row)}", words, style, f"{ledger}#claim-{anchor(row.id)}"))
    for count, root in enumerate(claims.ERRORS, 1):
        x, y = AT[label(claims.select(root)[0])]
        drawn.append(
            f'<circle cx="{x - 26}" cy="{y - 14}" r="9" fill="#fff" stroke="{COLORS["fails"]}"'
            f' stroke-width="2"/><text x="{x - 26}" y="{y - 10}" fill="#333">{count}</text>'
        )
    x, y = AT["3.2"]
    drawn.append(f'<text x="{x - 36}" y="{y + 4}" text-anchor="end">main theorem</text>')
    for y, style in zip((20, 46, 72), COLORS, strict=True):
        drawn.append(
            f'<rect x="4" y="{y - 10}" width="20" height="20" rx="5" fill="{COLORS[style]}"/>'
            f'<path d="M14 {y}{SIGNS[style]}" stroke="#fff" stroke-width="2" fill="none"/>'
            f'<text x="30" y="{y + 4}" text-anchor="start">{WORDS[style]}</text>'
        )
    return (
        f'<svg viewBox="-4 0 380 556" role="group" aria-label="{escape(description())}"'
        ' font-size="12" text-anchor="middle" fill="currentColor"'
        f' style="display:block;width:100%;max-width:34rem">{"".join(drawn)}</svg>'
    )


def _node(name: str, words: str, style: str, address: str) -> str:
    x, y = AT[name.removeprefix("P-")]
    return (
        f'<a href="{escape(address)}" aria-label="{name}: {words}" style="text-decoration:none">'
        f'<rect x="{x - 29}" y="{y - 14}" width="58" height="28" rx="6" fill="{COLORS[style]}"/>'
        f'<path d="M{x + 20} {y}{SIGNS[style]}" stroke="#fff" stroke-width="2" fill="none"/>'
        f'<text x="{x - 7}" y="{y + 4}" fill="#fff">{name}</text></a>'
    )


def description() -> str:
    """Return what the graph shows, in words."""
    told = []
    for status in COLORS:
        names = [f"P-{label(row)}" for row in claims.distinct() if row.status == status]
        told.append(f"{WORDS[status]}: {', '.join(names)}")
    spread = [f"P-{used} to P-{user}" for used, user, kind in edges() if kind == "error"]
    return f"A graph of claims. {'; '.join(told)}. Errors spread from {', '.join(spread)}."
