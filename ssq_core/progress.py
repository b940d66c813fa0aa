"""Telling a person at a terminal how far a long solution is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]
QUIET_SECONDS, INTERVAL = 2.0, 0.5


def _terminal(line: str, due: list[float]) -> None:
    if time.monotonic() >= due[0]:
        due[0] = time.monotonic() + INTERVAL
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()


@contextmanager
def reporter(progress: bool | Report) -> Iterator[Report]:
    """Yield what is to be called with each line of progress.

    True: one line on stderr, rewritten, from two seconds on and only if stderr is a terminal;
    False: nothing; a function: that function.
    """
    if callable(progress):
        yield progress
    elif progress and sys.stderr.isatty():
        due = [time.monotonic() + QUIET_SECONDS]
        yield lambda line: _terminal(line, due)
        sys.stderr.write("\r\033[K")
    else:
        yield lambda line: None
