"""The `ssq` command: check the paper and stored results, rerun and sweep chapters.

Exit status: 0 if all is well; 1 if what is computed is not what is recorded, or a run failed; 2
for bad arguments and a missing extra, before anything is computed; 130 if interrupted; 141 if
whoever read the output closed it.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import ssq_core
from ssq_book import catalogue

CHAPTERS = ", ".join(catalogue.CHAPTERS)
NOTEBOOK = f"a chapter's name, or the path of a notebook; the chapters are {CHAPTERS}"
EXTRA = "ssq needs the extra 'book': pip install 'ssq-core[book]'"
CLAIMS = """exit status 1 where a computed status is not the recorded one

example:
  ssq claims --only lemma-B.9"""
PARAMS = """examples:
  ssq params demand_response
  ssq params notebooks/queueing.ipynb"""
RERUN = """examples:
  ssq rerun demand_response -p k=3 -p n1=3 --out out/demand
  ssq rerun notebooks/queueing.ipynb -p k=2 -p m=10

DIR gets the executed notebook, the same as a page, results.csv, one row per number, and
seconds.csv."""
SWEEP = """examples:
  ssq sweep learning -p m=3,10,30 -p replicates=2 --seeds 4 --out out/samples
  ssq sweep queueing -p k=1..3 --seeds 20 --scheduler tcp://host:8786 --plot queueing-relative

DIR gets points/ (one file for each finished point), results.csv, seconds.csv and a plot. The same
command again runs only what is missing."""

VERIFY = """examples:
  ssq verify                                a random tenth of all rows
  ssq verify --share 1 --only queueing_gap  every row of one table

A row is identical, or within its own certified error or 95 % interval, or it differs; a table that
lacks a column, a cell or the end of its last line is damaged."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssq",
        description="The companion's command line.",
        epilog=f"The chapters are {CHAPTERS}.",
    )
    parser.add_argument("--version", action="version", version=f"ssq {ssq_core.__version__}")
    commands = parser.add_subparsers(dest="command")

    def command(name: str, text: str, epilog: str = "") -> argparse.ArgumentParser:
        layout = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(
            name, help=text, description=f"{text.capitalize()}.", epilog=epilog,
            formatter_class=layout,
        )  # fmt: skip

    command("claims", "check every statement of the paper", CLAIMS).add_argument(
        "--only", metavar="ID", nargs="+",
        help="check these alone, such as lemma-B.9, and print all of their evidence",
    )  # fmt: skip
    command("params", "list the parameters and the numbers of a chapter", PARAMS).add_argument(
        "notebook", metavar="NOTEBOOK", help=NOTEBOOK
    )
    rerun = command("rerun", "run a chapter with other values", RERUN)
    sweep = command("sweep", "run a chapter on a grid of values, in parallel", SWEEP)
    for own, values in ((rerun, "NAME=VALUE"), (sweep, "NAME=VALUES")):
        own.add_argument("notebook", metavar="NOTEBOOK", help=NOTEBOOK)
        own.add_argument(
            "-p", dest="settings", metavar=values, action="append", default=[],
            help="a parameter; repeat for more" + (": 1..6, or 10,30,100" if own is sweep else ""),
        )  # fmt: skip
        own.add_argument(
            "--out", metavar="DIR", type=Path, help="where results go (default: out/NOTEBOOK)"
        )
    sweep.add_argument("--seeds", type=int, metavar="N", help="runs of each setting, by seed")
    where = sweep.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes here (default: all)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask scheduler")
    sweep.add_argument(
        "--plot", metavar="NUMBER", help="the number to draw, one that ssq params lists"
    )
    verify = command("verify", "recompute stored results and compare", VERIFY)
    verify.add_argument("--share", type=float, default=0.1, help="of all rows, in (0, 1]: 0.1")
    verify.add_argument("--seed", type=int, default=0, help="of the choice of rows: 0")
    verify.add_argument("--only", metavar="TABLE", nargs="+", help="tables of results/")
    return parser


def _out(given: argparse.Namespace, name: str) -> Path:
    """Return the folder of the results, or raise ValueError where none can be."""
    out: Path = given.out or Path("out", name)
    there = next(part for part in (out, *out.parents) if part.exists())
    if not there.is_dir():
        raise ValueError(f"--out must be a folder, {there} is a file")
    if not os.access(there, os.W_OK):
        raise ValueError(f"--out must be a folder that can be written to, {there} cannot")
    return out


def _claims(given: argparse.Namespace) -> int:
    from ssq_book import claims
    from ssq_book.claims.text import render

    claims.select(given.only)
    table = claims.check_all(given.only)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(render(table, columns, full=given.only is not None))
    return 1 if len(claims.disagreements(table)) else 0


def _params(given: argparse.Namespace) -> int:
    from ssq_book.runs import outputs, parameters

    chapter = parameters.read(given.notebook)
    print(parameters.listing(chapter), outputs.listing(chapter), sep="\n\n")
    return 0


def _rerun(given: argparse.Namespace) -> int:
    from ssq_book.runs import parameters

    chapter = parameters.read(given.notebook)
    changed = chapter.settings(given.settings)
    chapter.values(changed)  # refuse here, before what runs notebooks is loaded
    out = _out(given, chapter.name)
    from ssq_book.runs import rerun
    from ssq_book.runs.execution import ChapterFailed

    try:
        numbers = rerun.rerun(chapter, changed, out)
    except ChapterFailed as error:
        print(f"ssq: {chapter.name}: {error}", file=sys.stderr)
        return 1
    print(f"{len(numbers)} numbers: {out / 'results.csv'}; the page: {out / chapter.name}.html")
    return 0


def _sweep(given: argparse.Namespace) -> int:
    from ssq_book.runs import outputs, parameters

    chapter = parameters.read(given.notebook)
    axes = chapter.axes(given.settings)
    given.plot = outputs.drawn(chapter, given.plot)
    out = _out(given, chapter.name)
    from ssq_book.runs import figures, sweep

    workers = given.workers if given.workers is not None else os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"--workers must be at least 1, got {workers}")
    result = sweep.sweep(chapter, axes, given.seeds, out, workers, given.scheduler)
    for point, reason in result.failures:
        changed = ", ".join(
            f"{name}={point.values[name]}" for name in (*axes, "seed") if name in point.values
        )
        print(f"ssq: {chapter.name} at {changed}: {reason}", file=sys.stderr)
    picture = figures.draw(chapter, result.numbers, axes, given.plot, out)
    points = f"{result.run} point{'s' * (result.run != 1)} run, {len(result.failures)} failed"
    print(f"{points}: {out / 'results.csv'}" + (f"; {picture}" if picture else ""))
    return 1 if result.failures else 0


def _verify(given: argparse.Namespace) -> int:
    from ssq_book.studies import verify

    table = verify.verify(given.share, given.seed, given.only)
    counts = table["status"].value_counts()
    print(", ".join(f"{counts[s]} {s}" for s in verify.STATUSES if s in counts))
    return 0 if table["status"].isin(("identical", "within")).all() else 1


COMMANDS = {
    "claims": _claims, "params": _params, "rerun": _rerun, "sweep": _sweep, "verify": _verify
}  # fmt: skip


def _main(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help(sys.stderr)
        parser.exit(2, f"ssq: error: a command is required: {', '.join(COMMANDS)}\n")
    try:
        return COMMANDS[given.command](given)
    except BrokenPipeError:
        raise
    except ModuleNotFoundError as error:
        status, said = 2, f"no module {error.name}; {EXTRA}"
    except (ValueError, OSError) as error:  # of OSErrors a full disk, say
        status, said = 2 if isinstance(error, ValueError) else 1, str(error)
    except KeyboardInterrupt:
        status, said = 130, "interrupted; what is finished is kept"
    print(f"ssq: {said}", file=sys.stderr)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; `arguments` defaults to the process's own."""
    try:
        try:
            return _main(arguments)
        finally:
            print(end="", flush=True)  # here, not at the process's end, a closed pipe is an error
    except BrokenPipeError:  # `head` has seen enough: as quiet as a program that a signal ends
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        return 141


if __name__ == "__main__":
    sys.exit(main())
