"""What a long solution tells: a line on a terminal, a function, or nothing."""

import io
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

import ssq_core as ssq
from ssq_core import progress

MATCH = ssq.counterexamples.match(0.75, 0.5)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """A clock that stands still until its only entry is changed."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_gets_the_first_line_and_one_rewritten_now_and_then(monkeypatch, clock) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporter(True) as report:
        report("what it takes")
        report("too early")
        assert sys.stderr.getvalue() == ""
        clock[0] = progress.QUIET_SECONDS
        report("first")
        report("too soon after")
        clock[0] += progress.INTERVAL
        report("second")
    assert sys.stderr.getvalue() == "\r\033[Kwhat it takes\nfirst\r\033[Ksecond\r\033[K"


@pytest.mark.parametrize(
    ("stream", "wanted"), [(io.StringIO, True), (io.StringIO, False), (Terminal, False)]
)
def test_what_is_no_terminal_or_not_asked_for_gets_nothing(
    monkeypatch, clock, stream, wanted: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream())
    with progress.reporter(wanted) as report:
        clock[0] += 10
        report("line")
    assert sys.stderr.getvalue() == ""


Q, QUEUES = ssq.solve(MATCH, 2), ssq.queueing.Dispatch(4, 5, 0.8, 0.9)
PI, START = ssq.SubsampledPolicy(Q, 3), (0, [3, 1])
ORACLE = ssq.Simulator(
    2, 2, 2, 0.5, np.zeros((2, 2)), np.eye(2), next_g=lambda g, a, rng: a,
    next_l=lambda s, g, rng: s ^ rng.integers(0, 2, s.shape),
)  # fmt: skip


@pytest.mark.parametrize(
    ("call", "last"),
    [
        (partial(ssq.solve, MATCH, 2), f"k = 2: sweep {Q.sweeps}, certified error "),
        (partial(ssq.solve, MATCH, 2, 1, 3), "k = 2, block 1 of 1 (2,): sweep 3 of 3"),
        (partial(ssq.learn, MATCH, 2, 5, 4), "k = 2, m = 5, block 1 of 1 (2,): sweep 4 of 4"),
        (partial(ssq.learn, ORACLE, 1, 3, 4), "k = 1, m = 3: oracle calls 36 of 36"),
        (partial(ssq.policy_value, MATCH, PI), "value at n = 3, block 1 of 1 (3,): sweep "),
        (partial(ssq.optimality_gap, MATCH, 2, 3), "value at n = 3, block 1 of 1 (3,): sweep "),
        (partial(ssq.execute, MATCH, Q, START, 2, 5), "n = 4, k = 2, 5 runs: step 2 of 2"),
        (partial(QUEUES.solve, 2), "sweep "),
        (partial(QUEUES.learn, 2, 3, 20), "k = 2: application 20 of 20"),
    ],
)
def test_a_function_gets_a_line_for_each_step(call: Callable[..., object], last: str) -> None:
    lines: list[str] = []
    call(progress=lines.append)
    assert any(line.startswith(last) for line in lines)


CELL = """
import ssq_core as ssq
from ssq_core import progress
progress.QUIET_SECONDS = progress.INTERVAL = {seconds}
q = ssq.solve(ssq.counterexamples.match(0.75, 0.5), 3)
"""


def test_a_notebook_gets_a_line_if_somebody_sits_at_it_and_its_work_is_long() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for seconds, somebody in ((0, True), (0, False), (9, True)):
            said: list[str] = []
            client.execute_interactive(
                CELL.format(seconds=seconds), allow_stdin=somebody, timeout=60,
                output_hook=lambda message, said=said: said.append(str(message["content"])),
            )  # fmt: skip
            lines = " ".join(said).replace("\\u2007", " ").split("'value': '")
            shown = [line for line in lines if line.startswith("k = 3: about 0.0 MB; k = 3: sweep")]
            assert bool(shown) == (seconds == 0 and somebody)
            assert ("comm_id" in " ".join(said)) == bool(shown)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
