"""A Sphinx extension that keeps the built book true to what it was built from.

The execution cache knows a notebook by its cells alone, and Sphinx knows a page by its source
alone: with either, a change in the library would leave old numbers on the pages. Here the cache's
path holds a hash of all that the chapters compute from, by the rule of `sources`; a change anywhere
has every page written anew (numbers travel between chapters, and the chapters' list is on every
page), and a build that ended with a warning is never the base of the next one. The chapters'
kernels find SSQ_BUILD set: behind their pages there will be no kernel.

A link within the book that leads nowhere is a warning, whether Sphinx made it or it stands in a
page's own HTML, so that it fails `make book`.

The address of the repository, `repository_url` in `_config.yml`, is what the buttons to Binder and
Colab need; while it is empty there are none.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

from ssq_book.runs import rerun
from ssq_book.sphinx_ext import links
from ssq_book.sphinx_ext.markup import mended
from ssq_book.studies import sources
from ssq_book.studies.provenance import fingerprint

LOG = logging.getLogger(__name__)
CACHES = Path("_build", "cache")
SCRIPTS = "*.js"  # of the library: in what a cell shows, though in no number
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SPECIAL = re.compile(r"[|*]|(?<=\w)_(?!\w)")
BINDER, COLAB = "https://mybinder.org", "https://colab.research.google.com"
SHOWN = ("requirements.txt", "results", "book/assets", "book/templates", "book/vendor")


def ways_in(repository: str) -> dict[str, Any]:
    """Return the theme's options for buttons that lead to a repository, none for an empty address.

    Raises ValueError for an address that is not of the form https://host/owner/name.
    """
    if not repository:
        return {"repository_url": "", "use_repository_button": False, "launch_buttons": {}}
    parts = urlsplit(repository)
    if parts.scheme != "https" or len(parts.path.strip("/").split("/")) != 2:
        raise ValueError(
            f"repository_url must be like https://github.com/owner/name, got {repository!r}"
        )
    launch = {"binderhub_url": BINDER, "notebook_interface": "jupyterlab"}
    if parts.netloc == "github.com":
        launch["colab_url"] = COLAB  # which opens notebooks from there alone
    options = {"repository_url": repository.rstrip("/"), "use_repository_button": True}
    return options | {"launch_buttons": launch}


def addresses(repository: str, branch: str, docname: str) -> dict[str, str]:
    """Return where a chapter opens in a browser with a kernel: {"Binder": ..., "Colab": ...}."""
    launch = ways_in(repository)["launch_buttons"]
    place = urlsplit(repository).path.strip("/")
    out = {}
    if launch and "colab_url" in launch:
        out["Binder"] = f"{BINDER}/v2/gh/{place}/{branch}?urlpath=lab/tree/{docname}.ipynb"
        out["Colab"] = f"{COLAB}/github/{place}/blob/{branch}/{docname}.ipynb"
    return out


def _set_ways_in(app: Sphinx, config: Config) -> None:
    config.html_theme_options |= ways_in(config.html_theme_options.get("repository_url") or "")


def _open_elsewhere(app: Sphinx, doctree: nodes.document) -> None:
    """Add to a chapter's box on reruns where it opens without an installation."""
    options = app.config.html_theme_options
    branch = options.get("repository_branch") or "main"
    found = addresses(options["repository_url"], branch, app.env.docname)
    for box in doctree.findall(nodes.admonition):
        if "rerun" in box["classes"] and found:
            line = nodes.paragraph(text="Without installing anything: ")
            for i, (name, address) in enumerate(found.items()):
                line += nodes.Text(", " if i else "")
                line += nodes.reference("", f"open it on {name}", refuri=address, internal=False)
            line += nodes.Text(".")
            box += line


def _hold_kernel(app: Sphinx, config: Config) -> None:
    """Have the chapters run by this interpreter with this library, and end the build if not."""
    try:
        rerun.check_kernel(os.path.join(app.srcdir, "notebooks"))
    except rerun.ChapterFailed as error:
        raise ConfigError(str(error)) from None


def _pin_inputs(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    caches = root / CACHES
    chapters = (path.read_text(encoding="utf-8") for path in root.glob("notebooks/*.ipynb"))
    files = {*sources.of_notebooks(chapters), *sources.files(SCRIPTS)}
    cache = caches / sources.code_hash({*files, root / "requirements.txt"})
    config.nb_execution_cache_path = str(cache)
    os.environ["SSQ_BUILD"] = str(cache.resolve() / "views")  # what chapters draw for each other
    config.book_content = cache.name
    config.book_shown = fingerprint(*sources.PACKAGES, *(root / name for name in SHOWN))
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old)


def _all_or_none(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    return env.found_docs if added or changed or removed else ()


def _check_links(app: Sphinx, exception: Exception | None) -> None:
    html = Path(app.outdir)
    pages = [page for page in sorted(app.env.found_docs) if (html / f"{page}.html").exists()]
    if not exception and app.builder.name == "html":
        for fault in links.broken(html, pages):
            LOG.warning("broken link: %s", fault, type="link", subtype="broken")


def _forget_a_faulty_build(app: Sphinx, exception: Exception | None) -> None:
    if exception or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def _mend(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if "body" in context:
        context["body"] = mended(context["body"])


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
    app.add_config_value("book_shown", "", "env")
    app.add_config_value("book_content", "", "env")
    app.connect("config-inited", _hold_kernel)
    app.connect("config-inited", _pin_inputs)
    app.connect("config-inited", _set_ways_in)
    app.connect("doctree-read", _open_elsewhere)
    if "sphinx.ext.autodoc" in app.extensions:
        app.connect("autodoc-process-docstring", _as_markdown)
    app.connect("env-get-outdated", _all_or_none)
    app.connect("html-page-context", _mend)
    app.connect("build-finished", _check_links)
    app.connect("build-finished", _forget_a_faulty_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
