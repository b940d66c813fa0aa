"""Every file can be read at a sitting, and every function at a glance."""

from __future__ import annotations

import ast
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("ssq_core", "benchmarks", "tests")
FILES = sorted(f for own in FOLDERS for f in glob(f"{own}/**/*.py", root_dir=ROOT, recursive=True))
FILE_LINES, FUNCTION_LINES = 300, 60


def too_long(text: str) -> list[str]:
    """Return what is too long in a source: itself, and its functions by name."""
    lines = len(text.splitlines())
    out = [f"{lines} lines"] if lines > FILE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = (node.end_lineno or 0) - node.lineno + 1
            out += [f"{node.name}: {own} lines"] if own > FUNCTION_LINES else []
    return out


def test_no_file_has_over_300_lines_and_no_function_over_60() -> None:
    assert len(FILES) > 200
    found = {name: too_long((ROOT / name).read_text()) for name in FILES}
    assert {name: own for name, own in found.items() if own} == {}


def body(lines: int) -> str:
    return "async def f():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n" * 300, []),
        ("x = 1\n" * 301, ["301 lines"]),
        (body(60), []),
        (body(61), ["f: 61 lines"]),
        (f"class C:\n    {body(61).replace(chr(10), chr(10) + '    ')}", ["f: 61 lines"]),
    ],
)
def test_what_is_too_long_is_named(text: str, found: list[str]) -> None:
    assert too_long(text) == found
