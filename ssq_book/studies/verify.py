"""Recompute a share of the stored results and hold them against what is stored: `ssq verify`.

Everything random has its seed, so on the machine that made a row its numbers come back bit for bit.
Another processor or BLAS may round otherwise: then a number must lie within the stored row's own
certified error or 95 % interval.
"""

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ssq_book import catalogue
from ssq_book.studies.sources import RESULTS
from ssq_book.studies.study import Study, read, row_of
from ssq_core.checks import check_count, check_number
from ssq_core.progress import Report

STATUSES = ("identical", "within", "differs", "stale", "missing", "damaged")
ROUNDING = 1e-12  # relative: what another order of the same sums may change


def tolerance(row: Mapping[str, Any], name: str) -> float:
    """Return how far a recomputed number may lie from the stored one."""
    if f"{name}_half" in row:
        allowed = float(row[f"{name}_half"])
    elif {f"{name}_low", f"{name}_high"} <= set(row):
        allowed = (float(row[f"{name}_high"]) - float(row[f"{name}_low"])) / 2
    else:
        allowed = float(row.get("error", 0.0))
    return max(allowed, ROUNDING * abs(float(row[name])))


def compare(row: Mapping[str, Any], numbers: Mapping[str, Any]) -> tuple[str, str]:
    """Return the status of a stored row beside its recomputed numbers, and the worst difference."""
    worst, text = 0.0, ""
    for name, new in numbers.items():
        old = row.get(name)
        if name.endswith("seconds") or old == new or (pd.isna(old) and pd.isna(new)):
            continue
        said = f"{name}: {old!r} stored, {new!r} now"
        if isinstance(new, str) or old is None or pd.isna(old) or pd.isna(new):
            return "differs", said
        excess = abs(float(new) - float(old)) / (tolerance(row, name) or math.ulp(0.0))
        if excess > worst:
            worst, text = excess, said
    return "identical" if not worst else "within" if worst <= 1 else "differs", text


def check(study: Study, number: int) -> tuple[str, str]:
    """Recompute one point of a study and return its status and what differs most."""
    try:
        row = _row(study, number)
    except ValueError as error:
        return "damaged", str(error)
    if not row:
        return "missing", f"{study.path.name} has no such row"
    old = [name for name, value in study.origin().items() if row.get(name) != value]
    status, text = compare(row, dict(study.compute(**study.points[number])))
    if status == "differs" and old:
        return "stale", f"made by other sources ({', '.join(old)}); {text}"
    return status, text


def _row(study: Study, number: int) -> dict[str, Any]:
    """Return the stored row of a point, or nothing; raises ValueError for a damaged table."""
    return row_of(read(study.path), study.points[number]) if study.path.exists() else {}


def _seconds(study: Study, number: int) -> float:
    with contextlib.suppress(ValueError):
        return float(_row(study, number).get("seconds", 0.0))
    return 0.0


def verify(
    share: float = 0.1, seed: int = 0, only: Sequence[str] | None = None, tell: Report = print
) -> pd.DataFrame:
    """Recompute a random `share` of all stored rows; columns study, point, status, detail.

    `only` names studies. `tell` gets a line of how many rows there are and how long they took when
    they were made, then two per row. Raises ValueError for an unknown study, a share outside (0, 1]
    and a negative seed, and where there are no stored results.
    """
    check_number("share", share, "(0, 1]")
    check_count("seed", seed, 0)
    studies = {study.name: study for study in catalogue.studies()}
    for name in only or ():
        if name not in studies:
            raise ValueError(f"only must name studies ({', '.join(studies)}), got {name!r}")
    if not RESULTS.is_dir():
        raise ValueError(f"stored results come with a checkout of the project, no {RESULTS} here")
    every = [(studies[n], i) for n in only or studies for i in range(len(studies[n].points))]
    count = math.ceil(share * len(every))
    choice = np.random.default_rng(seed).choice(len(every), size=count, replace=False)
    chosen = [every[i] for i in sorted(choice.tolist())]
    took = sum(_seconds(study, number) for study, number in chosen)
    tell(f"{count} of {len(every)} rows, which took {took:.0f} s when they were made")
    rows = []
    for done, (study, number) in enumerate(chosen, 1):
        point = ", ".join(f"{name} = {value}" for name, value in study.points[number].items())
        tell(f"{done}/{count} {study.name} ({point})")
        status, detail = check(study, number)
        tell(f"    {status}" + (f": {detail}" if detail else ""))
        rows.append((study.name, point, status, detail))
    return pd.DataFrame(rows, columns=["study", "point", "status", "detail"])
