"""Refusing a table that cannot fit, before it is allocated."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable
from math import log10
from pathlib import Path


class TableTooLarge(ValueError):
    """A table that cannot fit in memory.

    `needed` and `available` are bytes; `largest_k` is the largest feasible k (0 if none is), or n
    where `name` says so.
    """

    def __init__(self, k: int, needed: int, available: int, largest_k: int, name: str) -> None:
        shown = f"{needed:,}" if needed < 10**18 else f"10^{log10(needed):.1f}"
        super().__init__(
            f"{name} = {k} takes about {shown} bytes, {available:,} are available; "
            f"the largest {name} that fits is {largest_k}"
        )
        self.needed, self.available, self.largest_k = needed, available, largest_k


def _container_limit() -> int | None:
    """Return what the container's memory limit leaves, or None without a limit."""
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ):
        try:
            return int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):  # no such file, or the word "max"
            continue
    return None


def available() -> int:
    """Return the bytes this process may still take; a container's limit counts."""
    try:
        import psutil

        free = int(psutil.virtual_memory().available)
    except ImportError:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _container_limit()
    return free if limit is None else min(free, max(limit, 0))


def require(k: int, plan: Callable[[int], int], name: str = "k") -> int:
    """Return `plan(k)` bytes, or raise TableTooLarge if not available; `plan` grows with k."""
    needed, free = plan(k), available()
    if needed > free:
        high = 1
        while high < k and plan(high) <= free:
            high *= 2
        fits = bisect_right(range(1, min(high, k)), free, key=plan)
        raise TableTooLarge(k, needed, free, fits, name)
    return needed
