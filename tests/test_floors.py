"""The library's house: which module may import which, and how large its core may grow."""

from __future__ import annotations

import ast
from glob import glob
from pathlib import Path

import pytest

from ssq_core.companion import sources

ROOT = Path(__file__).parents[1] / "ssq_core"
DOOR = "checks"  # below the floors: what arguments are refused, and how
FLOORS = {
    1: ("frozen", "files", "multisets", "stopping", "memory", "progress"),
    2: ("model", "layout"),
    3: ("bellman", "sampling", "joint", "planning"),
    4: ("qtable", "iteration"),
    5: ("policy",),
    6: ("evaluation", "execution"),
}
BESIDE = ("constants", "bounds", "deviation", "concentration", "alpha_vectors", "mean_field")
FLOOR_OF = {module: floor for floor, modules in FLOORS.items() for module in modules}
OWN_FLOOR = {  # on one floor, in this order
    module: number for modules in FLOORS.values() for number, module in enumerate(modules)
}
LIMIT = 1750  # lines of code on the six floors, their door included


def imported(path: Path) -> set[str]:
    """Return the modules of the library that a file imports, wherever it does so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "ssq_core":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("ssq_core."):
            found.add(str(node.module).removeprefix("ssq_core."))
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("ssq_core.")
                for alias in node.names
                if alias.name.startswith("ssq_core")
            }
    return found


def code_lines(path: Path) -> int:
    """Return the number of lines that hold code: no blank lines, comments or docstrings."""
    return len(sources.code_lines(path.read_text()))


def test_every_module_stands_on_a_floor_or_beside() -> None:
    modules = {path.stem for path in ROOT.glob("*.py")} - {"__init__"}
    assert modules == {DOOR, *FLOOR_OF, *BESIDE}


@pytest.mark.parametrize("module", FLOOR_OF)
def test_a_floor_imports_only_from_below(module: str) -> None:
    for other in imported(ROOT / f"{module}.py") - {DOOR}:
        below = (FLOOR_OF[other], OWN_FLOOR[other]) < (FLOOR_OF[module], OWN_FLOOR[module])
        assert below, f"{module} imports {other}"


@pytest.mark.parametrize("path", [ROOT / f"{m}.py" for m in BESIDE], ids=BESIDE)
def test_what_stands_beside_imports_no_system_and_no_wing(path: Path) -> None:
    assert imported(path) <= {DOOR, *FLOOR_OF, *BESIDE}


@pytest.mark.parametrize("path", glob("systems/**/*.py", root_dir=ROOT, recursive=True))
def test_a_system_imports_nothing_of_the_wing(path: str) -> None:
    assert not any(name.startswith("companion") for name in imported(ROOT / path))


def test_the_core_stays_small() -> None:
    assert sum(code_lines(ROOT / f"{module}.py") for module in (DOOR, *FLOOR_OF)) <= LIMIT


def test_contributing_gives_both_sizes_of_the_core() -> None:
    whole = sum(code_lines(path) for path in ROOT.glob("*.py"))
    text = " ".join((ROOT.parent / "CONTRIBUTING.md").read_text().split())
    assert f"within {LIMIT:,} lines of code" in text
    assert f"is about {round(whole, -2):,} lines by the same count" in text


def test_the_door_imports_nothing_of_the_library() -> None:
    assert imported(ROOT / f"{DOOR}.py") == set()
