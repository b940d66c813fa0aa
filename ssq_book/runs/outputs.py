"""The numbers that a chapter computes, known from its text and its code without running it."""

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


def _patterns(chapter: Chapter) -> list[str]:
    """Return regular expressions of the names that a chapter's `gluer` glues; else of any name."""
    code = "\n".join(_cells(chapter, "code"))
    gluer = re.search(r'^(\w+) = gluer\("(.+)"\)$', code, re.MULTILINE)
    if gluer is None:  # a notebook of another kind
        return [".*"]
    show, prefix = gluer.groups()
    calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    given = (word for call in calls if ast.unparse(call.func) == show for word in call.keywords)
    return [f"{prefix}-{key.replace('_', '-')}" for word in given for key in _keys(word)]


def _keys(number: ast.keyword) -> list[str]:
    """Return patterns of the names in `name=1` and `**{f"name_{k}": 1}`, or of any."""
    keys: list[ast.expr | None] = [None]
    match number:
        case ast.keyword(str(name)):
            keys = [ast.Constant(name)]
        case ast.keyword(None, ast.Dict(found)):
            keys = found
        case ast.keyword(None, ast.DictComp(key)):
            keys = [key]
    texts = [ast.unparse(k) if isinstance(k, ast.Constant | ast.JoinedStr) else "{}" for k in keys]
    return [re.sub(r"\{.*?\}", ".*", text.removeprefix("f").strip("'\"")) for text in texts]


def _cells(chapter: Chapter, kind: str) -> list[str]:
    cells = json.loads(chapter.text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def names(chapter: Chapter) -> list[str]:
    """Return the names of a chapter's numbers: those that its text shows, and those spelled out."""
    shown = MENTION.findall("\n".join(_cells(chapter, "markdown")))
    spelled = [name for name in _patterns(chapter) if ".*" not in name]
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
