"""Medians of repeated runs, contenders taking turns so that a busy moment hits all alike."""

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Clock:
    """Wall-clock and processor seconds of named parts of one run."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the part `name`."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu


Contender = Callable[[Clock], Any]


def race(
    contenders: Mapping[str, Contender], repeats: int, rehearse: bool = True
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return rows of timings, and what each contender returned last.

    Every contender runs once unmeasured if asked to `rehearse` (imports, compilation, caches of
    tables that any model shares), then `repeats` times in turn, each time in an order drawn anew:
    whoever runs before leaves caches and memory behind. A row holds a contender, a part of its run
    ("total" is their sum) and the median, least and most seconds, and the median seconds of the
    processor.
    """
    results = {name: run(Clock()) if rehearse else None for name, run in contenders.items()}
    clocks: dict[str, list[Clock]] = {name: [] for name in contenders}
    order = random.Random(0)
    for _ in range(repeats):
        for name in order.sample(list(contenders), len(contenders)):
            results[name] = None  # so that two large results never stand side by side
            gc.collect()
            clock = Clock()
            results[name] = contenders[name](clock)
            clocks[name].append(clock)
    rows = []
    for name, own in clocks.items():
        for part in ["total", *own[0].wall] if len(own[0].wall) > 1 else ["total"]:
            wall = [sum(c.wall.values()) if part == "total" else c.wall[part] for c in own]
            cpu = [sum(c.cpu.values()) if part == "total" else c.cpu[part] for c in own]
            numbers = {"seconds": median(wall), "least": min(wall), "most": max(wall)}
            numbers |= {"cpu_seconds": median(cpu), "repeats": len(own)}
            rows.append({"contender": name, "part": part, **numbers})
    return rows, results
