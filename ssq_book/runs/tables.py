"""What runs of a chapter leave: one format of tables for a rerun and for a sweep.

`results.csv` has a row for each number: the chapter, its parameters, `name`, `value`, and the
version and hash of what it was computed by. `seconds.csv` has a row for each run.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ssq_book.limits import Value
from ssq_book.runs.parameters import BY, Chapter
from ssq_book.studies import provenance

Run = tuple[Mapping[str, Value], Mapping[str, Any]]  # parameters, and `execution.record`
RESULTS, SECONDS = "results.csv", "seconds.csv"


def results(chapter: Chapter, runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row per number, in the order of the runs and of their cells."""
    rows = [
        (chapter.name, *values.values(), name, value, *map(record["identity"].get, BY))
        for values, record in runs
        for name, value in record["numbers"].items()
    ]
    frame = pd.DataFrame(rows, columns=["chapter", *chapter.defaults, "name", "value", *BY])
    values = [row[-len(BY) - 1] for row in rows]
    frame["value"] = pd.Series(values, dtype=object)  # an integer stays one
    return frame


def contents(chapter: Chapter, runs: Sequence[Run], out: Path) -> dict[Path, str | bytes]:
    """Return the texts of both files."""
    rows = [(chapter.name, *values.values(), record["seconds"]) for values, record in runs]
    seconds = pd.DataFrame(rows, columns=["chapter", *chapter.defaults, "seconds"])
    texts = {RESULTS: results(chapter, runs), SECONDS: seconds}
    return {out / name: provenance.csv(frame) for name, frame in texts.items()}


def earlier(chapter: Chapter, out: Path, kind: str) -> pd.DataFrame | None:
    """Return the table that is there, as text, or None."""
    path = out / RESULTS
    if not path.exists():
        return None
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        foreign = set(table["chapter"]) - {chapter.name} or {*chapter.defaults} - {*table.columns}
    except (ValueError, KeyError):
        foreign = {"of another kind"}
    rerun = (out / f"{chapter.name}.html").exists()
    if foreign or rerun != (kind == "rerun"):
        message = f"--out: {path} is of no {kind} of {chapter.name}; give another folder"
        raise ValueError(message)
    return table
