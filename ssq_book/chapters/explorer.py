"""The explorers' chapter."""

from ssq_book.limits import GAMMA, SEED, WEIGHT, count, real

LIMITS = {
    "k": count(1, "n1 + n2"),
    "m": count(0, 10_000),
    "weight": WEIGHT,
    "gamma": GAMMA,
    "n1": count(0),
    "n2": count(0),
    "n1 + n2": count(1, 6),
    "iterations": count(1, 10_000),
    "seed": SEED,
    "load": real(0, 1.5),
}
SWEEP = ("explorer-few-mean", 17)
