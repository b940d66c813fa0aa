"""The limits of every chapter's parameters, declared once.

A chapter's first cell after its parameters calls `check`, and `ssq rerun` and `ssq sweep` call it
before a kernel starts: both refuse a value in the same words. To add a chapter, add its entry to
`LIMITS`, one limit for each parameter. A highest value may be a sum of other parameters, as in
`count(1, "n1 + n2")`, and a sum of parameters may have limits of its own: `"n1 + n2": count(2, 8)`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass

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


SEED = count(0, 2**63 - 1)
GAMMA = real(0, 0.99)
WEIGHT = real(0, 1000)

LIMITS: dict[str, dict[str, Limit]] = {
    "model": {
        "n": count(1, 16),
        "k": count(1, "n"),
        "k_max": count(1, 200),
        "seed": SEED,
    },
    "learning": {
        "k": count(1, 6),
        "m": count(1, 1000),
        "iterations": count(2, 2000),
        "gamma": GAMMA,
        "p": real(0, 1),
        "replicates": count(2, 1000),
        "seed": SEED,
    },
    "execution": {
        "k": count(1, "n_1 + n_2"),
        "n_1": count(0),
        "n_2": count(0),
        "n_1 + n_2": count(1, 8),
        "weight": WEIGHT,
        "horizon": count(1, 10_000),
        "runs": count(2, 1_000_000),
        "seed": SEED,
    },
    "concentration": {
        "n": count(2, 500),
        "size": count(2, "n"),
        "k": count(1, "n"),
        "eps": real(0, 1),
        "delta": real(0, 0.5),
        "draws": count(100, 10_000_000),
        "seed": SEED,
        "small": count(1, 9),
    },
    "optimality_bound": {
        "n": count(2, 10_000),
        "k": count(1, "n"),
        "size": count(2, 10_000),
        "actions": count(2, 10_000),
        "gamma": GAMMA,
        "large_n": count(1000, 10**9),
        "weight": WEIGHT,
        "per_type": count(1, 3),
    },
    "claims": {
        "systems": count(1, 10_000),
        "seed": SEED,
        "k": count(1, "n"),
        "n": count(1, 5),
        "horizon": count(1, 50),
    },
    "demand_response": {
        "k": count(1, "n1 + n2"),
        "m": count(1, 10_000),
        "weight": WEIGHT,
        "gamma": GAMMA,
        "n1": count(0),
        "n2": count(0),
        "n1 + n2": count(1, 6),
        "learned_n1": count(0),
        "learned_n2": count(0),
        "learned_n1 + learned_n2": count(1, 4),
        "iterations": count(1, 10_000),
        "seeds": count(2, 1000),
        "seed": SEED,
    },
    "demand_response_scale": {
        "k": count(5, "n1 + n2"),
        "tables": count(2, 4),
        "n1": count(1),
        "n2": count(1),
        "n1 + n2": count(5, 1000),  # every user is followed
        "weight": WEIGHT,
        "gamma": GAMMA,
        "runs": count(10, 1_000_000, multiple=5),
        "horizon": count(1, 10_000),
        "seed": SEED,
    },
    "performance": {
        "k": count(1, 3),
        "m": count(1, 10_000),
        "weight": WEIGHT,
        "updates": count(1, 100_000),
        "repeats": count(1, 100),
    },
    "mean_field": {
        "p": real(0.5, 1),
        "share": real(0.5, 1),
        "gamma": GAMMA,
        "k_max": one_of(8, 16, 32, 64, 128, 256),
        "weight": WEIGHT,
        "n1": count(0),
        "n2": count(0),
        "n1 + n2": count(2, 8),
        "states": count(1, 10_000),
        "seed": SEED,
    },
    "queueing": {
        "k": count(1, 5),
        "m": count(1, 10_000),
        "n": count(6, 1_000_000),
        "c": count(1, 100),
        "p": real(0, 1),
        "gamma": GAMMA,
        "iterations": count(1, 10_000),
        "horizon": count(1, 10_000),
        "runs": count(4, 1_000_000, multiple=2),
        "jobs": count(1, 1000),
        "seed": SEED,
    },
    "extensions": {
        "k": count(1, "n"),
        "m": count(1, 1000),
        "n": count(1, 20),
        "noise": real(0, 1000),
        "p": real(0, 1),
        "gamma": GAMMA,
        "runs": count(2, 1000),
        "steps": count(400, 10_000_000),
        "weight": WEIGHT,
        "transitions": count(100, 1_000_000),
        "replicates": count(2, 1000),
        "seed": SEED,
    },
    "explorer": {
        "k": count(1, "n1 + n2"),
        "m": count(0, 10_000),
        "weight": WEIGHT,
        "gamma": GAMMA,
        "n1": count(0),
        "n2": count(0),
        "n1 + n2": count(1, 6),
        "iterations": count(1, 10_000),
        "seed": SEED,
        "load": real(0, 1.5),
    },
}


def _sum(name: str, values: Mapping[str, Value]) -> float:
    """Return the value of a parameter, or of a sum of parameters such as "n1 + n2"."""
    return sum(float(values[part]) for part in name.split(" + "))


def _check_kind(name: str, kind: type[Value], value: object) -> None:
    """Raise ValueError unless `value` is of a parameter's type; an integer is a number too."""
    flag = isinstance(value, bool)
    if kind is bool and not flag:
        raise ValueError(f"{name} must be True or False, got {value!r}")
    if kind is str and not isinstance(value, str):
        raise ValueError(f"{name} must be text, got {value!r}")
    if kind is int and (flag or not isinstance(value, numbers.Integral)):
        raise ValueError(f"{name} must be an integer, got {value!r}")
    if kind is float:
        if flag or not isinstance(value, numbers.Real):
            raise ValueError(f"{name} must be a number, got {value!r}")
        if not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value!r}")


def _check_range(name: str, limit: Limit, values: Mapping[str, Value]) -> None:
    value = _sum(name, values)
    shown = values.get(name, f"{value:g}")
    if limit.low is not None and (value < limit.low or (limit.open and value == limit.low)):
        bound = f"{'above' if limit.open else 'at least'} {limit.low}"
        raise ValueError(f"{name} must be {bound}, got {shown}")
    if limit.multiple > 1 and value % limit.multiple:
        raise ValueError(f"{name} must be a multiple of {limit.multiple}, got {shown}")
    if limit.high is None:
        return
    high, text = limit.high, str(limit.high)
    if isinstance(high, str):
        high = _sum(high, values)
        text = f"{text} = {high:g}"
    if value > high or (limit.open and value == high):
        raise ValueError(
            f"{name} must be {'below' if limit.open else 'at most'} {text}, got {shown}"
        )


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


def check(chapter: str, **values: Value) -> None:
    """Check all parameters of a chapter, as its first cell does; `ssq params` lists the limits.

    Raises ValueError naming the parameter, its value and its limit, or a name that is missing from
    or unknown to the chapter.
    """
    if chapter not in LIMITS:
        raise ValueError(f"chapter must be one of {', '.join(LIMITS)}, got {chapter!r}")
    expected = [name for name in LIMITS[chapter] if " + " not in name]
    if sorted(expected) != sorted(values):
        raise ValueError(f"{chapter} has the parameters {expected}, got {sorted(values)}")
    check_values(LIMITS[chapter], values)
