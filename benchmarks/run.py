"""`make bench`: measure everything in one process run and write the tidy table.

    python -m benchmarks.run [--quick] [--only NAME ...] [--output FILE]

`--quick` takes small sizes and three repetitions, to try a change; its figures are not for the
book. Beside the table (.csv) a description of machine and versions (.json) is written.
"""

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import benchmarks
from benchmarks import cases, growth
from ssq_book.studies import provenance, sources

CASES = {
    "solvers": cases.solvers,
    "discounts": cases.discounts,
    "learning": cases.learned,
    "dense": cases.dense,
    "empirical": cases.empirical,
    "execution": cases.executed,
    "subsample": cases.subsample,
    "queueing": cases.queueing,
    "printed": cases.printed,
    "growth-k": growth.in_k,
    "growth-states": growth.in_states,
    "growth-m": growth.in_m,
}
COLUMNS = [
    "group", "contender", "part", "weight", "gamma", "k", "m", "n", "states", "seconds", "least",
    "most", "cpu_seconds", "repeats", "work", "unit", "bytes", "idle", "planned", "difference",
    "note",
]  # fmt: skip
REPEATS, QUICK_REPEATS = 5, 3
STORED = Path("results", "benchmarks.csv")


def description(quick: bool) -> dict[str, object]:
    """Return what the figures depend on: machine, versions, threads and date."""
    peers = {name: version(name) for name in ("quantecon", "mdpsolver", "numba")}
    return {
        "quick": quick,
        "date": time.strftime("%Y-%m-%d"),
        **sources.origin(sources.closure(Path(__file__).parent.glob("*.py"), stored=False)),
        **provenance.machine(),
        **peers,
        "threads": benchmarks.THREADS,
    }


def main() -> None:
    """Run the cases asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, few repetitions")
    parser.add_argument("--only", nargs="+", choices=CASES, help="some cases, to a file of its own")
    parser.add_argument("--output", type=Path, help=f"default: {STORED}")
    asked = parser.parse_args()
    if (asked.quick or asked.only) and (asked.output or STORED).resolve() == STORED.resolve():
        parser.error(f"--quick and --only need an --output other than {STORED}, the whole run's")
    output = asked.output or STORED
    rows: cases.Rows = []
    for name in asked.only or CASES:
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        start = time.perf_counter()
        rows += CASES[name](asked.quick, QUICK_REPEATS if asked.quick else REPEATS)
        print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    for name in ("k", "m", "n", "states", "repeats", "work", "bytes", "idle", "planned"):
        table[name] = table[name].astype("Int64")
    about = json.dumps(description(asked.quick), indent=2) + "\n"
    provenance.write_all({output: provenance.csv(table), output.with_suffix(".json"): about})


if __name__ == "__main__":
    main()
