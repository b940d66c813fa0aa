"""Many runs of a chapter on Dask: `ssq sweep`.

Only values travel: the notebook's text and its parameters to a worker, a record of numbers back.
The command alone writes, so workers need no disk in common with it. What is finished stays
finished: the same command, started again after anything, runs the rest.
"""

from __future__ import annotations

import difflib
import io
import logging
import math
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dask
import pandas as pd
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed
from tqdm import tqdm

from ssq_core.companion import figures, outputs, provenance
from ssq_core.companion import points as pts
from ssq_core.companion.limits import Value
from ssq_core.companion.parameters import RESERVED, Chapter
from ssq_core.companion.points import Point, Store
from ssq_core.companion.rerun import identity, table
from ssq_core.progress import Report

LOSSES = 10  # workers that a point may lose before it counts as the cause
CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Outcome:
    """What a sweep left: its long table, and the points that failed with their errors."""

    numbers: pd.DataFrame
    failures: list[tuple[Point, str]]
    run: int  # points that this call ran to their end


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, or of a cluster on this machine."""
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise ValueError(f"--scheduler: nothing answers at {scheduler} ({error})") from None
        with client:
            yield client
        return
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": LOSSES}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # a free port: None would take 8787, or warn
            memory_limit=0,  # a chapter plans its own memory, in a kernel that Dask cannot see
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _same(text: str) -> str:
    return text


def _records(
    client: Client, text: str, wanted: Sequence[Point]
) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Yield each point with its record as it is finished; a point whose worker died runs again."""
    call = uuid4().hex[:8]  # keys of its own: another sweep on the same scheduler is no concern
    losses: Counter[str] = Counter()
    # A task, not scattered data: lost with a worker, it is made again.
    source = client.submit(_same, text, key=f"ssq-notebook-{call}", retries=LOSSES)

    def submit(point: Point) -> Future:
        key = f"ssq-{point.key}-{call}-{losses[point.key]}"
        return client.submit(pts.run, source, point.values, key=key)

    at = {submit(point): point for point in wanted}
    waiting = as_completed(list(at))
    for future in waiting:
        point = at.pop(future)
        try:
            record = future.result()
        except KilledWorker as error:
            losses[point.key] += 1
            if losses[point.key] < LOSSES:
                again = submit(point)
                at[again] = point
                waiting.add(again)
                continue
            record = {"error": f"every worker that ran it died: {error.last_worker}"}
        except Exception as error:  # the worker lacks the library, or the scheduler is gone
            record = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        future.release()
        yield point, record


def _reason(record: Mapping[str, Any], own: Mapping[str, str]) -> str | None:
    """Return why a record does not count, or None."""
    there = record.get("identity", own)
    for name, value in own.items():
        if there.get(name) != value:
            return f"its worker has another {name}: {there.get(name)}, here {value}"
    error: str | None = record.get("error")
    return error


def _tables(chapter: Chapter, found: Sequence[tuple[Point, dict[str, Any]]], out: Path) -> Any:
    """Write `results.csv` and `seconds.csv` in the order of the grid; return the former."""
    numbers = [
        table(point.values, record["numbers"], version=record["identity"]["version"])
        for point, record in found
    ]
    columns = [*chapter.defaults, "name", "value", "version"]
    whole = pd.concat(numbers, ignore_index=True) if numbers else pd.DataFrame(columns=columns)
    times = [{**point.values, "seconds": record["seconds"]} for point, record in found]
    provenance.write_csv(whole, out / "results.csv")
    frame = pd.DataFrame(times, columns=[*chapter.defaults, "seconds"])
    provenance.write_csv(frame, out / "seconds.csv")
    return whole


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


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
    with _client(workers, scheduler) as client, bar:
        threads = sum(client.nthreads().values()) or 1
        start = time.monotonic()
        for done, (point, record) in enumerate(_records(client, chapter.text, missing), 1):
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
    terminal shows a bar), and one for each record that is damaged. Raises ValueError, before a
    kernel starts, for an impossible value and for a silent scheduler.
    """
    wanted = pts.points(chapter, axes, seeds, identity(chapter.text))
    store = Store(out)
    missing = store.missing(wanted, tell)
    failures: list[tuple[Point, str]] = []
    done = len(wanted) - len(missing)
    where = scheduler or f"{workers} worker{'s' * (workers != 1)}"
    points = f"{len(wanted)} point{'s' * (len(wanted) != 1)}"
    tell(f"{points}: {done} finished before, {len(missing)} to run on {where}")
    if missing and chapter.limits:
        each = outputs.CHAPTERS[chapter.name][1]
        left = each * math.ceil(len(missing) / workers) / 60
        whole = "" if scheduler else f", all of them about {max(left, 1):.0f} min"
        tell(f"a run with the default values takes about {each} s{whole}")
    if missing:
        provenance.tidy(store.folder)
        bar = tqdm(total=len(wanted), initial=done, unit="point", disable=None, file=sys.stderr)
        failures = _run(chapter, missing, store, bar, workers, scheduler, tell)
    failed = {point.key for point, _ in failures}
    records = [(point, store.load(point)) for point in wanted if point.key not in failed]
    found = [(point, record) for point, record in records if record is not None]
    order = {point.key: i for i, point in enumerate(wanted)}
    failures.sort(key=lambda failure: order[failure[0].key])
    ran = len(missing) - len(failures)
    return Outcome(_tables(chapter, found, out), failures, ran)


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
    from ssq_core.companion.origin import line  # here alone: it loads Sphinx

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
