"""Limits of chapters' parameters, which are numbers.

A chapter's module has its `LIMITS`, one for each parameter. The first cell after the parameters
calls `check`, and `ssq rerun` and `ssq sweep` check before a kernel starts: both refuse a value in
the same words. A highest value may be a sum of other parameters, as in `count(1, "n1 + n2")`, and a
sum of parameters may have limits of its own: `"n1 + n2": count(2, 8)`.
"""

import math
import numbers
import operator
from collections.abc import Mapping
from dataclasses import dataclass

from ssq_book import catalogue

Value = bool | int | float | str
ENDS = {int: ("at least", "at most"), float: ("above", "below")}  # only of integers inside


@dataclass(frozen=True)
class Limit:
    """What one parameter may be: an integer or a number, in a range or one of a few values."""

    kind: type[int] | type[float]
    low: float = 0
    high: float | str | None = None  # a number, or a sum of parameters by name
    choices: tuple[int, ...] = ()
    multiple: int = 1  # an integer must be a multiple of it

    def __str__(self) -> str:
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        above, below = ENDS[self.kind]
        parts = [f"{above} {self.low}"]
        parts += [f"{below} {self.high}"] if self.high is not None else []
        parts += [f"a multiple of {self.multiple}"] if self.multiple > 1 else []
        return ", ".join(parts)


def count(low: int, high: int | str | None = None, multiple: int = 1) -> Limit:
    """Return the limit of an integer in low..high, both included; None: no highest."""
    return Limit(int, low, high, multiple=multiple)


def real(low: float, high: float) -> Limit:
    """Return the limit of a finite number between `low` and `high`, without these."""
    return Limit(float, low, high)


def one_of(*choices: int) -> Limit:
    """Return the limit of an integer that takes one of a few values."""
    return Limit(int, choices=choices)


SEED = count(0, 2**63 - 1)
GAMMA = real(0, 0.99)
WEIGHT = real(0, 1000)


def _sum(name: str, values: Mapping[str, Value]) -> float:
    """Return the value of a parameter, or of a sum of parameters such as "n1 + n2"."""
    return sum(float(values[part]) for part in name.split(" + "))


def _check_kind(name: str, limit: Limit, value: object) -> None:
    """Raise ValueError unless `value` is of a parameter's type; an integer is a number too."""
    whole = limit.kind is int
    kind = numbers.Integral if whole else numbers.Real
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} must be {'an integer' if whole else 'a number'}, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")


def _check_range(name: str, limit: Limit, values: Mapping[str, Value]) -> None:
    value, high, most = _sum(name, values), limit.high, str(limit.high)
    if isinstance(high, str):
        high = _sum(high, values)
        most += f" = {high:g}"
    above, below = ENDS[limit.kind]
    outside, wanted = operator.lt if limit.kind is int else operator.le, ""
    if limit.choices:
        wanted = "" if value in limit.choices else str(limit)
    elif outside(value, limit.low):
        wanted = f"{above} {limit.low}"
    elif limit.multiple > 1 and value % limit.multiple:
        wanted = f"a multiple of {limit.multiple}"
    elif high is not None and outside(high, value):
        wanted = f"{below} {most}"
    if wanted:
        raise ValueError(f"{name} must be {wanted}, got {values.get(name, f'{value:g}')}")


def check_values(limits: Mapping[str, Limit], values: Mapping[str, Value]) -> None:
    """Raise ValueError naming the first parameter that is impossible, its value and its limit."""
    for name, limit in limits.items():
        if " + " not in name:
            _check_kind(name, limit, values[name])
    for name, limit in sorted(limits.items(), key=lambda item: isinstance(item[1].high, str)):
        _check_range(name, limit, values)


def of(chapter: str) -> dict[str, Limit]:
    """Return the limits of a chapter's parameters by name; none for what is no chapter."""
    return dict(catalogue.module(chapter).LIMITS) if chapter in catalogue.CHAPTERS else {}


def check(chapter: str, variables: Mapping[str, Value]) -> None:
    """Check a chapter's parameters among the `variables` of its notebook; its first cell does."""
    check_values(of(chapter), variables)
