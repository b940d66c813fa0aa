"""A notebook that runs in a moment, for the tests of reruns and sweeps."""

import json
import sys
from pathlib import Path

import nbformat

PARAMETERS = """\
k: int = 3  # size of a draw, with k = 9 for a failure
m: float = 1.0  # its scale
log: str = ""  # file with a line for each run that came to its end
seed: int = 0  # of the draw"""
BODY = """\
from pathlib import Path

import numpy as np
GLUE

if k == 9:
    raise ValueError("k is 9,\\nwhich is bad")
draw = m * np.random.default_rng(seed).normal(size=k)
glue("tiny-k", k, display=False)
glue("tiny-mean", float(draw.mean()), display=False)
glue("tiny-word", "a word", display=False)
glue("tiny-low", draw.min())
if log:
    with Path(log).open("a") as file:
        file.write(f"{k} {m} {seed}\\n")"""
GLUE = "from myst_nb import glue"
LIGHT = """\
from IPython.display import display as show


def glue(name, number, display=True):
    # as myst_nb's, in a kernel that starts in half the time
    prefix = "" if display else "application/papermill.record/"
    about = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    show({f"{prefix}text/plain": repr(number)}, raw=True, metadata=about)

"""
PROSE = """\
# A tiny chapter

:::{prf:theorem} Of the mean
:label: thm-tiny
It is {glue:text}`tiny-mean:.5f`, and $\\tfrac12 < 1$.
:::

By {prf:ref}`thm-tiny`, see {cite}`anand2024efficient`."""


def write(folder: Path, parameters: str = PARAMETERS, light: bool = False) -> Path:
    """Write the notebook to a folder and return its path; `light` glues without myst_nb."""
    cells = [
        nbformat.v4.new_markdown_cell(PROSE, id="prose"),
        nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(BODY.replace("GLUE", LIGHT if light else GLUE), id="body"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = folder / "tiny.ipynb"
    nbformat.write(notebook, path)
    return path


def append(folder: Path, code: str) -> None:
    """Append a cell of code to the notebook."""
    notebook = nbformat.read(folder / "tiny.ipynb", 4)
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, folder / "tiny.ipynb")


def other_kernels(folder: Path) -> dict[str, str]:
    """Write a library ssq_core that is empty; return variables by which kernels would find it.

    One leads to a kernel python3 of its own, the other to what every kernel of IPython runs first.
    """
    kernel = folder / "kernels" / "python3" / "kernel.json"
    startup = folder / "profile_default" / "startup" / "0.py"
    library = folder / "library" / "ssq_core" / "__init__.py"
    for path in (kernel, startup, library):
        path.parent.mkdir(parents=True)
    library.touch()
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    other = {"argv": argv, "display_name": "Other", "language": "python"}
    kernel.write_text(json.dumps(other | {"env": {"PYTHONPATH": str(library.parents[1])}}))
    startup.write_text(f"import sys\nsys.path.insert(0, {str(library.parents[1])!r})\n")
    return {"JUPYTER_PATH": str(folder), "IPYTHONDIR": str(folder)}
