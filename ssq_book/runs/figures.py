"""The figure of a sweep: one number against one parameter."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from ssq_book import style
from ssq_book.limits import Value
from ssq_book.runs import outputs
from ssq_book.runs.execution import identity
from ssq_book.runs.parameters import RESERVED, Chapter
from ssq_book.studies import provenance
from ssq_book.studies.origin import line


def plot(points: pd.DataFrame, x: str, lines: list[str], name: str) -> Figure:
    """Draw the number `name` against parameter `x`, one line for each setting of `lines`."""
    fig, ax = style.figure(width=6.4, height=4.2)
    groups = points.groupby(lines, sort=False) if lines else [((), points)]
    for index, (setting, rows) in enumerate(groups):
        label = ", ".join(f"{c} = {value}" for c, value in zip(lines, setting, strict=True))
        style.means(ax, rows, x, "value", index % len(style.PALETTE), label)
    if pd.api.types.is_integer_dtype(points[x]) and points[x].nunique() <= 12:
        ax.set_xticks(sorted(points[x].unique()))
    ax.set(xlabel=x, ylabel=name)
    if lines:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
    return fig


def _values(column: pd.Series[Any]) -> str:
    """Return the values of a parameter in a table: all of a few, or the first and last of many."""
    values = [str(value) for value in dict.fromkeys(column.tolist())]
    return " | ".join(values) if len(values) <= 3 else f"{values[0]} … {values[-1]}"


def draw(
    chapter: Chapter,
    numbers: pd.DataFrame,
    axes: Mapping[str, list[Value]],
    name: str | None,
    out: Path,
) -> Path | None:
    """Draw a number of the table against the first swept parameter, to `out/<name>.png`."""
    if numbers.empty:
        return None
    names = list(dict.fromkeys(numbers["name"]))
    if name is not None and name not in names:
        raise outputs.unknown(name, names)
    name = name or names[0]
    parameters = [column for column in numbers.columns if column not in RESERVED]
    swept = [axis for axis, values in axes.items() if len(values) > 1 and axis != "seed"]
    x, *lines = swept or ["seed" if "seed" in parameters else parameters[0]]
    figure = plot(numbers[numbers["name"] == name], x, lines, name)
    picture = io.BytesIO()
    given = {parameter: _values(numbers[parameter]) for parameter in parameters}
    words = line(chapter.source, given, identity(chapter.text)["sources"])
    figure.text(0, -0.01, "\n".join(textwrap.wrap(words, 110)), fontsize=6, va="top")
    about = {"Description": words}
    figure.savefig(picture, format="png", dpi=150, bbox_inches="tight", metadata=about)
    target = out / f"{name}.png"
    provenance.write_all({target: picture.getvalue()})
    return target
