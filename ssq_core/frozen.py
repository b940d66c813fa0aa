"""Immutable data: what an object holds cannot be written to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def frozen(value: Any) -> Any:
    """Return `value` read-only: an array as a view, a list as a tuple, a dictionary as a proxy."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.setflags(write=False)
    elif type(value) in (list, tuple):
        value = tuple(map(frozen, value))
    elif isinstance(value, dict):
        value = MappingProxyType({name: frozen(entry) for name, entry in value.items()})
    return value


class cached_property(functools.cached_property[T]):
    """The one of functools, read-only."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        @functools.wraps(function)
        def read_only(owner: Any) -> Any:
            return frozen(function(owner))

        super().__init__(read_only)


class Frozen:
    """A frozen dataclass of read-only fields; a copy or an unpickled one is read-only, too."""

    def __post_init__(self) -> None:
        vars(self).update({name: frozen(value) for name, value in vars(self).items()})

    def __getstate__(self) -> dict[str, Any]:
        fields = vars(self).items()  # a proxy cannot be pickled
        return {name: dict(v) if isinstance(v, MappingProxyType) else v for name, v in fields}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({name: frozen(value) for name, value in state.items()})
