"""Small systems, tables and policies for the bad inputs to be tried on."""

from __future__ import annotations

from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_core import mean_field
from ssq_core.systems.queueing import Dispatch

MATCH = ssq.counterexamples.match(0.75, gamma=0.5)  # 2 global, 2 local states, 2 actions
OTHER = ssq.counterexamples.match(0.5, gamma=0.5)
DEMAND = ssq.demand_response(1.5)  # two conserved types
Q = ssq.solve(MATCH, k=2, progress=False)
BLOCK = ssq.solve(DEMAND, k=2, tol=1e-3, type_counts=(1, 1), progress=False)
PI = ssq.SubsampledPolicy(Q, n=3)
LIMIT_Q = mean_field.solve(MATCH, progress=False)
QUEUES = Dispatch(n=4, c=5, p=0.8, gamma=0.9)
NAN, INF = float("nan"), float("inf")


def star(**changed: Any) -> ssq.StarMDP:
    """Return MATCH with some of its arguments changed."""
    own = {name: getattr(MATCH, name) for name in ("P_g", "P_l", "r_g", "r_l", "gamma")}
    return ssq.StarMDP(**(own | changed))


def at(array: np.ndarray, index: tuple[int, ...], value: float) -> np.ndarray:
    """Return a copy of an array with one entry changed."""
    out = np.array(array)
    out[index] = value
    return out
