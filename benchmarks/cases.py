"""What is measured, one function per question; each returns rows of the tidy table."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import ssq_core as ssq
from benchmarks import peers
from benchmarks.naive import Printed
from benchmarks.timing import Clock, Contender, race
from ssq_core import execution, multisets
from ssq_core import operators as bellman
from ssq_core import value_iteration as iteration
from ssq_core.layout import Layout
from ssq_core.systems.queueing.surrogate import Operator

Rows = list[dict[str, Any]]


def _rows(group: str, timings: Iterable[Mapping[str, Any]], **known: Any) -> Rows:
    return [{"group": group, **known, **row} for row in timings]


def _ours(weight: float, k: int, clock: Clock) -> np.ndarray:
    mdp = ssq.demand_response(weight)  # a new model each time: nothing is known of it yet
    with clock.part("solve"):
        q = ssq.solve(mdp, k, tol=peers.TOL, progress=False)
    return peers.values(q)


def _peer(build: Any, solve: Any, weight: float, k: int, clock: Clock) -> np.ndarray:
    mdp = ssq.demand_response(weight)
    with clock.part("build"):
        problem = build(mdp, k)
    with clock.part("solve"):
        return np.asarray(solve(problem))


def solvers(quick: bool, repeats: int) -> Rows:
    """Time `ssq.solve` over all type counts beside quantecon and mdpsolver on the same MDP.

    mdpsolver runs apart: its lists take gigabytes, and whoever fills memory anew after them would
    pay for it.
    """
    rows: Rows = []
    for weight, k in product((15.0, 1.5), (1, 2) if quick else (1, 2, 3)):
        contenders: dict[str, Contender] = {"ssq": partial(_ours, weight, k)}
        methods = {1: "mpi vi pi", 2: "mpi vi pi", 3: "mpi vi"}[k]  # at k = 3 "pi" factors too much
        for method in methods.split():
            solve = peers.quantecon_solve(method)
            run = partial(_peer, peers.quantecon_build, solve, weight, k)
            contenders[f"quantecon {method}"] = run
        apart: dict[str, Contender] = {}
        for method in {1: "mpi vi pi", 2: "mpi vi pi", 3: "mpi"}[k].split():
            solve = peers.mdpsolver_solve(method)
            run = partial(_peer, peers.mdpsolver_build, solve, weight, k)
            apart[f"mdpsolver {method}"] = run
        exact = peers.values(ssq.solve(ssq.demand_response(weight), k, tol=1e-10))
        peers.powers(ssq.demand_response(weight), k)  # tables of multisets that all share
        # at k = 3 minutes would be rehearsed, and all is loaded and compiled from k = 1
        for group in (contenders, apart):
            timings, answers = race(group, repeats if k > 1 else 5 * repeats, rehearse=k < 3)
            for row in timings:
                row["difference"] = float(np.abs(answers[row["contender"]] - exact).max())
                if row["difference"] > peers.TOL:
                    raise ValueError(f"{row['contender']} is off by {row['difference']} at k = {k}")
            rows += _rows("solvers", timings, weight=weight, k=k)
    return rows


def discounts(quick: bool, repeats: int) -> Rows:
    """Time k = 2 at high discounts, to 1e-9 of the largest value, beside quantecon's policies."""
    k, weight, tols = 1 if quick else 2, 1.5, {}
    contenders: dict[str, Contender] = {}
    for gamma in (0.9, 0.99, 0.999, 0.9999):
        mdp = partial(ssq.demand_response, weight, gamma)
        tols[gamma] = tol = 1e-9 * float(ssq.solve(mdp(), 1).tables[0].max())

        def ours(clock: Clock, mdp: Any = mdp, tol: float = tol) -> np.ndarray:
            with clock.part("solve"):
                q = ssq.solve(mdp(), k, tol=tol, progress=False)
            return peers.values(q)

        def peer(clock: Clock, mdp: Any = mdp, tol: float = tol) -> np.ndarray:
            with clock.part("solve"):
                solve = peers.quantecon_solve("pi", tol)
                return np.asarray(solve(peers.quantecon_build(mdp(), k)))

        contenders |= {f"ssq {gamma}": ours, f"quantecon pi {gamma}": peer}
    timings, answers = race(contenders, repeats)
    for row in timings:
        row["contender"], at = row["contender"].rsplit(" ", 1)
        row["gamma"] = gamma = float(at)
        difference = np.abs(answers[f"quantecon pi {gamma}"] - answers[f"ssq {gamma}"]).max()
        if not difference <= 2 * tols[gamma]:
            raise ValueError(f"quantecon and ssq differ by {difference} at gamma = {gamma}")
        row["difference"] = float(difference)
    return _rows("discounts", timings, weight=weight, k=k)


def printed(quick: bool, repeats: int) -> Rows:
    """Time slices of Algorithm 3 as printed, m = 50, and extrapolate to 300 whole sweeps."""
    rows: Rows = []
    updates, sweeps, m = 20 if quick else 100, 300, 50
    mdp = ssq.demand_response()
    for k in range(1, 9):

        def run(clock: Clock, k: int = k) -> None:
            algorithm = Printed(mdp, k, m)
            with clock.part("slice"):
                algorithm.updates(updates)

        timings, _ = race({"plain Python": run}, repeats)
        rows += _rows("printed", timings, k=k, m=m, work=updates, unit="updates")
        for table, entries in (
            ("tuples", Printed(mdp, k, m).entries),
            ("histograms", mdp.G * mdp.A * multisets.size(k, mdp.S)),
        ):
            scale = sweeps * entries / updates
            seconds = {
                n: timings[0][n] * scale for n in ("seconds", "least", "most", "cpu_seconds")
            }
            whole = {"contender": f"plain Python, {table}", "part": f"{sweeps} sweeps", **seconds}
            whole |= {"repeats": repeats, "note": f"extrapolated from {updates} updates"}
            rows += _rows("printed", [whole], k=k, m=m, work=sweeps * entries, unit="updates")
    return rows


def learned(quick: bool, repeats: int) -> Rows:
    """Time Algorithm 1 with m = 50 and T = 300, as the paper's small system has them."""
    rows: Rows = []
    m, sweeps = 50, 300
    for k in (1, 2) if quick else (1, 2, 3):

        def run(clock: Clock, k: int = k) -> None:
            mdp = ssq.demand_response()
            with clock.part("learn"):
                ssq.learn(mdp, k, m, sweeps)

        model = ssq.demand_response()
        entries = model.G * model.A * multisets.size(k, model.S)
        timings, _ = race({"ssq.learn": run}, repeats)
        rows += _rows("learning", timings, k=k, m=m, work=sweeps * entries, unit="updates")
    return rows


def dense(quick: bool, repeats: int) -> Rows:
    """Time one exact sweep at k = 4 beside the dense tensor contracted axis by axis with BLAS."""
    k, sweeps = 2 if quick else 4, 20
    mdp = ssq.demand_response()
    layout = Layout.of(mdp.classes, k)
    operators = [bellman.exact(mdp, layout, block) for block in layout.blocks]
    values = [[np.zeros(shape) for shape in operator.shapes] for operator in operators]
    tensor = np.random.default_rng(0).random((mdp.S,) * k)
    pairs = int((mdp.P_g.max(axis=1) > 0).sum())

    def ours(clock: Clock) -> None:
        with clock.part("sweeps"):
            for _ in range(sweeps):
                for operator, V in zip(operators, values, strict=True):
                    iteration.sweep(operator, V)

    def contracted(clock: Clock) -> None:
        V = tensor
        with clock.part("one pair"):
            for _ in range(k):  # the first axis is contracted and comes back last
                V = np.tensordot(V, mdp.P_l[2], axes=(0, 1))

    timings, _ = race({"ssq": ours, "dense tensor": contracted}, repeats)
    for row in timings:
        scale = 1 / sweeps if row["contender"] == "ssq" else pairs
        for name in ("seconds", "least", "most", "cpu_seconds"):
            row[name] *= scale
        row["note"] = (
            f"one of {sweeps} sweeps"
            if row["contender"] == "ssq"
            else f"one pair (s_g, s_g') timed, times {pairs} pairs; maximum left out"
        )
    return _rows("dense", timings, k=k)


def empirical(quick: bool, repeats: int) -> Rows:
    """Time the draws of the empirical operator at k = 3, m = 50, and its sweeps."""
    k, m, sweeps = 2 if quick else 3, 50, 10
    mdp = ssq.demand_response()
    layout = Layout.of(mdp.states, k)
    entries = mdp.A * sum(layout.entries(g) for g in range(mdp.G))

    def run(clock: Clock) -> None:
        rng = np.random.default_rng(0)
        with clock.part("draw"):
            operators = [bellman.empirical(mdp, layout, b, m, rng) for b in layout.blocks]
        Q = [[np.zeros((mdp.A, *shape)) for shape in o.shapes] for o in operators]
        with clock.part(f"{sweeps} sweeps"):
            for _ in range(sweeps):
                Q = [
                    operator.q_values([q.max(axis=0) for q in own])
                    for operator, own in zip(operators, Q, strict=True)
                ]

    timings, _ = race({"ssq": run}, repeats)
    work = {"draw": entries // mdp.A * m, f"{sweeps} sweeps": sweeps * entries}
    unit = {"draw": "samples", f"{sweeps} sweeps": "Q entries"}
    rows = [row | {"work": work[row["part"]], "unit": unit[row["part"]]} for row in timings[1:]]
    return _rows("empirical", rows, k=k, m=m)


def executed(quick: bool, repeats: int) -> Rows:
    """Time Algorithm 2 on counts for n from 50 to a thousand million agents, 1000 runs."""
    k, runs, horizon = 3, 1000, 5 if quick else 30
    mdp = ssq.demand_response(1.5)
    q = ssq.solve(mdp, k, tol=1e-6, progress=False)

    def run(n: int, clock: Clock) -> None:
        start = (2, np.full(mdp.S, n // mdp.S))
        with clock.part("run"):
            ssq.execute(mdp, q, start, horizon, runs)

    timings, _ = race({str(n): partial(run, n) for n in (50, 10**3, 10**6, 10**9)}, repeats)
    rows = [row | {"n": int(row["contender"]), "contender": "ssq"} for row in timings]
    return _rows("execution", rows, k=k, work=runs * horizon, unit="run-steps")


def subsample(quick: bool, repeats: int) -> Rows:
    """Time the sample of k agents from counts beside numpy's multivariate_hypergeometric."""
    k, runs, times = 3, 1000, 20
    mdp = ssq.demand_response()
    rng = np.random.default_rng(0)
    counts = rng.multinomial(1000, np.full(mdp.S, 1 / mdp.S), size=runs)

    def ours(clock: Clock) -> None:
        with clock.part("sample"):
            for _ in range(times):
                execution.sample_states(rng, counts, k)

    def loop(clock: Clock) -> None:
        with clock.part("sample"):
            for _ in range(times):
                for row in counts:
                    rng.multivariate_hypergeometric(row, k)

    timings, _ = race({"ssq": ours, "numpy, a loop": loop}, repeats)
    return _rows("subsample", timings, k=k, n=1000, work=times * runs, unit="samples")


def queueing(quick: bool, repeats: int) -> Rows:
    """Time the exact queueing operator, c = 30."""
    rows: Rows = []
    for k in (3, 4) if quick else (3, 4, 5):
        queues = ssq.queueing.Dispatch(n=50, c=30, p=0.8, gamma=0.9)
        operator = Operator.of(queues, k)
        U = np.zeros(len(operator.after))

        def run(clock: Clock, operator: Operator = operator, U: np.ndarray = U) -> None:
            with clock.part("sweep"):
                operator.columns(U).max(axis=1)

        timings, _ = race({"ssq": run}, repeats)
        rows += _rows("queueing", timings, k=k, n=50, states=31, work=U.size, unit="multisets")
    return rows
