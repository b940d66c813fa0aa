"""What a long solution tells: a line on a terminal, a function, or nothing."""

from __future__ import annotations

import io
import sys

import pytest

import ssq_core as ssq
from ssq_core import progress

MATCH = ssq.counterexamples.match(0.75, 0.5)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """A clock that stands still until its only entry is changed."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_gets_one_line_rewritten_now_and_then(monkeypatch, clock) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporter(True) as report:
        report("too early")
        clock[0] = progress.QUIET_SECONDS
        report("first")
        report("too soon after")
        clock[0] += progress.INTERVAL
        report("second")
    assert sys.stderr.getvalue() == "\r\033[Kfirst\r\033[Ksecond\r\033[K"


def test_what_is_no_terminal_gets_nothing(monkeypatch, clock) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    for wanted in (True, False):
        with progress.reporter(wanted) as report:
            clock[0] += 10
            report("line")
    assert sys.stderr.getvalue() == ""


def test_false_is_silent_on_a_terminal_too(monkeypatch, clock) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporter(False) as report:
        clock[0] = 10
        report("line")
    assert sys.stderr.getvalue() == ""


def test_a_function_gets_each_line_of_a_solution() -> None:
    lines: list[str] = []
    q = ssq.solve(MATCH, 2, iterations=3, progress=lines.append)
    assert len(lines) == 2  # its memory, and the one block
    lines.clear()
    q = ssq.solve(MATCH, 2, progress=lines.append)
    assert len(lines) == 1 + q.sweeps
    assert lines[-1].startswith(f"k = 2: sweep {q.sweeps}, certified error ")
