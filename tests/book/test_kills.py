"""SIGKILL at any moment: a file is the old one or the new one, and nothing finished is lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.studies import provenance
from tests import killing
from tests.killing import Moment, Nursery

ROOT = Path(__file__).parents[2]
SAVE_DELAYS, SAVE_LINES = 25, 40  # kills that `make test` survives: 65 and those below
FILE_DELAYS, FILE_LINES = 10, 12  # of each of three writers
PAPER_DELAYS, PAPER_LINES = 10, 10
EVERY_LINE = 300  # moments of each job in `make test-all`, about
COMMAND_KILLS = 8  # of `make paper`'s own command, on a study of the paper


def leftovers(folder: Path) -> list[Path]:
    """Return what kills have left, and refuse a name that a reader could take for a result."""
    left = [path for path in folder.iterdir() if path.name.endswith(".tmp")]
    assert all(path.name.startswith(".") for path in left)
    assert not set(left) & {p for kind in ("npz", "csv", "json") for p in folder.glob(f"*.{kind}")}
    return left


def survive(job: Nursery, moments: list[Moment], whole: Callable[[], bool]) -> int:
    """Kill a job at each of these moments, check what is there after each, and count the kills."""
    kills = 0
    for moment in moments:
        kills += job.kill(moment) == "killed"
        assert whole(), moment
    return kills


def same(one: ssq.QTable, other: ssq.QTable) -> bool:
    numbers = [(q.k, q.sweeps, q.error_bound, q.tie_tolerance) for q in (one, other)]
    pairs = zip(one.tables, other.tables, strict=True)
    return numbers[0] == numbers[1] and all(np.array_equal(a, b) for a, b in pairs)


def saves(folder: Path, lines: int) -> int:
    tables = killing.tables()
    path = folder / "q.npz"
    tables[0].save(path)

    def whole() -> bool:
        table = ssq.load(path, killing.DEMAND)
        return any(same(table, own) for own in tables)

    with Nursery("save", folder) as job:
        moments = killing.delays(0, 0.03, SAVE_DELAYS) + job.lines(lines)
        kills = survive(job, moments, whole)
        assert kills >= len(moments) - 1  # the last line of all may be the end
    assert leftovers(folder)  # there were kills in the middle of a write
    assert whole()
    return kills


def files(folder: Path, lines: int) -> int:
    kills = 0
    for name, kind, good in (
        ("text", "a.txt", [text.encode() for text in killing.texts()]),
        ("all", "a.both", [text.encode() for text in killing.texts()]),
        ("csv", "a.csv", [f.to_csv(index=False).encode() for f in killing.frames()]),
    ):
        path = folder / kind
        path.write_bytes(good[0])
        with Nursery(name, folder) as job:
            moments = killing.delays(1, 0.03, FILE_DELAYS) + job.lines(lines)
            kills += survive(job, moments, lambda p=path, g=good: p.read_bytes() in g)
        assert leftovers(folder)
    return kills


def test_a_saved_table_is_the_old_one_or_the_new_one_whenever_the_saving_is_killed(
    tmp_path: Path, survived: Callable[[str, int], None]
) -> None:
    kills = saves(tmp_path, SAVE_LINES)
    assert kills >= SAVE_DELAYS + SAVE_LINES - 1
    survived("kills", kills)


def test_a_written_file_is_the_old_one_or_the_new_one_whenever_the_writing_is_killed(
    tmp_path: Path, survived: Callable[[str, int], None]
) -> None:
    kills = files(tmp_path, FILE_LINES)
    assert kills >= 3 * (FILE_DELAYS + FILE_LINES - 1)
    survived("kills", kills)


def test_what_a_killed_program_left_is_removed_after_a_day_and_not_before(tmp_path: Path) -> None:
    old, young, result = (tmp_path / name for name in (".a.csv.1.tmp", ".a.csv.2.tmp", "a.csv"))
    for path in (old, young, result):
        path.touch()
    for path, age in ((old, 86_500), (young, 86_300), (result, 900_000)):
        os.utime(path, (time.time() - age,) * 2)
    provenance.tidy(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {young.name, result.name}


# -- make paper ------------------------------------------------------------------------------------


def rows(folder: Path) -> list[int]:
    path = folder / "squares.csv"
    return paper.read(path)["k"].tolist() if path.exists() else []


def begun(folder: Path) -> list[int]:
    log = folder / "begun.log"
    return list(map(int, log.read_text().split())) if log.exists() else []


def steady(path: Path) -> str:
    """Return a table without what two runs cannot have in common."""
    return paper.read(path).drop(columns=["seconds", "peak_bytes", "made"]).to_csv(index=False)


def go_on(job: Nursery, folder: Path, moment: Moment) -> bool:
    """Go on with the study until it is killed; no finished row is lost or computed again."""
    kept, before = rows(folder), len(begun(folder))
    killed = job.kill(moment) == "killed"
    now, here = rows(folder), begun(folder)[before:]
    assert now[: len(kept)] == kept, moment
    assert not set(here) & set(kept), moment
    assert set(here[:-1]) <= set(now), moment  # a row begins when those before it are stored
    return killed


def clear(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def papers(folder: Path, lines: int) -> int:
    kills = 0
    with Nursery("paper", folder) as job:
        go_on(job, folder, ("end", 0))
        unbroken = steady(folder / "squares.csv")
        assert begun(folder) == list(range(1, killing.POINTS + 1))
        for moment in killing.delays(2, 0.08, PAPER_DELAYS):  # killed again and again
            if len(rows(folder)) == killing.POINTS:
                assert steady(folder / "squares.csv") == unbroken
                clear(folder)
            kills += go_on(job, folder, moment)
        clear(folder)
        for moment in job.lines(lines):  # killed once, and gone on with to the end
            clear(folder)
            kills += go_on(job, folder, moment)
            go_on(job, folder, ("end", 0))
            assert steady(folder / "squares.csv") == unbroken
    return kills


def test_a_study_that_is_killed_at_any_moment_goes_on_where_it_was(
    tmp_path: Path, survived: Callable[[str, int], None]
) -> None:
    kills = papers(tmp_path, PAPER_LINES)
    assert kills >= PAPER_LINES - 1 + PAPER_DELAYS // 2
    survived("kills", kills)


# -- all of it -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("job", [saves, files, papers])
def test_hundreds_of_kills_of_each_job_lose_nothing(
    tmp_path: Path, job: Callable[[Path, int], int], survived: Callable[[str, int], None]
) -> None:
    kills = job(tmp_path, EVERY_LINE)
    assert kills >= EVERY_LINE - 1
    survived("kills", kills)


@pytest.mark.slow
def test_the_command_of_make_paper_goes_on_where_it_was_killed(
    tmp_path: Path, survived: Callable[[str, int], None]
) -> None:
    study = "demand_response_phase"
    shutil.copytree(ROOT / "ssq_core", tmp_path / "ssq_core")
    source = tmp_path / "ssq_book" / "chapters" / "demand_response" / "studies.py"
    whole = source.read_text()
    fewer = whole.replace("_GAMMAS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)", "_GAMMAS = (0.5, 0.9)")
    assert fewer != whole
    source.write_text(fewer)  # 44 rows
    stored = tmp_path / "results" / f"{study}.csv"
    told: list[int] = []

    def run(seconds: float) -> int:
        """Run the command until it is killed, note the rows it tells of, and return its status."""
        words = (sys.executable, "-m", "ssq_book.studies", "--only", study)
        own = os.environ | {"PYTHONPATH": str(tmp_path)}
        process = subprocess.Popen(words, cwd=tmp_path, env=own, stdout=subprocess.PIPE, text=True)
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, _ = process.communicate()
        told.extend(int(n) for n in re.findall(rf"^{study} (\d+)/", out, re.M))
        return process.returncode

    kills = 0
    for seconds in np.random.default_rng(3).uniform(1, 4, COMMAND_KILLS).tolist():
        kept = len(paper.read(stored)) if stored.exists() else 0
        before = len(told)
        kills += run(seconds) == -signal.SIGKILL
        assert all(number > kept for number in told[before:])  # none of those that were finished
        assert not stored.exists() or len(paper.read(stored)) >= max([kept, *told])
    assert kills >= 5
    assert run(600) == 0
    assert len(told) == len(set(told)) >= 44 - kills  # a row may be stored and not yet told of
    leftovers(stored.parent)
    broken = steady(stored)
    stored.unlink()
    assert run(600) == 0
    assert steady(stored) == broken
    survived("kills", kills)
