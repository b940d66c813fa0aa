"""The page of links to the explorers, which holds all four with a kernel."""

from ssq_book.limits import SEED, WEIGHT, count, real

LIMITS = {
    "k": count(1, "n1 + n2"),
    "m": count(0, 10_000),
    "weight": WEIGHT,
    "n1": count(0),
    "n2": count(0),
    "n1 + n2": count(1, 6),
    "seed": SEED,
    "load": real(0, 1.5),
}
SWEEP = ("explorer-gap", 17)
