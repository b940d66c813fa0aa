"""The chapter on demand response of few users, solved exactly."""

from ssq_book.limits import GAMMA, SEED, WEIGHT, count

LIMITS = {
    "k": count(1, "n1 + n2"),
    "m": count(1, 10_000),
    "weight": WEIGHT,
    "gamma": GAMMA,
    "n1": count(0),
    "n2": count(0),
    "n1 + n2": count(1, 6),
    "learned_n1": count(0),
    "learned_n2": count(0),
    "learned_n1 + learned_n2": count(1, 4),
    "iterations": count(1, 10_000),
    "seeds": count(2, 1000),
    "seed": SEED,
}
SWEEP = ("demand-learned-mean", 22)
