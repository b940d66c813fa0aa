"""Samples against samples: losses of plain Q-learning and of SUB-SAMPLE-Q against oracle calls."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ssq_core as ssq
from ssq_book.chapters.samples.q_learning import RATES, loss, one_type, q_learning
from ssq_book.studies.study import Study

WEIGHT, GAMMA, SEEDS = 1.5, 0.9, 10
SWEEPS = 200  # of Algorithm 1, whose samples are fixed: they cost no calls; 0.9^200 < 1e-9
SUBSAMPLE = "subsample"
SYSTEMS = {
    "demand response": lambda: one_type(WEIGHT, GAMMA),
    "match": lambda: ssq.counterexamples.match(0.75, GAMMA),
}


@lru_cache(maxsize=1)
def _solved(system: str, n: int) -> ssq.QTable:
    return ssq.solve(SYSTEMS[system](), n, 1e-6, progress=False)


def row(system: str, n: int, learner: str, k: int, samples: int, seed: int) -> Mapping[str, Any]:
    """Return the oracle calls and the loss of one table, and the half width of that loss.

    `learner`: "subsample", Algorithm 1 with m = `samples`, or a rate of plain Q-learning (k = n),
    with as many iterations: either way each (s_g, counts) of k agents is sampled `samples` times.
    """
    optimum = _solved(system, n)
    if learner == SUBSAMPLE:
        q = ssq.learn(optimum.mdp, k, samples, SWEEPS, seed, progress=False)
    else:
        q = q_learning(optimum.mdp, k, samples, learner, seed)
    lost, half_width = loss(q, optimum, seed)
    return {"calls": q.oracle_calls, "loss": lost, "half_width": half_width}


_EVERY = (1, 4, 16, 64, 256)  # samples of plain Q-learning
_CURVES = (
    ("demand response", 4, _EVERY, RATES),
    ("demand response", 6, (1, 4, 16, 32), ("rescaled linear",)),
    ("match", 4, _EVERY, RATES),
    ("match", 6, _EVERY, RATES),
)
_OF_K = [(SUBSAMPLE, k, 10**e) for k in (1, 2, 3) for e in range(6 - k)]
_POINTS = [
    {"system": system, "n": n, "learner": learner, "k": k, "samples": samples}
    for system, n, of_n, rates in _CURVES
    for learner, k, samples in [*_OF_K, *((rate, n, t) for rate in rates for t in of_n)]
]
AGAINST = Study(
    "samples_against_samples",
    tuple(point | {"seed": seed} for point in _POINTS for seed in range(SEEDS)),
    row,
)
STUDIES = (AGAINST,)
