"""Where every figure of the book comes from, in a folded line under it.

The extension puts the line of `studies.origin` under each picture that a code cell of a chapter
drew. A cell that draws stored results names them in its metadata, as in
`"results": ["demand_response_n8"]` for `results/demand_response_n8.csv`.

A page without code cells draws a stored result by a directive; its content is the caption:

    ```{drawn} pipeline
    :results: demand_response_n8
    :alt: What the picture shows, in words.

    What the caption says.
    ```

It calls the function of that name in `chapters.intro` with the table of the result.
"""

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ssq_book import catalogue
from ssq_book.runs import parameters
from ssq_book.studies import study
from ssq_book.studies.origin import line
from ssq_book.studies.sources import RESULTS


def _folded(text: str) -> nodes.raw:
    """Return a line that is unfolded by a click."""
    line = f'<p class="origin">{escape(text)}</p>'
    line = f'<details class="about"><summary>Origin of the figure</summary>{line}</details>'
    return nodes.raw("", line, format="html")


def add_lines(
    doctree: nodes.document, source: str, values: Mapping[str, object], content: str
) -> None:
    """Put the line under every picture that a code cell of a chapter drew."""
    for cell in doctree.findall(nodes.container):
        drawn = (raw for raw in cell.findall(nodes.raw) if "<img" in raw.astext())
        if cell.get("nb_element") == "cell_code" and [*cell.findall(nodes.image), *drawn]:
            results = cell["cell_metadata"].get("results", ())
            cell.append(_folded(line(source, values, content, results)))


class FigureOfResults(SphinxDirective):
    """A figure of stored results: its content is the caption, its line of origin stands below."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "results": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "name": directives.unchanged,
    }

    def figure(self, picture: nodes.Node, drawer: str, results: Iterable[str]) -> list[nodes.Node]:
        """Return the figure of a picture that `drawer` made from stored results."""
        (caption,) = self.parse_content_to_nodes()
        figure = nodes.figure("", picture, nodes.caption("", "", *caption.children))
        self.set_source_info(figure)
        self.add_name(figure)
        source = f"{self.env.docname}.md by {drawer}"
        return [figure, _folded(line(source, {}, self.config.book_content, results))]


class _Drawn(FigureOfResults):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name, result = self.arguments[0], self.options["results"]
        drawing = io.BytesIO()
        picture = getattr(catalogue.module("intro"), name)(study.read(RESULTS / f"{result}.csv"))
        picture.savefig(drawing, format="png", metadata={"Software": None})
        uri = f"data:image/png;base64,{base64.b64encode(drawing.getvalue()).decode()}"
        image = nodes.image(uri=uri, alt=self.options["alt"])
        return self.figure(image, f"ssq_book.chapters.intro.{name}", [result])


def _read(app: Sphinx, doctree: nodes.document) -> None:
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb":
        chapter = parameters.read(str(path))
        rerun = nbformat.reads(chapter.text, 4).metadata.get("papermill", {})
        values = chapter.defaults | rerun.get("parameters", {})
        add_lines(doctree, chapter.source, values, app.config.book_content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    app.add_config_value("book_content", "", "env")
    app.add_directive("drawn", _Drawn)
    app.connect("doctree-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
