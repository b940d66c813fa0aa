"""SIGKILL at any moment: a stored table is whole, and no finished row is lost or begun again."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ssq_book import studies
from ssq_book.studies import provenance

ROOT = Path(__file__).parents[2]

# Answers each number of seconds on its stdin by a child that runs the study and is then killed.
NURSERY = """
import os, signal, sys, time
from pathlib import Path
from tests.book.test_kills import STUDY, provenance, studies
provenance.RESULTS = Path(sys.argv[1])
STUDY.origin()  # the code is read here: kills fall where rows are computed and kept
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        studies.run(STUDY)
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


def test_a_study_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path: Path) -> None:
    path, log, kept = tmp_path / "squares.csv", tmp_path / "begun.log", list[int]()
    with subprocess.Popen(
        (sys.executable, "-c", NURSERY, str(tmp_path)), cwd=ROOT, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        for seconds in np.random.default_rng(0).uniform(0, 0.1, 15).tolist():
            print(seconds, file=process.stdin, flush=True)
            assert process.stdout.readline() == "dead\n"
            now = studies.read(path)["k"].tolist() if path.exists() else []
            assert now[: len(kept)] == kept
            begun = list(map(int, log.read_text().split())) if log.exists() else []
            assert not set(begun) & set(kept)
            assert set(begun[:-1]) <= set(now)  # a row begins when those before it are stored
            log.unlink(missing_ok=True)
            kept = now
        process.stdin.close()
    assert kept
