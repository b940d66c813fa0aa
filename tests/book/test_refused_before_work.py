"""What cannot fit or would never end is refused before anything is allocated or begun."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book.runs import parameters, points, sweep
from ssq_core import mean_field, memory
from ssq_core.systems.queueing import Dispatch
from tests import tiny

DEMAND = ssq.demand_response(1.5)
Q = ssq.solve(DEMAND, 1, progress=False)
LIMIT = mean_field.solve(ssq.counterexamples.match(0.75, 0.5), progress=False)
QUEUES = Dispatch(n=50, c=30, p=0.8, gamma=0.9)
START = (2, np.bincount([12, 14, 37, 39], minlength=50))
AVAILABLE = 200_000  # bytes; each of these calls wants more than ten times as many
CALLS: dict[str, Callable[[], Any]] = {
    "solve": lambda: ssq.solve(DEMAND, 6),
    "learn": lambda: ssq.learn(DEMAND, 3, 20, 10),
    "policy_value": lambda: ssq.policy_value(DEMAND, ssq.SubsampledPolicy(Q, 6)),
    "optimality_gap": lambda: ssq.optimality_gap(DEMAND, 1, 6),
    "execute": lambda: ssq.execute(DEMAND, Q, START, horizon=10_000, runs=100),
    "the limit": lambda: mean_field.solve(DEMAND),
    "queues": lambda: QUEUES.solve(6),
    "queues, simulated": lambda: QUEUES.simulate("random", "empty", 10, 1_000_000, 0),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_does_not_fit_is_refused_before_it_is_allocated(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda: AVAILABLE)
    with contextlib.suppress(ValueError):  # what is computed once for a model is there by then
        CALLS[name]()
    tracemalloc.start()
    try:
        with pytest.raises(ssq.TableTooLarge) as refusal:
            CALLS[name]()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.value.available == AVAILABLE
    assert refusal.value.needed > 5 * AVAILABLE
    assert peak < 5 * AVAILABLE


ABSURD = """
import resource

import numpy as np

import ssq_core as ssq
from ssq_core import mean_field
from ssq_core.systems.queueing import Dispatch

DEMAND = ssq.demand_response(1.5)
Q = ssq.solve(DEMAND, 1, progress=False)
LIMIT = mean_field.solve(ssq.counterexamples.match(0.75, 0.5), progress=False)
QUEUES = Dispatch(n=50, c=30, p=0.8, gamma=0.9)
START = (2, np.bincount([12, 14, 37, 39], minlength=50))
CALLS = [
    lambda: ssq.solve(DEMAND, 10**9),
    lambda: ssq.solve(DEMAND, 1000, type_counts=(500, 500)),
    lambda: ssq.solve(DEMAND, 2, iterations=10**9),
    lambda: ssq.solve(DEMAND, 2, tol=1e-300),
    lambda: ssq.execute(DEMAND, Q, (0, np.eye(50, dtype=int)[0] * 5), 10**9, 1),
    lambda: ssq.learn(DEMAND, 200, 5, 5),
    lambda: ssq.learn(DEMAND, 2, 10**9, 5),
    lambda: ssq.learn(DEMAND, 2, 5, 10**9),
    lambda: ssq.policy_value(DEMAND, ssq.SubsampledPolicy(Q, 1000)),
    lambda: ssq.optimality_gap(DEMAND, 1, 10**9),
    lambda: ssq.execute(DEMAND, Q, START, horizon=10**7, runs=10**5),
    lambda: ssq.execute(DEMAND, Q, START, horizon=1, runs=10**12),
    lambda: mean_field.sampled(LIMIT, 10**12),
    lambda: Dispatch(n=10**6, c=30, p=0.8, gamma=0.9).solve(1000),
    lambda: QUEUES.learn(2, 10, 10**9),
    lambda: QUEUES.learn(2, 10**12, 10),
    lambda: QUEUES.optimality_gap(2),
    lambda: QUEUES.simulate("random", "empty", 10, 10**12, 0),
    lambda: QUEUES.simulate("random", "empty", 10**9, 2, 0),
    lambda: ssq.concentration.failure_probability([10**6] * 50, 10**5, 0.01),
    lambda: ssq.concentration.failure_probability(
        [100] * 50, 50, 0.01, method="monte_carlo", draws=10**9
    ),
]
with open("/proc/self/statm") as file:
    size = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 2**28,) * 2)
for number, call in enumerate(CALLS):
    try:
        call()
    except ValueError:
        continue
    raise SystemExit(f"call {number} was not refused")
print(len(CALLS), "refused")
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_absurd_requests_are_refused_by_a_process_that_may_take_256_mb_more() -> None:
    root = Path(__file__).parents[2]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", ABSURD], env=os.environ | threads, cwd=root,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.stdout == "21 refused\n", done.stderr


# -- what is said beforehand -----------------------------------------------------------------------


@pytest.fixture
def chapter(tmp_path: Path) -> parameters.Chapter:
    return parameters.read(str(tiny.write(tmp_path)))


class Workers:
    """A cluster of two threads that nothing is sent to."""

    def nthreads(self) -> dict[str, int]:
        return {"one": 1, "two": 1}


def test_a_sweep_says_how_many_points_there_are_and_after_the_first_how_long_it_will_take(
    chapter: parameters.Chapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    own = sweep.identity(chapter.text)

    @contextlib.contextmanager
    def client(workers: int, scheduler: str | None) -> Iterator[Workers]:
        assert said == ["7 points: 1 finished before, 6 to run on 2 workers"]
        yield Workers()

    def records(
        client: Workers, text: str, wanted: list[points.Point], watch: Any
    ) -> Iterator[Any]:
        for number, point in enumerate(wanted):
            assert len(said) == (1 if number == 0 else 2)
            yield point, {"numbers": {"gap": 1.0}, "seconds": 1.0, "identity": own}

    clock = iter([10.0, 14.0])
    monkeypatch.setattr(sweep, "connect", client)
    monkeypatch.setattr(sweep, "records", records)
    monkeypatch.setattr(sweep.time, "monotonic", lambda: next(clock))
    axes = chapter.axes(["k=1..7"])
    first = points.points(chapter, axes, None, own)[0]
    points.Store(tmp_path).save(
        "tiny", first, {"numbers": {"gap": 1.0}, "seconds": 1.0, "identity": own}
    )
    result = sweep.sweep(chapter, axes, None, tmp_path, workers=2, tell=said.append)
    assert (result.run, result.failures) == (6, [])
    assert said[1:] == ["the first point took 4.0 s; about 8 s to go"]
    sweep.sweep(chapter, axes, None, tmp_path, workers=2, tell=said.append)
    assert said[2:] == ["7 points: 7 finished before, 0 to run on 2 workers"]
