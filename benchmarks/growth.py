"""Growth of time with k, |S_l|, m and n, and peak memory; every memory figure has its own process.

`work` is what the time is expected to be proportional to: entries of the operator's matrices, or
samples drawn. Exponents are fitted to both over the same points.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import ssq_core as ssq
from benchmarks import peers
from benchmarks.timing import Clock, race
from ssq_book.studies import provenance
from ssq_core import operators as bellman
from ssq_core.layout import Layout

Rows = list[dict[str, Any]]


def matrix_entries(mdp: ssq.StarMDP, k: int) -> int:
    """Return how many matrix entries one exact sweep over all blocks works through, at most."""
    return sum(
        bellman.power_entries(factor, c)
        for block in Layout.of(mdp.classes, k).blocks
        for kernels in bellman.chains(mdp, mdp.classes, block).values()
        for chain, c in kernels
        for factor in chain
    )


def walk(states: int) -> ssq.StarMDP:
    """Return a system whose local agents walk on a circle, forward or standing still."""
    rng = np.random.default_rng(states)
    still = rng.uniform(0.2, 0.8, size=(2, states))
    P_l = np.zeros((2, states, states))
    index = np.arange(states)
    P_l[:, index, index] = still
    P_l[:, index, (index + 1) % states] = 1 - still
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    return ssq.StarMDP(P_g, P_l, np.zeros((2, 2)), rng.random((2, states)), 0.9)


def in_states(quick: bool, repeats: int) -> Rows:
    """Time 100 exact sweeps at k = 3 against |S_l|, set-up included, on a sparse random walk."""
    k, sweeps, rows = 3, 100, []
    for states in (14, 20, 28) if quick else (28, 40, 56, 80, 112):
        mdp = walk(states)

        def run(clock: Clock, mdp: ssq.StarMDP = mdp) -> None:
            with clock.part("solve"):
                ssq.solve(mdp, k, iterations=sweeps, progress=False)

        timings, _ = race({"ssq": run}, repeats)
        known = {"group": "growth in |S_l|", "k": k, "states": states}
        work = {"work": matrix_entries(mdp, k), "unit": "matrix entries"}
        rows += [known | work | row for row in timings]
    return rows


def in_m(quick: bool, repeats: int) -> Rows:
    """Time the draws of the empirical operator against m, at k = 3."""
    k, rows = 2 if quick else 3, []
    mdp = ssq.demand_response()
    layout = Layout.of(mdp.states, k)
    for m in (10, 40, 160):

        def run(clock: Clock, m: int = m) -> None:
            with clock.part("draw"):
                for block in layout.blocks:
                    bellman.empirical(mdp, layout, block, m, np.random.default_rng(0))

        timings, _ = race({"ssq": run}, repeats)
        samples = m * sum(layout.entries(g) for g in range(mdp.G))
        known = {"group": "growth in m", "k": k, "m": m, "work": samples, "unit": "samples"}
        rows += [known | row for row in timings]
    return rows


def in_k(quick: bool, repeats: int) -> Rows:
    """Time the exact solution against k, each in its own process, with its peak memory."""
    rows = []
    for k in range(1, 4 if quick else 7):
        runs = [_alone("ssq", k) for _ in range(repeats)]
        seconds = sorted(run["seconds"] for run in runs)
        row = {"group": "growth in k", "contender": "ssq", "part": "total", "k": k, "weight": 1.5}
        row |= {"seconds": seconds[len(seconds) // 2], "least": seconds[0], "most": seconds[-1]}
        row |= {"cpu_seconds": float(np.median([run["cpu_seconds"] for run in runs]))}
        row |= {"repeats": repeats, "bytes": max(run["bytes"] for run in runs)}
        row |= {"work": runs[0]["work"], "unit": "matrix entries", "planned": runs[0]["planned"]}
        row |= {"idle": runs[0]["idle"]}
        rows.append(row)
    if not quick:
        peer = _alone("quantecon", 3)
        known = {"group": "memory", "contender": "quantecon mpi", "part": "total", "k": 3}
        rows.append(known | {"weight": 1.5, "repeats": 1, **peer})
    return rows


def _alone(contender: str, k: int) -> dict[str, Any]:
    """Return what a process of its own reports of one solution."""
    command = [sys.executable, "-m", "benchmarks.growth", contender, str(k)]
    root = Path(__file__).parents[1]
    done = subprocess.run(
        command, cwd=root, env=dict(os.environ), check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def _report(contender: str, k: int) -> dict[str, Any]:
    mdp, clock = ssq.demand_response(1.5), Clock()
    idle = provenance.peak_bytes()
    if contender == "ssq":
        ssq.solve(mdp, 1, tol=1e-2, progress=False)  # what is loaded on first use
        idle = provenance.peak_bytes()
        mdp = ssq.demand_response(1.5)
        with clock.part("solve"):
            ssq.solve(mdp, k, tol=peers.TOL, progress=False)
        out: dict[str, Any] = {"work": matrix_entries(mdp, k), "planned": ssq.planned_bytes(mdp, k)}
    else:
        with clock.part("solve"):
            peers.quantecon_solve("mpi")(peers.quantecon_build(mdp, k))
        out = {}
    used = {"seconds": clock.wall["solve"], "cpu_seconds": clock.cpu["solve"]}
    return out | used | {"idle": idle, "bytes": provenance.peak_bytes()}


if __name__ == "__main__":
    print(json.dumps(_report(sys.argv[1], int(sys.argv[2]))))
