"""Explorers: figures that follow sliders for k and m, with a kernel or without one.

An explorer is one object in two modes. *Live*, with a kernel behind it, its sliders recompute.
*Static*, in the built page, they choose among figures drawn beforehand: the widgets are linked in
the browser, so the page works offline. The mode is static where the environment variable SSQ_BUILD
says that no kernel will stand behind the page, and live otherwise.

This is the one module that knows widgets; what it shows is computed in `demand_response`.
"""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ssq_core.companion import figures
from ssq_core.companion.demand_response import Point, Setting, describe, point

BUILD_VARIABLE = "SSQ_BUILD"
INFINITY = "∞"
LIVE_M = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, None)
DPI, COLOURS = 80, 128  # a figure of flat colours loses nothing and weighs a third


def view(p: Point, top: float | None = None) -> Figure:
    """Return the figure of a point: its policy map beside the gap against k, up to `top`."""
    exact = [point(p.setting, k, None).gap for k in range(1, p.setting.n + 1)]
    return figures.demand_response_view(
        p.greedy,
        p.executed,
        [gap.max for gap in exact],
        [gap.mean for gap in exact],
        (p.k, p.gap.max, p.gap.mean),
        max(gap.error_bound for gap in [p.gap, *exact]),
        top,
    )


def picture(figure: Figure, alt: str) -> str:
    """Return a figure as HTML that carries its own PNG and says `alt` to who cannot see it."""
    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, dpi=DPI)
    flat = Image.open(raw).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    flat.save(small, "png", optimize=True)
    data = base64.b64encode(small.getvalue()).decode()
    text = html.escape(alt)
    return (
        f'<figure style="margin:0"><img alt="{text}" style="max-width:100%" '
        f'src="data:image/png;base64,{data}"><figcaption>{text}</figcaption></figure>'
    )


@dataclass(frozen=True, eq=False)
class Explorer:
    """The sliders and the figure of an explorer; a notebook shows it as a cell's result."""

    controls: dict[str, Any]
    picture: Any
    box: Any

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.box._repr_mimebundle_(**kwargs)


def _label(m: int | None) -> str:
    return INFINITY if m is None else str(m)


def _ordered(ms: set[int | None]) -> list[int | None]:
    """Return numbers of samples in ascending order, the exact operator (None) last."""
    return sorted(ms, key=lambda m: np.inf if m is None else m)


def _slider(kind: Any, description: str, **kwargs: Any) -> Any:
    return kind(
        description=description,
        continuous_update=False,
        style={"description_width": "12em"},
        layout={"width": "32em", "max_width": "100%"},
        **kwargs,
    )


def in_build() -> bool:
    """Return whether SSQ_BUILD says that the page will have no kernel behind it."""
    return os.environ.get(BUILD_VARIABLE, "") not in ("", "0")


def demand_response(
    setting: Setting | None = None,
    k: int = 2,
    m: int | None = None,
    ks: Sequence[int] | None = None,
    ms: Sequence[int | None] = (1, 5, 20, 50, None),
    live: bool | None = None,
) -> Explorer:
    """Return the explorer of demand response: k and m, the greedy policy map and the exact gap.

    It starts at `k` and `m`; m None is the exact operator. `ks` (None: 1..n) and `ms` are the grid
    of the static mode, which k and m join. `live` None means: static in a build, else live. Raises
    ValueError where `point` does, in static mode; the live mode shows it.
    """
    setting = setting or Setting()
    if in_build() if live is None else not live:
        ks = range(1, setting.n + 1) if ks is None else ks
        return _static(setting, k, m, sorted({k, *ks}), _ordered({m, *ms}))
    return _live(setting, k, m)


def _static(
    setting: Setting, k: int, m: int | None, ks: Sequence[int], ms: Sequence[int | None]
) -> Explorer:
    """Return figures for every k and m, chosen by sliders that are linked in the browser."""
    k_slider = _slider(
        widgets.SelectionSlider, "sampled agents k", options=[str(x) for x in ks], value=str(k)
    )
    m_slider = _slider(
        widgets.SelectionSlider, "samples m", options=[_label(x) for x in ms], value=_label(m)
    )
    points = [[point(setting, own_k, own_m) for own_m in ms] for own_k in ks]
    top = max(p.gap.max for row in points for p in row)
    rows = []
    for row in points:
        pages = [widgets.HTML(picture(view(p, top), describe(p))) for p in row]
        rows.append(widgets.Stack(pages, selected_index=ms.index(m)))
        widgets.jslink((m_slider, "index"), (rows[-1], "selected_index"))
    stack = widgets.Stack(rows, selected_index=ks.index(k))
    widgets.jslink((k_slider, "index"), (stack, "selected_index"))
    controls = {"k": k_slider, "m": m_slider}
    return Explorer(controls, stack, widgets.VBox([*controls.values(), stack]))


def _live(setting: Setting, k: int, m: int | None) -> Explorer:
    """Return sliders over a wide range whose figure is computed anew at every change."""
    (first, second), weight = setting.type_counts, setting.weight
    samples = {_label(x): x for x in _ordered({m, *LIVE_M})}
    controls = {
        "k": _slider(widgets.IntSlider, "sampled agents k", value=k, min=min(1, k), max=max(4, k)),
        "m": _slider(widgets.SelectionSlider, "samples m", options=list(samples), value=_label(m)),
        "n1": _slider(widgets.IntSlider, "agents of type 1", value=first, max=max(2, first)),
        "n2": _slider(widgets.IntSlider, "agents of type 2", value=second, max=max(2, second)),
        "weight": _slider(
            widgets.FloatSlider,
            "weight of r_g",
            value=weight,
            min=min(0.0, weight),
            max=max(15.0, weight),
            step=0.25,
        ),
        "seed": _slider(widgets.IntText, "seed of the samples", value=setting.seed),
    }
    status, shown = widgets.HTML(), widgets.HTML()

    def compute() -> str:
        chosen = {name: control.value for name, control in controls.items()}
        own = Setting(
            weight=chosen["weight"],
            gamma=setting.gamma,
            type_counts=(chosen["n1"], chosen["n2"]),
            iterations=setting.iterations,
            seed=chosen["seed"],
        )
        p = point(own, chosen["k"], samples[chosen["m"]])
        return picture(view(p), describe(p))

    refresh = _recomputing(compute, status, shown)
    for control in controls.values():
        control.observe(refresh, names="value")
    refresh(None)
    return Explorer(controls, shown, widgets.VBox([*controls.values(), status, shown]))


def _recomputing(compute: Callable[[], str], status: Any, shown: Any) -> Callable[[Any], None]:
    """Return an observer that shows `compute()`, a busy mark meanwhile, a refusal in its place."""

    def refresh(_: Any) -> None:
        status.value = '<p role="status">Computing …</p>'
        start = perf_counter()
        try:
            shown.value = compute()
            status.value = f'<p role="status">Computed in {perf_counter() - start:.1f} s.</p>'
        except ValueError as error:
            text = html.escape(str(error))
            shown.value = f'<p role="alert"><strong>No figure:</strong> {text}</p>'
            status.value = '<p role="status">Not computed.</p>'

    return refresh
