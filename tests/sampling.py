"""Samples without replacement, slow and direct: every population, every sample."""

import itertools
import math
from collections import defaultdict
from fractions import Fraction


def partitions(n, largest=None):
    """Every population of n agents, up to the names of its states."""
    if n == 0:
        yield ()
    for first in range(min(n, largest or n), 0, -1):
        for rest in partitions(n - first, first):
            yield (first, *rest)


def law(counts, k, distance, replace=False):
    """The exact law of the distance, {distance: probability}, by enumerating every sample."""
    n = sum(counts)
    out = defaultdict(Fraction)
    for x in itertools.product(*(range(1 + (k if replace else min(c, k))) for c in counts)):
        if sum(x) != k:
            continue
        apart = [abs(Fraction(x_j, k) - Fraction(c, n)) for x_j, c in zip(x, counts, strict=True)]
        if replace:
            weight = Fraction(math.factorial(k), math.prod(map(math.factorial, x)))
            weight *= math.prod(Fraction(c, n) ** x_j for x_j, c in zip(x, counts, strict=True))
        else:
            ways = math.prod(math.comb(c, x_j) for x_j, c in zip(x, counts, strict=True))
            weight = Fraction(ways, math.comb(n, k))
        out[max(apart) if distance == "sup" else sum(apart) / 2] += weight
    return dict(out)


def at_least(table, eps):
    return sum(weight for apart, weight in table.items() if apart >= eps)


CASES = [(counts, k) for n in (1, 2, 4, 6, 7) for counts in partitions(n) for k in range(1, n + 1)]
