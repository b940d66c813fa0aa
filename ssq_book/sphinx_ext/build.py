"""A Sphinx extension that keeps the built book true to what it was built from.

The execution cache knows a notebook by its cells alone, Sphinx a page by its source alone. So the
cache's path holds a hash of all that the chapters compute from (`sources`), and every page is read
and written anew. Chapters run side by side, one on each core. SSQ_BUILD tells their kernels that
there will be none behind the pages. A link within the book that leads nowhere is a warning, and so
fails `make book`.
"""

import os
import re
import shutil
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from ssq_book.runs import execution
from ssq_book.sphinx_ext import links
from ssq_book.studies import sources

LOG = logging.getLogger(__name__)
CACHES = Path("_build", "cache")
SCRIPTS = "*.js"  # of the library: in what a cell shows, though in no number
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SPECIAL = re.compile(r"[|*]|(?<=\w)_(?!\w)")


def _pin_inputs(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    caches = root / CACHES
    chapters = (path.read_text(encoding="utf-8") for path in root.glob("notebooks/*.ipynb"))
    files = {*sources.of_notebooks(chapters), *sources.files(SCRIPTS), root / "requirements.txt"}
    config.book_content = sources.code_hash(files)
    cache = caches / config.book_content
    config.nb_execution_cache_path = str(cache)
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old)


def _run_chapters(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run the chapters that the cache lacks side by side; Sphinx then finds them in it.

    One that fails is run again by Sphinx, which tells why.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    execution.use_kernels_of_this_environment(Path(app.config.nb_execution_cache_path, "ipython"))
    for path in map(str, map(env.doc2path, pages)):
        if path.endswith(".ipynb"):
            cache.add_nb_to_project(path)
    running = load_executor("local-parallel", cache)
    for record in running.get_records():
        LOG.info("Executing notebook: %s", record.uri)
    running.run_and_cache(timeout=app.config.nb_execution_timeout)


def _check_links(app: Sphinx, exception: Exception | None) -> None:
    html = Path(app.outdir)
    pages = [page for page in sorted(app.env.found_docs) if (html / f"{page}.html").exists()]
    if not exception and app.builder.name == "html":
        for fault in links.broken(html, pages):
            LOG.warning("broken link: %s", fault, type="link", subtype="broken")


def _as_markdown(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Let docstrings mean what they mean to a reader: `code` is code, and no | is special."""
    parts = CODE.split("\n".join(lines))  # text, code, text, ...
    parts[::2] = [SPECIAL.sub(r"\\\g<0>", part) for part in parts[::2]]
    parts[1::2] = [f"\\ ``{part}``\\ " for part in parts[1::2]]
    lines[:] = "".join(parts).split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    os.environ["SSQ_BUILD"] = "1"
    app.connect("config-inited", _pin_inputs)
    app.connect("env-before-read-docs", _run_chapters)
    if "sphinx.ext.autodoc" in app.extensions:
        app.connect("autodoc-process-docstring", _as_markdown)
    app.connect("env-get-outdated", lambda app, env, *_: env.found_docs)
    app.connect("build-finished", _check_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
