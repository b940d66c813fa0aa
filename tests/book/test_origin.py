"""Under every figure a line says where it comes from, and every stored result it names is there."""

from docutils import nodes
from docutils.utils import new_document

import ssq_core
from ssq_book.sphinx_ext.origin import add_lines
from ssq_book.studies import origin


def cell(*children: nodes.Node, **metadata: object) -> nodes.container:
    own = nodes.container("", *children, nb_element="cell_code")
    own["cell_metadata"] = metadata
    return own


def page(*cells: nodes.Node) -> nodes.document:
    document = new_document("page")
    document.extend(cells)
    return document


def test_a_line_names_chapter_parameters_version_content_and_results() -> None:
    text = origin.line(
        "notebooks/queueing.ipynb", {"k": 3, "seed": 0}, "0123abcd", ["demand_response_n8"]
    )
    start = f"Origin: notebooks/queueing.ipynb; k = 3, seed = 0; ssq_core {ssq_core.__version__}"
    assert text.startswith(f"{start}, content 0123abcd; results/demand_response_n8.csv, made 20")
    assert text.endswith(" by python -m ssq_book.studies --only demand_response_n8")


def test_every_picture_of_a_code_cell_gets_a_line_and_nothing_else_does() -> None:
    image, explorer = nodes.image(uri="a.png"), nodes.raw("", '<img src="b">', format="html")
    drawn, moved = cell(image), cell(explorer, results=["benchmarks"])
    silent, prose = cell(nodes.literal_block("", "1")), nodes.paragraph("", "", nodes.image())
    document = page(drawn, moved, silent, prose)
    add_lines(document, "notebooks/a.ipynb", {"seed": 3}, "0123")
    assert "notebooks/a.ipynb; seed = 3; " in drawn[-1].astext()
    assert all("<details" in own[-1].astext() for own in (drawn, moved))
    assert "by make bench" in moved[-1].astext()
    assert len(silent) == 1
    assert len(document) == 4
