"""One run of a chapter with other values: `ssq rerun`.

What it leaves is the executed notebook, a page to read and the tables of what the chapter glued:
all of them or, where a chapter fails, none.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ssq_book.limits import Value
from ssq_book.runs import tables
from ssq_book.runs.execution import execute, identity, record
from ssq_book.runs.parameters import Chapter
from ssq_book.studies import provenance


def rerun(chapter: Chapter, changed: Mapping[str, Value], out: Path) -> pd.DataFrame:
    """Run a chapter with some parameters changed, write what it leaves, and return its table.

    `out` gets `<chapter>.ipynb`, `<chapter>.html`, `results.csv` and `seconds.csv`, all of them or
    none, after the run has ended well. Raises ChapterFailed, and ValueError, before a kernel
    starts, for an impossible value and an `out` that another run holds or that has other results.
    """
    import nbformat

    from ssq_book.runs.page import render  # here alone: it loads Sphinx

    values = chapter.values(changed)
    with provenance.held(out):
        tables.earlier(chapter, out, "rerun")
        progress = sys.stderr.isatty()
        done = execute(chapter.text, values, os.fspath(chapter.path.parent), progress)
        where = {"input_path": chapter.path.name, "output_path": f"{chapter.name}.ipynb"}
        done.metadata.papermill.update(where)  # not those of the folder that it ran in
        here = identity(chapter.text)
        runs = [(values, record(done, here))]
        pages: dict[Path, str | bytes] = {
            out / f"{chapter.name}.ipynb": nbformat.writes(done),
            out / f"{chapter.name}.html": render(done, chapter, here["sources"]),
        }
        provenance.write_all(pages | tables.contents(chapter, runs, out))
    return tables.results(chapter, runs)
