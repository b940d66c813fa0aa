"""The numbers that a chapter computes, known from its text and its code without running it."""

from __future__ import annotations

import ast
import difflib
import json
import math
import re
import textwrap
from collections.abc import Iterable, Sized

from ssq_book import catalogue
from ssq_book.runs.parameters import Chapter

MENTION = re.compile(r"\{glue:\w*\}`([^`:]+)(?::[^`:]+)?`")  # not another page's, `page::name`


def _pattern(name: ast.expr) -> str:
    """Return a regular expression of the names that an expression can be."""
    match name:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(map(_pattern, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _pattern(left) + _pattern(right)
    return ".*"


def _patterns(chapter: Chapter) -> list[str]:
    """Return regular expressions of the names glued: by `glue`, and by what `gluer` returned."""
    out: list[str] = []
    prefixes: dict[str, str] = {}  # of the functions that `gluer` returned
    for source in _cells(chapter, "code"):
        try:
            nodes = list(ast.walk(ast.parse(source)))
        except SyntaxError:  # a notebook of another kind, with magics: it may glue anything
            return [".*"]
        for node in nodes:
            match node:
                case ast.Assign([ast.Name(name)], ast.Call(ast.Name("gluer"), [of])):
                    prefixes[name] = f"{_pattern(of)}-"
                case ast.Call(ast.Name("glue"), [name, *_]):
                    out.append(_pattern(name))
                case ast.Call(ast.Name(name), _, numbers) if name in prefixes:
                    for number in numbers:
                        keys = [_pattern(key) for key in _keys(number)]
                        out += [prefixes[name] + key.replace("_", "-") for key in keys]
    return out


def _keys(number: ast.keyword) -> list[ast.expr]:
    """Return the names in `name=1` and `**{"name": 1}`; what is neither may be any."""
    match number:
        case ast.keyword(str(name)):
            return [ast.Constant(name)]
        case ast.keyword(None, ast.Dict(keys)):
            return [key or ast.Name("_") for key in keys]
        case ast.keyword(None, ast.DictComp(key)):
            return [key]
    return [ast.Name("_")]


def _cells(chapter: Chapter, kind: str) -> list[str]:
    cells = json.loads(chapter.text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def names(chapter: Chapter) -> list[str]:
    """Return the names of a chapter's numbers: those that its text shows, and those spelled out."""
    shown = MENTION.findall("\n".join(_cells(chapter, "markdown")))
    spelled = [re.sub(r"\\(.)", r"\1", p) for p in _patterns(chapter) if ".*" not in p]
    return sorted({*shown, *spelled, *filter(None, [drawn(chapter, None)])})


def listing(chapter: Chapter) -> str:
    """Return the names of a chapter's numbers as text, with that which a sweep draws."""
    head, first = "numbers", drawn(chapter, None)
    if first:
        head += f", of which a sweep draws {first} unless --plot names another"
    return f"{head}:\n{textwrap.fill(', '.join(names(chapter)), 100, break_on_hyphens=False)}"


def drawn(chapter: Chapter, name: str | None) -> str | None:
    """Return what a sweep is to draw: `name`, or the chapter's own choice, or None for neither."""
    if name is None:
        return catalogue.module(chapter.name).SWEEP[0] if chapter.limits else None
    if not any(re.fullmatch(pattern, name) for pattern in _patterns(chapter)):
        raise unknown(name, names(chapter))
    return name


def unknown(name: str, names: Iterable[str]) -> ValueError:
    """Return the refusal of a number that is none of `names`, with the nearest."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0)
    hint = f"; the nearest is {near[0]}" if near else ""
    return ValueError(f"--plot must be a number that the chapter glues, got {name!r}{hint}")


def estimate(chapter: Chapter, workers: int | None, runs: Sized) -> str:
    """Return about how long `runs` take on so many workers, in words; nothing if it is unknown."""
    if not chapter.limits:
        return ""
    seconds = catalogue.module(chapter.name).SWEEP[1]
    words = f"a run with the default values takes about {seconds} s"
    if workers is None:  # as many as the scheduler will have
        return words
    whole = seconds * math.ceil(len(runs) / workers) / 60
    return f"{words}, all of them about {max(whole, 1):.0f} min"
