"""The queueing chapter."""

from ssq_book.limits import GAMMA, SEED, count, real

LIMITS = {
    "k": count(1, 5),
    "m": count(1, 10_000),
    "n": count(6, 1_000_000),
    "c": count(1, 100),
    "p": real(0, 1),
    "gamma": GAMMA,
    "iterations": count(1, 10_000),
    "horizon": count(1, 10_000),
    "runs": count(4, 1_000_000, multiple=2),
    "jobs": count(1, 1000),
    "seed": SEED,
}
SWEEP = ("queueing-learned-consistent-printed", 24)
