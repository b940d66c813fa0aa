"""The extensions that the paper names and leaves out, each small enough for an exact answer.

`rewards`: the empirical operator with sampled rewards. `online`: Q-learning along one trajectory.
`fitted`: a regressor in place of the table.
"""

from ssq_book.limits import GAMMA, SEED, WEIGHT, count, real

LIMITS = {
    "k": count(1, "n"),
    "m": count(1, 1000),
    "n": count(1, 20),
    "noise": real(0, 1000),
    "p": real(0, 1),
    "gamma": GAMMA,
    "runs": count(2, 1000),
    "steps": count(400, 10_000_000),
    "weight": WEIGHT,
    "transitions": count(100, 1_000_000),
    "replicates": count(2, 1000),
    "seed": SEED,
}
SWEEP = ("extensions-uniform", 32)
