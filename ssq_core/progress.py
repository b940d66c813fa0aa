"""Progress of a long solution, shown at a terminal or in a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ssq_core.checks import check_instance

Report = Callable[[str], None]
QUIET_SECONDS, INTERVAL = 2.0, 0.5


def _in_notebook() -> bool:
    """Return whether this is a notebook at which somebody sits, who could be asked for input.

    A notebook that is run as a batch cannot be answered, and keeps no trace of progress.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))


def _bar() -> Any:
    """Return an empty bar of tqdm, or None if it is not installed."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(bar_format="{desc}", leave=False)


class Clock:
    """How much of a long work is done, and how long the rest takes at the pace so far."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.began = total, 0, time.monotonic()

    def __call__(self, number: int = 1) -> str:
        """Return "done of total", after so much more was done, and the time left from a second."""
        self.done += number
        left = (time.monotonic() - self.began) * (self.total / self.done - 1)
        return f"{self.done:,} of {self.total:,}" + (f", {left:,.0f} s left" if left >= 1 else "")


@contextmanager
def reporter(progress: bool | Report) -> Iterator[Report]:
    """Yield what is to be called with each line of progress.

    True: from two seconds on and only if stderr is a terminal, the first line of all, which says
    what the work will take, and below it one line that is rewritten; both in one line in a
    notebook; False: nothing; a function: that function. Raises ValueError for anything else.
    """
    check_instance("progress", progress, bool, Callable)  # type: ignore[arg-type]
    due, head, bar = time.monotonic() + QUIET_SECONDS, "", None

    def show(line: str) -> None:
        nonlocal due, head, bar
        if not head:
            head = f"{line}\n"
        elif time.monotonic() >= due:
            due = time.monotonic() + INTERVAL
            bar = _bar() if notebook and bar is None else bar
            if bar is not None:
                bar.set_description_str(f"{head.strip()}; {line}")
                return
            print(f"\r\033[K{head.lstrip()}{line}", end="", file=sys.stderr, flush=True)
            head = "\n"  # is above

    notebook = progress is True and _in_notebook()
    if callable(progress):
        yield progress
    elif notebook or (progress and sys.stderr.isatty()):
        try:
            yield show
        finally:
            if bar is not None:
                bar.close()
        if not notebook:
            sys.stderr.write("\r\033[K")
    else:
        yield lambda line: None
