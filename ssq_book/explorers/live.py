"""The live mode: widgets that recompute, with a kernel behind them; and the choice of the mode.

A slider that moves on is not followed: what is computed is the position where it came to rest.
"""

import asyncio
import html
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from math import inf
from time import perf_counter
from typing import Any, NamedTuple

import ipywidgets as widgets

from ssq_book.explorers.core import Control, Explorer, Range, drawn, picture
from ssq_book.explorers.page import StaticExplorer

REST_SECONDS = 0.3  # after which a slider has come to rest
MAX_SECONDS = 10  # that a position may take
EARLIER = "The figure is that of an earlier position."


class Widgets(NamedTuple):
    """Sliders by the names of their controls, the status line, the picture, and all in one box."""

    sliders: dict[str, Any]
    status: Any
    picture: Any
    box: Any


class LiveExplorer(Explorer):
    """An explorer with a kernel: its widgets are made when it is first shown."""

    @cached_property
    def shown(self) -> Widgets:
        """Widgets that show what is computed: at once, and whenever sliders come to rest."""
        sliders = {control.name: _slider(control) for control in self.controls}
        status, shown = widgets.HTML(), widgets.HTML()
        waiting: list[asyncio.TimerHandle] = []

        def refresh(limit: float = MAX_SECONDS) -> None:
            values = {name: slider.value for name, slider in sliders.items()}
            start = perf_counter()
            try:
                with _interruptible():
                    status.value = _busy(self.cost(**values), limit)
                    view = self.compute(**values)
                    shown.value = picture(drawn(view))
                role, text = "status", f"Computed in {perf_counter() - start:.1f} s."
            except ValueError as error:
                role, text = "alert", f"{html.escape(str(error))}. {EARLIER}"
            except KeyboardInterrupt:
                role, text = "status", f"Stopped. {EARLIER}"
            status.value = f'<p role="{role}">{text}</p>'

        def moved(_: Any) -> None:
            while waiting:
                waiting.pop().cancel()
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:  # no kernel
                refresh()
            else:
                waiting.append(loop.call_later(REST_SECONDS, refresh))

        for slider in sliders.values():
            slider.observe(moved, names="value")
        refresh(inf)  # the start was asked for
        title = widgets.HTML(f"<strong>{html.escape(self.title)}</strong>")
        box = widgets.VBox([title, *sliders.values(), status, shown])
        return Widgets(sliders, status, shown, box)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.shown.box._repr_mimebundle_(**kwargs)


def mode() -> type[Explorer]:
    """Return the kind of explorer that a notebook gets: static in a build, else live."""
    return LiveExplorer if os.environ.get("SSQ_BUILD", "") in ("", "0") else StaticExplorer


def _busy(seconds: float, limit: float) -> str:
    """Return the status line of what is computed; raises ValueError above `limit` seconds."""
    if seconds > limit:
        raise ValueError(
            f"this would take about {seconds:,.0f} s, where sliders may lead to {limit} s; start "
            "the explorer there, or choose less"
        )
    about = f", about {seconds:.0f} s; interrupt the kernel to stop it" if seconds >= 1 else ""
    return f'<p role="status" aria-busy="true">Computing{about} …</p>'


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let an interrupt of the kernel reach what runs between its messages, as it reaches a cell."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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
