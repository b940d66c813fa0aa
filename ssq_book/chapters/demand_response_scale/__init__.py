"""Demand response with many users."""

from ssq_book.limits import GAMMA, SEED, WEIGHT, count

LIMITS = {
    "k": count(5, "n1 + n2"),
    "tables": count(2, 4),
    "n1": count(1),
    "n2": count(1),
    "n1 + n2": count(5, 1000),  # every user is followed
    "weight": WEIGHT,
    "gamma": GAMMA,
    "runs": count(10, 1_000_000, multiple=5),
    "horizon": count(1, 10_000),
    "seed": SEED,
}
SWEEP = ("scale-state-width", 15)
