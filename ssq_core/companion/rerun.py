"""One run of a chapter with other values: `ssq rerun`, over papermill.

What a run leaves is the executed notebook, a page to read and a table of every number that the
chapter glued; each is written whole or not at all, and a chapter that fails leaves nothing.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from ssq_core.companion import provenance
from ssq_core.companion.limits import Value
from ssq_core.companion.parameters import Chapter

if TYPE_CHECKING:
    import nbformat

RECORD = "application/papermill.record/"  # what glue puts before a type that is not displayed
WRAPPED = re.compile(r"np\.\w+\((.*)\)")  # numpy's own way to show a number


class ChapterFailed(Exception):
    """A chapter's cell raised an error; the message is one line that names the cell."""


def identity() -> dict[str, str]:
    """Return what results depend on beside the notebook: the library, by hash, and its engines."""
    return {
        "version": provenance.library()["version"],
        "library": provenance.fingerprint(provenance.PACKAGE),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def execute(
    text: str, values: Mapping[str, Value], folder: str | None = None, progress: bool = False
) -> nbformat.NotebookNode:
    """Run a notebook given as text with some parameters; return it with its outputs.

    The kernel starts in `folder`, or in an empty temporary one. Raises ChapterFailed.
    """
    import papermill  # here alone: a scheduler, which runs nothing, need not load it

    # It reads parameters in a way of its own, and warns where a comment has an equals sign.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    size = shutil.get_terminal_size()
    with tempfile.TemporaryDirectory(prefix="ssq-") as own:
        before, after = Path(own, "before.ipynb"), Path(own, "after.ipynb")
        before.write_text(text, encoding="utf-8")
        kernel_folder = Path(own, "kernel")
        kernel_folder.mkdir()
        try:
            return papermill.execute_notebook(
                str(before),
                str(after),
                dict(values),
                cwd=folder or str(kernel_folder),
                # a terminal that does not tell its size would be shown an empty bar
                progress_bar=progress and {"ncols": size.columns, "nrows": size.lines},
                extra_arguments=["--IPKernelApp.log_level=50"],  # not a terminal's concern
            )
        except papermill.PapermillExecutionError as error:
            reason = " ".join(str(error.evalue).split())
            message = f"cell {error.exec_count}: {error.ename}: {reason}"
            raise ChapterFailed(message) from None
        except Exception as error:  # the kernel died, or could not be started
            reason = " ".join(str(error).split())
            raise ChapterFailed(f"{type(error).__name__}: {reason}") from None


def _number(shown: str) -> float | int | None:
    """Return the number that a text shows, or None where it shows something else."""
    wrapped = WRAPPED.fullmatch(shown)
    inner = wrapped.group(1) if wrapped else shown
    for kind in (int, float):
        try:
            return kind(inner)
        except ValueError:
            continue
    return None


def glued(notebook: nbformat.NotebookNode) -> dict[str, float | int]:
    """Return every number that a run notebook glued, by name, in the order of its cells."""
    out: dict[str, float | int] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            data: dict[str, Any] = output.get("data", {})
            shown = data.get(f"{RECORD}text/plain", data.get("text/plain"))
            number = None if name is None or shown is None else _number(shown)
            if number is not None:
                out[name] = number
    return out


def seconds(notebook: nbformat.NotebookNode) -> float:
    """Return how long a run notebook took, its kernel's start included."""
    return round(float(notebook.metadata.papermill.duration), 3)


def table(values: Mapping[str, Value], numbers: Mapping[str, float], **more: Any) -> pd.DataFrame:
    """Return one row per number: the parameters, `name`, `value`, then what else there is."""
    frame = pd.DataFrame({name: [own] * len(numbers) for name, own in values.items()})
    frame["name"] = list(numbers)
    frame["value"] = pd.Series(list(numbers.values()), dtype=object)  # an integer stays one
    return frame.assign(**more)


def rerun(chapter: Chapter, changed: Mapping[str, Value], out: Path) -> pd.DataFrame:
    """Run a chapter with some parameters changed, write what it leaves, and return its table.

    `out` gets `<chapter>.ipynb`, `<chapter>.html` and `results.csv`, after the run has ended well.
    Raises ValueError for an impossible value, before a kernel starts, and ChapterFailed.
    """
    import nbformat

    from ssq_core.companion.page import render  # here alone: it loads docutils and the parser

    values = chapter.values(changed)
    progress = sys.stderr.isatty()
    done = execute(chapter.text, values, os.fspath(chapter.path.parent), progress)
    where = {"input_path": chapter.path.name, "output_path": f"{chapter.name}.ipynb"}
    done.metadata.papermill.update(where)  # not those of the folder that it ran in
    own = identity()
    numbers = table(values, glued(done), version=own["version"], library=own["library"])
    numbers["seconds"] = seconds(done)
    page = render(done, chapter.source, values, own["library"])
    provenance.write_text(nbformat.writes(done), out / f"{chapter.name}.ipynb")
    provenance.write_text(page, out / f"{chapter.name}.html")
    provenance.write_csv(numbers, out / "results.csv")
    return numbers
