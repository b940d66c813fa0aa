"""A run notebook as one HTML file that fetches nothing: Sphinx's page of it, made whole.

Sphinx reads the notebook as it reads the book's, with its numbers in its prose. Formulas become
MathML, which needs no script, and pictures and style sheets are put into the page. What is on
another page of the book, and so cannot be linked to, stands as text.
"""

import base64
import mimetypes
import re
import tempfile
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from sphinx.util.math import get_node_equation_number

from ssq_book.runs.parameters import Chapter
from ssq_book.studies.sources import ROOT

TEX = (  # what docutils's reader of formulas does not know, in words that it does
    (re.compile(r"\\([td]?frac)\s*(\w)\s*(\w)"), r"\\\1{\2}{\3}"),
    (re.compile(r"\\\\\[[\d.]+[a-z]+\]"), r"\\\\"),
    (re.compile(r"(begin|end)\{gathered\}"), r"\1{aligned}"),
    (re.compile(r"\\dots(?![a-z])"), r"\\ldots"),
)
INLINE = re.compile(r"\\\((.*?)\\\)", re.DOTALL)  # a formula in a cell's own HTML
TAG = re.compile(r"<[^>]*>")
PICTURE = re.compile(r'(?<=src=")(?:\.\./)*(_images/[^"]+)(?=")')
WORKS = ROOT / "book" / "references.bib"
EXTENSIONS = (
    *("myst_nb", "sphinx_proof", "sphinxcontrib.bibtex", "ssq_book.runs.page"),
    *(f"ssq_book.sphinx_ext.{name}" for name in ("markup", "origin", "results", "verdicts")),
)
BIBLIOGRAPHY = "## References\n\n```{bibliography}\n:filter: docname in docnames\n```"
SETTINGS = {
    "extensions": EXTENSIONS,
    "html_theme": "basic",
    "html_math_renderer": "mathml",
    "html_permalinks": False,
    "pygments_style": "default",
    "nb_execution_mode": "off",
    "numfig": True,
    "proof_title_format": "%t",
    "math_numfig": False,
    "myst_enable_extensions": [
        *("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution")
    ],
    "bibtex_bibfiles": [str(WORKS)],
    "bibtex_reference_style": "author_year",
}
STYLE = """
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.55;
  font-family: system-ui, sans-serif; color: #222; background: #fff; }
pre { padding: 0.6rem 0.8rem; overflow-x: auto; font-size: 0.86rem; }
img { max-width: 100%; height: auto; }
figure { margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 0.2rem 0.7rem; border-bottom: 1px solid #ddd; text-align: left; }
.proof, .admonition { margin: 1rem 0; padding: 0.1rem 1rem; border-left: 3px solid #3b6ea5; }
.admonition-title { font-weight: bold; }
.math { overflow-x: auto; }
.eqno { float: right; }
details.about { font-size: 0.75rem; color: #555; overflow-wrap: anywhere; }
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}</style></head>
<body><main>{body}</main></body></html>
"""


def mathml(tex: str, block: bool = False) -> str:
    """Return a formula as MathML; raises MathError for one that cannot be read."""
    for pattern, plain in TEX:
        tex = pattern.sub(plain, tex)
    return str(tex2mathml(tex, as_block=block))


def _inline(found: re.Match[str]) -> str:
    try:
        return mathml(unescape(found[1]))
    except MathError:
        return found[0]


def _visit_math(self: Any, node: nodes.math | nodes.math_block) -> None:
    block = isinstance(node, nodes.math_block)
    tag = "div" if block else "span"
    try:
        formula = mathml(node.astext(), block)
    except MathError:
        formula = f"<code>{self.encode(node.astext())}</code>"
    self.body.append(self.starttag(node, tag, "", CLASS="math"))
    if block and node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append(f"{formula}</{tag}>")
    raise nodes.SkipNode


def _embedded(out: Path, body: str) -> str:
    """Return a page's body with the pictures of `out` in it, and cells' formulas as MathML."""

    def picture(found: re.Match[str]) -> str:
        data = base64.b64encode((out / found[1]).read_bytes()).decode()
        return f"data:{mimetypes.guess_type(found[1])[0]};base64,{data}"

    return PICTURE.sub(picture, INLINE.sub(_inline, body))


def render(notebook: nbformat.NotebookNode, chapter: Chapter, content: str) -> str:
    """Return a run of `chapter` as one page; under its figures is the line of origin."""
    kept: dict[str, str] = {}

    def keep(app: Sphinx, page: str, template: str, context: dict[str, str], doctree: Any) -> None:
        if page == app.config.root_doc:
            kept.update(title=context["title"], body=context["body"])

    notebook = nbformat.from_dict(notebook)
    if "{cite" in chapter.text:
        notebook.cells.append(nbformat.v4.new_markdown_cell(BIBLIOGRAPHY))
    name = Path(chapter.source).with_suffix("").as_posix()
    settings = SETTINGS | {"root_doc": name, "book_content": content}
    with tempfile.TemporaryDirectory(prefix="ssq-") as folder, docutils_namespace():
        out, source = Path(folder, "html"), Path(folder, "source")
        (source / chapter.source).parent.mkdir(parents=True)
        (source / chapter.source).write_text(nbformat.writes(notebook), encoding="utf-8")
        where = (str(source), None, str(out), str(out))
        app = Sphinx(*where, "html", settings, status=None, warning=StringIO())
        app.connect("html-page-context", keep, priority=900)  # the last to change a page
        app.build()
        sheets = (out / "_static" / "pygments.css", *(out / "_static").glob("mystnb*.css"))
        style = STYLE + "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
        title = TAG.sub("", kept["title"])
        return PAGE.format(title=title, style=style, body=_embedded(out, kept["body"]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Set formulas as MathML (called by Sphinx)."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
