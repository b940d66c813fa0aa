"""The live mode: widgets that recompute, with a kernel behind them. Only here is ipywidgets."""

from __future__ import annotations

import html
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import ipywidgets as widgets

from ssq_core.companion.explorer.core import Control, Explorer, Range, picture, png


@dataclass(frozen=True, eq=False)
class Widgets:
    """Sliders by the names of their controls, the status line, the picture, and all in one box."""

    sliders: dict[str, Any]
    status: Any
    picture: Any
    box: Any

    @classmethod
    def of(cls, explorer: Explorer) -> Widgets:
        """Return widgets that show what `explorer` computes: at once, and at every change.

        While it computes, the status line says so; a ValueError takes the picture's place.
        """
        sliders = {control.name: _slider(control) for control in explorer.controls}
        status, shown = widgets.HTML(), widgets.HTML()

        def refresh(_: Any) -> None:
            status.value = '<p role="status" aria-busy="true">Computing …</p>'
            start = perf_counter()
            try:
                view = explorer.compute(**{name: s.value for name, s in sliders.items()})
                shown.value = picture(png(view.figure), view.alt, view.text)
                text = f"Computed in {perf_counter() - start:.1f} s."
            except ValueError as error:
                message = html.escape(str(error))
                shown.value = f'<p role="alert"><strong>No figure:</strong> {message}</p>'
                text = "Not computed."
            status.value = f'<p role="status">{text}</p>'

        for slider in sliders.values():
            slider.observe(refresh, names="value")
        refresh(None)
        title = widgets.HTML(f"<strong>{html.escape(explorer.title)}</strong>")
        box = widgets.VBox([title, *sliders.values(), status, shown])
        return cls(sliders, status, shown, box)


def _slider(control: Control) -> Any:
    look = {
        "description": control.label,
        "continuous_update": False,
        "style": {"description_width": "14em"},
        "layout": {"width": "36em", "max_width": "100%"},
    }
    if not isinstance(control.reach, Range):
        options = [(control.show(value), value) for value in control.reach]
        return widgets.SelectionSlider(options=options, value=control.start, **look)
    low, high, step = control.reach
    whole = isinstance(step, int)
    kind, readout = (widgets.IntSlider, "d") if whole else (widgets.FloatSlider, ".4g")
    return kind(min=low, max=high, step=step, value=control.start, readout_format=readout, **look)
