"""The chapter on sampling without replacement."""

from ssq_book.limits import SEED, count, real

LIMITS = {
    "n": count(2, 500),
    "size": count(2, "n"),
    "k": count(1, "n"),
    "eps": real(0, 1),
    "delta": real(0, 0.5),
    "draws": count(100, 10_000_000),
    "seed": SEED,
    "small": count(1, 9),
}
SWEEP = ("concentration-broken", 5)
