"""The points of a sweep: what each one is, running one anywhere, and keeping it on disk.

A point is one run of a notebook. Its file is named after all that its numbers depend on, so a file
that is there is a result that need not be computed again.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from ssq_book.common import spawn
from ssq_book.limits import Value
from ssq_book.runs.execution import ChapterFailed, execute, identity, record
from ssq_book.runs.parameters import Chapter
from ssq_book.studies import provenance
from ssq_core.progress import Report

MAX_POINTS = 100_000  # of one sweep
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


@dataclass(frozen=True)
class Point:
    """All parameters of one run, and the key that they, the notebook and the library make."""

    values: dict[str, Value]
    key: str


def points(
    chapter: Chapter,
    axes: Mapping[str, list[Value]],
    seeds: int | None,
    identity: Mapping[str, str],
) -> list[Point]:
    """Return the points of a grid, in its order, each checked against the chapter's limits.

    `seeds` runs each with that many seeds, spawned from the one given or the default; the i-th does
    not depend on their number or on the grid. `identity` is that of the library. Raises
    ValueError for an impossible value, and at once for more than 100,000 points.
    """
    axes = dict(axes)
    count = math.prod(map(len, axes.values())) * max(seeds or 1, 1)
    if count > MAX_POINTS:
        raise ValueError(f"a sweep has at most {MAX_POINTS:,} points, -p and --seeds ask {count:,}")
    if seeds is not None:
        chapter.parameter("seed")
        given = axes.pop("seed", [chapter.defaults["seed"]])
        if seeds < 1:
            raise ValueError(f"--seeds must be at least 1, got {seeds}")
        if len(given) > 1:
            raise ValueError(f"seed must be one value beside --seeds, got {len(given)}")
        chapter.values({"seed": given[0]})
        axes["seed"] = list(spawn(int(given[0]), seeds))
    cells = [[c["cell_type"], "".join(c["source"])] for c in json.loads(chapter.text)["cells"]]
    out = []
    for changed in product(*axes.values()):  # the last axis moves fastest
        values = chapter.values(dict(zip(axes, changed, strict=True)))
        content = json.dumps([cells, dict(identity), values], sort_keys=True)
        out.append(Point(values, hashlib.sha256(content.encode()).hexdigest()[:16]))
    return out


def run(text: str, values: Mapping[str, Value]) -> dict[str, Any]:
    """Run one point, on whatever machine this is, and return its record."""
    os.environ.update(ONE_THREAD)  # sums over several threads need not have the same bits
    here = identity(text)
    try:
        return record(execute(text, values), here)
    except ChapterFailed as error:  # raised, it would make the point run again
        return {"identity": here, "error": str(error)}


def _digest(record: Mapping[str, Any]) -> str:
    """Return a hash of all that a record holds but its digest."""
    content = {name: value for name, value in record.items() if name != "digest"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


class Store:
    """The finished points of sweeps, one JSON file each, below a sweep's folder."""

    def __init__(self, out: Path) -> None:
        self.folder = out / "points"

    def path(self, point: Point) -> Path:
        """Return where a point's record is, or would be."""
        return self.folder / f"{point.key}.json"

    def load(self, point: Point) -> dict[str, Any] | None:
        """Return the record of a finished point, or None where there is none."""
        path = self.path(point)
        try:
            record: dict[str, Any] = json.loads(path.read_bytes())
            whole = record["digest"] == _digest(record) and record["parameters"] == point.values
        except FileNotFoundError:
            return None
        except Exception:  # foreign JSON can fail in any way
            whole = False
        if not whole:
            raise ValueError(f"{path} is not the record of its point, as it was written")
        return record

    def save(self, chapter: str, point: Point, record: Mapping[str, Any]) -> None:
        """Write the record of a finished point, whole or not at all."""
        about = {"chapter": chapter, "parameters": point.values, "seed": point.values.get("seed")}
        whole = about | dict(record)
        text = json.dumps(whole | {"digest": _digest(whole)}, indent=1, ensure_ascii=False)
        provenance.write_text(text + "\n", self.path(point))

    def finished(
        self, wanted: Iterable[Point], tell: Report | None = None
    ) -> list[tuple[Point, dict[str, Any]]]:
        """Return each finished point with its record; `tell` gets a line for each damaged one."""
        out = []
        for point in wanted:
            try:
                if record := self.load(point):
                    out.append((point, record))
            except ValueError as error:
                if tell:
                    tell(f"{error}; it is run again")
        return out
