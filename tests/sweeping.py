"""`ssq` as a process of its own, a cluster for sweeps, and what a sweep has left on disk."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def ssq(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command, environment = (sys.executable, "-m", "ssq_book", *arguments), ENVIRONMENT | variables
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `ssq sweep` on the tiny notebook, in a session of its own, where Ctrl-C is heard.

    A shell's background jobs ignore it, and so would what they start.
    """
    command = (sys.executable, "-m", "ssq_book", "sweep", "tiny.ipynb", *arguments)
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
