"""Results at the paper's own scale, too long for the book's build: `make paper`.

The demand-response system of n = 8 users, four of each type, has 50^8 joint states in the paper's
table. Its exact gaps go to a small CSV file, one row per k, each with its provenance. A row that is
there already for the same parameters and the same solvers is not computed again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import ssq_core as ssq
from ssq_core.companion import provenance
from ssq_core.iteration import solve_blocks
from ssq_core.layout import check_count
from ssq_core.policy import sub_blocks
from ssq_core.progress import Report, reporter

N8 = provenance.RESULTS / "demand_response_n8.csv"
TYPE_COUNTS, WEIGHT, GAMMA, TOL = (4, 4), 1.5, 0.9, 1e-7


def gaps(
    optimum: ssq.QTable, ks: Iterable[int], tol: float = TOL, progress: bool | Report = True
) -> Iterator[tuple[int, ssq.Gap]]:
    """Yield (k, exact optimality gap) for every k in `ks` on the n agents of one solved block.

    `optimum` is `ssq.solve(mdp, n, tol, type_counts=...)`, shared by all k; each gap is that of
    `ssq.optimality_gap`. `tol` certifies the value of the policy (rewards' units). Raises
    ValueError for more than one block, and as `optimality_gap` does.
    """
    mdp, n = optimum.mdp, optimum.k
    if len(optimum.layout.blocks) != 1:
        raise ValueError(f"optimum has {len(optimum.layout.blocks)} blocks, the limit is 1")
    (block,) = optimum.layout.blocks
    best = tuple(table.max(axis=0) for table in optimum.tables)
    for k in ks:
        check_count("k", k, 1, n)
        with reporter(progress) as report:
            q = optimum if k == n else solve_blocks(mdp, k, sub_blocks(block, k), tol, report)
            value = ssq.policy_value(mdp, ssq.SubsampledPolicy(q, n), tol, block, report)
        tables = tuple(high - low for high, low in zip(best, value.tables, strict=True))
        error = optimum.error_bound + value.error_bound
        yield k, ssq.Gap(mdp, value.layout, tables, error)


def _finished(path: Path, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of `path` that were computed with the same parameters and solvers."""
    if not path.exists():
        return []
    text = dict.fromkeys(["version", "solvers", "python", "numpy", "scipy"], str)
    rows = pd.read_csv(path, dtype=text).to_dict("records")
    return [row for row in rows if all(row.get(name) == v for name, v in parameters.items())]


def demand_response_gaps(
    path: Path = N8,
    type_counts: tuple[int, int] = TYPE_COUNTS,
    weight: float = WEIGHT,
    tol: float = TOL,
    progress: bool | Report = True,
    tell: Report = print,
) -> pd.DataFrame:
    """Return the exact gaps of demand response for k = 1..n, computing what `path` lacks.

    Columns: k, largest, mean (over all joint states), error (certified), seconds,
    optimum_seconds (shared by all rows of a run), peak_bytes (of the process so far), parameters,
    versions and machine. The file is replaced after every row.
    """
    first, second = type_counts
    parameters: dict[str, Any] = {"n1": first, "n2": second, "weight": weight, "gamma": GAMMA}
    parameters |= {"tol": tol, **provenance.library()}
    rows = _finished(path, parameters)
    done = {row["k"] for row in rows}
    missing = [k for k in range(1, sum(type_counts) + 1) if k not in done]
    if missing:
        machine, start = provenance.machine(), time.perf_counter()
        mdp = ssq.demand_response(weight, GAMMA)
        n = sum(type_counts)
        optimum = ssq.solve(mdp, n, tol, type_counts=type_counts, progress=progress)
        solved = time.perf_counter() - start
        tell(f"n = {n}, optimum: {solved:.0f} s, {optimum.sweeps} sweeps")
        start = time.perf_counter()
        for k, gap in gaps(optimum, missing, tol, progress):
            seconds, start = time.perf_counter() - start, time.perf_counter()
            numbers = {"k": k, "largest": gap.max, "mean": gap.mean, "error": gap.error_bound}
            used = {"seconds": round(seconds, 2), "optimum_seconds": round(solved, 2)}
            used |= {"peak_bytes": provenance.peak_bytes()}
            rows.append(numbers | used | parameters | machine)
            provenance.write_csv(pd.DataFrame(rows).sort_values("k"), path)
            tell(f"k = {k}: largest {gap.max:.6f}, mean {gap.mean:.6f}, {seconds:.0f} s")
    return pd.DataFrame(rows).sort_values("k", ignore_index=True)


if __name__ == "__main__":
    demand_response_gaps(Path(sys.argv[1]) if len(sys.argv) > 1 else N8)
