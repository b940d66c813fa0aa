"""A notebook that runs in a moment, for the tests of reruns and sweeps."""

from __future__ import annotations

from pathlib import Path

import nbformat

PARAMETERS = """\
k: int = 3  # size of a draw, with k = 9 for a failure
m: float = 1.0  # its scale
log: str = ""  # file with a line for each run that came to its end
gate: str = ""  # the run waits for this file
seed: int = 0  # of the draw"""
BODY = """\
import time
from pathlib import Path

import numpy as np
from myst_nb import glue

if k == 9:
    raise ValueError("k is 9,\\nwhich is bad")
while gate and not Path(gate).exists():
    time.sleep(0.05)
draw = m * np.random.default_rng(seed).normal(size=k)
glue("tiny-k", k, display=False)
glue("tiny-mean", float(draw.mean()), display=False)
glue("tiny-word", "a word", display=False)
glue("tiny-low", draw.min())
if log:
    with Path(log).open("a") as file:
        file.write(f"{k} {m} {seed}\\n")"""
PROSE = """\
# A tiny chapter

:::{prf:theorem} Of the mean
:label: thm-tiny
It is {glue:text}`tiny-mean:.5f`, and $\\tfrac12 < 1$.
:::

By {prf:ref}`thm-tiny`, see {cite}`anand2024efficient`."""


def write(folder: Path, parameters: str = PARAMETERS) -> Path:
    """Write the notebook to a folder and return its path."""
    cells = [
        nbformat.v4.new_markdown_cell(PROSE, id="prose"),
        nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(BODY, id="body"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = folder / "tiny.ipynb"
    nbformat.write(notebook, path)
    return path
