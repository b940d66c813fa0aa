"""A study: a table of results at the paper's own scale, one row per point, each with its origin.

`run` computes the rows that a file lacks and replaces the file after each of them, so whatever
stops it, a finished row is never lost and never computed twice. A row counts as finished if its
parameters and the code that its numbers come from (`sources`) are those of today.
"""

import csv
import inspect
import io
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from ssq_book.studies import provenance, sources
from ssq_core.progress import Report

NEEDED = ("seconds", "version", "sources", "python", "numpy", "scipy")
TEXT = ("version", "sources", "python", "numpy", "scipy")  # not numbers, however they look


@dataclass(frozen=True)
class Study:
    """A named table: `compute(**point)` returns the numbers of the row of each of `points`.

    A point holds numbers and strings, whose names are the same in every point. `results/<name>.csv`
    has columns for the point, its numbers, `seconds`, `peak_bytes` (of the process, for this row)
    and the origin: when, by which command, versions, content hashes and machine.
    """

    name: str
    points: tuple[Mapping[str, Any], ...]
    compute: Callable[..., Mapping[str, Any]]

    @property
    def path(self) -> Path:
        """The file of stored results."""
        return provenance.RESULTS / f"{self.name}.csv"

    def origin(self) -> dict[str, str]:
        """Return what decides if a stored row is still good: the version and a hash of the code."""
        source = Path(inspect.getfile(inspect.unwrap(self.compute)))
        return sources.origin(sources.closure([source], stored=False))


def points(names: str, *choices: Iterable[Any], **common: Any) -> tuple[dict[str, Any], ...]:
    """Return a point for every combination of `choices`, named by the words of `names`."""
    named = names.split()
    return tuple(dict(zip(named, values, strict=True)) | common for values in product(*choices))


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table of results, whole or not at all."""
    provenance.write_text(provenance.csv(frame), path)


def read(path: Path) -> pd.DataFrame:
    """Return a stored table; hashes and versions stay text."""
    try:
        text = path.read_bytes().decode()
        _check(text)
        table = pd.read_csv(io.StringIO(text), dtype=dict.fromkeys(TEXT, str))
    except (ValueError, csv.Error) as error:  # also text that is none, and a table pandas refuses
        raise ValueError(f"path: {path} is not a whole table of results: {error}") from error
    return table.drop(columns="digest", errors="ignore")  # which older tables have


def _check(text: str) -> None:
    """Refuse a text that lacks a column, a cell of a line or the end of the last one."""
    head, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    for name in NEEDED:
        if head.count(name) != 1:
            raise ValueError(f"it has {head.count(name)} columns {name!r}, not 1")
    for number, cells in enumerate(rows, 2):
        if len(cells) != len(head):
            raise ValueError(f"line {number} has {len(cells)} cells, not {len(head)}")
    if not text.endswith("\n"):
        raise ValueError(f"line {len(rows) + 1} has no end")


def row_of(table: pd.DataFrame, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first row of a table with these values, or an empty one."""
    rows = ({str(name): cell for name, cell in row.items()} for row in table.to_dict("records"))
    return next((row for row in rows if values.items() <= row.items()), {})


def run(study: Study, path: Path | None = None, tell: Report = print) -> pd.DataFrame:
    """Return the whole table of a study, computing the rows that `path` lacks.

    `path` defaults to the study's own; `tell` gets a line of how many rows there are to compute,
    with the time and memory of those last stored, and one for each that is computed.
    Rows of other points, solvers or versions are dropped. Raises what `compute` raises; the rows
    before it are stored.
    """
    target, origin = path or study.path, study.origin()
    provenance.tidy(target.parent)
    last = read(target) if target.exists() else pd.DataFrame()
    rows = [row_of(last, dict(point) | origin) for point in study.points]
    machine = provenance.machine()
    if not all(rows):
        cost = last.reindex(columns=["seconds", "peak_bytes"]).agg(
            {"seconds": "sum", "peak_bytes": "max"}
        )
        took = f"{cost.seconds:.0f} s and {cost.peak_bytes / 1e6:.0f} MB"
        known = f"; the {len(last)} last stored took {took}" if len(last) else ""
        tell(f"{study.name}: {rows.count({})} of {len(rows)} rows to compute{known}")
    for i, point in enumerate(study.points):
        if rows[i]:
            continue
        provenance.reset_peak()
        start = time.perf_counter()
        numbers = dict(study.compute(**point))
        used = {
            "seconds": round(time.perf_counter() - start, 3),
            "peak_bytes": provenance.peak_bytes(),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": f"python -m ssq_book.studies --only {study.name}",
        }
        rows[i] = dict(point) | numbers | used | origin | machine
        write(pd.DataFrame([row for row in rows if row]), target)
        shown = ", ".join(f"{name} = {value}" for name, value in point.items())
        tell(f"{study.name} {i + 1}/{len(rows)} ({shown}): {used['seconds']:.1f} s")
    return pd.DataFrame(rows)
