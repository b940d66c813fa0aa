"""Where a source could evaluate, unpickle or run a text: a scan of its syntax."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from glob import glob
from pathlib import Path

FORBIDDEN = {
    *("eval", "exec", "compile", "__import__", "builtins", "__builtins__"),
    *("os.system", "os.popen", "runpy", "code", "codeop", "timeit.timeit", "timeit.repeat"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"),
    *(f"{m}.{f}" for m in ("pickle", "marshal", "cloudpickle", "dill") for f in ("load", "loads")),
    *("pickle.Unpickler", "shelve", "joblib.load", "torch.load"),
    *("yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load", "yaml.full_load_all"),
    *("pandas.read_pickle", "pandas.eval", "pandas.read_hdf", "numexpr.evaluate"),
    *("sympy.sympify", "sympy.S", "sympy.parse_expr", "sympy.parsing"),
}
FAMILIES = ("os.exec", "os.spawn", "os.posix_spawn")
SAFE_LOADERS = ("yaml.SafeLoader", "yaml.CSafeLoader")
QUERIES = ("query", "eval")  # pandas evaluates the text that these methods get
IMPORTS = ("importlib.import_module", "importlib.__import__", "importlib.reload")


def _names(tree: ast.AST) -> dict[str, str]:
    """Return what each imported name stands for."""
    out = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                out[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            out |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return out


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """Return the full name of a reference, or an empty text for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _forbidden(name: str) -> bool:
    parts = name.split(".")
    heads = {".".join(parts[: i + 1]) for i in range(len(parts))}
    return bool(heads & FORBIDDEN) or name.startswith(FAMILIES)


def _is(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _call(node: ast.Call, names: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with a call whose arguments decide."""
    name = _dotted(node.func, names)
    words = {word.arg: word.value for word in node.keywords}
    first = node.args[0] if node.args else None
    if name in ("numpy.load", "numpy.lib.format.read_array") and not _is(
        words.get("allow_pickle"), False
    ):
        yield f"{name} without allow_pickle=False"
    if name in ("yaml.load", "yaml.load_all"):
        given = words.get("Loader", node.args[1] if len(node.args) > 1 else None)
        if given is None or _dotted(given, names) not in SAFE_LOADERS:
            yield f"{name} without SafeLoader"
    if "shell" in words and not _is(words["shell"], False):
        yield f"{name} with a shell"
    if name in IMPORTS and not isinstance(first, ast.Constant):
        yield f"{name} of a computed name"
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if method in QUERIES and not isinstance(first, ast.Constant):
        yield f"a method {method} of a computed text"


def findings(source: str) -> list[str]:
    """Return what a source must not do, with its lines; a text that is no Python is one."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:  # in a notebook, a shell command or a magic
        return [f"line {error.lineno}: no Python"]
    names, out = _names(tree), []
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = _dotted(node, names)
            found = [name] if _forbidden(name) else []
        elif isinstance(node, ast.ImportFrom) and not node.level:
            full = (f"{node.module}.{alias.name}" for alias in node.names)
            found = [name for name in full if _forbidden(name)]
        elif isinstance(node, ast.Import):
            found = [alias.name for alias in node.names if _forbidden(alias.name)]
        elif isinstance(node, ast.Call):
            found = list(_call(node, names))
        out += [f"line {node.lineno}: {what}" for what in found]
    return out


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every source of the library, the benchmarks and the chapters' cells."""
    for folder in ("ssq_core", "ssq_book", "benchmarks"):
        for name in sorted(glob(f"{folder}/**/*.py", root_dir=root, recursive=True)):
            yield name, (root / name).read_text(encoding="utf-8")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                yield f"notebooks/{path.name} {cell['id']}", "".join(cell["source"])
