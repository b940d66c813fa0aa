"""Labels for indices: where a model names its states and actions, a name does for the index.

An integer is always an index; the checks of whoever uses it say whether it is in range.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral, Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssq_core.checks import check_instance, check_number, shown

Index = Mapping[Hashable, int]  # of every label
Law = Mapping[Hashable, float]  # label of the next state: probability


def index_labels(name: str, labels: Iterable[Hashable]) -> Index:
    """Return label -> index; raise ValueError where a label could mean two indices."""
    index: dict[Hashable, int] = {}
    for i, label in enumerate(labels):
        where = f"{name}[{i}] = {shown(label)}"
        if not isinstance(label, Hashable):
            raise ValueError(f"{where} is no label: it must be hashable, such as a string or tuple")
        if label in index:
            raise ValueError(f"{where} is the label of {index[label]} already; labels must differ")
        if _is_index(label) and label != i:
            raise ValueError(f"{where} is an integer, which means an index; give {str(label)!r}")
        index[label] = i
    return index


def _is_index(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def index_of(name: str, value: object, index: Index) -> object:
    """Return the index of a label; a number that is no label is left as it is.

    Raises ValueError naming the nearest label.
    """
    if not index or _is_index(value):
        return value
    if isinstance(value, Hashable) and value in index:
        return index[value]
    if isinstance(value, Number):
        return value
    nearest = get_close_matches(str(value), names := list(map(str, index)), n=1, cutoff=0.0)[0]
    label = list(index)[names.index(nearest)]
    raise ValueError(f"{name} = {shown(value)} is no label; the nearest is {label!r}")


def indices_of(name: str, values: object, index: Index) -> object:
    """Return a list of labels as a list of indices; anything else is left as it is."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "OU":
        values = values.tolist()
    if not index or not isinstance(values, (list, tuple)):
        return values
    return [index_of(f"{name}[{i}]", value, index) for i, value in enumerate(values)]


def counts_of(name: str, counts: object, index: Index) -> object:
    """Return a dictionary {label: number} as a list of numbers; anything else is left as it is."""
    if not index or not isinstance(counts, Mapping):
        return counts
    out: list[Any] = [0] * len(index)
    for label, number in counts.items():
        i = index_of(f"{name}: label", label, index)
        if not _is_index(i) or not 0 <= i < len(out):  # type: ignore[operator]
            raise ValueError(f"{name}: {shown(label)} is outside 0..{len(out) - 1}")
        out[i] = number  # type: ignore[call-overload]
    return out


def tabulate(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    function: Callable[[Any, Any], Any],
    name: str,
    index: Index | None = None,
) -> NDArray[np.float64]:
    """Return function(a, b) for a in `first`, b in `second`: finite numbers, or laws as rows.

    With `index` the results are laws {label: probability}, and a row lies over its labels.
    """

    def entry(call: str, result: Any) -> float | list[float]:
        if index is None:
            return check_number(call, result, "(-inf, inf)")
        return _row(call, result, index)

    return np.array(
        [[entry(f"{name}({a!r}, {b!r})", function(a, b)) for b in second] for a in first]
    )


def _row(call: str, law: Law, index: Index) -> list[float]:
    check_instance(call, law, Mapping)
    out = [0.0] * len(index)
    for label, probability in law.items():
        if not isinstance(label, Hashable) or label not in index:
            index_of(f"{call}: label", label, index)  # says which is the nearest
            raise ValueError(f"{call}: label {shown(label)} is none of the {len(index)} labels")
        out[index[label]] += check_number(f"{call}[{label!r}]", probability, "[0, inf)")
    if not np.isclose(sum(out), 1, rtol=0, atol=1e-9):
        raise ValueError(f"{call} sums to {sum(out)}, not to 1 within 1e-09")
    return out
