"""Refusing a table that cannot fit, before it is allocated."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from math import log10
from pathlib import Path

CONTAINER = "/sys/fs/cgroup/memory"
NAMES = (  # of the limit, the use, and in a list the files read, which the kernel can drop
    (".max", ".current", ".stat", "inactive_file"),
    ("/memory.limit_in_bytes", "/memory.usage_in_bytes", "/memory.stat", "total_inactive_file"),
)


class TableTooLarge(ValueError):
    """A table that cannot fit in memory.

    `needed` and `available` are bytes; `largest_k` is the largest feasible k (0 if none is), or n
    where `name` says so.
    """

    def __init__(
        self, k: int, needed: int, available: int, largest_k: int, name: str, instead: str = ""
    ) -> None:
        shown = f"{needed:,}" if needed < 10**18 else f"10^{log10(needed):.1f}"
        super().__init__(
            f"{name} = {k} takes about {shown} bytes, {available:,} are available; "
            f"the largest {name} that fits is {largest_k}{instead and f'; {instead}'}"
        )
        self.needed, self.available, self.largest_k = needed, available, largest_k


def available() -> int:
    """Return the bytes this process may still take; a container's limit counts."""
    import psutil  # takes a while

    free = int(psutil.virtual_memory().available)
    for limit, used, statistics, dropped in NAMES:
        with suppress(OSError, ValueError):  # no such file, or the word "max"
            most, now = (int(Path(CONTAINER + name).read_text()) for name in (limit, used))
            with suppress(OSError, ValueError):
                lines = Path(CONTAINER + statistics).read_text().splitlines()
                now -= int(dict(line.split() for line in lines).get(dropped, 0))
            free = min(free, most - now)
    return max(free, 0)


def require(k: int, plan: Callable[[int], int], name: str = "k", instead: str = "") -> int:
    """Return `plan(k)` bytes, or raise TableTooLarge if not available; `plan` grows with k.

    `instead` says what else can be done.
    """
    needed, free = plan(k), available()
    if needed > free:
        high = 1
        while high < k and plan(high) <= free:
            high *= 2
        fits = bisect_right(range(1, min(high, k)), free, key=plan)
        raise TableTooLarge(k, needed, free, fits, name, instead)
    return needed
