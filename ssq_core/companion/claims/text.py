"""The ledger in a terminal."""

from __future__ import annotations

import textwrap

import pandas as pd

from ssq_core.companion import claims

MIN_EVIDENCE = 30  # columns, in a terminal however narrow
GAP = "  "


def render(table: pd.DataFrame, columns: int | None = None, full: bool = False) -> str:
    """Return a table of `claims.check_all` as text: one row a statement, then how many of each.

    Evidence is cut to fit a terminal of so many `columns` (None: never); with `full` it is listed
    below its row, one number a line.
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
            lines += [GAP.join(start), *(f"    {part}" for part in evidence.split("; ") if part)]
        else:
            short = evidence if room is None else textwrap.shorten(evidence, room, placeholder="…")
            lines.append(GAP.join([*start, short]).rstrip())
    counts = table["status"].value_counts()
    tally = ", ".join(f"{counts[s]} {s}" for s in claims.STATUSES if s in counts)
    wrong = len(claims.disagreements(table))
    verdict = f"{wrong} not as recorded" if wrong else "all as recorded"
    return "\n".join([*lines, f"{len(table)} checked: {tally}; {verdict}"])
