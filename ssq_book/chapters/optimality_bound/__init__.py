"""The chapter on the bound of Theorem 3.2."""

from ssq_book.limits import GAMMA, WEIGHT, count

LIMITS = {
    "n": count(2, 10_000),
    "k": count(1, "n"),
    "size": count(2, 10_000),
    "actions": count(2, 10_000),
    "gamma": GAMMA,
    "large_n": count(1000, 10**9),
    "weight": WEIGHT,
    "per_type": count(1, 3),
}
SWEEP = ("optimality-first-printed", 4)
