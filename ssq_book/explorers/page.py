"""The static mode: plain HTML with every picture in it, whose sliders are the browser's own.

Without scripts the page shows the first position; `page.js` swaps the pictures.
"""

import html
import json
from functools import cached_property
from importlib.resources import files
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ssq_book.explorers.core import Control, Explorer, drawn, picture

SCRIPT = files("ssq_book.explorers").joinpath("page.js")


class StaticExplorer(Explorer):
    """An explorer as a page: its HTML is made when it is first shown."""

    @cached_property
    def shown(self) -> str:
        """The HTML; a refused start raises, and another refused position leads to a lower k."""
        names = [control.name for control in self.controls]
        shape = [len(control.grid) for control in self.controls]
        views = [
            _draw(self, dict(zip(names, position, strict=True)))
            for position in product(*(control.grid for control in self.controls))
        ]  # the last control moves fastest
        start = [list(control.grid).index(control.start) for control in self.controls]
        first = views[int(np.ravel_multi_index(start, shape))]
        if "src" not in first:
            raise ValueError(first["text"])
        step = prod(shape[names.index("k") + 1 :])  # from a view to that of the next k
        places = list(range(len(views)))
        for place, view in enumerate(views):
            if "src" not in view:
                places[place] = places[place - step]
        moved = [control for control in self.controls if len(control.grid) > 1]
        positions = [[c.show(value) for value in c.grid] for c in moved]
        data = {"positions": positions, "views": views, "places": places}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        text = text.replace("<", "\\u003c")  # so that nothing in it ends its script
        rows = "".join(_slider(self.name, control) for control in moved)
        return (
            f'<div class="explorer" role="group" aria-label="{html.escape(self.title)}">'
            f'<div class="explorer-sliders" hidden>{rows}'
            '<button type="button" class="btn btn-sm pin">Pin this</button>'
            f"</div><noscript><p>The sliders need scripts; this is where they start.</p></noscript>"
            f"{picture(first)}"
            f'<script type="application/json">{text}</script>'
            f"<script>{SCRIPT.read_text(encoding='utf-8')}</script></div>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/html": self.shown, "text/plain": f"Explorer: {self.title}"}


def _draw(explorer: Explorer, values: dict[str, Any]) -> dict[str, str]:
    """Return one view of the page, or what refuses it."""
    try:
        view = explorer.compute(**values)
    except ValueError as error:
        return {"text": f"No figure: {error}."}
    return drawn(view)


def _slider(name: str, control: Control) -> str:
    name, at = f"explorer-{name}-{control.name}", list(control.grid).index(control.start)
    shown = html.escape(control.show(control.start))
    stops = "".join(f"<span>{html.escape(control.show(value))}</span>" for value in control.grid)
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 1rem">'
        f'<label for="{name}" style="flex:0 0 14rem">{html.escape(control.label)}</label>'
        f'<div style="flex:0 1 18rem"><input type="range" id="{name}" min="0" '
        f'max="{len(control.grid) - 1}" step="1" value="{at}" aria-valuetext="{shown}" '
        'autocomplete="off" style="width:100%;height:1.75rem">'
        '<div aria-hidden="true" style="display:flex;justify-content:space-between;'
        f'font-size:.8rem;line-height:1">{stops}</div></div>'
        f'<output aria-hidden="true">{shown}</output></div>'
    )
