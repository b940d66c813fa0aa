"""A Sphinx extension that shows every figure twice: as it was drawn, and recolored for the dark.

Both are files, which a browser loads when they come into view; the style sheet shows the one of the
page's theme. An explorer's pictures, which stand in its page, are recolored by the style sheet.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sphinx.application import Sphinx

from ssq_book import style

FIGURE = re.compile(r'<img ([^>]*src="[^"]*_images/)([^"]+)\.png"([^>]*)/>')


def recolor(light: Path, dark: Path) -> tuple[int, int]:
    """Write a picture for the dark theme; return its width and height."""
    with Image.open(light) as drawn:
        sheet = Image.new("RGBA", drawn.size, "white")
        sheet.alpha_composite(drawn.convert("RGBA"))
    pixels = style.recolored(np.asarray(sheet.convert("RGB")) / 255)
    Image.fromarray((255 * pixels).round().astype(np.uint8)).save(dark)
    return sheet.size


def _show_both(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    files = {Path(name).stem: Path(app.srcdir, path) for path, name in app.builder.images.items()}
    folder = Path(app.outdir, app.builder.imagedir)

    def both(found: re.Match[str]) -> str:
        start, name, end = found.groups()
        width, height = recolor(files[name], folder / f"{name}-dark.png")
        end = f'.png" width="{width}" height="{height}" loading="lazy"{end}/>'
        return "".join(
            f'<img class="drawn {theme}" {start}{name}{suffix}{end}'
            for theme, suffix in (("light", ""), ("dark", "-dark"))
        )

    if "body" in context:
        folder.mkdir(parents=True, exist_ok=True)
        context["body"] = FIGURE.sub(both, context["body"])


def _in_files(app: Sphinx) -> None:
    app.builder.supported_data_uri_images = False  # also what a directive draws is a file


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to a Sphinx application (called by Sphinx, which finds it in `_config.yml`)."""
    app.connect("builder-inited", _in_files)
    app.connect("html-page-context", _show_both)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
