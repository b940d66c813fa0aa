"""The ledger in a terminal."""

import re
import textwrap
from typing import Any

import pandas as pd

from ssq_book import claims
from ssq_book.claims.page import failure

MIN_EVIDENCE = 30  # columns, in a terminal however narrow
_SIGNS = {r"\frac{\tilde r}{1-\gamma}e": "r~/(1-gamma) e", r"\mathcal ": "", r"\ge": " >= ",
          r"\le": " <= ", r"\Delta": "Delta", r"\ne": " != "}  # fmt: skip


def _failure(row: Any) -> list[str]:
    """Return what `page.failure` says of a row, LaTeX as a terminal shows it best."""
    lines = []
    for name, text in failure(row._asdict()).items():
        for written, shown in _SIGNS.items():
            text = text.replace(written, shown)
        lines.append(re.sub(r"[$\\{}]", "", f"{name.lower()}: {text}"))
    return lines


def render(table: pd.DataFrame, columns: int | None = None, full: bool = False) -> str:
    """Return a table of `claims.check_all` as text: one row a statement, then how many of each.

    Evidence is cut to fit a terminal of so many `columns` (None: never); with `full` it is listed
    below its row, one number a line. Of what fails the roots, the sign of the counterexample's
    rewards and where the printed statement is true follow.
    """
    width = max(map(len, table["id"]))
    lines = [f"{'id':<{width}}  {'status':<10}  seconds  evidence"]
    for row in table.itertuples():
        start = f"{row.id:<{width}}  {row.status:<10}  {row.seconds:7.2f}  "
        evidence = str(row.evidence)
        if row.status != row.recorded:
            evidence = f"NOT AS RECORDED ({row.recorded}); {evidence}"
        if full:
            below = [part for part in evidence.split("; ") if part] + _failure(row)
            lines += [start.rstrip(), *(f"    {part}" for part in below)]
            continue
        if columns is not None:
            room = max(MIN_EVIDENCE, columns - len(start))
            evidence = textwrap.shorten(evidence, room, placeholder="…")
        lines.append(f"{start}{evidence}".rstrip())
    failing = [row for row in table.itertuples() if row.roots]
    if failing and not full:
        lines.append("fails as printed:")
        for row in failing:
            shown = f"{row.id}: {'; '.join(_failure(row))}"
            lines += textwrap.wrap(shown, columns or len(shown), subsequent_indent="    ")
    counts = table["status"].value_counts()
    tally = ", ".join(f"{counts[s]} {s}" for s in claims.STATUSES if s in counts)
    wrong = len(claims.disagreements(table))
    verdict = f"{wrong} not as recorded" if wrong else "all as recorded"
    return "\n".join([*lines, f"{len(table)} checked: {tally}; {verdict}"])
