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
def _solved(system: str, n: int) -> tuple[ssq.StarMDP, ssq.QTable]:
    mdp = SYSTEMS[system]()
    return mdp, ssq.solve(mdp, n, 1e-6, progress=False)


def row(system: str, n: int, learner: str, k: int, samples: int, seed: int) -> Mapping[str, Any]:
    """Return the oracle calls and the loss of one table, and the half width of that loss.

    `learner`: "subsample", Algorithm 1 with m = `samples`, or a rate of plain Q-learning (k = n),
    with as many iterations: either way each (s_g, counts) of k agents is sampled `samples` times.
    """
    mdp, optimum = _solved(system, n)
    if learner == SUBSAMPLE:
        q = ssq.learn(mdp, k, samples, SWEEPS, seed, progress=False)
    else:
        q = q_learning(mdp, k, samples, learner, seed)
    lost, half_width = loss(mdp, q, optimum, seed)
    return {"calls": q.oracle_calls, "loss": lost, "half_width": half_width}


def _grid(
    system: str, n: int, of_q: tuple[int, ...], rates: tuple[str, ...]
) -> list[tuple[str, int, str, int, int]]:
    """Return (system, n, learner, k, samples) of every curve's points."""
    most = {1: 10_000, 2: 1000, 3: 100}
    of_k = [(SUBSAMPLE, k, 10**e) for k in most for e in range(5) if 10**e <= most[k]]
    of_n = [(rate, n, t) for rate in rates for t in of_q]
    return [(system, n, *curve) for curve in of_k + of_n]


_EVERY = (1, 4, 16, 64, 256)
_GRID = [
    *_grid("demand response", 4, _EVERY, tuple(RATES)),
    *_grid("demand response", 6, (1, 4, 16, 32), ("rescaled linear",)),
    *(point for n in (4, 6) for point in _grid("match", n, _EVERY, tuple(RATES))),
]
_NAMES = ("system", "n", "learner", "k", "samples")
AGAINST = Study(
    "samples_against_samples",
    tuple(dict(zip(_NAMES, p, strict=True)) | {"seed": s} for p in _GRID for s in range(SEEDS)),
    row,
)
STUDIES = (AGAINST,)
