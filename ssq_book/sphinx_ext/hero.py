"""A Sphinx extension for the first page: a slider of how many users are looked at, and the gap.

    ```{hero} demand_response_n8 constant_target
    :name: fig-hero

    What the caption says.
    ```

It draws the stored gaps of the first result against k, and as a level the loss in the second of the
best target that ignores the users. Without scripts the picture stands still and is whole.
"""

import json
from html import escape
from importlib.resources import files

import numpy as np
import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from ssq_book.sphinx_ext.origin import FigureOfResults
from ssq_book.studies import study
from ssq_book.studies.sources import RESULTS

FIRST = 3  # sampled users before the slider is moved
ORDER = (2, 5, 0, 7, 3, 6, 1, 4)  # in which users are sampled
LEFT, RIGHT, TOP, BOTTOM, MOST = 40, 330, 28, 190, 1.2  # of the plot; the top of its axis
STYLE, SCRIPT = (
    files("ssq_book.sphinx_ext").joinpath(f"hero.{kind}").read_text(encoding="utf-8")
    for kind in ("css", "js")
)


def users(n: int) -> str:
    """Return a utility and its users as the inside of an SVG: every other one is of type 2."""
    parts = []
    for i, angle in enumerate(2 * np.pi * np.arange(n) / n):
        x, y = 120 + 85 * np.sin(angle), 105 - 85 * np.cos(angle)
        rank = ORDER.index(i)
        lit = f'{" lit" if rank < FIRST else ""}" data-rank="{rank}"'
        parts.append(f'<path class="tie{lit} d="M120 105L{x:.0f} {y:.0f}"/>')
        mark = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="14"'
        if i % 2:
            mark = f'<rect x="{x - 13:.0f}" y="{y - 13:.0f}" width="26" height="26"'
        parts.append(f'{mark} class="user{lit}/>')
    parts.append('<circle cx="120" cy="105" r="27" fill="#0173b2"/>')
    parts.append('<text x="120" y="109" text-anchor="middle" style="fill: #fff">utility</text>')
    return "".join(parts)


def plot(gaps: pd.DataFrame, level: float) -> str:
    """Return largest and mean gaps against k, and a level, as the inside of an SVG picture."""

    def x(k: int) -> float:
        return LEFT + 10 + (k - 1) * (RIGHT - LEFT - 20) / (len(gaps) - 1)

    def y(loss: float) -> float:
        return BOTTOM - max(loss, 0) * (BOTTOM - TOP) / MOST

    parts = []
    for loss in (0, 0.4, 0.8, 1.2):
        parts.append(
            f'<text x="{LEFT - 6}" y="{y(loss) + 4:.0f}" text-anchor="end">{loss:g}</text>'
        )
        parts.append(f'<path class="grid" d="M{LEFT} {y(loss):.1f}H{RIGHT}"/>')
    parts.append(f'<path class="level" d="M{LEFT} {y(level):.1f}H{RIGHT}"/>')
    parts.append(f'<text x="{RIGHT}" y="{y(level) - 6:.0f}" text-anchor="end">ignores all</text>')
    for name in ("largest", "mean"):
        path = "L".join(
            f"{x(k):.1f} {y(gap):.1f}" for k, gap in zip(gaps.k, gaps[name], strict=True)
        )
        parts.append(f'<path class="{name}" d="M{path}"/>')
        for k, gap in zip(gaps.k, gaps[name], strict=True):
            mark = f'<circle cx="{x(k):.1f}" cy="{y(gap):.1f}" r="4.5"'
            if name == "largest":
                mark = f'<rect x="{x(k) - 4:.1f}" y="{y(gap) - 4:.1f}" width="8" height="8"'
            here = " here" if k == FIRST else ""
            parts.append(f'{mark} class="{name} point{here}" data-k="{k}"/>')
        parts.append(
            f'<text class="{name}" x="{x(1) + 10}" y="{y(gaps[name][0]) + 4:.0f}">{name}</text>'
        )
    parts += [f'<text x="{x(k)}" y="208" text-anchor="middle">{k}</text>' for k in gaps.k]
    parts.append('<text x="4" y="12">loss (discounted reward)</text>')
    parts.append(f'<text x="{RIGHT}" y="224" text-anchor="end">users looked at, k</text>')
    return "".join(parts)


def widget(gaps: pd.DataFrame, constant: pd.Series) -> str:
    """Return the slider, users, plot and sentence as HTML, from the two stored results."""
    n, level = len(gaps), float(constant.loss)
    rows = list(zip(gaps.k, gaps["mean"].clip(0), gaps.largest.clip(0), strict=True))
    rest = f"Ignoring all: mean {level:.3f}. The optimum earns {constant.value:.2f}."
    lines = [
        f"k = {k} of {n}: mean loss {mean:.3f}, largest {largest:.3f}. {rest}"
        for k, mean, largest in rows
    ]
    told = "; ".join(f"k = {k}: {mean:.3f}" for k, mean, _ in rows)
    seen = f"{n} users around a utility; those that it looks at are lit."
    drawn = f"Loss against k. Mean loss: {told}. A level at {level:.3f} for ignoring all users."
    return (
        f'<style>{STYLE}</style><div class="hero" data-lines="{escape(json.dumps(lines))}">'
        f'<label hidden>users looked at, k <input type="range" min="1" max="{n}" value="{FIRST}">'
        f'</label><svg viewBox="0 0 240 210" role="img" aria-label="{seen}">{users(n)}</svg>'
        f'<svg viewBox="0 0 340 228" role="img" aria-label="{drawn}">{plot(gaps, level)}</svg>'
        f"<p>{lines[FIRST - 1]}</p><script>{SCRIPT}</script></div>"
    )


class _Hero(FigureOfResults):
    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        gaps, constants = (study.read(RESULTS / f"{name}.csv") for name in self.arguments)
        drawn = nodes.raw("", widget(gaps, constants.iloc[0]), format="html")
        return self.figure(drawn, "ssq_book.sphinx_ext.hero", self.arguments)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive (called by Sphinx, which finds it in `_config.yml`)."""
    app.add_directive("hero", _Hero)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
