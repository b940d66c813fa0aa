"""Limits of chapters' parameters.

A chapter's module has its `LIMITS`, one for each parameter. The first cell after the parameters
calls `check`, and `ssq rerun` and `ssq sweep` check before a kernel starts: both refuse a value in
the same words. A highest value may be a sum of other parameters, as in `count(1, "n1 + n2")`, and a
sum of parameters may have limits of its own: `"n1 + n2": count(2, 8)`.
"""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass

from ssq_book import catalogue

Value = bool | int | float | str


@dataclass(frozen=True)
class Limit:
    """What one parameter may be: its type, and a range or a choice of values."""

    kind: type[Value]
    low: float | None = None
    high: float | str | None = None  # a number, or a sum of parameters by name
    open: bool = False  # whether the ends themselves are left out
    choices: tuple[Value, ...] = ()
    multiple: int = 1  # an integer must be a multiple of it

    def __str__(self) -> str:
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        above, below = ("above", "below") if self.open else ("at least", "at most")
        parts = [f"{above} {self.low}"] if self.low is not None else []
        parts += [f"{below} {self.high}"] if self.high is not None else []
        parts += [f"a multiple of {self.multiple}"] if self.multiple > 1 else []
        return ", ".join(parts)


def count(low: int, high: int | str | None = None, multiple: int = 1) -> Limit:
    """Return the limit of an integer in low..high, both included; None: no highest."""
    return Limit(int, low, high, multiple=multiple)


def real(low: float, high: float | None = None, open: bool = True) -> Limit:
    """Return the limit of a finite number between `low` and `high`, without the ends if `open`."""
    return Limit(float, low, high, open)


def one_of(*choices: Value) -> Limit:
    """Return the limit of a parameter that takes one of a few values, all of one type."""
    return Limit(type(choices[0]), choices=choices)


KINDS: dict[type[Value], tuple[str, type]] = {
    bool: ("True or False", bool),
    int: ("an integer", numbers.Integral),
    float: ("a number", numbers.Real),
    str: ("text", str),
}
SEED = count(0, 2**63 - 1)
GAMMA = real(0, 0.99)
WEIGHT = real(0, 1000)


def _sum(name: str, values: Mapping[str, Value]) -> float:
    """Return the value of a parameter, or of a sum of parameters such as "n1 + n2"."""
    return sum(float(values[part]) for part in name.split(" + "))


def _check_kind(name: str, kind: type[Value], value: object) -> None:
    """Raise ValueError unless `value` is of a parameter's type; an integer is a number too."""
    wanted, types = KINDS[kind]
    if not isinstance(value, types) or isinstance(value, bool) != (kind is bool):
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    if kind is float and isinstance(value, numbers.Real) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")


def _check_range(name: str, limit: Limit, values: Mapping[str, Value]) -> None:
    value = _sum(name, values)
    high = _sum(limit.high, values) if isinstance(limit.high, str) else limit.high
    most = f"{limit.high} = {high:g}" if isinstance(limit.high, str) else limit.high
    above, below = ("above", "below") if limit.open else ("at least", "at most")
    shown = values.get(name, f"{value:g}")
    if limit.low is not None and (value < limit.low or (limit.open and value == limit.low)):
        raise ValueError(f"{name} must be {above} {limit.low}, got {shown}")
    if limit.multiple > 1 and value % limit.multiple:
        raise ValueError(f"{name} must be a multiple of {limit.multiple}, got {shown}")
    if high is not None and (value > high or (limit.open and value == high)):
        raise ValueError(f"{name} must be {below} {most}, got {shown}")


def check_values(limits: Mapping[str, Limit], values: Mapping[str, Value]) -> None:
    """Raise ValueError naming the first parameter that is impossible, its value and its limit."""
    single = {name: limit for name, limit in limits.items() if " + " not in name}
    for name, limit in single.items():
        _check_kind(name, limit.kind, values[name])
    for name, limit in limits.items():
        if limit.choices and values[name] not in limit.choices:
            raise ValueError(f"{name} must be {limit}, got {values[name]}")
    for name, limit in sorted(limits.items(), key=lambda item: isinstance(item[1].high, str)):
        if not limit.choices and limit.kind in (int, float):
            _check_range(name, limit, values)


def of(chapter: str) -> dict[str, Limit]:
    """Return the limits of a chapter's parameters by name; none for what is no chapter."""
    return dict(catalogue.module(chapter).LIMITS) if chapter in catalogue.CHAPTERS else {}


def check(chapter: str, variables: Mapping[str, Value]) -> None:
    """Check a chapter's parameters among the `variables` of its notebook; its first cell does."""
    check_values(of(chapter), variables)
