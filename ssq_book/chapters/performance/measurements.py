"""What the chapter on performance reads: the last `make bench`, and the public picture's times."""

import json
from collections.abc import Iterable
from math import comb
from typing import Any

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book.common import log_slope
from ssq_book.studies.sources import RESULTS

BENCHMARKS = RESULTS / "benchmarks.csv"

# Seconds to learn for k = 1..8, read off a picture in the first author's public repository
# RL_sampling: another version of the experiment, approximate. The paper's caption says hours.
PUBLIC_SECONDS = {1: 5, 2: 5, 3: 15, 4: 54, 5: 161, 6: 390, 7: 843, 8: 1640}

GROWTH = {  # a group of the measurements, and what it varies
    "growth in k": "k",
    "growth in |S_l|": "states",
    "growth in m": "m",
    "execution": "n",
}


def measurements() -> pd.DataFrame:
    """Return the tidy table of the last `make bench`; its columns are those of `benchmarks.run`."""
    return pd.read_csv(BENCHMARKS)


def description() -> dict[str, Any]:
    """Return the machine, versions, threads and date of the last `make bench`."""
    about: dict[str, Any] = json.loads(BENCHMARKS.with_suffix(".json").read_text("utf-8"))
    return about


def row(table: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row with these values."""
    (index,) = table.index[np.logical_and.reduce([table[name] == x for name, x in where.items()])]
    return table.loc[index]


def totals(table: pd.DataFrame, weight: float) -> pd.DataFrame:
    """Return seconds of exact solvers, rows, by k, columns; the fastest at the largest k first."""
    rows = table[(table.group == "solvers") & (table.part == "total") & (table.weight == weight)]
    wide = rows.pivot(index="contender", columns="k", values="seconds")
    return wide.sort_values(wide.columns[::-1].tolist())


def ratios(table: pd.DataFrame, weights: Iterable[float]) -> pd.DataFrame:
    """Return the peers' seconds over this library's, and the fastest solver, by weight and k."""
    parts = {}
    for weight in weights:
        seconds = totals(table, weight)
        parts[weight] = pd.DataFrame(
            {
                "quantecon mpi / ssq": seconds.loc["quantecon mpi"] / seconds.loc["ssq"],
                "best peer / ssq": seconds.drop("ssq").min() / seconds.loc["ssq"],
                "fastest": seconds.idxmin(),
            }
        )
    return pd.concat(parts, names=["weight", "k"])


def discounts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the milliseconds of solvers, rows, at high discounts, columns."""
    rows = table[table.group == "discounts"]
    return 1e3 * rows.pivot(index="contender", columns="gamma", values="seconds")


def learning_curves(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the seconds to learn against k, one curve per contender of Figure 1a."""

    def curve(group: str, contender: str) -> pd.Series:
        rows = table[(table.group == group) & (table.contender == contender)]
        return rows.astype({"k": int}).set_index("k").seconds

    return {
        "printed algorithm, tuples (extrapolated)": curve("printed", "plain Python, tuples"),
        "printed algorithm, histograms (extrapolated)": curve(
            "printed", "plain Python, histograms"
        ),
        "public picture": pd.Series(PUBLIC_SECONDS),
        "Algorithm 1, this library": curve("learning", "ssq.learn"),
        "exact, this library": curve("growth in k", "ssq"),
    }


def costs(table: pd.DataFrame) -> pd.DataFrame:
    """Return entries, seconds and memory of the tables of demand response, by k, as measured."""
    rows = table[table.group == "growth in k"].set_index("k")
    mdp, ks = ssq.demand_response(), rows.index
    states = mdp.G * mdp.A
    entries = {
        "entries, tuples": [states * mdp.S**k for k in ks],
        "entries, histograms": [states * comb(k + mdp.S - 1, k) for k in ks],
    }
    used = {"seconds, exact": rows.seconds, "peak MB, exact": rows.bytes / 1e6}
    return pd.DataFrame(entries, index=ks).assign(**used)


def others(table: pd.DataFrame) -> dict[str, float]:
    """Return the further comparisons of the last `make bench`, by what they are."""
    dense, drawn = (
        table[(table.group == group) & (table.part == "total")].set_index("contender").seconds
        for group in ("dense", "subsample")
    )
    draw, sweeps = (row(table, group="empirical", part=part) for part in ("draw", "10 sweeps"))
    few, many = (row(table, group="execution", n=n) for n in (10**3, 10**9))
    numbers = {
        "exact sweep, k = 4: dense tensor / ssq": dense["dense tensor"] / dense["ssq"],
        "Algorithm 1, k = 3, m = 50: Q entries a second": sweeps.work / sweeps.seconds,
        "Algorithm 1, k = 3, m = 50: seconds to draw": draw.seconds,
        "Algorithm 2: run-steps a second, n = 1e3": few.work / few.seconds,
        "Algorithm 2: run-steps a second, n = 1e9": many.work / many.seconds,
        "sample of 3 from counts: numpy's loop / ssq": drawn["numpy, a loop"] / drawn["ssq"],
    }
    queues = table[table.group == "queueing"].set_index("k").seconds
    return numbers | {f"queueing, c = 30, k = {k}: seconds a sweep": queues[k] for k in (3, 4, 5)}


def panels(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return {what varies: the rows of its growth, ascending}."""
    total = table[table.part == "total"]
    return {x: total[total.group == group].sort_values(x) for group, x in GROWTH.items()}


def exponents(table: pd.DataFrame, points: int = 3) -> pd.DataFrame:
    """Return fitted exponents of time and of predicted work, over the largest `points` of each."""
    rows = []
    for column, of_group in panels(table).items():
        last = of_group.tail(points)
        x = last[column].astype(float)
        slopes = (log_slope(x, y)[0] for y in (last.seconds, last.work))
        rows.append((column, x.min(), x.max(), *slopes))
    return pd.DataFrame(rows, columns=["varies", "from", "to", "fitted", "predicted"])
