"""SIGKILL at any moment: a file is the old one or the new one, and nothing finished is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

import ssq_core as ssq
from ssq_book import studies
from ssq_book.studies import provenance

ROOT = Path(__file__).parents[2]
MATCH = ssq.counterexamples.match(0.75, 0.5)

# Answers each number of seconds on its stdin by a child that does its job until it is killed then.
NURSERY = """
import os, signal, sys, time
from pathlib import Path
from tests.book import test_kills
job, folder = sys.argv[1:]
work = test_kills.JOBS[job](Path(folder))
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        work()
        os._exit(0)
    time.sleep(float(line))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def square(k: int) -> Mapping[str, float]:
    """A row of a study: it notes that it was begun, and takes some milliseconds."""
    with (provenance.RESULTS / "begun.log").open("a") as log:
        log.write(f"{k}\n")
    time.sleep(0.005)
    return {"square": k * k + 0.1}


STUDY = studies.Study("squares", tuple({"k": k} for k in range(1, 6)), square)


def saving(folder: Path) -> Callable[[], None]:
    one = ssq.solve(MATCH, 1, progress=False)
    other = ssq.solve(MATCH, 40, iterations=2, progress=False)

    def work() -> None:
        for i in range(10**6):
            (one, other)[i % 2].save(folder / "a")

    return work


def studying(folder: Path) -> Callable[[], None]:
    provenance.RESULTS = folder
    STUDY.origin()  # the code is read here: kills fall where rows are computed and kept
    return lambda: studies.run(STUDY) and None


JOBS = {"saving": saving, "studying": studying}


def killed(job: str, folder: Path, most: float, times: int) -> Iterator[None]:
    """Do a job until it is killed, so many times, after 0 to `most` seconds each."""
    with subprocess.Popen(
        (sys.executable, "-c", NURSERY, job, str(folder)), cwd=ROOT, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        for seconds in np.random.default_rng(0).uniform(0, most, times).tolist():
            print(seconds, file=process.stdin, flush=True)
            assert process.stdout.readline() == "dead\n"
            yield
        process.stdin.close()


def test_a_file_is_the_old_one_or_the_new_one_whenever_its_writing_is_killed(
    tmp_path: Path,
) -> None:
    seen = set()
    for _ in killed("saving", tmp_path, 0.03, 25):
        if (tmp_path / "a").exists():
            seen.add(ssq.load(tmp_path / "a", MATCH).k)
    assert seen == {1, 40}
    assert list(tmp_path.glob(".*.tmp"))  # there were kills in the middle of a write


def test_a_study_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path: Path) -> None:
    def rows() -> list[int]:
        path = tmp_path / "squares.csv"
        return studies.read(path)["k"].tolist() if path.exists() else []

    kept: list[int] = []
    log = tmp_path / "begun.log"
    for _ in killed("studying", tmp_path, 0.1, 15):
        now = rows()
        assert now[: len(kept)] == kept
        begun = list(map(int, log.read_text().split())) if log.exists() else []
        assert not set(begun) & set(kept)
        assert set(begun[:-1]) <= set(now)  # a row begins when those before it are stored
        log.unlink(missing_ok=True)
        kept = now
    assert kept
