"""What a number comes from, as one hash: the one rule by which anything stored is old.

The rule is the same for the studies of `make paper`, points of a sweep, reruns, the book's cache of
executed chapters and the benchmarks. What counts is the code of a module or notebook, of all files
of these packages that it imports, wherever in it the import stands, and of all that those import. A
module that `ssq_core` loads when first touched counts where an attribute of its name is used, and
all modules of a package that loads them by `import_module`; a package that an import only passes
through does not count, nor does an import for type checkers. Tables (`*.toml`) in a package count
with it, and the stored results where code reads them. Comments, docstrings and blank lines do not
count, nor do scripts and style sheets of pages: a result is not old because words have changed.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import tokenize
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import ssq_core
from ssq_core import LAZY

ROOT = Path(__file__).parents[2]  # of the checkout that is installed
PACKAGES = (ROOT / "ssq_core", ROOT / "ssq_book")
RESULTS = ROOT / "results"
# Whoever reads stored results goes by these, which keep them.
KEEPERS = {ROOT / "ssq_book" / "studies" / f"{name}.py" for name in ("provenance", "study")}
SILENT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@lru_cache(maxsize=512)
def _code(text: str) -> tuple[str, ...]:
    """Return the lines of a program that hold code: no comments, docstrings and blank lines."""
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
    return tuple(lines[number - 1] for number in sorted(used - documented))


def code_hash(paths: Iterable[Path]) -> str:
    """Return a hash of the names and the code of files, given in any order; of data, of it all."""
    parts = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        parts.append([path.name, *(_code(text) if path.suffix == ".py" else [text])])
    content = "\0".join("\n".join(part) for part in sorted(parts))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def origin(files: Iterable[Path]) -> dict[str, str]:
    """Return the version of `ssq_core` and the hash of files: whether a number is of today."""
    return {"version": ssq_core.__version__, "sources": code_hash(files)}


def closure(roots: Iterable[Path], stored: bool = True) -> set[Path]:
    """Return `roots`, files of Python, and all files that their numbers come from.

    Without `stored`, what keeps results is left out, and so are they: for what is itself stored.
    """
    found, left = set[Path](), set(roots)
    while left:
        found |= left
        text = {path: path.read_text(encoding="utf-8") for path in left}
        left = {file for path in left for file in _imported(text[path], _package(path))}
        left -= found if stored else found | KEEPERS
    tables = {path for path in files("*.toml") if _owner(path) in found}
    results = {*RESULTS.glob("*.csv"), *RESULTS.glob("*.json")} if found & KEEPERS else set()
    return found | tables | results


def files(pattern: str) -> set[Path]:
    """Return the files of both packages whose names match."""
    return {path for package in PACKAGES for path in package.rglob(pattern)}


def of_notebooks(texts: Iterable[str]) -> set[Path]:
    """Return the files that the numbers of notebooks, given as their files' text, come from."""
    cells = [cell for text in texts for cell in json.loads(text)["cells"]]
    programs = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    try:
        return closure({path for text in programs for path in _imported(text, ())})
    except SyntaxError:
        return closure(files("*.py"))


def _package(path: Path) -> tuple[str, ...]:
    """Return the package that a file is in, by its parts."""
    inside = any(path.is_relative_to(package) for package in PACKAGES)
    return path.parent.relative_to(ROOT).parts if inside else ()


def _owner(path: Path) -> Path:
    """Return the file of the innermost package that a file lies in."""
    inits = (folder / "__init__.py" for folder in path.parents)
    return next(init for init in inits if init.is_file())


@lru_cache(maxsize=512)
def _imported(text: str, package: tuple[str, ...]) -> frozenset[Path]:
    """Return the files of the packages that the code of a module of `package` imports."""
    names, tree = set[str](), ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            imported = [alias.name for alias in node.names]
            names |= {base, *(f"{base}.{name}" for name in imported)}
            names |= {LAZY[name] for name in imported if base == "ssq_core" and name in LAZY}
        elif isinstance(node, ast.Attribute) and node.attr in LAZY:
            names.add(LAZY[node.attr])
        elif isinstance(node, ast.Name) and node.id == "import_module":
            beside = ROOT.joinpath(*package).glob("*.py")
            names |= {".".join([*package, path.stem]) for path in beside}
    places = [ROOT.joinpath(*n.split(".")) for n in names if n.startswith(("ssq_core", "ssq_book"))]
    found = (f for p in places for f in (p.with_suffix(".py"), p / "__init__.py"))
    return frozenset(f for f in found if f.is_file())
