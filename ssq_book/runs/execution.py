"""One run of a notebook over papermill, in this environment's kernel and no other."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import scipy

from ssq_book.limits import Value
from ssq_book.studies import sources

if TYPE_CHECKING:
    import nbformat

RECORD = "application/papermill.record/"  # what glue puts before a type that is not displayed
WRAPPED = re.compile(r"^np\.\w+\((.*)\)$")  # numpy's own way to show a number


class ChapterFailed(Exception):
    """A chapter's cell raised an error; the message is one line that names the cell."""


def identity(text: str) -> dict[str, str]:
    """Return what the numbers of a notebook depend on beside it: what its cells import."""
    engines = {"numpy": np.__version__, "scipy": scipy.__version__}
    return sources.origin(sources.of_notebooks([text])) | engines


def use_kernels_of_this_environment(folder: Path) -> None:
    """Let "python3" be this interpreter's kernel, deaf to a user's settings of IPython.

    It keeps what it writes in `folder`. Else a kernel of that name, or a startup file, could bring
    another library.
    """
    own, given = os.path.join(sys.prefix, "share", "jupyter"), os.environ.get("JUPYTER_PATH", "")
    if not given.startswith(own):
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (own, given)))
    os.environ["IPYTHONDIR"] = str(folder.resolve())


def execute(
    text: str, values: Mapping[str, Value], folder: str | None = None, progress: bool = False
) -> nbformat.NotebookNode:
    """Run a notebook given as text with some parameters; return it with its outputs."""
    import papermill  # here alone: a scheduler, which runs nothing, need not load it

    # It reads parameters in a way of its own, and warns where a comment has an equals sign.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    size = shutil.get_terminal_size()
    with (
        tempfile.TemporaryDirectory(prefix="ssq-", ignore_cleanup_errors=True) as temporary,
        patch.dict(os.environ),  # the caller's own comes back
    ):
        before, kernel_folder = Path(temporary, "before.ipynb"), Path(temporary, "kernel")
        before.write_text(text, encoding="utf-8")
        kernel_folder.mkdir()
        use_kernels_of_this_environment(Path(temporary, "ipython"))
        try:
            return papermill.execute_notebook(
                str(before),
                os.path.join(temporary, "after.ipynb"),
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


def glued(notebook: nbformat.NotebookNode) -> dict[str, float | int]:
    """Return every number that a run notebook glued, by name, in the order of its cells."""
    out: dict[str, float | int] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            data: dict[str, Any] = output.get("data", {})
            shown = data.get(f"{RECORD}text/plain", data.get("text/plain", ""))
            number = WRAPPED.sub(r"\1", shown)
            for kind in (float, int):  # an integer stays one
                with contextlib.suppress(ValueError):
                    out |= {name: kind(number)} if name else {}
    return out


def record(notebook: nbformat.NotebookNode, identity: Mapping[str, str]) -> dict[str, Any]:
    """Return what is kept of a run; `identity` is that of the library where it ran."""
    duration = round(float(notebook.metadata.papermill.duration), 3)
    return {"identity": dict(identity), "numbers": glued(notebook), "seconds": duration}
