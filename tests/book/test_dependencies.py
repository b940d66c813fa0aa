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

from tests import audit
from tests.audit import verdict

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


def code(path: Path) -> str:
    """Return the Python of a module or of a notebook's cells."""
    if path.suffix == ".py":
        return path.read_text()
    cells = nbformat.read(path, 4).cells
    lines = "\n".join(c.source for c in cells if c.cell_type == "code").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("%"))


def imported(path: Path) -> set[str]:
    """Return the distributions that a module or notebook imports."""
    tops = set()
    for node in ast.walk(ast.parse(code(path))):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops.add(str(node.module).split(".")[0])
    foreign = tops - OURS - set(sys.stdlib_module_names)
    return {canonicalize_name(name) for top in foreign for name in distributions()[top]}


distributions = cache(metadata.packages_distributions)


def required(name: str) -> set[str]:
    """Return what an installed distribution requires here."""
    out = set()
    for line in metadata.requires(name) or []:
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            out.add(canonicalize_name(need.name))
    return out


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
    named = [
        *project["dependencies"],
        *(line for e in extras if e != "bench" for line in extras[e]),
    ]
    declared = {canonicalize_name(Requirement(line).name) for line in named}
    assert declared == set(REASONS)


def test_every_pin_is_used_or_brought_by_one_that_is() -> None:
    reached, new = set(), set(REASONS)
    while new:
        reached |= new
        new = {n for name in new for n in required(name) if n in pins()} - reached
    # an extra that is asked for by name, as in urllib3[socks]
    brought = {"pysocks"}
    here = {n for n, own in pins().items() if any(not p.marker or p.marker.evaluate() for p in own)}
    assert here - reached - brought == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, lines in pins().items():
        here = [pin for pin in lines if not pin.marker or pin.marker.evaluate()]
        assert [str(pin.specifier) for pin in here] == [f"=={metadata.version(name)}" for _ in here]
        assert len(here) == 1 or lines[0].marker


LOCKS = (
    "requirements",
    "tests/requirements-audit",
    "tests/requirements-lab",
    "benchmarks/requirements",
)


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_every_pin_and_a_hash_of_every_file(file: str) -> None:
    lock = pins(f"{file}.lock")
    for name, own in pins(f"{file}.txt").items():
        assert {str(p.specifier) for p in lock[name]} == {str(p.specifier) for p in own}
    text = (ROOT / f"{file}.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == sum(map(len, lock.values()))
    for entry in entries:
        assert re.fullmatch(
            r"\S+==\S+( ; [^\\]+)? \\\n(\s+--hash=sha256:[0-9a-f]{64}( \\\n)?)+", entry
        )


@pytest.mark.parametrize("file", ["tests/requirements-lab", "benchmarks/requirements"])
def test_what_is_installed_over_the_book_changes_nothing_of_it(file: str) -> None:
    book = pins("requirements.lock")
    for name, own in pins(f"{file}.lock").items():
        if name in book:
            assert {str(p.specifier) for p in own} <= {str(p.specifier) for p in book[name]}


@pytest.mark.parametrize(
    "file", ["requirements.txt", "package-lock.json", *(f"{name}.lock" for name in LOCKS)]
)
def test_a_lock_names_no_host(file: str) -> None:
    text = (ROOT / file).read_text()
    assert not re.search(r"https?:|file:|index-url|find-links|resolved", text)


def test_an_advisory_must_be_accepted_and_still_apply() -> None:
    heard = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "aliases": ["Y-1"]}]}
    answer = {"dependencies": [heard, {"name": "b", "skip_reason": "not found"}]}
    assert verdict(answer, {"Y-1": "not used"})[0] == 0
    assert verdict(answer, {}) == (
        1,
        "audit: 1 of 2 distributions heard of, 1 advisories\n  not accepted: a 1: X-1",
    )
    code, text = verdict(answer, {"X-1": "", "Z-1": ""})
    assert code == 1
    assert "no longer applies: Z-1" in text


@pytest.mark.parametrize(
    ("says", "code", "shown"),
    [
        ("print('no json'); sys.exit('unknown option --format')", 1, "unknown option --format"),
        ("sys.exit('ConnectionError: no route')", 0, "no advisory service was reached"),
    ],
)
def test_an_audit_that_fails_is_not_taken_for_one_without_a_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], says: str, code: int, shown: str
) -> None:
    program = tmp_path / "pip-audit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; {says}"\n')
    program.chmod(0o755)
    assert audit.main(str(program)) == code
    assert shown in capsys.readouterr().out
