"""What both modes of an explorer share: its sliders, its views, and how a view is written."""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ssq_book.numerals import numerals

DPI, COLOURS = 100, 32  # a figure of flat colours loses nothing and weighs a third


class Range(NamedTuple):
    """A slider's numbers from `low` to `high`, both included; whole ones if `step` is."""

    low: float
    high: float
    step: float = 1


@dataclass(frozen=True)
class Control:
    """A slider: the keyword that it sets, its label, where it starts, and what it reaches.

    `grid` are its positions in a page (one position: no slider), `reach` those with a kernel;
    `show` writes a value as text. The starting value joins both, and both are sorted.
    """

    name: str
    label: str
    start: Any
    grid: Sequence[Any]
    reach: Sequence[Any] | Range
    show: Callable[[Any], str] = str

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", sorted({*self.grid, self.start}))
        if isinstance(self.reach, Range):
            low, high, step = self.reach
            reach = Range(min(low, self.start), max(high, self.start), step)
            object.__setattr__(self, "reach", reach)
        else:
            object.__setattr__(self, "reach", sorted({*self.reach, self.start}))


class More(NamedTuple):
    """A second figure of a view, which a reader can open: its title and alternative text."""

    title: str
    figure: Figure
    alt: str


class View(NamedTuple):
    """What an explorer shows at one position: a figure, its alternative text, and the numbers."""

    figure: Figure
    alt: str
    text: str
    more: More | None = None


@dataclass(frozen=True, eq=False)
class Explorer:
    """A titled set of sliders and what they show; a notebook shows it as a cell's result.

    `compute` takes every control's value by its name and returns a view, or raises ValueError for
    what is impossible; `cost` takes the same and returns about how many seconds that takes.
    """

    name: str
    title: str
    controls: tuple[Control, ...]
    compute: Callable[..., View]
    cost: Callable[..., float] = lambda **values: 0.0


def address(figure: Figure) -> str:
    """Return a figure as the address of its own picture: a WebP of few colours, in base 64."""
    figure.set_dpi(DPI)
    canvas, small = FigureCanvasAgg(figure), io.BytesIO()
    canvas.draw()  # type: ignore[no-untyped-call]  # once; `savefig` would draw it twice
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    flat = Image.fromarray(pixels).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    flat.convert("RGB").save(small, "webp", lossless=True, quality=50)
    return "data:image/webp;base64," + base64.b64encode(small.getvalue()).decode()


def drawn(view: View) -> dict[str, str]:
    """Return a view as text: the addresses of its pictures, their alternatives, the numbers."""
    out = {"src": address(view.figure), "alt": numerals(view.alt), "text": numerals(view.text)}
    if view.more:
        title, figure, alt = view.more
        out |= {"title": title, "moreSrc": address(figure), "moreAlt": alt}
    return out


def picture(view: Mapping[str, str]) -> str:
    """Return the HTML of a view as `drawn`: its picture, its numbers, and what can be opened."""
    image = '<img alt="{}" style="width:100%;height:auto" src="{}">'
    more = ""
    if "title" in view:
        inside = image.format(html.escape(view["moreAlt"]), view["moreSrc"])
        more = f"<details><summary>{html.escape(view['title'])}</summary>{inside}</details>"
    return (
        f'<figure style="margin:0;max-width:40rem">'
        f"{image.format(html.escape(view['alt']), view['src'])}"
        f'<figcaption aria-live="polite">{html.escape(view["text"])}</figcaption>{more}</figure>'
    )
