"""Kill a job at any moment: after so many seconds, or at any line that it or its callees run.

`python -m tests.killing JOB FOLDER` prepares a job once and then reads moments from stdin, each on
a line: `seconds 0.013`, `line 57`, or `end 0` for none. For each it forks, runs the job in the
child until SIGKILL comes at that moment, and answers `killed`, or `ended` and the lines it has run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.studies import __main__ as command
from ssq_book.studies import provenance

ROOT = Path(__file__).parents[1]
DEMAND = ssq.demand_response()
POINTS = 5
Moment = tuple[str, float]


class Nursery:
    """A prepared job, to be killed as often as wanted: `with Nursery("save", folder) as job`."""

    def __init__(self, job: str, folder: Path) -> None:
        words = (sys.executable, "-m", "tests.killing", job, str(folder))
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | threads | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.communicate(timeout=60)

    def kill(self, moment: Moment) -> str:
        """Run the job once until that moment, and return "killed" or "ended" and its lines."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{moment[0]} {moment[1]}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def lines(self, most: int) -> list[Moment]:
        """Return moments at up to `most` lines, the first and the last that the job runs included.

        Runs the job once to its end.
        """
        word, whole = self.kill(("line", 1e9)).split()
        assert word == "ended"
        wanted = np.unique(np.linspace(1, int(whole), most).astype(int))
        return [("line", int(line)) for line in wanted]


def delays(seed: int, most: float, number: int) -> list[Moment]:
    """Return moments, drawn uniformly from 0 to `most` seconds."""
    return [("seconds", s) for s in np.random.default_rng(seed).uniform(0, most, number).tolist()]


# -- the jobs --------------------------------------------------------------------------------------


def tables() -> tuple[ssq.QTable, ssq.QTable]:
    """Return the two tables that are saved in turn, of 0.3 and 2 MB."""
    three, four = (ssq.solve(DEMAND, k, iterations=2, progress=False) for k in (3, 4))
    return three, four


def texts() -> tuple[str, str]:
    """Return the two texts that are written in turn, of 0.6 and 1.4 MB."""
    return "first\n" * 100_000, "second\n" * 200_000


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two tables of results that are written in turn."""
    return pd.DataFrame({"k": range(50), "gap": 0.1}), pd.DataFrame({"k": range(900), "gap": 1 / 3})


def _turns(write: Callable[[Any], None], things: tuple[Any, Any]) -> Callable[[bool], None]:
    """Return a job that writes the second, and on and on both in turn unless it is asked once."""

    def job(once: bool) -> None:
        for i in count(1):
            write(things[i % 2])
            if once:
                return

    return job


def square(k: int) -> Mapping[str, float]:
    """A row of the study: it notes that it was begun, and takes some milliseconds."""
    with (provenance.RESULTS / "begun.log").open("a") as log:
        log.write(f"{k}\n")
    time.sleep(0.005)
    return {"square": k * k + 0.1, "third": k / 3}


STUDY = paper.Study("squares", tuple({"k": k} for k in range(1, POINTS + 1)), square)


def study_at(folder: Path) -> None:
    """Let `make paper`'s command compute the small study, into a folder."""
    provenance.RESULTS = folder
    command.STUDIES = (STUDY,)


def _paper(folder: Path) -> Callable[[bool], None]:
    study_at(folder)
    STUDY.origin()  # the code is read here, so that kills fall where rows are computed and kept

    def job(once: bool) -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)  # it tells of each row, and nobody listens
        assert command.main([]) == 0

    return job


def prepare(job: str, folder: Path) -> Callable[[bool], None]:
    """Return what a child runs; its argument says whether it is to end by itself."""
    if job == "save":
        return _turns(lambda table: table.save(folder / "q.npz"), tables())
    if job == "all":
        both = (folder / "a.both", folder / "b.both")
        return _turns(lambda text: provenance.write_all(dict.fromkeys(both, text)), texts())
    if job == "text":
        return _turns(lambda text: provenance.write_text(text, folder / "a.txt"), texts())
    if job == "csv":
        return _turns(lambda frame: provenance.write_csv(frame, folder / "a.csv"), frames())
    return _paper(folder)


# -- the process that forks ------------------------------------------------------------------------


def _run(job: Callable[[bool], None], kind: str, when: float) -> int:
    """Run the job in this child and return its lines; at the line asked for, kill it."""
    lines = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines == when:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    if kind == "line":
        sys.settrace(trace)
    job(kind != "seconds")
    sys.settrace(None)
    return lines


def main(job: str, folder: str) -> None:
    """Answer moments from stdin until it ends."""
    run = prepare(job, Path(folder))
    answer = os.dup(1)
    for line in sys.stdin:
        kind, when = line.split()
        here, there = os.pipe()
        child = os.fork()
        if not child:
            word = "failed"
            try:
                word = f"ended {_run(run, kind, float(when))}"
            finally:
                os.write(there, word.encode())
                os._exit(0)
        os.close(there)
        if kind == "seconds":
            time.sleep(float(when))
            os.kill(child, signal.SIGKILL)
        # killed, though it may have said before that it had ended: one answer for one moment
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        os.write(answer, b"killed\n" if killed else os.read(here, 100) + b"\n")
        os.close(here)


if __name__ == "__main__":
    main(*sys.argv[1:])
