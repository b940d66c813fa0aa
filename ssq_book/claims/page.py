"""The ledger and the formulas as HTML: for a chapter and for the pages that quote it.

Plain HTML with one small script inside: the page needs no network, and without scripts the table
is still there, unsorted.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import pandas as pd

from ssq_book import claims
from ssq_book.claims.verdict import CHECKS

WORDS = {
    "holds": "holds",
    "repaired": "holds with a repair",
    "fails": "fails as printed",
    "unrefuted": "unproved and unrefuted",
    "definition": "no verdict",
}
FIGURES = {  # a figure's verdict, and that of a statement which looks alike
    "reproduced": "holds",
    "reproduced under a stated change": "repaired",
    "not reproducible": "fails",
}
ORDER = (*WORDS.values(), *FIGURES)
CORRECTIONS = "../book/corrections.html"  # as seen from a chapter

STYLE, SCRIPT = ((files(__package__) / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))


def anchor(label: str) -> str:
    """Return the HTML id that a page gives to a label, such as "corrections-theorem-4-2"."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def verdict(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return a row's verdict in words and its style: a figure's has a scale of its own."""
    if row["figure"]:
        return row["figure"], FIGURES[row["figure"]]
    status = "definition" if row["kind"] == "definition" else row["status"]
    return WORDS[status], status


def display(latex: str) -> str:
    """Return LaTeX as a displayed formula in HTML."""
    return f'<div class="math notranslate nohighlight">\\[{escape(latex)}\\]</div>'


def typeset(text: str) -> str:
    """Return text with $formulas$ and `code` as HTML."""
    text = escape(text, quote=False)
    text = re.sub(
        r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', text
    )
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def remarks(row: Mapping[str, Any]) -> list[str]:
    """Return what a row adds to its statement: note, slips of the copy, how and why it fails."""
    copy = row["copy"] and f"In the copy we read: {row['copy']}"
    told = (row["note"], copy, *(f"{name}: {text}." for name, text in failure(row).items()))
    return [text for text in told if text]


def failure(row: Mapping[str, Any]) -> dict[str, str]:
    """Return root errors, sign of the rewards and scope of a row that fails, as text with LaTeX."""
    if not row["roots"]:
        return {}
    names = {root: claims.select(root)[0].name for root in row["roots"]} | {row["id"]: "itself"}
    roots = ", ".join(names[root] for root in row["roots"])
    return {"Root": roots, "Counterexample": claims.REWARDS[row["rewards"]], "True": row["scope"]}


def ledger_table(table: pd.DataFrame) -> str:
    """Return the rows of `claims.check_all` as a table to sort, to filter and to open."""
    sections = list(dict.fromkeys(table["section"]))
    told = {verdict(row)[0] for row in table.to_dict("records")}
    controls = (
        '<div class="controls" hidden>'
        '<label>Words <input type="search"></label>'
        f"<label>Verdict {_select([word for word in ORDER if word in told])}</label>"
        f"<label>Section {_select(sections)}</label>"
        '<output aria-live="polite"></output></div>'
    )
    head = "".join(f'<th scope="col"><button>{h}</button></th>' for h in ("Statement", "Verdict"))
    head += '<th scope="col">What it says, and the evidence</th>'
    rows = "".join(_row(number, row) for number, row in enumerate(table.to_dict("records")))
    caption = "Every numbered statement of the paper, in its order."
    return (
        f'<style>\n{STYLE}</style>\n<div class="ssq-ledger" role="region"'
        f' aria-label="The claims ledger" tabindex="0">{controls}'
        f"<table class='rows'><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>\n<script>\n{SCRIPT}</script>\n</div>"
    )


def _select(options: Sequence[str]) -> str:
    listed = "".join(f"<option>{escape(option)}</option>" for option in options)
    return f'<select><option value="">all</option>{listed}</select>'


def _row(number: int, row: Mapping[str, Any]) -> str:
    note = "".join(f'<p class="note">{typeset(text)}</p>' for text in remarks(row))
    words, style = verdict(row)
    shown, name = words, escape(row["name"])
    if not name.endswith(row["number"]):
        name += f"<br><small>{escape(row['number'])}</small>"
    if row["status"] != row["recorded"]:
        shown, style = (
            f"{WORDS[row['status']]} (recorded: {WORDS[row['recorded']]})",
            f"{row['status']} differs",
        )
    return (
        f'<tr id="claim-{anchor(row["id"])}" data-verdict="{words}"'
        f' data-section="{escape(row["section"])}">'
        f'<td data-order="{number}">{name}</td>'
        f'<td data-order="{ORDER.index(words)}">'
        f'<span class="verdict {style}">{shown}</span></td>'
        f"<td><p>{typeset(row['statement'])}</p>{note}"
        f"{_evidence(row['id'], row['evidence'], row['correction'])}</td></tr>"
    )


def _evidence(identity: str, evidence: str, correction: str) -> str:
    link = ""
    if correction:
        link = f'<p><a href="{CORRECTIONS}#{anchor(correction)}">Correction and proof</a></p>'
    if identity not in CHECKS:
        return link
    check = CHECKS[identity]
    file = check.__module__.replace(".", "/")
    what = escape(inspect.getdoc(check) or "").replace("\n", " ")
    numbers = "".join(f"<li>{escape(part)}</li>" for part in evidence.split("; "))
    return (
        f"<details><summary>Evidence</summary><p>{what}</p><ul>{numbers}</ul>"
        f"<p><code>.venv/bin/ssq claims --only {identity}</code>, in <code>{file}.py</code></p>"
        f"</details>{link}"
    )
