"""Many runs of a chapter on Dask: `ssq sweep`.

Only values travel: the notebook's text and its parameters to a worker, a record of numbers back.
The command alone writes, so workers need no disk in common with it. What is finished stays
finished: the same command, started again after anything, runs the rest.
"""

from __future__ import annotations

import difflib
import io
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from ssq_book.limits import Value
from ssq_book.runs import figures, outputs
from ssq_book.runs import points as pts
from ssq_book.runs.cluster import Watch, connect, records
from ssq_book.runs.parameters import RESERVED, Chapter
from ssq_book.runs.points import Point, Store
from ssq_book.runs.rerun import identity, table
from ssq_book.studies import provenance
from ssq_core.progress import Report


@dataclass(frozen=True)
class Outcome:
    """What a sweep left: its long table, and the points that failed with their errors."""

    numbers: pd.DataFrame
    failures: list[tuple[Point, str]]
    run: int  # points that this call ran to their end


def _reason(record: Mapping[str, Any], own: Mapping[str, str]) -> str | None:
    """Return why a record does not count, or None."""
    there = record.get("identity", own)
    for name, value in own.items():
        if there.get(name) != value:
            return f"its worker has another {name}: {there.get(name)}, here {value}"
    error: str | None = record.get("error")
    return error


def _own(chapter: Chapter, wanted: Sequence[Point], out: Path) -> None:
    """Raise ValueError if `out` holds results that a table of these points would not hold."""
    path = out / "results.csv"
    if not path.exists():
        return
    try:
        old = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows = old[["chapter", *chapter.defaults]].drop_duplicates()
    except (ValueError, KeyError):
        message = f"--out: {path} is of no sweep of {chapter.name}; give another folder"
        raise ValueError(message) from None
    grid = pd.DataFrame([{"chapter": chapter.name, **point.values} for point in wanted])
    text = io.StringIO(provenance.csv(grid))
    lost = len(rows) - len(rows.merge(pd.read_csv(text, dtype=str, keep_default_na=False)))
    if lost or "seconds" in old:
        what = f"{lost} points that this grid has not" if lost else "a rerun"
        raise ValueError(f"--out: {path} holds {what}; give another folder")


def _tables(
    chapter: Chapter, found: Sequence[tuple[Point, dict[str, Any]]], out: Path
) -> pd.DataFrame:
    """Write `results.csv` and `seconds.csv` in the order of the grid; return the former.

    The figures of another table that was there go.
    """
    first = {"chapter": chapter.name}
    numbers = [
        table(first | point.values, record["numbers"], version=record["identity"]["version"])
        for point, record in found
    ]
    parameters = ["chapter", *chapter.defaults]
    columns = [*parameters, "name", "value", "version"]
    whole = pd.concat(numbers, ignore_index=True) if numbers else pd.DataFrame(columns=columns)
    path = out / "results.csv"
    before = path.read_bytes() if path.exists() else b""
    provenance.write_csv(whole, path)
    if before and path.read_bytes() != before:
        drawn = set(pd.read_csv(io.BytesIO(before))["name"])
        for figure in out.glob("*.png"):
            if figure.stem in drawn:
                figure.unlink()
    times = [{**first, **point.values, "seconds": record["seconds"]} for point, record in found]
    frame = pd.DataFrame(times, columns=[*parameters, "seconds"])
    provenance.write_csv(frame, out / "seconds.csv")
    return whole


def _say(line: str) -> None:
    tqdm.write(line, file=sys.stderr)  # above a bar, if there is one


def _run(
    chapter: Chapter,
    missing: Sequence[Point],
    store: Store,
    bar: tqdm,
    workers: int,
    scheduler: str | None,
    tell: Report,
) -> list[tuple[Point, str]]:
    """Run the points that are missing, keep each in the store, and return the failures."""
    own, failures = identity(chapter.text), []
    with connect(workers, scheduler) as client, bar:
        threads = sum(client.nthreads().values()) or 1
        start = time.monotonic()
        found = records(client, chapter.text, missing, Watch(client, scheduler, tell))
        for done, (point, record) in enumerate(found, 1):
            reason = _reason(record, own)
            if reason is None:
                store.save(chapter.name, point, record)
            else:
                failures.append((point, reason))
            bar.update()
            if done == 1 and len(missing) > threads and bar.disable:  # nobody sees the bar's
                spent = time.monotonic() - start
                left = spent * (len(missing) / threads - 1)
                tell(f"the first point took {spent:.1f} s; about {left:.0f} s to go")
    return failures


def sweep(
    chapter: Chapter,
    axes: Mapping[str, list[Value]],
    seeds: int | None,
    out: Path,
    workers: int = 2,
    scheduler: str | None = None,
    tell: Report = _say,
) -> Outcome:
    """Run what is missing of a grid, and write `results.csv` and `seconds.csv` to `out`.

    Each finished point is in `out/points` at once, and is not run again for the same notebook,
    library and parameters. The table's bytes do not depend on the number of workers. `tell` gets a
    line of how much there is to do, one of how long it will take after the first point (unless a
    terminal shows a bar), one for each record that is damaged, and one when there is nobody to run
    anything. Raises ValueError, before a kernel starts, for an impossible value, for a silent
    scheduler, and for an `out` that another run holds or that has results of a rerun, of another
    chapter or of points not in the grid; ConnectionError where the scheduler or all workers are
    lost. Then, and after Ctrl-C, the tables have what is finished.
    """
    wanted = pts.points(chapter, axes, seeds, identity(chapter.text))
    with provenance.held(out):
        _own(chapter, wanted, out)
        store = Store(out)
        before = {point.key for point, _ in store.finished(wanted, tell)}
        missing = [point for point in wanted if point.key not in before]
        where = scheduler or f"{workers} worker{'s' * (workers != 1)}"
        points = f"{len(wanted)} point{'s' * (len(wanted) != 1)}"
        tell(f"{points}: {len(before)} finished before, {len(missing)} to run on {where}")
        failures: list[tuple[Point, str]] = []
        if missing:
            if words := outputs.estimate(chapter, None if scheduler else workers, missing):
                tell(words)
            provenance.tidy(store.folder)
            bar = tqdm(
                total=len(wanted),
                initial=len(before),
                unit="point",
                disable=None,
                file=sys.stderr,
            )
            try:
                failures = _run(chapter, missing, store, bar, workers, scheduler, tell)
            except (KeyboardInterrupt, ConnectionError):
                if found := store.finished(wanted):
                    _tables(chapter, found, out)
                raise
        order = {point.key: i for i, point in enumerate(wanted)}
        failures.sort(key=lambda failure: order[failure[0].key])
        found = store.finished(wanted)
        return Outcome(_tables(chapter, found, out), failures, len(missing) - len(failures))


def chosen(numbers: pd.DataFrame, parameters: Sequence[str]) -> str:
    """Return the first number that the points differ in and that is no parameter's echo."""
    names: list[str] = list(dict.fromkeys(numbers["name"]))
    for name in names:
        own = numbers[numbers["name"] == name]
        values = own["value"].astype(float)
        echo = any(own[column].tolist() == own["value"].tolist() for column in parameters)
        if values.nunique() > 1 and not echo:
            return name
    return names[0]


def _values(column: pd.Series[Any]) -> str:
    """Return the values of a parameter in a table: all of a few, or the first and last of many."""
    values = [str(own) for own in dict.fromkeys(column.tolist())]
    return " | ".join(values) if len(values) <= 3 else f"{values[0]} … {values[-1]}"


def draw(
    chapter: Chapter,
    numbers: pd.DataFrame,
    axes: Mapping[str, list[Value]],
    name: str | None,
    out: Path,
) -> Path | None:
    """Draw a number of the table against the first swept parameter, to `out/<name>.png`.

    Under it is the line of `origin`. `name` defaults to the one that is
    `chosen`; None is returned where there is nothing to draw. Raises ValueError for a name that is
    not in the table, with the nearest.
    """
    from ssq_book.sphinx_ext.origin import line  # here alone: it loads Sphinx

    if numbers.empty:
        return None
    names = list(dict.fromkeys(numbers["name"]))
    if name is not None and name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0)
        raise ValueError(
            f"--plot must be a number that the chapter glues, got {name!r}; "
            f"the nearest is {near[0]}"
        )
    parameters = [column for column in numbers.columns if column not in RESERVED]
    name = name or chosen(numbers, parameters)
    swept = [axis for axis, values in axes.items() if len(values) > 1 and axis != "seed"]
    x, *lines = swept or ["seed" if "seed" in parameters else parameters[0]]
    figure = figures.sweep(numbers[numbers["name"] == name], x, lines, name)
    picture = io.BytesIO()
    given = {own: _values(numbers[own]) for own in parameters}
    words = line(chapter.source, given, identity(chapter.text)["library"])
    figure.text(0, -0.01, "\n".join(textwrap.wrap(words, 110)), fontsize=6, va="top")
    about = {"Description": words}
    figure.savefig(picture, format="png", dpi=150, bbox_inches="tight", metadata=about)
    target = out / f"{name}.png"
    provenance.write_bytes(picture.getvalue(), target)
    return target
