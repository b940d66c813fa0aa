"""The command as a shell meets it: closed pipes, missing extras, what it says of itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ssq_core
from ssq_book import __main__ as cli
from ssq_book.catalogue import CHAPTERS
from tests import tiny

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
MAIN = "import sys; from ssq_book import __main__ as cli; sys.exit(cli.main())"
BASE = """
import sys
known = {"ssq_core", "ssq_book", "numpy", "scipy", "sympy", "mpmath", "psutil"}
known |= sys.stdlib_module_names
class Bare:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in known and name[0] != "_":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Bare())
"""
COMMANDS = {
    "claims": ("claims", "--only", "lemma-B.9"),
    "params": ("params", "tiny.ipynb"),
    "rerun": ("rerun", "tiny.ipynb"),
    "sweep": ("sweep", "tiny.ipynb", "--workers", "1"),
    "verify": ("verify", "--share", "1e-9", "--only", "demand_response_printed"),
}


def run(folder: Path, *arguments: str, code: str = MAIN, **pipes: int) -> tuple[int, str, str]:
    """Return the status of the command, and what it wrote to stdout and stderr."""
    done = subprocess.run(
        (sys.executable, "-c", code, *arguments), cwd=folder, env=ENVIRONMENT, text=True,
        check=False, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | pipes,
    )  # fmt: skip
    return done.returncode, done.stdout or "", done.stderr or ""


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    tiny.write(tmp_path, light=True)
    read, closed = os.pipe()
    os.close(read)  # as behind `head` when it has seen enough
    assert run(tmp_path, *COMMANDS["params"], stdout=closed) == (141, "", "")
    os.close(closed)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_the_extra_a_line_says_which_is_missing(tmp_path: Path, command: str) -> None:
    tiny.write(tmp_path)
    assert COMMANDS.keys() == cli.COMMANDS.keys()
    status, out, said = run(tmp_path, *COMMANDS[command], code=BASE + MAIN)
    assert (status, out) == (2, "")
    assert said.startswith("ssq: no module ")
    assert said.endswith("; ssq needs the extra 'book': pip install 'ssq-core[book]'\n")
    assert said.count("\n") == 1


def test_without_the_extra_it_still_tells_its_version_and_its_chapters(tmp_path: Path) -> None:
    assert run(tmp_path, "--version", code=BASE + MAIN) == (0, f"ssq {ssq_core.__version__}\n", "")
    _, said, _ = run(tmp_path, "--help", code=BASE + MAIN)
    assert all(chapter in said for chapter in CHAPTERS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("params queueing", "chapters come with a checkout of the project"),
        ("verify", "stored results come with a checkout of the project"),
    ],
)
def test_without_a_checkout_a_line_says_so(tmp_path: Path, arguments: str, said: str) -> None:
    for package in ("ssq_core", "ssq_book"):  # as a wheel leaves them: nothing beside them
        (tmp_path / package).symlink_to(ROOT / package)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{MAIN}"
    status, _, error = run(tmp_path, *arguments.split(), code=code)
    assert status == 2
    assert said in error
    assert error.count("\n") == 1
