"""The `ssq` command: `ssq claims` checks every statement of the paper and prints a table.

Exit status: 0 if every computed status is the recorded one, 1 if one is not, 2 for bad arguments.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Sequence

import pandas as pd

from ssq_core.companion import claims

MIN_EVIDENCE = 30  # columns, in a terminal however narrow
GAP = "  "


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ssq", description="The companion's command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "claims",
        help="check every statement of the paper",
        description="Check every numbered statement of the paper; exit 1 where a computed status "
        "is not the recorded one.",
    )
    check.add_argument(
        "--only",
        metavar="ID",
        nargs="+",
        help="check these alone, such as lemma-B.9, and print all of their evidence",
    )
    return parser


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; `arguments` defaults to the process's own."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        claims.select(given.only)
    except ValueError as error:
        parser.error(str(error))
    table = claims.check_all(given.only)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(render(table, columns, full=given.only is not None))
    return 1 if len(claims.disagreements(table)) else 0


if __name__ == "__main__":
    sys.exit(main())
