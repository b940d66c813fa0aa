"""What cannot fit or would never end is refused before anything is allocated or begun."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
