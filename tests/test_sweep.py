"""Sweeps: the same table for any workers, and nothing finished is lost or run again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import PngImagePlugin

import ssq_core
from ssq_core.companion import figures, parameters, sweep
from ssq_core.companion.figures.sweep import summary
from ssq_core.companion.rerun import identity
from tests import tiny

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
GRID = ("-p", "k=1..3", "-p", "m=0.5,2", "--seeds", "4")  # 24 points


@pytest.fixture
def chapter(tmp_path: Path) -> parameters.Chapter:
    return parameters.read(str(tiny.write(tmp_path)))


# -- the figure ------------------------------------------------------------------------------------


def test_the_intervals_of_the_figure_are_students_over_the_seeds():
    table = pd.DataFrame({"k": [1, 1, 1, 2], "value": [1.0, 2.0, 6.0, 5.0]})
    out = summary(table, ["k"]).set_index("k")
    assert out["mean"].tolist() == [3.0, 5.0]
    assert out["half"][1] == pytest.approx(4.302653 * np.std([1, 2, 6], ddof=1) / 3**0.5)
    assert np.isnan(out["half"][2])


def test_the_figure_has_a_line_for_each_setting_and_the_number_chosen_varies():
    rows = [
        (k, m, name, value)
        for k in (1, 2)
        for m in (5, 6)
        for name, value in (("the-k", k), ("same", 3), ("gap", 1 / k + m))
    ]
    table = pd.DataFrame(rows, columns=["k", "m", "name", "value"])
    assert sweep.chosen(table, ["k", "m"]) == "gap"
    (ax,) = figures.sweep(table[table["name"] == "gap"], "k", ["m"], "gap").axes
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["m = 5", "m = 6"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("k", "gap")


def test_a_number_that_is_not_there_is_refused_with_the_nearest(chapter, tmp_path):
    table = pd.DataFrame({"k": [1, 2], "name": ["the-gap"] * 2, "value": [1.0, 2.0]})
    with pytest.raises(ValueError, match="'gap'; the nearest is the-gap"):
        sweep.draw(chapter, table, {"k": [1, 2]}, "gap", tmp_path)
    assert not list(tmp_path.glob("*.png"))


def test_a_figure_says_where_it_comes_from_in_the_picture_and_beside_it(chapter, tmp_path):
    table = pd.DataFrame(
        {"k": [1, 2, 3, 4], "m": [5] * 4, "seed": [7] * 4, "name": ["gap"] * 4, "value": [4.0] * 4}
    )
    axes = {"k": [1, 2, 3, 4]}
    path = sweep.draw(chapter, table, axes, "gap", tmp_path)
    said = PngImagePlugin.PngImageFile(path).text["Description"]
    library = identity(chapter.text)["library"]
    assert said == (
        f"Origin: {chapter.source}; k = 1 … 4, m = 5, seed = 7; "
        f"ssq_core {ssq_core.__version__}, content {library}"
    )


# -- on Dask ---------------------------------------------------------------------------------------


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `ssq sweep` on the tiny notebook, in a session of its own, where Ctrl-C is heard.

    A shell's background jobs ignore it, and so would what they start.
    """
    command = (sys.executable, "-m", "ssq_core.companion.cli", "sweep", "tiny.ipynb", *arguments)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def finish(process: subprocess.Popen[str], status: int = 0) -> str:
    """Wait for a sweep, and return what it said on stderr."""
    out, error = process.communicate(timeout=600)
    assert process.returncode == status, out + error
    return error


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def finished(folder: Path) -> set[tuple[int, float, int]]:
    """Return (k, m, seed) of every point that is on disk."""
    records = [json.loads(path.read_text()) for path in (folder / "points").glob("*.json")]
    return {tuple(r["parameters"][name] for name in ("k", "m", "seed")) for r in records}


def runs(log: Path) -> Counter[tuple[int, float, int]]:
    """Return how often each (k, m, seed) came to the end of the notebook."""
    lines = [line.split() for line in log.read_text().splitlines()]
    return Counter((int(k), float(m), int(seed)) for k, m, seed in lines)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The table of the 24 points by one worker."""
    folder = tmp_path_factory.mktemp("one")
    tiny.write(folder, light=True)
    finish(start(folder, *GRID, "--workers", "1", "--out", "out"))
    return (folder / "out" / "results.csv").read_bytes()


def without_log(table: Path) -> bytes:
    """Return a table's bytes with the one parameter that differs between the tests emptied."""
    frame = pd.read_csv(table, dtype=str, keep_default_na=False).assign(log="", gate="")
    return frame.to_csv(index=False, lineterminator="\n").encode()


@pytest.mark.slow
def test_a_table_is_what_the_notebook_computes_with_one_worker_and_with_two(tmp_path, reference):
    tiny.write(tmp_path, light=True)
    finish(start(tmp_path, *GRID, "--workers", "2", "--out", "out"))
    out = tmp_path / "out"
    assert (out / "results.csv").read_bytes() == reference
    assert {path.name for path in out.iterdir()} == {
        "points", "results.csv", "seconds.csv", "tiny-mean.png"
    }  # fmt: skip
    table = pd.read_csv(out / "results.csv")
    means = table[table["name"] == "tiny-mean"]
    assert len(means) == 24
    for row in means.itertuples():
        draw = row.m * np.random.default_rng(row.seed).normal(size=row.k)
        assert row.value == draw.mean()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    port = address.rpartition(":")[2]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = (sys.executable, "-m", "dask")
    scheduler = (*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    worker = (*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
    started = [subprocess.Popen(scheduler, env=ENVIRONMENT, cwd=tmp_path, **quiet)]
    for i in range(2):
        own = (*worker, "--local-directory", str(tmp_path / f"worker-{i}"))
        started.append(subprocess.Popen(own, env=ENVIRONMENT, cwd=tmp_path, **quiet))
    yield address, started[1:]
    for process in reversed(started):
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_scheduler_with_two_workers_gives_the_same_table(tmp_path, cluster, reference):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    finish(start(folder, *GRID, "--scheduler", cluster[0], "--out", "out"))
    assert (folder / "out" / "results.csv").read_bytes() == reference


@pytest.mark.slow
def test_points_of_a_worker_that_is_killed_run_again_and_no_others(tmp_path, cluster, reference):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    log, gate, out = folder / "log", folder / "gate", folder / "out"
    settings = (*GRID, "-p", f"log={log}", "-p", f"gate={gate}", "--out", "out")
    address, (first, _) = cluster
    process = start(folder, *settings, "--scheduler", address)
    family = psutil.Process(first.pid).children
    wait_for(lambda: bool(family(recursive=True)))  # the worker is in the middle of a point
    kernels = family(recursive=True)
    first.kill()
    psutil.wait_procs(kernels, timeout=60)  # a kernel ends when it finds its worker gone
    gate.touch()
    finish(process)
    assert without_log(out / "results.csv") == reference
    assert len(runs(log)) == 24
    assert set(runs(log).values()) == {1}


@pytest.mark.slow
def test_a_sweep_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path, reference, survived):
    tiny.write(tmp_path, light=True)
    log, out = tmp_path / "log", tmp_path / "out"
    log.touch()
    settings = (*GRID, "-p", f"log={log}", "--workers", "2", "--out", "out")
    kept, before, moments = set(), runs(log), (0, 1, 6, 17)  # points finished at each kill
    for moment in moments:
        process = start(tmp_path, *settings)
        wait_for(lambda wanted=moment: len(list((out / "points").glob("*.json"))) >= wanted)
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        psutil.wait_procs(family, timeout=60)  # a kernel ends when it finds its worker gone
        now, again = finished(out), runs(log) - before
        assert kept <= now
        assert moment <= len(now) < 24
        assert not kept & set(again)
        assert set(again.values()) <= {1}
        kept, before = now, runs(log)
    finish(start(tmp_path, *settings))
    again = runs(log) - before
    assert not kept & set(again)
    assert set(again.values()) == {1}
    assert kept | set(again) == finished(out)
    assert without_log(out / "results.csv") == reference
    finish(start(tmp_path, *settings))
    assert runs(log) - before == again
    survived("kills", len(moments))


@pytest.mark.slow
def test_an_interrupted_sweep_keeps_what_is_finished_and_ends_its_workers(tmp_path):
    tiny.write(tmp_path, light=True)
    out = tmp_path / "out"
    process = start(tmp_path, *GRID, "--workers", "2", "--out", "out")
    wait_for(lambda: len(list((out / "points").glob("*.json"))) >= 2)
    family = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    said = finish(process, status=130)
    assert said.splitlines()[-1] == "ssq: interrupted; what is finished is kept"
    psutil.wait_procs(family, timeout=20)
    assert not [one for one in family if one.is_running()]
    assert len(finished(out)) >= 2
    assert not list(out.rglob(".*"))


@pytest.mark.slow
def test_a_point_that_fails_is_reported_and_the_others_finish(tmp_path):
    tiny.write(tmp_path, light=True)
    with ExitStack() as held:
        with suppress(OSError):  # Dask's usual port is taken, if not by another sweep then here
            held.enter_context(socket.create_server(("127.0.0.1", 8787)))
        said = finish(
            start(tmp_path, "-p", "k=8..10", "--workers", "2", "--out", "out"), status=1
        ).splitlines()
    assert said[0] == "3 points: 0 finished before, 3 to run on 2 workers"
    assert re.fullmatch(r"the first point took \d+\.\d s; about \d+ s to go", said[1])
    assert said[2:] == ["ssq: tiny at k=9, seed=0: cell 3: ValueError: k is 9, which is bad"]
    assert {k for k, *_ in finished(tmp_path / "out")} == {8, 10}
    assert set(pd.read_csv(tmp_path / "out" / "results.csv")["k"]) == {8, 10}


def test_a_scheduler_that_does_not_answer_is_said_in_a_line(chapter, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ValueError, match=r"^--scheduler: nothing answers at tcp://127\.0\.0\.1:9"):
        sweep.sweep(chapter, {}, None, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()
