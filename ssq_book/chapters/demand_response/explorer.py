"""The explorer of demand response: the policy's maps and its exact gap, over k and m."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from math import comb, inf, isinf
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book import studies as paper
from ssq_book.chapters.demand_response import figures, grid
from ssq_book.explorers.core import Control, Explorer, Range, View
from ssq_book.explorers.modes import explorer, is_live
from ssq_core import bounds
from ssq_core.model import Floats, Ints
from ssq_core.systems.demand_response import LEVELS, TYPES

TITLE = "Explorer of demand response: sampled users, samples"
LIVE_M = (1, 2, 5, 10, 20, 50, 100, 200, 0)
MAP = (len(LEVELS), len(LEVELS), len(LEVELS))  # s_g, and two consumptions


@lru_cache(maxsize=1)
def _stored() -> list[dict[str, Any]]:
    """Return the rows of the stored grid, or none where there is no file."""
    return paper.read(grid.GRID.path).to_dict("records") if grid.GRID.path.exists() else []


_computed: dict[tuple[Any, ...], Mapping[str, Any]] = {}


def numbers(stored: bool, **point: Any) -> Mapping[str, Any]:
    """Return `grid_point(**point)`, from the stored grid if it may be and if it is there.

    Raises ValueError as `grid_point` does.
    """
    rows = _stored() if stored else []
    found = (row for row in rows if all(row[name] == value for name, value in point.items()))
    if row := next(found, None):
        return row
    if (key := tuple(sorted(point.items()))) not in _computed:
        _computed[key] = grid.grid_point(**point)
    return _computed[key]


@lru_cache(maxsize=1)
def _sizes() -> dict[str, list[list[int]]]:
    """Return how many kinds of agents there are by s_g and type: row classes, and states."""
    mdp = ssq.demand_response()
    return {"classes": [list(own) for own in mdp.classes.sizes],
            "states": [list(own) for own in mdp.states.sizes]}  # fmt: skip


def _entries(kinds: str, counts: tuple[int, ...]) -> int:
    """Return how many multisets of agents there are over all s_g: of each type, or k of any."""
    every = ([sum(own)] if len(counts) == 1 else own for own in _sizes()[kinds])
    return sum(
        math.prod(comb(c + s - 1, c) for c, s in zip(counts, own, strict=True)) for own in every
    )


def seconds(n1: int, n2: int, iterations: int, k: int, m: int) -> float:
    """Return about how long `grid_point` takes, from its tables' entries.

    The times of an entry are those of results/explorer.csv.
    """
    exact = 2e-6 * (_entries("classes", (n1, n2)) + _entries("classes", (k,)))
    if m == 0:
        return exact
    learned = _entries("states", (n1, n2) if k == n1 + n2 else (k,)) * iterations
    return exact + 1.4e-6 * _entries("states", (n1, n2)) + learned * (18e-9 + 3.3e-9 * m)


def cost(
    k: int, m: float, n1: int, n2: int, weight: float, seed: int, gamma: float, iterations: int
) -> float:
    """Return about how many seconds `view` takes: the points that it has not computed before."""
    if not 1 <= k <= n1 + n2:
        return 0.0
    setting = {"n1": n1, "n2": n2, "weight": weight, "gamma": gamma}
    setting |= {"iterations": iterations, "seed": seed}
    points = {(k, 0 if isinf(m) else int(m)), *((j, 0) for j in range(1, n1 + n2 + 1))}
    return sum(
        seconds(n1, n2, iterations, j, own)
        for j, own in points
        if tuple(sorted((setting | {"k": j, "m": own}).items())) not in _computed
    )


@lru_cache(maxsize=64)
def _constants(weight: float, gamma: float) -> Mapping[str, float]:
    return bounds.constants(ssq.demand_response(weight, gamma))


def maps(row: Mapping[str, Any]) -> tuple[Ints, Floats]:
    """Return `policy_map` and `execution_map` as arrays from the written ones in a row."""
    greedy = np.array(list(row["greedy"].replace(" ", "")), dtype=np.int64).reshape(
        len(TYPES), *MAP
    )
    return greedy, np.array(row["executed"].split(), dtype=float).reshape(MAP)


def _samples(m: float) -> str:
    return "∞" if isinf(m) else str(m)


def view(
    k: int, m: float, n1: int, n2: int, weight: float, seed: int, gamma: float, iterations: int,
    stored: bool,
) -> View:  # fmt: skip
    """Return the maps of the greedy policy and of its execution above its gap against k.

    m infinite is the exact operator. With `stored` a point of the stored grid is not computed.
    Raises ValueError as `grid_point` does, for k > n1 + n2 say.
    """
    setting = {"n1": n1, "n2": n2, "weight": weight, "gamma": gamma}
    setting |= {"iterations": iterations, "seed": seed}
    n = n1 + n2
    row = numbers(stored, **setting, k=k, m=0 if isinf(m) else m)
    exact = [numbers(stored, **setting, k=j, m=0) for j in range(1, n + 1)]
    greedy, executed = maps(row)
    curves = {name: [point[name] for point in exact] for name in ("largest", "mean")}
    error = max(point["error"] for point in [row, *exact])
    figure = figures.explorer_view(greedy, executed, curves, (k, row), error)
    system = {**_constants(weight, gamma), "eps": row["noise"]}
    printed, sharper, trivial = (
        bounds.value(expr, n=n, k=k, **system)
        for expr in (bounds.theorem_3_2, bounds.L5, bounds.trivial)
    )
    largest, mean = (f"{x:.3f}" if x > row["error"] else "0" for x in (row["largest"], row["mean"]))
    kind = "∞ (exact operator)" if isinf(m) else f"{m} (one table, seed {seed})"
    text = (
        f"k = {k} of n = {n} users, {n1} of type 1 and {n2} of type 2; m = {kind}. Over all joint "
        f"states: largest gap {largest}, mean gap {mean}, mean return {row['value']:.3f}. Bounds "
        f"on the gap with the noise measured, {row['noise']:.2g}: L5 {sharper:.3g}, Theorem 3.2 "
        f"{printed:.3g}; no two policies differ by more than {trivial:.3g}."
    )
    lower, hold, up = np.bincount(greedy.ravel(), minlength=3).tolist()
    alt = (
        f"Maps of the action over the consumption of like users: of {greedy.size} samples {lower} "
        f"lower the target, {hold} hold it, {up} raise it. Below, the gap against k for the exact "
        f"operator, with the policy shown at {largest} (largest) and {mean} (mean)."
    )
    return View(figure, alt, text)


def demand_response(
    k: int = 2,
    m: int = 0,
    n1: int = grid.N1,
    n2: int = grid.N2,
    weight: float = grid.WEIGHT,
    gamma: float = grid.GAMMA,
    iterations: int = grid.ITERATIONS,
    seed: int = grid.SEED,
    live: bool | None = None,
) -> Explorer:
    """Return the explorer of demand response: k and m against the policy, its gap and the bounds.

    It starts at `k` and `m` (0: the exact operator) with n1 + n2 users. A page takes the points of
    the stored grid from results/ and computes others; with a kernel all are computed. `live` as for
    `optimality_bound`.
    """
    with_kernel = is_live(live)
    compute = partial(view, gamma=gamma, iterations=iterations, stored=not with_kernel)
    costs = partial(cost, gamma=gamma, iterations=iterations)
    ms, reach = ([inf if j == 0 else j for j in own] for own in (grid.MS, LIVE_M))
    controls = (
        Control("k", "sampled users k", k, [j for j in grid.KS if j <= n1 + n2], Range(1, 8)),
        Control("m", "samples m", m or inf, ms, reach, _samples),
        Control("n1", "users of type 1", n1, (), Range(0, 5)),
        Control("n2", "users of type 2", n2, (), Range(0, 5)),
        Control("weight", "weight of r_g", weight, (), Range(0, 15, 0.25)),
        Control("seed", "seed of the samples", seed, (), Range(0, 20)),
    )
    return explorer("demand-response", TITLE, controls, compute, costs, live=live)
