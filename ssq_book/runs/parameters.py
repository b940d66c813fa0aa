"""A notebook's parameters: read from its cell without running it, and set from a command line."""

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ssq_book import catalogue, limits
from ssq_book.limits import Value
from ssq_book.studies.sources import ROOT

CHAPTERS = ", ".join(catalogue.CHAPTERS)
KINDS: dict[str, type[Value]] = {"bool": bool, "int": int, "float": float, "str": str}
BY = ("version", "sources")  # of what a number was computed by
RESERVED = ("chapter", "name", "value", *BY, "seconds")  # columns that are no parameters
INTEGER = re.compile(r"[+-]?\d+")
MAX_DIGITS = 40  # of an integer
MAX_VALUES = 10_000  # of one axis of a sweep
SPAN = re.compile(r"([+-]?\d+)\.\.([+-]?\d+)")


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: `k: int = 3  # sampled agents`."""

    name: str
    kind: type[Value]
    default: Value
    meaning: str

    def convert(self, text: str) -> Value:
        """Return `text` as a value of the declared type; nothing is evaluated."""
        if self.kind is str:
            if not text.isprintable():  # also bytes that are no UTF-8
                raise ValueError(f"{self.name} must be printable text, got {text!r}")
            return text
        if self.kind is bool and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if self.kind is int and INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if self.kind is float:
            try:
                return float(text)
            except ValueError:
                pass
        wanted = {bool: "true or false", int: "an integer", float: "a number"}[self.kind]
        shown = text if len(text) <= MAX_DIGITS else f"{text[:MAX_DIGITS]}…"
        raise ValueError(f"{self.name} must be {wanted}, got {shown!r}")

    def convert_all(self, text: str) -> list[Value]:
        """Return the values of an axis: `1..6` (integers, both ends), `10,30`, or both mixed."""
        values: list[Value] = []
        for part in text.split(","):
            span = SPAN.fullmatch(part)
            if span and self.kind is int and len(part) <= MAX_DIGITS:
                low, high = map(int, span.groups())
                if low > high:
                    raise ValueError(f"{self.name} must rise in a range, got {part}")
                if high - low >= MAX_VALUES:
                    raise ValueError(
                        f"{self.name} must have at most {MAX_VALUES} values, got {part}"
                    )
                values += range(low, high + 1)
            else:
                values.append(self.convert(part))
        if len(set(values)) < len(values):
            raise ValueError(f"{self.name} must be given each value once, got {text}")
        return values


@dataclass(frozen=True)
class Chapter:
    """A notebook: its name, its text as it is on disk, and its parameters."""

    name: str
    path: Path
    text: str
    parameters: tuple[Parameter, ...]

    @property
    def source(self) -> str:
        """The notebook as its figures name it: its folder and its file."""
        return f"{self.path.resolve().parent.name}/{self.path.name}"

    @property
    def defaults(self) -> dict[str, Value]:
        """The default of every parameter, in the order of the cell."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    @property
    def limits(self) -> dict[str, limits.Limit]:
        """The declared limits, or none for a notebook that is not a chapter of this book."""
        declared = limits.of(self.name)
        names = {part for name in declared for part in name.split(" + ")}
        return declared if names == set(self.defaults) else {}

    def parameter(self, name: str) -> Parameter:
        """Return a parameter by name, or raise ValueError with the nearest name there is."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        near = difflib.get_close_matches(name, self.defaults, n=1, cutoff=0.5)
        hint = f"the nearest is {near[0]}" if near else f"it has {', '.join(self.defaults)}"
        raise ValueError(f"{self.name} has no parameter {name}; {hint}")

    def values(self, changed: Mapping[str, Value]) -> dict[str, Value]:
        """Return all parameters with some changed, or raise ValueError for an impossible value."""
        out = self.defaults | dict(changed)
        if self.limits:
            limits.check_values(self.limits, out)
        return out

    def _given(self, settings: Iterable[str]) -> dict[str, str]:
        """Return the text of each `name=text`, or raise ValueError for a wrong name."""
        out: dict[str, str] = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            if not (name and equals):
                raise ValueError(f"-p takes name=value, got {setting!r}")
            if self.parameter(name).name in out:
                raise ValueError(f"{name} must be given once, got it twice")
            out[name] = text
        return out

    def axes(self, settings: Iterable[str]) -> dict[str, list[Value]]:
        """Return the values of each `name=values`, in the order given."""
        given = self._given(settings)
        return {name: self.parameter(name).convert_all(text) for name, text in given.items()}

    def settings(self, settings: Iterable[str]) -> dict[str, Value]:
        """Return the one value of each `name=value`; raises ValueError as `axes` does."""
        given = self._given(settings)
        return {name: self.parameter(name).convert(text) for name, text in given.items()}


def parse(source: str) -> tuple[Parameter, ...]:
    """Return the parameters of a cell, whose defaults must be literals of the declared types."""
    try:
        lines = ast.parse(source).body
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        raise ValueError(f"the parameters cell is not Python: {error}") from None
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    out = []
    for line in lines:
        text = ast.unparse(line)
        if not isinstance(line, ast.AnnAssign) or line.value is None:
            raise ValueError(f"parameters must read name: type = value, got {text}")
        try:
            default = ast.literal_eval(line.value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise ValueError(f"a parameter's default must be a literal, got {text}") from None
        kind = KINDS.get(ast.unparse(line.annotation))
        if kind is float and type(default) is int:
            default = float(default)
        if kind is None or type(default) is not kind or not isinstance(line.target, ast.Name):
            raise ValueError(f"a parameter must be an int, float, bool or str, got {text}")
        if line.target.id in RESERVED:
            raise ValueError(f"a parameter must not be called as a column of results, got {text}")
        out.append(Parameter(line.target.id, kind, default, comments.get(line.end_lineno or 0, "")))
    return tuple(out)


def find(notebook: str) -> Path:
    """Return the path of a notebook given by path or by a chapter's bare name."""
    path = Path(notebook)
    if path.suffix == ".ipynb" and path.is_file():
        return path.resolve()
    folders = [Path("notebooks"), ROOT / "notebooks"]
    for folder in folders:
        if (folder / f"{notebook}.ipynb").is_file():
            return (folder / f"{notebook}.ipynb").resolve()
    near = difflib.get_close_matches(path.stem, catalogue.CHAPTERS, n=1)
    chapters = ", ".join(catalogue.CHAPTERS)
    hint = f"the nearest chapter is {near[0]}" if near else f"the chapters are {chapters}"
    if not any(folder.is_dir() for folder in folders):
        hint = f"chapters come with a checkout of the project, {folders[1]} is not there"
    raise ValueError(f"notebook {notebook!r} is neither a file nor a chapter's name; {hint}")


def read(notebook: str) -> Chapter:
    """Read a notebook given by path or bare name, and the parameters it declares."""
    import nbformat  # here alone: a worker, which gets values, need not load it

    path = find(notebook)
    try:
        text = path.read_text(encoding="utf-8")
        cells = nbformat.reads(text, as_version=4).cells
        found = [str(c.source) for c in cells if "parameters" in c.metadata.get("tags", [])]
    except Exception:  # foreign JSON can fail in any way
        raise ValueError(f"{path} is not a notebook") from None
    if len(found) != 1:
        raise ValueError(f"{path} must have one cell tagged parameters, got {len(found)}")
    return Chapter(path.stem, path, text, parse(found[0]))


def listing(chapter: Chapter) -> str:
    """Return the parameters as a table: name, type, default, limits and meaning."""
    rows = [("name", "type", "default", "limits", "meaning")]
    limits = chapter.limits
    for p in chapter.parameters:
        limit = str(limits.get(p.name, ""))
        rows.append((p.name, p.kind.__name__, str(p.default), limit, p.meaning))
    rows += [(name, "", "", str(limit), "") for name, limit in limits.items() if " + " in name]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
