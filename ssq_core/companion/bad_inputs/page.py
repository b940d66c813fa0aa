"""The table of bad inputs as HTML: every call is run, and what it says is shown beside it."""

from __future__ import annotations

from html import escape

from ssq_core.companion import bad_inputs
from ssq_core.companion.bad_inputs import files
from ssq_core.companion.bad_inputs.refused import Refused
from ssq_core.companion.claims.page import STYLE

OWN_STYLE = """
<style>
.ssq-ledger.ssq-ledger.refused table.rows { min-width: 0; table-layout: auto; }
.ssq-ledger.ssq-ledger.refused .rows th { width: auto; padding-top: 1rem; }
.ssq-ledger.ssq-ledger.refused .rows td:first-child { width: 48%; }
.ssq-ledger.refused code { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85em; }
.ssq-ledger.refused td { overflow-wrap: anywhere; }
.ssq-ledger.refused .kind { opacity: 0.85; font-size: 0.85em; display: block; }
@media (max-width: 40rem) {
  .ssq-ledger.ssq-ledger.refused .rows td { display: block; width: auto; }
  .ssq-ledger.ssq-ledger.refused .rows td:first-child { width: auto; padding-bottom: 0; }
}
</style>
"""


def table(area: str = "") -> str:
    """Return the table of one area, or of all, as HTML; raises as `bad_inputs.rows` does."""
    wanted = {area: bad_inputs.rows(area)} if area else bad_inputs.AREAS
    bodies = "".join(
        f'<tbody><tr><th colspan="2" scope="rowgroup">{escape(name)}</th></tr>'
        f"{''.join(map(_row, rows))}</tbody>"
        for name, rows in wanted.items()
    )
    return (
        f'{STYLE}{OWN_STYLE}<div class="ssq-ledger refused" role="region" '
        f'aria-label="What is refused" tabindex="0"><table class="rows">{bodies}</table></div>'
    )


def _row(row: Refused) -> str:
    outcome = row.outcome()
    kind = "" if isinstance(outcome, SystemExit) else type(outcome).__name__
    said = str(outcome).replace(f"{files.folder()}/", "")  # a folder of this run alone
    differs = "" if row.agrees(outcome) else ' class="differs"'
    return (
        f'<tr id="refused-{escape(row.id)}"{differs}><td><code>{escape(row.text)}</code></td>'
        f'<td><span class="kind">{escape(kind)}</span> {escape(said)}</td></tr>'
    )
