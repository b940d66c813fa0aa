"""Where every figure of the book comes from, in a line under it.

`line` writes the words. As a Sphinx extension the module puts them under each picture that a code
cell of a chapter drew. A cell that draws stored results names them in its metadata, as in
`"results": ["demand_response_n8"]` for `results/demand_response_n8.csv`.

A page without code cells draws a stored result by a directive; its content is the caption:

    ```{drawn} gap_at_a_glance
    :results: demand_response_n8
    :alt: What the picture shows, in words.

    What the caption says.
    ```

It calls the function of that name in `chapters.intro` with the table of the result.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import ssq_core
from ssq_book import catalogue
from ssq_book.chapters.performance import measurements as performance
from ssq_book.runs import parameters
from ssq_book.studies import study
from ssq_book.studies.provenance import RESULTS


def stored(name: str, folder: Path = RESULTS) -> str:
    """Return when and by which command `name`.csv was made; ValueError if it is damaged."""
    path = folder / f"{name}.csv"
    if path.with_suffix(".json").exists():  # `make bench` describes its table beside it
        performance.measurements(path)  # refuses a table that is not the described one
        made, command = str(performance.description(path)["date"]), "make bench"
    else:
        table = study.read(path)
        moment = datetime.fromisoformat(str(table["made"].max()))
        made, command = f"{moment:%Y-%m-%d %H:%M} UTC", str(table["command"].iloc[0])
    return f"results/{name}.csv, made {made} by {command}"


def line(
    source: str, values: Mapping[str, object], content: str, results: Iterable[str] = ()
) -> str:
    """Return what made a figure: its source, parameters with the seed, version, content, results.

    `content` is the hash by which the build keeps its cache: library, pins and stored results.
    """
    given = ", ".join(f"{name} = {value}" for name, value in values.items())
    parts = [source, *([given] if given else [])]
    parts.append(f"ssq_core {ssq_core.__version__}, content {content}")
    return "Origin: " + "; ".join([*parts, *map(stored, results)])


def _draws(cell: nodes.Element) -> bool:
    pictures = any(True for _ in cell.findall(nodes.image))
    return pictures or any("<img" in raw.astext() for raw in cell.findall(nodes.raw))


def _pictures(doctree: nodes.document) -> list[nodes.container]:
    """Return the code cells of a chapter that drew one."""
    cells = doctree.findall(nodes.container)
    return [cell for cell in cells if cell.get("nb_element") == "cell_code" and _draws(cell)]


def add_lines(
    doctree: nodes.document, source: str, values: Mapping[str, object], content: str
) -> int:
    """Put the line under every picture of a chapter's code cells; return how many."""
    cells = _pictures(doctree)
    for cell in cells:
        text = line(source, values, content, cell["cell_metadata"].get("results", ()))
        cell.append(nodes.paragraph(text, text, classes=["origin"]))
    return len(cells)


class _Drawn(SphinxDirective):
    """A figure of a stored result, with its caption and its line of origin."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "results": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        name, result = self.arguments[0], self.options["results"]
        drawing = io.BytesIO()
        picture = getattr(catalogue.module("intro"), name)(study.read(RESULTS / f"{result}.csv"))
        picture.savefig(drawing, format="png", metadata={"Software": None})
        uri = f"data:image/png;base64,{base64.b64encode(drawing.getvalue()).decode()}"
        caption = nodes.caption()
        (first,) = self.parse_content_to_nodes()
        caption += first.children
        figure = nodes.figure("", nodes.image(uri=uri, alt=self.options["alt"]), caption)
        self.set_source_info(figure)
        self.add_name(figure)
        page, drawer = f"{self.env.docname}.md", f"ssq_book.chapters.intro.{name}"
        text = line(f"{page} by {drawer}", {}, self.config.book_content, [result])
        below = nodes.paragraph(text, text, classes=["origin"], support_smartquotes=False)
        return [figure, below]


def _read(app: Sphinx, doctree: nodes.document) -> None:
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb" and _pictures(doctree):
        chapter = parameters.read(str(path))
        add_lines(doctree, chapter.source, chapter.defaults, app.config.book_content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    app.add_directive("drawn", _Drawn)
    app.connect("doctree-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
