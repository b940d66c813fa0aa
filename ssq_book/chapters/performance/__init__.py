"""The chapter on performance."""

from ssq_book.limits import WEIGHT, count

LIMITS = {
    "k": count(1, 3),
    "m": count(1, 10_000),
    "weight": WEIGHT,
    "updates": count(1, 100_000),
    "repeats": count(1, 100),
}
SWEEP = ("performance-live-update", 12)
