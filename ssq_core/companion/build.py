"""A Sphinx extension that keeps the built book true to what it was built from.

The execution cache knows a notebook by its cells alone, and Sphinx knows a page by its source
alone: with either, a change in the library would leave old numbers on the pages. Here the cache's
path holds a fingerprint of all that a chapter can compute from, a change anywhere has every page
written anew (numbers travel between chapters, and the chapters' list is on every page), and a build
that ended with a warning is never the base of the next one. The chapters' kernels find SSQ_BUILD
set: behind their pages there will be no kernel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from ssq_core.companion.markup import mended

PACKAGE = Path(__file__).parents[1]  # what the kernels import: they run in this same environment
CACHES = Path("_build", "cache")
INPUTS = ("requirements.txt", "results")  # beside the library, what a chapter's numbers come from
ASSETS = ("book/assets", "book/vendor")


def fingerprint(*roots: Path) -> str:
    """Return a hash of the names and contents of files and of all files below folders.

    Compiled and hidden files do not count; a root that does not exist counts as empty.
    """
    digest = hashlib.sha256()
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            name = path.relative_to(root.parent)
            if path.is_file() and not any(p == "__pycache__" or p[0] == "." for p in name.parts):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{name.as_posix()}\0{content}\0".encode())
    return digest.hexdigest()[:16]


def _pin_inputs(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    caches = root / CACHES
    cache = caches / fingerprint(PACKAGE, *(root / name for name in INPUTS))
    config.nb_execution_cache_path = str(cache)
    os.environ["SSQ_BUILD"] = str(cache.resolve() / "views")  # what chapters draw for each other
    config.book_assets = fingerprint(*(root / name for name in ASSETS))
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old)


def _all_or_none(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    return env.found_docs if added or changed or removed else ()


def _forget_a_faulty_build(app: Sphinx, exception: Exception | None) -> None:
    if exception or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def _mend(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if "body" in context:
        context["body"] = mended(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    os.environ["SSQ_BUILD"] = "1"
    app.add_config_value("book_assets", "", "html")
    app.connect("config-inited", _pin_inputs)
    app.connect("env-get-outdated", _all_or_none)
    app.connect("html-page-context", _mend)
    app.connect("build-finished", _forget_a_faulty_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
