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
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import PngImagePlugin

import ssq_core
from ssq_core.companion import figures, parameters, provenance, sweep
from ssq_core.companion.figures.sweep import summary
from ssq_core.companion.rerun import identity, rerun
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


def points_of(table: Path) -> set[tuple[int, float, int]]:
    """Return (k, m, seed) of every point in a table."""
    return set(pd.read_csv(table)[["k", "m", "seed"]].itertuples(index=False, name=None))


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


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        self.folder, self.address = folder, f"tcp://127.0.0.1:{port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._dask("scheduler", "--host", "127.0.0.1", "--port", port)

    def _dask(self, *words: str) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = (sys.executable, "-m", "dask", *words, "--no-dashboard")
        return subprocess.Popen(command, env=ENVIRONMENT, cwd=self.folder, **quiet)

    def add_worker(self) -> None:
        where = ("--local-directory", str(self.folder / f"worker-{len(self.workers)}"))
        own = ("worker", self.address, "--nthreads", "1", "--no-nanny", *where)
        self.workers.append(self._dask(*own))

    def kill(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.kill()


@pytest.fixture
def cluster(empty: Cluster) -> Cluster:
    """A scheduler with two workers."""
    empty.add_worker()
    empty.add_worker()
    return empty


@pytest.mark.slow
def test_a_scheduler_with_two_workers_gives_the_same_table(tmp_path, cluster, reference):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    finish(start(folder, *GRID, "--scheduler", cluster.address, "--out", "out"))
    assert (folder / "out" / "results.csv").read_bytes() == reference


@pytest.mark.slow
def test_points_of_a_worker_that_is_killed_run_again_and_no_others(tmp_path, cluster, reference):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    log, gate, out = folder / "log", folder / "gate", folder / "out"
    settings = (*GRID, "-p", f"log={log}", "-p", f"gate={gate}", "--out", "out")
    first = cluster.workers[0]
    process = start(folder, *settings, "--scheduler", cluster.address)
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
    first, second, *rest = finish(process, status=130).splitlines()
    assert first == "24 points: 0 finished before, 24 to run on 2 workers"
    assert second.startswith("the first point took ")
    assert rest == ["ssq: interrupted; what is finished is kept"]
    psutil.wait_procs(family, timeout=20)
    assert not [one for one in family if one.is_running()]
    assert len(finished(out)) >= 2
    assert points_of(out / "results.csv") == finished(out)
    assert not list(out.rglob(".*"))


@pytest.mark.slow
def test_a_lost_scheduler_is_said_in_a_line_and_what_is_finished_is_in_the_table(tmp_path, cluster):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    out = folder / "out"
    process = start(folder, *GRID, "--scheduler", cluster.address, "--out", "out")
    wait_for(lambda: len(list((out / "points").glob("*.json"))) >= 2)
    cluster.kill()
    said = finish(process, status=1).splitlines()
    assert said[2:] == [
        f"ssq: the scheduler at {cluster.address} is lost; what is finished is kept"
    ]
    assert points_of(out / "results.csv") == finished(out)


@pytest.mark.slow
def test_a_sweep_says_that_there_is_no_worker_and_goes_on_when_there_is_one(tmp_path, empty):
    folder = tmp_path / "sweep"
    folder.mkdir()
    tiny.write(folder, light=True)
    process = start(folder, "-p", "k=1..2", "--scheduler", empty.address, "--out", "out")
    assert process.stderr is not None
    lines = [process.stderr.readline().rstrip() for _ in range(2)]
    missing = f"no worker at {empty.address}; start one: dask worker {empty.address}"
    assert lines[1] == f"{missing}; waiting, until Ctrl-C"
    empty.add_worker()
    assert finish(process).startswith(f"there are workers at {empty.address} again\n")
    assert len(finished(folder / "out")) == 2


@pytest.mark.slow
def test_a_point_that_kills_every_worker_is_named_and_the_others_finish(tmp_path):
    path = tiny.write(tmp_path, light=True)
    notebook = nbformat.read(path, 4)
    notebook.cells[2].source += "\nif k == 5:\n    import os\n    os.kill(os.getppid(), 9)"
    nbformat.write(notebook, path)
    said = finish(start(tmp_path, "-p", "k=4..6", "--workers", "2", "--out", "out"), status=1)
    assert "ssq: tiny at k=5, seed=0: every worker that ran it died: " in said.splitlines()[-1]
    assert {k for k, *_ in finished(tmp_path / "out")} == {4, 6}


@pytest.mark.slow
def test_two_sweeps_into_one_folder_are_one_sweep_and_a_word(tmp_path):
    tiny.write(tmp_path, light=True)
    settings = ("-p", f"gate={tmp_path / 'gate'}", "-p", "k=1..2", "--workers", "1", "--out", "out")
    first = start(tmp_path, *settings)
    wait_for(lambda: (tmp_path / "out").exists())
    said = finish(start(tmp_path, *settings), status=2)
    assert said == "ssq: --out: another run is at work in out\n"
    (tmp_path / "gate").touch()
    finish(first)
    assert len(finished(tmp_path / "out")) == 2


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


@pytest.mark.parametrize("silent", [False, True])
def test_a_scheduler_that_does_not_answer_is_said_in_a_line(chapter, tmp_path, monkeypatch, silent):
    monkeypatch.setattr(sweep, "WAIT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # which accepts and says nothing
        port = server.getsockname()[1] if silent else 9
        with pytest.raises(ValueError, match=rf"^--scheduler: nothing answers at \S+:{port} \(no"):
            sweep.sweep(chapter, {}, None, tmp_path / "out", scheduler=f"tcp://127.0.0.1:{port}")
    assert not (tmp_path / "out").exists()


# -- one folder ------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., sweep.Outcome]:
    """Sweep without workers: every point has the number gap = 1."""

    def own(chapter: parameters.Chapter, out: Path, setting: str) -> sweep.Outcome:
        record = {"numbers": {"gap": 1.0}, "seconds": 1.0, "identity": identity(chapter.text)}
        monkeypatch.setattr(
            sweep, "_run",
            lambda chapter, missing, store, *_: [
                store.save(chapter.name, point, record) for point in missing
            ] and [],
        )  # fmt: skip
        return sweep.sweep(chapter, chapter.axes([setting]), None, out, tell=lambda line: None)

    return own


def test_a_table_names_its_chapter(chapter, tmp_path, run):
    assert set(run(chapter, tmp_path / "out", "k=1..2").numbers["chapter"]) == {"tiny"}
    for name in ("results.csv", "seconds.csv"):
        assert pd.read_csv(tmp_path / "out" / name)["chapter"].tolist() == ["tiny", "tiny"]


def test_a_larger_grid_replaces_a_table_and_its_figures_and_nothing_else_does(
    chapter, tmp_path, run
):
    out = tmp_path / "out"
    run(chapter, out, "k=1..2")
    figure, own = out / "gap.png", out / "mine.png"
    figure.touch()
    own.touch()
    before = (out / "results.csv").read_bytes()
    run(chapter, out, "k=1..2")
    assert figure.exists()
    with pytest.raises(ValueError, match=r"holds 1 points that this grid has not; give another"):
        run(chapter, out, "k=2..3")
    other = replace(chapter, name="other")
    with pytest.raises(ValueError, match=r"holds 2 points that this grid has not; give another"):
        run(other, out, "k=1..2")
    with pytest.raises(ValueError, match=r"results.csv is of no rerun of tiny; give another"):
        rerun(chapter, {}, out)
    assert (out / "results.csv").read_bytes() == before
    assert figure.exists()
    run(chapter, out, "k=1..3")
    assert len(pd.read_csv(out / "results.csv")) == 3
    assert (figure.exists(), own.exists()) == (False, True)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\xff"])
def test_a_table_of_something_else_is_not_replaced(chapter, tmp_path, run, text):
    path = tmp_path / "results.csv"
    path.write_bytes(text.encode("latin-1"))
    for again in (lambda: run(chapter, tmp_path, "k=1"), lambda: rerun(chapter, {}, tmp_path)):
        with pytest.raises(ValueError, match=r"results.csv is of no (sweep|rerun) of tiny"):
            again()
    assert path.read_bytes() == text.encode("latin-1")


def test_a_folder_that_another_run_holds_is_refused_and_one_of_a_killed_run_is_not(
    chapter, tmp_path
):
    out = tmp_path / "below" / "out"
    with provenance.held(out):
        for again in (lambda: sweep.sweep(chapter, {}, None, out), lambda: rerun(chapter, {}, out)):
            with pytest.raises(ValueError, match=f"^--out: another run is at work in {out}$"):
                again()
    assert not out.parent.exists()  # nothing came of it
    out.mkdir(parents=True)
    with provenance.held(out):
        pass
    assert out.exists()
