"""Telling a person at a terminal how far a long solution is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ssq_core.checks import check_instance

Report = Callable[[str], None]
QUIET_SECONDS, INTERVAL = 2.0, 0.5


@contextmanager
def reporter(progress: bool | Report) -> Iterator[Report]:
    """Yield what is to be called with each line of progress.

    True: from two seconds on and only if stderr is a terminal, the first line of all, which says
    what the work will take, and below it one line that is rewritten; False: nothing; a function:
    that function. Raises ValueError for anything else.
    """
    check_instance("progress", progress, bool, Callable)  # type: ignore[arg-type]
    due, head = time.monotonic() + QUIET_SECONDS, ""

    def show(line: str) -> None:
        nonlocal due, head
        if not head:
            head = f"{line}\n"
        elif time.monotonic() >= due:
            due = time.monotonic() + INTERVAL
            print(f"\r\033[K{head.lstrip()}{line}", end="", file=sys.stderr, flush=True)
            head = "\n"  # is above

    if callable(progress):
        yield progress
    elif progress and sys.stderr.isatty():
        yield show
        sys.stderr.write("\r\033[K")
    else:
        yield lambda line: None
