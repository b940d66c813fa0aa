"""Many runs of a chapter on Dask: `ssq sweep`.

Only values travel: the notebook's text and its parameters to a worker, a record of numbers back.
The command alone writes, so workers need no disk in common with it. What is finished stays
finished: the same command, started again after anything, runs the rest.
"""

import io
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from ssq_book.limits import Value
from ssq_book.runs import outputs, tables
from ssq_book.runs import points as pts
from ssq_book.runs.cluster import Watch, connect, records
from ssq_book.runs.execution import identity
from ssq_book.runs.parameters import Chapter
from ssq_book.runs.points import Point, Store
from ssq_book.studies import provenance
from ssq_core.progress import Report


@dataclass(frozen=True)
class Outcome:
    """What a sweep left: its long table, and the points that failed with their errors."""

    numbers: pd.DataFrame
    failures: list[tuple[Point, str]]
    run: int  # points that this call ran to their end


def _reason(record: Mapping[str, Any], here: Mapping[str, str]) -> str | None:
    """Return why a record does not count, or None."""
    there = record.get("identity", here)
    for name, value in here.items():
        if there.get(name) != value:
            return f"its worker has another {name}: {there.get(name)}, here {value}"
    error: str | None = record.get("error")
    return error


def _lost(chapter: Chapter, wanted: Sequence[Point], out: Path) -> None:
    """Raise ValueError if `out` holds results that a table of these points would not hold."""
    before = tables.earlier(chapter, out, "sweep")
    if before is None:
        return
    grid = pd.DataFrame([point.values for point in wanted], columns=list(chapter.defaults))
    shown = pd.read_csv(io.StringIO(provenance.csv(grid)), dtype=str, keep_default_na=False)
    rows = before[list(chapter.defaults)].drop_duplicates()
    if lost := len(rows) - len(rows.merge(shown)):
        what = f"{lost} points that this grid has not"
        raise ValueError(f"--out: {out / tables.RESULTS} holds {what}; give another folder")


def _write(
    chapter: Chapter, found: Sequence[tuple[Point, dict[str, Any]]], out: Path
) -> pd.DataFrame:
    """Write the tables in the order of the grid and return the results."""
    runs = [(point.values, record) for point, record in found]
    provenance.write_all(tables.contents(chapter, runs, out))
    return tables.results(chapter, runs)


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
    here, failures = identity(chapter.text), []
    with connect(workers, scheduler) as client, bar:
        threads = sum(client.nthreads().values()) or 1
        start = time.monotonic()
        found = records(client, chapter.text, missing, Watch(client, scheduler, tell))
        for done, (point, record) in enumerate(found, 1):
            reason = _reason(record, here)
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
        _lost(chapter, wanted, out)
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
                total=len(wanted), initial=len(before), unit="point", disable=None, file=sys.stderr
            )
            try:
                failures = _run(chapter, missing, store, bar, workers, scheduler, tell)
            except (KeyboardInterrupt, ConnectionError):
                if found := store.finished(wanted):
                    _write(chapter, found, out)
                raise
        order = {point.key: i for i, point in enumerate(wanted)}
        failures.sort(key=lambda failure: order[failure[0].key])
        found = store.finished(wanted)
        return Outcome(_write(chapter, found, out), failures, len(missing) - len(failures))
