"""Argument validation: ValueError with the argument's name, its value and its limit."""

from __future__ import annotations

import math
import reprlib
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_COUNT = 2**128 - 1  # of any count; a seed may have 128 bits
MAX_STEPS = 10**7  # iterations, or steps of a simulation


def shown(value: object) -> str:
    """Return a value in short, on one line."""
    return " ".join(reprlib.repr(value).split())


def sum_tolerance(value: object) -> float:
    """Return how far from 1 probabilities may sum: 1e-9, or 16 units of a narrower float type."""
    dtype = np.asarray(value).dtype
    return max(1e-9, 16 * float(np.finfo(dtype).eps)) if dtype.kind == "f" else 1e-9


def check_instance(name: str, value: object, *kinds: type) -> None:
    """Raise ValueError unless `value` is an instance of one of `kinds`."""
    if not isinstance(value, kinds):
        words = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"{name} must be a {words}, got {shown(value)}")


def check_count(name: str, value: object, low: int = 1, high: int = MAX_COUNT) -> int:
    """Return `value` as an integer in low..high, or raise ValueError naming the limit."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be an integer, got {shown(value)}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, got {shown(value)}")
    if value > high:
        raise ValueError(f"{name} must be at most {high}, got {shown(value)}")
    return int(value)


def check_index(name: str, value: object, limit: int) -> int:
    """Return `value` as an index below `limit`, or raise ValueError."""
    if not 0 <= (index := check_count(name, value, -MAX_COUNT)) < limit:
        raise ValueError(f"{name} = {index} is outside 0..{limit - 1}")
    return index


def check_number(name: str, value: object, interval: str) -> float:
    """Return `value` as a finite number in `interval`, such as "(0, 1]", or raise ValueError."""
    low, high = map(float, interval[1:-1].split(","))
    try:
        real = isinstance(value, Real) and not isinstance(value, bool)
        number = float(value) if real else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.nan
    on_edge = (number == low and interval[0] == "[") or (number == high and interval[-1] == "]")
    if not (low < number < high or on_edge):
        words = "be positive and finite" if interval == "(0, inf)" else f"lie in {interval}"
        raise ValueError(f"{name} must {words}, got {shown(value)}")
    return number


def check_option(name: str, value: object, options: tuple[str, ...]) -> None:
    """Raise ValueError unless `value` is one of the strings in `options`."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}; got {shown(value)}")


def check_array(name: str, value: object) -> NDArray[Any]:
    """Return `value` as a regular array of real numbers, or raise ValueError."""
    try:
        out = np.asarray(value)
        out = out.astype(float) if out.dtype == object else out  # such as fractions
    except (TypeError, ValueError, OverflowError):
        out = np.array("")
    if out.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be a regular array of numbers, got {shown(value)}")
    return out


def first(mask: NDArray[np.bool_]) -> list[int] | None:
    """Return the index of the first true entry, or None."""
    return np.argwhere(mask)[0].tolist() if mask.any() else None


def check_distribution(
    name: str, value: ArrayLike, length: int, ndim: int | None = None
) -> NDArray[np.float64]:
    """Return distributions (..., length), scaled to sum to 1 exactly, or raise ValueError."""
    F = check_array(name, value).astype(float)
    if F.shape[-1:] != (length,) or F.ndim != (ndim or F.ndim):
        axes = "" if ndim else "..., "
        raise ValueError(f"{name} must have shape ({axes}{length},), got {F.shape}")
    if at := first(~((F >= 0) & np.isfinite(F))):
        raise ValueError(f"{name}{at} = {F[tuple(at)]}, but a share is finite and at least 0")
    total = F.sum(axis=-1, keepdims=True)
    off, tolerance = np.abs(total - 1), sum_tolerance(value)
    if off.max(initial=0.0) > tolerance:
        limit = f"not to 1 within {tolerance:.2g}"
        raise ValueError(f"{name} sums to {total.flat[off.argmax()]}, {limit}")
    return np.asarray(F / total)


def check_integers(name: str, value: object, low: int, high: int) -> NDArray[np.int64]:
    """Return `value` as an array of integers in low..high, or raise ValueError with the culprit."""
    out = check_array(name, value)
    if out.size and not np.issubdtype(out.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got {shown(value)}")
    if (at := first((out < low) | (out > high))) is not None:
        raise ValueError(f"{name}{at or ''} = {out[tuple(at)]} is outside {low}..{high}")
    return out.astype(np.int64)


def check_states(
    name: str, states: object, length: int | None, limit: int, what: str = "local state indices"
) -> NDArray[np.int64]:
    """Return `length` numbers of `what` below `limit`, any number if None, or raise ValueError."""
    out = check_integers(name, states, 0, limit - 1)
    if out.shape != (out.size if length is None else length,):
        raise ValueError(f"{name} must hold {length} {what}, got shape {out.shape}")
    return out
