"""The ledger and the formulas as HTML: for a chapter and for the pages that quote it.

Plain HTML with one small script inside: the page needs no network, and without scripts the table
is still there, unsorted.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import sympy as sp

from ssq_book import claims
from ssq_book.claims.verdict import CHECKS, STATUSES
from ssq_core import bounds

WORDS = {
    "holds": "holds",
    "repaired": "holds with a repair",
    "fails": "fails as printed",
    "unrefuted": "unproved and unrefuted",
    "definition": "nothing to check",
}
CORRECTIONS = "../book/corrections.html"  # as seen from a chapter

STYLE = """
<style>
.ssq-ledger { overflow-x: auto; font-size: 0.9rem; }
.ssq-ledger .controls { display: flex; flex-wrap: wrap; gap: 0.6rem 1.2rem; margin: 0.5rem 0; }
.ssq-ledger .controls label { display: flex; align-items: center; gap: 0.4rem; }
.ssq-ledger .controls :is(input, select) { font: inherit; max-width: 12rem; }
.ssq-ledger.ssq-ledger table.rows {  /* above the book's own rules for tables */
  border-collapse: collapse; width: 100%; min-width: 34rem; margin: 0;
  table-layout: fixed; }
.ssq-ledger.ssq-ledger .rows th:first-child { width: 7.6rem; }
.ssq-ledger.ssq-ledger .rows th:nth-child(2) { width: 8.8rem; }
.ssq-ledger caption { text-align: left; padding: 0.3rem 0; }
.ssq-ledger.ssq-ledger .rows :is(th, td) { text-align: left; vertical-align: top;
  padding: 0.4rem 0.6rem; }
.ssq-ledger.ssq-ledger .rows tr { border-bottom: 1px solid rgba(128, 128, 128, 0.4); }
.ssq-ledger th button { font: inherit; font-weight: bold; background: none; border: 0; padding: 0;
  color: inherit; cursor: pointer; white-space: nowrap; }
.ssq-ledger th button::after { content: " \\2195"; opacity: 0.6; }
.ssq-ledger th[aria-sort="ascending"] button::after { content: " \\2191"; opacity: 1; }
.ssq-ledger th[aria-sort="descending"] button::after { content: " \\2193"; opacity: 1; }
.ssq-ledger td p { margin: 0 0 0.3rem; overflow-x: auto; overflow-y: hidden; }
.ssq-ledger .note { opacity: 0.85; }
.ssq-ledger .verdict { display: inline-block; padding: 0.1rem 0.5rem; border-radius: 0.6rem;
  color: #fff; background: #595959; }
.ssq-ledger .verdict.holds { background: #00664a; }
.ssq-ledger .verdict.repaired { background: #005b96; }
.ssq-ledger .verdict.fails { background: #a63c00; }
.ssq-ledger .verdict.unrefuted { background: #6b5900; }
.ssq-ledger .differs { outline: 3px solid #a63c00; }
@media (max-width: 40rem) {
  .ssq-ledger.ssq-ledger table.rows { min-width: 0; }
  .ssq-ledger.ssq-ledger .rows :is(thead, tbody, td, tr:not([hidden])) { display: block; }
  .ssq-ledger.ssq-ledger .rows thead tr { display: flex; flex-wrap: wrap; }
  .ssq-ledger.ssq-ledger .rows td { padding: 0.1rem 0; border: 0; }
  .ssq-ledger.ssq-ledger .rows tbody tr { padding: 0.5rem 0; }
  .ssq-ledger.ssq-ledger .rows td:first-child { font-weight: 600; }
}
.ssq-ledger ul { margin: 0.3rem 0; padding-left: 1.1rem; }
</style>
"""

SCRIPT = """
<script>
(() => {
  const box = document.currentScript.closest(".ssq-ledger");
  const body = box.querySelector("tbody"), rows = [...body.rows];
  const [words, status, section] = box.querySelectorAll(".controls input, .controls select");
  const shown = box.querySelector("output");
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/);
    rows.forEach(row => { row.hidden =
      !wanted.every(w => texts.get(row).includes(w))
      || (status.value && row.dataset.status !== status.value)
      || (section.value && row.dataset.section !== section.value); });
    shown.value = `${rows.filter(row => !row.hidden).length} of ${rows.length} statements`;
  };
  [words, status, section].forEach(e => e.addEventListener("input", filter));
  const heads = [...box.querySelectorAll("th")];
  heads.forEach((head, i) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
    const key = row => Number(row.cells[i].dataset.order);
    const place = new Map(rows.map((row, j) => [row, j]));
    const order = (a, b) => down * (key(a) - key(b)) || place.get(a) - place.get(b);
    body.append(...[...rows].sort(order));
  }));
  const open = () => {
    const row = location.hash && box.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`);
    if (row) row.querySelector("details").open = true;
  };
  addEventListener("hashchange", open);
  box.querySelector(".controls").hidden = false;
  filter();
  open();
})();
</script>
"""


def anchor(label: str) -> str:
    """Return the HTML id that a page gives to a label, such as "corrections-theorem-4-2"."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def formula(expr: sp.Expr, left: str = "", right: str = "") -> str:
    """Return a displayed formula, printed from its expression, that any page can quote."""
    return display(left + bounds.latex(expr) + right)


def display(latex: str) -> str:
    """Return LaTeX as a displayed formula in HTML."""
    return f'<div class="math notranslate nohighlight">\\[{escape(latex)}\\]</div>'


def typeset(text: str) -> str:
    """Return text with $formulas$ and `code` as HTML."""
    parts = re.split(r"(\$[^$]+\$|`[^`]+`)", text)
    return "".join(_inline(part) for part in parts)


def _inline(part: str) -> str:
    if part.startswith("$"):
        return f'<span class="math notranslate nohighlight">\\({escape(part[1:-1])}\\)</span>'
    if part.startswith("`"):
        return f"<code>{escape(part[1:-1])}</code>"
    return escape(part, quote=False)


def remarks(row: Mapping[str, Any]) -> list[str]:
    """Return what a row of the ledger adds to its statement: its note, and how our copy is read."""
    copy = row["copy"] and f"In the copy we read: {row['copy']}"
    return [text for text in (row["note"], copy) if text]


def failure(row: Mapping[str, Any]) -> dict[str, str]:
    """Return root errors, sign of the rewards and scope of a row that fails, as text with LaTeX."""
    roots = ", ".join(
        "itself" if root == row["id"] else claims.select(root)[0].number for root in row["roots"]
    )
    return {
        "Root": roots,
        "Counterexample": claims.REWARDS[row["rewards"]],
        "True": row["scope"],
    }


def ledger_table(table: pd.DataFrame) -> str:
    """Return the rows of `claims.check_all` as a table to sort, to filter and to open."""
    sections = list(dict.fromkeys(table["section"]))
    statuses = [status for status in STATUSES if (table["status"] == status).any()]
    controls = (
        '<div class="controls" hidden>'
        '<label>Words <input type="search"></label>'
        f"<label>Verdict {_select({s: WORDS[s] for s in statuses})}</label>"
        f"<label>Section {_select({s: s for s in sections})}</label>"
        '<output aria-live="polite"></output></div>'
    )
    head = "".join(f'<th scope="col"><button>{h}</button></th>' for h in ("Statement", "Verdict"))
    head += '<th scope="col">What it says, and the evidence</th>'
    rows = "".join(_row(number, row) for number, row in enumerate(table.to_dict("records")))
    caption = "Every numbered statement of the paper, in its order."
    return (
        f'{STYLE}<div class="ssq-ledger" role="region" aria-label="The claims ledger" tabindex="0">'
        f"{controls}<table class='rows'><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>{SCRIPT}</div>"
    )


def _select(options: dict[str, str]) -> str:
    listed = "".join(
        f'<option value="{escape(k)}">{escape(v)}</option>' for k, v in options.items()
    )
    return f'<select><option value="">all</option>{listed}</select>'


def _row(number: int, row: Mapping[str, Any]) -> str:
    told = remarks(row)
    if row["roots"]:
        told += [f"{name}: {text}." for name, text in failure(row).items()]
    note = "".join(f'<p class="note">{typeset(text)}</p>' for text in told)
    status, words, differs = row["status"], WORDS[row["status"]], ""
    if status != row["recorded"]:
        words, differs = f"{words} (recorded: {WORDS[row['recorded']]})", " differs"
    return (
        f'<tr id="claim-{anchor(row["id"])}" data-status="{status}"'
        f' data-section="{escape(row["section"])}">'
        f'<td data-order="{number}">{escape(row["number"])}</td>'
        f'<td data-order="{STATUSES.index(status)}">'
        f'<span class="verdict {status}{differs}">{words}</span></td>'
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
    file = check.__module__.removeprefix("ssq_core.").replace(".", "/")
    what = escape(inspect.getdoc(check) or "").replace("\n", " ")
    numbers = "".join(f"<li>{escape(part)}</li>" for part in evidence.split("; "))
    return (
        f"<details><summary>Evidence</summary><p>{what}</p><ul>{numbers}</ul>"
        f"<p><code>ssq claims --only {identity}</code>, in <code>{file}.py</code></p></details>"
        f"{link}"
    )
