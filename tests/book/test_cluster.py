"""Sweeps on Dask: the same table for any workers, nothing finished is lost, and no silence."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from ssq_book.runs import cluster as dask
from ssq_book.runs import parameters, sweep
from tests import tiny
from tests.sweeping import Cluster, finish, finished, points_of, runs, start, wait_for

GRID = ("-p", "k=1..2", "-p", "m=0.5,2", "--seeds", "2")  # 8 points


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.kill()


@pytest.mark.slow
def test_a_sweep_that_is_killed_or_interrupted_goes_on_where_it_was(tmp_path):
    tiny.write(tmp_path, light=True)
    log, out = tmp_path / "log", tmp_path / "out"
    log.touch()
    settings = (*GRID, "-p", f"log={log}", "--workers", "2", "--out", "out")
    kept, before = set(), runs(log)
    for moment, end in ((1, signal.SIGKILL), (4, signal.SIGINT)):  # points finished when it ends
        process = start(tmp_path, *settings)
        wait_for(lambda wanted=moment: len(list((out / "points").glob("*.json"))) >= wanted)
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, end)
        said = finish(process, status=-9 if end == signal.SIGKILL else 130).splitlines()
        psutil.wait_procs(family, timeout=60)  # a kernel ends when it finds its worker gone
        now, again = finished(out), runs(log) - before
        assert kept <= now
        assert moment <= len(now) < 8
        assert not kept & set(again)
        assert set(again.values()) <= {1}
        kept, before = now, runs(log)
    assert said[1].startswith("the first point took ")
    assert said[2:] == ["ssq: interrupted; what is finished is kept"]
    assert not [process for process in family if process.is_running()]
    assert points_of(out / "results.csv") == kept
    assert not list(out.glob(".*"))
    said = finish(start(tmp_path, *settings)).splitlines()
    assert said[0] == f"8 points: {len(kept)} finished before, {8 - len(kept)} to run on 2 workers"
    again = runs(log) - before
    assert not kept & set(again)
    assert set(again.values()) == {1}
    assert kept | set(again) == finished(out)
    finish(start(tmp_path, *settings))
    assert runs(log) - before == again
    finish(start(tmp_path, *GRID, "-p", f"log={log}", "--workers", "1", "--out", "one"))
    assert (tmp_path / "one" / "results.csv").read_bytes() == (out / "results.csv").read_bytes()
    assert {path.name for path in out.iterdir()} == {
        "points", "results.csv", "seconds.csv", "tiny-k.png"
    }  # fmt: skip
    table = pd.read_csv(out / "results.csv")
    for row in table[table["name"] == "tiny-mean"].itertuples():
        assert row.value == (row.m * np.random.default_rng(row.seed).normal(size=row.k)).mean()


@pytest.mark.slow
def test_a_missing_worker_and_a_lost_scheduler_are_said_in_a_line_each(tmp_path, cluster):
    tiny.write(tmp_path, light=True)
    process = start(tmp_path, *GRID, "--scheduler", cluster.address, "--out", "out")
    assert process.stderr is not None
    lines = [process.stderr.readline().rstrip() for _ in range(2)]
    missing = f"no worker at {cluster.address}; start one: dask worker {cluster.address}"
    assert lines[1] == f"{missing}; waiting, until Ctrl-C"
    cluster.add_worker()
    wait_for(lambda: len(finished(tmp_path / "out")) >= 2)
    cluster.kill()
    there, *_, last = finish(process, status=1).splitlines()
    assert there == f"there are workers at {cluster.address} again"
    assert last == f"ssq: the scheduler at {cluster.address} is lost; what is finished is kept"
    assert points_of(tmp_path / "out" / "results.csv") == finished(tmp_path / "out")


@pytest.mark.slow
def test_a_point_that_fails_or_kills_every_worker_is_named_and_the_others_finish(tmp_path):
    tiny.write(tmp_path, light=True)
    tiny.append(tmp_path, "if k == 7:\n    import os\n    os.kill(os.getppid(), 9)")
    with ExitStack() as held:
        with suppress(OSError):  # Dask's usual port is taken, if not by another sweep then here
            held.enter_context(socket.create_server(("127.0.0.1", 8787)))
        process = start(tmp_path, "-p", "k=6..10", "--workers", "2", "--out", "out")
        said = finish(process, status=1).splitlines()
    assert said[0] == "5 points: 0 finished before, 5 to run on 2 workers"
    assert re.fullmatch(r"the first point took \d+\.\d s; about \d+ s to go", said[1])
    assert said[2].startswith("ssq: tiny at k=7, seed=0: every worker that ran it died: ")
    assert said[3:] == ["ssq: tiny at k=9, seed=0: cell 3: ValueError: k is 9, which is bad"]
    assert {k for k, *_ in finished(tmp_path / "out")} == {6, 8, 10}
    assert points_of(tmp_path / "out" / "results.csv") == finished(tmp_path / "out")


@pytest.mark.parametrize("silent", [False, True])
def test_a_scheduler_that_does_not_answer_is_said_in_a_line(tmp_path, monkeypatch, silent):
    chapter = parameters.read(str(tiny.write(tmp_path)))
    monkeypatch.setattr(dask, "WAIT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # which accepts and says nothing
        port = server.getsockname()[1] if silent else 9
        with pytest.raises(ValueError, match=rf"^--scheduler: nothing answers at \S+:{port} \(no"):
            sweep.sweep(chapter, {}, None, tmp_path / "out", scheduler=f"tcp://127.0.0.1:{port}")
    assert not (tmp_path / "out").exists()
