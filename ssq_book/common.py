"""Seeds for the parts of a chapter, derived from its one seed."""

from __future__ import annotations

import numpy as np


def spawn(seed: int, count: int) -> list[int]:
    """Return `count` seeds in 0..2^63-1 of independent streams, by `SeedSequence.spawn`.

    The first ones do not depend on `count`, and a table holds them as signed integers. Added seeds
    (seed, seed + 1, ...) would make the runs of neighbouring seeds share most of their streams.
    Raises ValueError for a negative seed.
    """
    children = np.random.SeedSequence(seed).spawn(count)
    return [int(child.generate_state(1, np.uint64)[0] >> 1) for child in children]
