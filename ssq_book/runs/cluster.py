"""Where the points of a sweep run: on Dask, here or anywhere, with a word when nobody is there."""

import asyncio
import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any
from uuid import uuid4

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed, rpc

from ssq_book.runs import points as pts
from ssq_book.runs.points import Point
from ssq_core.progress import Report

WAIT_SECONDS = 8.0  # for an answer, or a worker, before a word is said of it
LOOK_SECONDS = 2.0
KEPT = "what is finished is kept"


async def _identity(address: str) -> None:
    async with rpc(address) as scheduler:
        await scheduler.identity()


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that hear no Ctrl-C: it ends this one, which ends them. Here it waits."""
    resource_tracker.ensure_running()  # which would open the ears of the thread that starts it
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def connect(workers: int, scheduler: str | None) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, or of a cluster on this machine."""
    for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what is lost is said in a line
    if scheduler is not None:
        try:  # before a client, which would try for minutes
            asyncio.run(asyncio.wait_for(_identity(scheduler), WAIT_SECONDS))
        except Exception as error:  # what is no scheduler can answer anything
            reason = " ".join(str(error).split()) or f"no word in {WAIT_SECONDS:g} s"
            raise ValueError(f"--scheduler: nothing answers at {scheduler} ({reason})") from None
        with Client(scheduler, timeout=WAIT_SECONDS) as client:
            yield client
        return
    with ExitStack() as stack:
        # One point on a worker at a time: else one that kills it is not the only one blamed.
        stack.enter_context(dask.config.set({"distributed.scheduler.worker-saturation": 1.0}))
        with _deaf():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # a free port: None would take 8787, or warn
                memory_limit=0,  # a chapter plans its own memory, in a kernel that Dask cannot see
                silence_logs=logging.CRITICAL,
            )
            client = stack.enter_context(Client(stack.enter_context(cluster)))
        yield client


@dataclass
class Watch:
    """What a sweep waits for, said as soon as it has waited too long for it, and once."""

    client: Client
    scheduler: str | None
    tell: Report
    seen: float | None = None  # when a worker was last there
    said: str = ""

    def look(self) -> None:
        """Say what is missing. Raises ConnectionError where nothing can bring it back."""
        now = time.monotonic()
        where = self.scheduler or "this machine"
        missing = f"no worker at {where}; start one: dask worker {where}"
        try:
            workers = self.client.sync(self.client.scheduler.ncores, callback_timeout=LOOK_SECONDS)
        except (OSError, TimeoutError):
            workers, missing = {}, f"no answer from the scheduler at {where}"
        if workers or self.seen is None:
            self.seen = now
        if workers and self.said:
            self.tell(f"there are workers at {where} again")
            self.said = ""
        if now - self.seen >= WAIT_SECONDS - LOOK_SECONDS and self.said != missing:
            if self.scheduler is None:
                raise ConnectionError(f"every worker on this machine has died; {KEPT}")
            self.said = missing
            self.tell(f"{missing}; waiting, until Ctrl-C")


def _same(text: str) -> str:
    return text


def records(
    client: Client, text: str, wanted: Sequence[Point], watch: Watch
) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Yield each point with its record as it is finished."""
    call = uuid4().hex[:8]  # keys of its own: another sweep on the same scheduler is no concern
    # A task, not scattered data: lost with a worker, it is made again.
    source = client.submit(_same, text, key=f"ssq-notebook-{call}")
    at = {
        client.submit(pts.run, source, point.values, key=f"ssq-{point.key}-{call}"): point
        for point in wanted
    }
    waiting = as_completed(list(at))
    looked = time.monotonic()
    while at:
        while not waiting.has_ready():
            time.sleep(0.02)
            if time.monotonic() - looked >= LOOK_SECONDS:
                watch.look()
                looked = time.monotonic()
        if watch.said:  # a result: somebody is there again
            watch.look()
        future = next(waiting)
        point = at.pop(future)
        if future.cancelled():
            raise ConnectionError(f"the scheduler at {watch.scheduler} is lost; {KEPT}")
        try:
            record = future.result()
        except KilledWorker as error:
            record = {"error": f"every worker that ran it died: {error.last_worker}"}
        except Exception as error:  # the worker lacks the library, say
            record = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        future.release()
        yield point, record
