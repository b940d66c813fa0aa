"""What the project depends on: declared, with a reason, pinned, and locked with hashes."""

from __future__ import annotations

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


@cache
def pins(name: str = "requirements.txt") -> dict[str, list[Requirement]]:
    """Return the pins of a file by distribution, which may have several with markers."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and line[0] not in "#- ":
            pin = Requirement(line.removesuffix("\\"))
            found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


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


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, lines in pins().items():
        here = [pin for pin in lines if not pin.marker or pin.marker.evaluate()]
        assert [str(pin.specifier) for pin in here] == [f"=={metadata.version(name)}" for _ in here]
        assert len(here) == 1 or lines[0].marker


BESIDE = ("tests/requirements-lab", "benchmarks/requirements")  # installed over the book's
HOST = re.compile(r"https?:|file:|index-url|find-links|resolved")


def versions(pins: list[Requirement]) -> set[str]:
    return {str(pin.specifier) for pin in pins}


@pytest.mark.parametrize("file", ["requirements", "tests/requirements-audit", *BESIDE])
def test_a_lock_holds_every_pin_and_a_hash_of_every_file_and_names_no_host(file: str) -> None:
    lock = pins(f"{file}.lock")
    for name, own in pins(f"{file}.txt").items():
        assert versions(lock[name]) == versions(own)
    text = (ROOT / f"{file}.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == sum(map(len, lock.values()))
    for entry in entries:
        assert re.fullmatch(
            r"\S+==\S+( ; [^\\]+)? \\\n(\s+--hash=sha256:[0-9a-f]{64}( \\\n)?)+", entry
        )
    for name in (f"{file}.lock", f"{file}.txt", "package-lock.json"):
        assert not HOST.search((ROOT / name).read_text())


@pytest.mark.parametrize("file", BESIDE)
def test_what_is_installed_over_the_book_changes_nothing_of_it(file: str) -> None:
    book = pins("requirements.lock")
    for name, own in pins(f"{file}.lock").items():
        assert name not in book or versions(own) <= versions(book[name])
