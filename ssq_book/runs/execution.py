"""One run of a notebook over papermill, in this environment's kernel and no other."""

from __future__ import annotations

import inspect
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
import scipy

from ssq_book.limits import Value
from ssq_book.studies import sources

if TYPE_CHECKING:
    import nbformat

RECORD = "application/papermill.record/"  # what glue puts before a type that is not displayed
WRAPPED = re.compile(r"np\.\w+\((.*)\)")  # numpy's own way to show a number


class ChapterFailed(Exception):
    """A chapter's cell raised an error; the message is one line that names the cell."""


def identity(text: str) -> dict[str, str]:
    """Return what the numbers of a notebook depend on beside it: what its cells import."""
    engines = {"numpy": np.__version__, "scipy": scipy.__version__}
    return sources.origin(sources.of_notebooks([text])) | engines


def places() -> dict[str, str | None]:
    """Return where this interpreter, the library and its engines lie; a kernel runs it as text."""
    import sys
    from importlib.util import find_spec

    specs = {name: find_spec(name) for name in ("ssq_core", "numpy", "scipy")}
    origins = {name: spec.origin if spec else None for name, spec in specs.items()}
    return {"Python": sys.prefix} | origins


CHECK = """\
for _name, _here in {here}.items():
    if places()[_name] != _here:
        raise RuntimeError(f"{other} {{_name}}, {{places()[_name]}}; here it is {{_here}}")
del places, _name, _here
"""
OTHER = "the kernel has another"


def check_kernel(folder: str) -> None:
    """Raise ChapterFailed unless a kernel in `folder` is this interpreter with this library."""
    import nbformat

    cell = nbformat.v4.new_code_cell(metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    execute(nbformat.writes(notebook), {}, folder)


def execute(
    text: str, values: Mapping[str, Value], folder: str | None = None, progress: bool = False
) -> nbformat.NotebookNode:
    """Run a notebook given as text with some parameters; return it with its outputs."""
    import nbformat
    import papermill  # here alone: a scheduler, which runs nothing, need not load it

    # It reads parameters in a way of its own, and warns where a comment has an equals sign.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    size = shutil.get_terminal_size()
    with tempfile.TemporaryDirectory(prefix="ssq-") as temporary:
        before, after = Path(temporary, "before.ipynb"), Path(temporary, "after.ipynb")
        # this environment's kernel, not another of its name
        own = os.path.join(sys.prefix, "share", "jupyter")
        given = os.environ.get("JUPYTER_PATH", "")
        if not given.startswith(own):
            os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (own, given)))
        check = inspect.getsource(places) + CHECK.format(here=places(), other=OTHER)
        notebook = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):  # plain Python, and in chapters first
                cell.source = check + cell.source
        before.write_text(nbformat.writes(notebook), encoding="utf-8")
        kernel_folder = Path(temporary, "kernel")
        kernel_folder.mkdir()
        try:
            done = papermill.execute_notebook(
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
            where = f"cell {error.exec_count}: {error.ename}: "
            raise ChapterFailed(reason if reason.startswith(OTHER) else where + reason) from None
        except Exception as error:  # the kernel died, or could not be started
            reason = " ".join(str(error).split())
            raise ChapterFailed(f"{type(error).__name__}: {reason}") from None
    for cell in done.cells:
        cell.source = cell.source.removeprefix(check)
    return done


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


def record(notebook: nbformat.NotebookNode, identity: Mapping[str, str]) -> dict[str, Any]:
    """Return what is kept of a run; `identity` is that of the library where it ran."""
    duration = round(float(notebook.metadata.papermill.duration), 3)
    return {"identity": dict(identity), "numbers": glued(notebook), "seconds": duration}
