"""A run notebook as one HTML file: its own numbers in its prose, and nothing fetched from anywhere.

The parser is the book's, without Sphinx. What only Sphinx knows is set as plain text: theorems are
numbered within the page, and a reference to another page is its label. Formulas become MathML.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.body import MathBlock
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from docutils.writers import html5_polyglot
from myst_nb.docutils_ import Parser

from ssq_book.sphinx_ext.origin import add_lines
from ssq_book.studies import provenance

STATEMENTS = (
    *("theorem", "lemma", "proposition", "corollary", "definition", "algorithm"),
    *("remark", "example", "assumption", "proof"),
)
REFERENCES = ("prf:ref", "numref", "ref", "eq", "doc")
TEX = (  # what docutils's reader of formulas does not know, in words that it does
    (re.compile(r"\\([td]?frac)\s*(\w)\s*(\w)"), r"\\\1{\2}{\3}"),
    (re.compile(r"\\\\\[[\d.]+[a-z]+\]"), r"\\\\"),
    (re.compile(r"(begin|end)\{gathered\}"), r"\1{aligned}"),
    (re.compile(r"\\dots(?![a-z])"), r"\\ldots"),
)
INLINE = re.compile(r"\\\((.*?)\\\)", re.DOTALL)
TITLED = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)
STYLE = """
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.55;
  font-family: system-ui, sans-serif; color: #222; background: #fff; }
main { all: unset; }
pre { padding: 0.6rem 0.8rem; overflow-x: auto; background: #f5f5f5; font-size: 0.86rem; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 0.2rem 0.7rem; border-bottom: 1px solid #ddd; text-align: left; }
.statement, .admonition { margin: 1rem 0; padding: 0.1rem 1rem; border-left: 3px solid #3b6ea5; }
.math { overflow-x: auto; }
.origin { font-size: 0.75rem; color: #555; overflow-wrap: anywhere; }
"""


class Statement(Directive):  # type: ignore[misc]
    """A theorem or the like: a box headed by its kind, its number on the page and its title."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "label": directives.unchanged,
        "class": directives.unchanged,
        "nonumber": directives.flag,
        "enumerated": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        document: Any = self.state.document
        kind = self.name.removeprefix("prf:")
        head = kind.capitalize()
        if kind != "proof":
            counts = document.settings.ssq_counts
            counts[kind] = counts.get(kind, 0) + 1
            head = f"{head} {counts[kind]}"
        box = nodes.container(classes=["statement", kind])
        label = self.options.get("label")
        if label:
            identifier = nodes.make_id(label)
            box["ids"] = [identifier]
            document.settings.ssq_labels[identifier] = head
        title = nodes.paragraph()
        title += nodes.strong(text=head)
        if self.arguments:
            text, _ = self.state.inline_text(f". {self.arguments[0]}", self.lineno)
            title += text
        box += title
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class LabelledMath(MathBlock):  # type: ignore[misc]
    """A displayed formula that can be referred to."""

    option_spec: ClassVar[dict[str, Any]] = {
        **(MathBlock.option_spec or {}),
        "label": directives.unchanged,
        "nowrap": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the formula, with its label as an anchor."""
        label = self.options.pop("label", None)
        self.options.pop("nowrap", None)
        out: list[nodes.Node] = MathBlock.run(self)
        if label:
            labels = self.state.document.settings.ssq_labels
            identifier = nodes.make_id(label)
            labels[identifier] = f"({sum(v[0] == '(' for v in labels.values()) + 1})"
            out.insert(0, nodes.target(ids=[identifier]))
        return out


def _reference(name: str, rawtext: str, text: str, *_: Any, **__: Any) -> Any:
    """Return what a role refers to, to be settled when the whole page is known."""
    titled = TITLED.fullmatch(text)
    title, label = titled.groups() if titled else ("", text)
    return [nodes.inline(rawtext, title, ssq_label=label)], []


def _citation(name: str, rawtext: str, text: str, *_: Any, **__: Any) -> Any:
    """Return the keys of what a role cites."""
    return [nodes.inline(rawtext, f"[{', '.join(key.strip() for key in text.split(','))}]")], []


def _settle(document: nodes.document, labels: dict[str, str]) -> None:
    """Give figures their numbers, and turn references to something on the page into links."""
    for number, figure in enumerate(document.findall(nodes.figure), start=1):
        for identifier in figure["ids"]:
            labels.setdefault(identifier, f"Figure {number}")
    for inline in list(document.findall(nodes.inline)):
        label = inline.get("ssq_label")
        if label is None:
            continue
        del inline["ssq_label"]
        identifier = nodes.make_id(label)
        text = inline.astext() or labels.get(identifier, label)
        inline.children = [nodes.Text(text)]
        if identifier in labels or identifier in document.ids:
            inline.replace_self(nodes.reference("", text, refid=identifier))


def _plain_tex(text: str) -> str:
    for pattern, plain in TEX:
        text = pattern.sub(plain, text)
    return text


def _formula(found: re.Match[str]) -> str:
    r"""Return a formula between \( and \) in HTML as MathML, or as it is where that fails."""
    try:
        return str(tex2mathml(_plain_tex(unescape(found.group(1)))))
    except MathError:
        return found.group()


def _readable(notebook: nbformat.NotebookNode) -> str:
    """Return the notebook as text, its formulas as docutils can read them."""
    out = nbformat.from_dict(notebook)
    for cell in out.cells:
        if cell.cell_type == "markdown":
            cell.source = _plain_tex(cell.source)
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        figure.update({name: _plain_tex(text) for name, text in figure.items()})
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in data:
                if kind.endswith("text/latex"):
                    data[kind] = _plain_tex(data[kind])
                elif kind.endswith("text/html"):
                    data[kind] = INLINE.sub(_formula, data[kind])
    return str(nbformat.writes(out))


def render(
    notebook: nbformat.NotebookNode, source: str, values: Mapping[str, object], content: str
) -> str:
    """Return a run notebook as one HTML page with its figures inside it.

    Under each is the line of `origin`, of the notebook's `source`, parameters and library.
    """
    for kind in STATEMENTS:
        directives.register_directive(f"prf:{kind}", Statement)
    directives.register_directive("math", LabelledMath)
    for name in REFERENCES:
        roles.register_local_role(name, _reference)
    roles.register_local_role("cite", _citation)
    labels: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="ssq-") as folder:
        settings = {
            "ssq_labels": labels,
            "ssq_counts": {},
            "nb_execution_mode": "off",
            "nb_builder_name": "html",
            "nb_output_folder": folder,
            "nb_append_css": False,
            "myst_enable_extensions": [
                *("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"),
            ],
            "report_level": 5,
            "halt_level": 5,
            "input_encoding": "unicode",
            "output_encoding": "unicode",
            "math_output": "MathML",
            "image_loading": "embed",
            "embed_stylesheet": True,
            "stylesheet_path": _stylesheets(Path(folder)),
            "syntax_highlight": "short",
        }
        path = str(Path(folder, "chapter.ipynb"))
        document = publish_doctree(
            _readable(notebook), path, parser=Parser(), settings_overrides=settings
        )
        _settle(document, labels)
        add_lines(document, source, values, content)
        writer = html5_polyglot.Writer()
        return str(publish_from_doctree(document, writer=writer, settings_overrides=settings))


def _stylesheets(folder: Path) -> list[str]:
    """Return the style sheets of a page: docutils's minimal one, code colours, and our own."""
    from pygments.formatters import HtmlFormatter

    own = folder / "page.css"
    provenance.write_text(STYLE + HtmlFormatter(style="default").get_style_defs(".code"), own)
    minimal = Path(html5_polyglot.__file__).parent / "minimal.css"
    return [str(minimal), str(own)]
