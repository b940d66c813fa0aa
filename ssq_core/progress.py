"""Telling a person at a terminal how far a long solution is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]
QUIET_SECONDS, INTERVAL = 2.0, 0.5


@contextmanager
def reporter(progress: bool | Report) -> Iterator[Report]:
    """Yield what is to be called with each line of progress.

    True: one line on stderr, rewritten, from two seconds on and only if stderr is a terminal;
    False: nothing; a function: that function.
    """
    due = time.monotonic() + QUIET_SECONDS

    def show(line: str) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + INTERVAL
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    if callable(progress):
        yield progress
    elif progress and sys.stderr.isatty():
        yield show
        sys.stderr.write("\r\033[K")
    else:
        yield lambda line: None
