"""What the project depends on: declared, with a reason, pinned, and locked with hashes."""

import ast
import re
import sys
import tomllib
from functools import cache
from glob import glob
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
REASONS: dict[str, str] = tomllib.loads((ROOT / "tests/dependencies.toml").read_text())["reasons"]
OURS = {"ssq_core", "ssq_book", "tests", "benchmarks"}


def imported(path: Path) -> set[str]:
    """Return the distributions that a module or notebook imports."""
    code = path.read_text()
    if path.suffix == ".ipynb":
        cells = nbformat.reads(code, 4).cells
        code = "\n".join(c.source for c in cells if c.cell_type == "code")
    tops = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops.add(str(node.module).split(".")[0])
    foreign = tops - OURS - set(sys.stdlib_module_names)
    return {canonicalize_name(name) for top in foreign for name in distributions()[top]}


distributions = cache(metadata.packages_distributions)


def test_every_import_is_declared_with_a_reason() -> None:
    kinds = ("ssq_core/**/*.py", "ssq_book/**/*.py", "tests/**/*.py", "notebooks/*.ipynb")
    files = [name for kind in kinds for name in glob(kind, root_dir=ROOT, recursive=True)]
    used = {name for file in files for name in imported(ROOT / file)}
    brought = {"jupyter-client", "packaging"}  # by ipykernel, and by pip and pytest
    assert used - set(REASONS) <= brought
    assert len(used) > 20


def test_the_extras_are_what_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = [line for e in extras if e != "bench" for line in extras[e]] + project["dependencies"]
    declared = {canonicalize_name(Requirement(line).name) for line in named}
    assert declared == set(REASONS)


def versions(name: str) -> dict[str, set[str]]:
    """Return the versions of each distribution that a file pins, which may be several by marker."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and line[0] not in "#- ":
            pin = Requirement(line.removesuffix("\\"))
            found.setdefault(canonicalize_name(pin.name), set()).add(str(pin.specifier))
    return found


BESIDE = ("tests/requirements-lab", "benchmarks/requirements")  # installed over the book's
HOST = re.compile(r"https?:|file:|index-url|find-links|resolved")


@pytest.mark.parametrize("file", ["requirements", "tests/requirements-audit", *BESIDE])
def test_a_lock_holds_every_pin_names_no_host_and_agrees_with_the_books(file: str) -> None:
    lock, book = versions(f"{file}.lock"), versions("requirements.lock")
    assert versions(f"{file}.txt").items() <= lock.items()
    assert all(own <= book.get(name, own) for name, own in lock.items() if file in BESIDE)
    for name in (f"{file}.lock", f"{file}.txt", "package-lock.json"):
        assert not HOST.search((ROOT / name).read_text())
