"""What every chapter uses: seeds of its parts, intervals, numbers for its sentences."""

from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit


def spawn(seed: int, count: int) -> list[int]:
    """Return `count` seeds in 0..2^63-1 of independent streams, by `SeedSequence.spawn`.

    The first ones do not depend on `count`, and a table holds them as signed integers. Added seeds
    (seed, seed + 1, ...) would make the runs of neighbouring seeds share most of their streams.
    Raises ValueError for a negative seed.
    """
    children = np.random.SeedSequence(seed).spawn(count)
    return [int(child.generate_state(1, np.uint64)[0] >> 1) for child in children]


def interval(samples: ArrayLike, strata: int = 1) -> tuple[float, float]:
    """Return the mean of independent samples and the half width of its 95 % interval (Student).

    Sample i is of stratum i % `strata`: what differs between the strata is no noise. The half width
    is NaN for a single sample of each stratum.
    """
    table = np.asarray(samples, dtype=float).reshape(-1, strata)
    if len(table) < 2:
        return float(table.mean()), float("nan")
    error = np.sqrt(table.var(axis=0, ddof=1).mean() / table.size)
    return float(table.mean()), float(stdtrit(table.size - strata, 0.975) * error)


def log_slope(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Return the least-squares slope of log y over log x, and its 95 % half width (Student).

    `x` and `y` are three positive numbers or more.
    """
    from scipy.stats import linregress  # here alone: it takes half a second to load

    line = linregress(np.log(np.asarray(x, dtype=float)), np.log(np.asarray(y, dtype=float)))
    return float(line.slope), float(stdtrit(np.size(x) - 2, 0.975) * line.stderr)


def gluer(chapter: str) -> Callable[..., None]:
    """Return a function that glues numbers for sentences: `a_b=1` as `<chapter>-a-b`."""
    from myst_nb import glue  # here alone: a study needs no notebook

    def show(**numbers: Any) -> None:
        for name, number in numbers.items():
            plain = number.item() if isinstance(number, np.generic) else number
            glue(f"{chapter}-{name.replace('_', '-')}", plain, display=False)

    return show


def checked(what: str, value: float | bool, limit: float | None = None) -> None:
    """Show the line "checked: what", with a number and its limit; raise AssertionError otherwise.

    `value` is a truth, or a number that must not exceed `limit`.
    """
    from IPython.display import display

    number = "" if limit is None else f": {value:.2g}, at most {limit:g}"
    good = bool(value) if limit is None else value <= limit
    if not good:
        raise AssertionError(f"not so: {what}{number}")
    line = f"checked: {what}{number}"
    html = f'<p class="checked">{escape(line)}</p>'
    display({"text/plain": line, "text/html": html}, raw=True)  # type: ignore[no-untyped-call]
