"""The ledger in a terminal."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import pandas as pd

from ssq_book import claims
from ssq_book.claims.page import failure

MIN_EVIDENCE = 30  # columns, in a terminal however narrow
GAP = "  "
_SIGNS = {r"\frac{\tilde r}{1-\gamma}e": "r~/(1-gamma) e", r"\mathcal ": "", r"\ge": " >= ",
          r"\le": " <= ", r"\Delta": "Delta", r"\ne": " != "}  # fmt: skip


def _failure(row: Any) -> list[str]:
    """Return what `page.failure` says of a row, without LaTeX; nothing where there is no fault."""
    told = failure(row._asdict()) if row.roots else {}
    return [f"{name.lower()}: {_plain(text)}" for name, text in told.items()]


def _plain(text: str) -> str:
    """Return LaTeX as a terminal shows it best."""
    for written, shown in _SIGNS.items():
        text = text.replace(written, shown)
    return re.sub(r"[$\\{}]", "", text)


def render(table: pd.DataFrame, columns: int | None = None, full: bool = False) -> str:
    """Return a table of `claims.check_all` as text: one row a statement, then how many of each.

    Evidence is cut to fit a terminal of so many `columns` (None: never); with `full` it is listed
    below its row, one number a line. Of what fails the roots, the sign of the counterexample's
    rewards and where the printed statement is true follow.
    """
    head = ("id", "status", "seconds")
    rows = [(r.id, r.status, f"{r.seconds:7.2f}") for r in table.itertuples()]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    room = None
    if columns is not None:
        room = max(MIN_EVIDENCE, columns - sum(widths) - len(widths) * len(GAP))
    lines = [GAP.join([*(f"{h:<{w}}" for h, w in zip(head, widths, strict=True)), "evidence"])]
    for cells, row in zip(rows, table.itertuples(), strict=True):
        evidence = str(row.evidence)
        if row.status != row.recorded:
            evidence = f"NOT AS RECORDED ({row.recorded}); {evidence}"
        start = [f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True)]
        if full:
            below = [part for part in evidence.split("; ") if part] + _failure(row)
            lines += [GAP.join(start), *(f"    {part}" for part in below)]
        else:
            short = evidence if room is None else textwrap.shorten(evidence, room, placeholder="…")
            lines.append(GAP.join([*start, short]).rstrip())
    failing = [row for row in table.itertuples() if row.roots]
    if failing and not full:
        lines.append("fails as printed:")
        for row in failing:
            shown = f"{row.id}: {'; '.join(_failure(row))}"
            lines += (
                [shown]
                if columns is None
                else textwrap.wrap(shown, columns, subsequent_indent="    ")
            )
    counts = table["status"].value_counts()
    tally = ", ".join(f"{counts[s]} {s}" for s in claims.STATUSES if s in counts)
    wrong = len(claims.disagreements(table))
    verdict = f"{wrong} not as recorded" if wrong else "all as recorded"
    return "\n".join([*lines, f"{len(table)} checked: {tally}; {verdict}"])
