"""Choosing k: what a policy loses at any n, and which k is enough."""

from ssq_book.limits import GAMMA, SEED, WEIGHT, count, real

LIMITS = {
    "n": count(10, 10**9),
    "k_max": count(2, 4),
    "loss": real(0.01, 1000),
    "weight": WEIGHT,
    "vehicles": count(100, 10**9),
    "wish": real(0, 1000),
    "gamma": GAMMA,
    "runs": count(100, 100_000),
    "queues": count(2, 200),
    "seed": SEED,
}
SWEEP = ("choosing-ev-upper", 20)
