"""The explorer of demand response: the exact gap of learned policies over k and m, their maps."""

from collections.abc import Mapping
from functools import lru_cache, partial
from math import inf, isinf
from typing import Any

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book import studies
from ssq_book.chapters.demand_response import figures, grid, policies
from ssq_book.chapters.demand_response.bounds import bounds_on_gap
from ssq_book.explorers.core import Control, Explorer, More, Range, View
from ssq_book.explorers.live import mode
from ssq_book.explorers.page import StaticExplorer
from ssq_core.layout import Layout
from ssq_core.model import Floats, Grouping, Ints
from ssq_core.systems.demand_response import LEVELS, TYPES

TITLE = "Explorer of demand response: sampled users, samples"
LIVE_M = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 0)
LIVE_TABLES = 3  # that a kernel learns at a point: a slider has more
MAP = (len(LEVELS), len(LEVELS), len(LEVELS))  # s_g, and two consumptions

Row = dict[str, Any]  # a point of the grid and its numbers
_computed: list[Row] = []


@lru_cache(maxsize=1)
def _stored() -> list[Row]:
    """Return the rows of the stored grid, or none where there is no file."""
    return studies.read(grid.GRID.path).to_dict("records") if grid.GRID.path.exists() else []


def known(stored: bool, **wanted: Any) -> list[Row]:
    """Return the rows as `wanted` that need not be computed: earlier ones, or else stored ones."""
    rows = [*_stored(), *_computed] if stored else _computed
    return [row for row in rows if wanted.items() <= row.items()]


def numbers(stored: bool, **point: Any) -> Row:
    """Return `point` with `grid_point(**point)`, from the stored grid if it may be and is there."""
    rows = known(stored, **point)
    if not rows:
        rows = [{**point, **grid.grid_point(**point)}]
        _computed.extend(rows)
    return rows[0]


def _entries(group: Grouping, k: int, type_counts: tuple[int, int] | None = None) -> int:
    """Return how many multisets of k agents a table holds, over all s_g."""
    layout = Layout.of(group, k, type_counts)
    return sum(layout.entries(g) for g in range(len(group.sizes)))


def seconds(n1: int, n2: int, iterations: int, tables: int, k: int, m: int) -> float:
    """Return about how long `grid_point` takes, by the times in results/explorer.csv."""
    mdp, n, block = ssq.demand_response(), n1 + n2, (n1, n2)
    exact = 2e-6 * (_entries(mdp.classes, n, block) + _entries(mdp.classes, k))
    if m == 0:
        return exact
    learned = _entries(mdp.states, k, block if k == n else None) * iterations
    one = 1.4e-6 * _entries(mdp.states, n, block) + learned * (18e-9 + 3.3e-9 * m)
    return exact + tables * one


def cost(k: int, m: float, **setting: Any) -> float:
    """Return about how many seconds `view` takes: the points that it has not computed before."""
    n = setting["n1"] + setting["n2"]
    if not 1 <= k <= n:
        return 0.0
    size = {name: setting[name] for name in ("n1", "n2", "iterations", "tables")}
    return sum(
        seconds(**size, k=j, m=samples)
        for j, samples in {(k, _number(m)), *((j, 0) for j in range(1, n + 1))}
        if not known(False, **setting, k=j, m=samples)
    )


def _number(m: float) -> int:
    return 0 if isinf(m) else int(m)


def maps(row: Mapping[str, Any]) -> tuple[Ints, Floats]:
    """Return `policy_map` and `execution_map` as arrays from the written ones in a row."""
    greedy = np.array(list(row["greedy"].replace(" ", "")), dtype=np.int64)
    executed = np.array(row["executed"].split(), dtype=float)
    return greedy.reshape(len(TYPES), *MAP), executed.reshape(*MAP, -1)


def samples(m: float) -> str:
    """Return m in words, infinite for the exact operator."""
    return "∞" if isinf(m) else str(m)


def view(k: int, m: float, stored: bool, **setting: Any) -> View:
    """Return the gap against k and over (k, m), and the maps of what the policy does.

    m infinite is the exact operator, `setting` the rest of a point.
    """
    n1, n2 = setting["n1"], setting["n2"]
    n = n1 + n2
    row = numbers(stored, **setting, k=k, m=_number(m))
    for j in range(1, n + 1):
        numbers(stored, **setting, k=j, m=0)
    rows = pd.DataFrame(known(stored, **setting)).drop_duplicates(["k", "m"])
    rows["m"] = rows["m"].replace(0, inf)
    gaps = rows.pivot(index="k", columns="m", values="mean")
    of_m = {j: numbers(stored, **setting, k=j, m=_number(m)) for j in gaps[m].dropna().index}
    figure = figures.explorer_view(gaps, of_m, k, m)
    mdp = ssq.demand_response(setting["weight"], setting["gamma"])
    bounds = bounds_on_gap(mdp, n, [k], row["noise"]).loc[k]
    mean = f"{row['mean']:.3f}" if row["mean"] > row["error"] else "0"
    if isinf(m):
        spread = f"{mean}, exact"
        table = f"{row['entries']:,} entries"
    else:
        spread = (
            f"{mean} ± {row['half']:.3f} on average of {setting['tables']} tables (95 % interval), "
            f"from {row['low']:.3f} to {row['high']:.3f}"
        )
        table = f"{row['entries']:,} entries from {row['samples']:,} samples of one agent"
    text = (
        f"k = {k} of n = {n} users ({n1} of type 1, {n2} of type 2), m = {samples(m)}. Mean gap "
        f"over all joint states: {spread}; the constant target {row['constant']} loses "
        f"{row['constant_mean']:.3f}. Cost: {table}, {row['learn_seconds']:.2g} s. Bounds on the "
        f"largest gap with the noise measured, {row['noise']:.2g}: L5 {bounds['L5']:,.0f}, P-3.2 "
        f"{bounds['P-3.2']:,.0f}; it is {row['largest']:.3f}."
    )
    greedy, executed = maps(row)
    lower, hold, up = np.bincount(greedy.ravel(), minlength=3).tolist()
    alt = (
        f"Above, the mean gap against k at m = {samples(m)}, {mean} at k = {k}, and the line of "
        f"the best constant target at {row['constant_mean']:.2f}. Below, a heat map of the mean "
        f"gap by k and m, with the square of k = {k} and m = {samples(m)} outlined."
    )
    more = More(
        "What the policy does",
        figures.demand_response_map(greedy, executed),
        "Maps of the action over the consumption of like users at the targets 2, 3 and 4. Of "
        f"{greedy.size} like samples at all five targets {lower} lower the target, {hold} hold it, "
        f"{up} raise it. Last, the likeliest action in execution, with its probability.",
    )
    return View(figure, alt, text, more)


def demand_response(
    k: int = 2,
    m: int = 0,
    n1: int = grid.N1,
    n2: int = grid.N2,
    weight: float = policies.WEIGHT,
    seed: int = grid.SEED,
) -> Explorer:
    """Return the explorer of k and m against the policy, its gap and the bounds.

    It starts at `k` and `m` (0: the exact operator). A page takes the points of the stored grid
    from results/ and computes others; with a kernel all are computed.
    """
    kind = mode()
    page = kind is StaticExplorer
    fixed: dict[str, Any] = {"gamma": policies.GAMMA, "iterations": grid.ITERATIONS}
    compute, costs = partial(view, stored=page, **fixed), partial(cost, **fixed)
    ms, reach = ([j or inf for j in values] for values in (grid.MS, LIVE_M))
    tables = grid.TABLES if page else LIVE_TABLES
    controls = (
        Control("k", "sampled users k", k, [j for j in grid.KS if j <= n1 + n2], Range(1, 8)),
        Control("m", "samples m", m or inf, ms, reach, samples),
        Control("n1", "users of type 1", n1, (), Range(0, 5)),
        Control("n2", "users of type 2", n2, (), Range(0, 5)),
        Control("weight", "weight of r_g", weight, (), Range(0, 15, 0.25)),
        Control("tables", "tables learned", tables, (), Range(2, 20)),
        Control("seed", "seed of the samples", seed, (), Range(0, 20)),
    )
    return kind("demand-response", TITLE, controls, compute, costs)
