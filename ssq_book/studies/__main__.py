"""`python -m ssq_book.studies`: compute what the stored results lack, or some of it.

Exit status: 0 if every study is complete, 1 if one failed, 2 for bad arguments.
"""

import argparse
import sys
from collections.abc import Sequence

from ssq_book import catalogue
from ssq_book.studies.study import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies named, all by default, and return the exit status."""
    # the optimum that this one shares is timed where it is solved, before it
    studies = sorted(catalogue.studies(), key=lambda study: study.name == "constant_target")
    names = [study.name for study in studies]
    parser = argparse.ArgumentParser(
        prog="python -m ssq_book.studies",
        description="Compute the results at the paper's scale that results/ lacks.",
    )
    parser.add_argument("--only", metavar="STUDY", nargs="+", choices=names, help=", ".join(names))
    chosen = parser.parse_args(arguments).only or names
    failed, said = [], []

    def tell(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    for study in studies:
        if study.name not in chosen:
            continue
        try:
            run(study, tell=tell)
        except Exception as error:  # the others still run; this one's finished rows are stored
            failed.append(f"{study.name}: {type(error).__name__}: {error}")
    if not said and not failed:
        print("every row is there, of the code that is here: nothing to compute")
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
