"""What a module's numbers come from: the code of it and of what it imports, as one hash.

Comments, docstrings and blank lines do not count: a result is not old because words have changed.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SILENT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(text: str) -> dict[int, str]:
    """Return the lines of a program that hold code, by number: no comments, no docstrings."""
    lines, used, documented = text.splitlines(), set[int](), set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node
        ):
            documented |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
        elif token.type not in SILENT:
            used |= set(range(token.start[0], token.end[0] + 1))
    return {number: lines[number - 1] for number in sorted(used - documented)}


@lru_cache(maxsize=512)
def _code(text: str) -> tuple[str, ...]:
    return tuple(code_lines(text).values())


def code_hash(paths: Iterable[Path]) -> str:
    """Return a hash of the names and the code of Python files, given in any order."""
    parts = sorted([path.name, *_code(path.read_text(encoding="utf-8"))] for path in paths)
    text = "\0".join("\n".join(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def solvers() -> list[Path]:
    """Return the files of the library without the companion."""
    return [*PACKAGE.glob("*.py"), *(PACKAGE / "systems").rglob("*.py")]


def companions(path: Path) -> set[Path]:
    """Return `path` and the files of the companion that it imports, and those that they import.

    What only keeps results (`paper.study`) does not decide them, and is left out.
    """
    found, left = set[Path](), {path}
    while left:
        found |= left
        left = {other for one in left for other in _imported(one)} - found
    return found


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            place = PACKAGE.parent.joinpath(*name.split("."))
            own = place.with_suffix(".py")
            if name.startswith("ssq_core.companion.") and name != "ssq_core.companion.paper.study":
                yield from (file for file in (own, place / "__init__.py") if file.is_file())
