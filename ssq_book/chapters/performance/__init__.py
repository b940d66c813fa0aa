"""The chapter on performance."""

from ssq_book.limits import WEIGHT, count

LIMITS = {
    "k": count(1, 3),
    "weight": WEIGHT,
    "repeats": count(1, 100),
}
SWEEP = ("performance-live-ratio", 12)
