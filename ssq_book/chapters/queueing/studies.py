"""Queueing at the paper's scale: n = 50 queues, T = 300, T' = 100, 8,000 runs of every rule."""

from typing import Any

import pandas as pd

from ssq_book.chapters.queueing import experiments as experiment
from ssq_book.studies.study import Study, points, read

_QUEUES = {"n": 50, "c": 30, "p": 0.8, "gamma": 0.9}
_PAPER = _QUEUES | {"m": 30, "iterations": 300, "horizon": 100}
_RUNS = _PAPER | {"runs": 8000, "seed": 0, "run_seed": 2403}
_PENALTIES, _LOADS = ("printed", "full"), ("consistent", "paper")
_LITERAL = ("literal", "literal-first")

_GAP, _SLOPE = "rule load penalty k", "rule load penalty first last"
GAP = Study(
    "queueing_gap",
    (
        *points(_GAP, ["jsq"], ["-"], _PENALTIES, experiment.KS, **_RUNS),
        *points(_GAP, experiment.TABLES, _LOADS, _PENALTIES, experiment.TABLE_KS, **_RUNS),
        *points(_GAP, _LITERAL, ["literal"], ["printed"], experiment.LITERAL_KS, **_RUNS),
    ),
    experiment.gap,
)

SLOPE = Study(
    "queueing_slope",
    (
        *points(_SLOPE, ["jsq"], ["-"], _PENALTIES, [1], [5], **_RUNS),
        *points(_SLOPE, ["jsq"], ["-"], _PENALTIES, [5], [16], **_RUNS),
        *points(_SLOPE, experiment.TABLES, _LOADS, _PENALTIES, [1], [5], **_RUNS),
    ),
    experiment.slope,
)

_TABLES = _QUEUES | {"iterations": 300, "seed": 2403}
_OF_SAMPLES = _TABLES | {"tables": 8, "horizon": 100, "runs": 1000}
SAMPLES = Study(
    "queueing_samples",
    points("load k m", _LOADS, [2, 3], [10, 30, 100, 300, 1000], **_OF_SAMPLES),
    experiment.samples,
)

_BIAS, _OF_BIAS = "load penalty draws k m", _TABLES | {"tables": 10}
BIAS = Study(
    "queueing_bias",
    (
        *points(_BIAS, _LOADS, _PENALTIES, ["shared", "separate"], [1, 2, 3], [30], **_OF_BIAS),
        *points(_BIAS, _LOADS, ["printed"], ["shared"], [2], [10, 100, 300, 1000], **_OF_BIAS),
    ),
    experiment.bias,
)

_ARRIVALS, _LOADED = "arrivals jobs d", _QUEUES | {"horizon": 100, "runs": 4000, "seed": 2403}
_JOBS = [1, 4, 10, 20, 28, 32, 36, 38]
LOADED = Study(
    "queueing_loaded",
    (
        *points(_ARRIVALS, ["same step"], _JOBS, experiment.CHOICES, **_LOADED),
        *points(_ARRIVALS, ["next step"], [20, 36], experiment.CHOICES, **_LOADED),
    ),
    experiment.loaded,
)

BOUND = Study(
    "queueing_bound", (_QUEUES | {"horizon": 100, "runs": 100_000, "seed": 2403},), experiment.bound
)
LOADED_BOUND = Study(
    "queueing_loaded_bound",
    points("jobs", _JOBS, **_QUEUES, horizon=100, runs=8000, seed=2403),
    experiment.loaded_bound,
)

_LONG = {"time": 400.0, "warm_up": 100.0, "replicas": 64, "seed": 2403}
SUPERMARKET = Study(
    "queueing_supermarket",
    points("n rate d", [50, 500], [0.5, 0.7, 0.8, 0.9], [1, 2, 3, 5], **_LONG),
    experiment.stationary,
)

STUDIES = (GAP, SLOPE, SAMPLES, BIAS, BOUND, LOADED, LOADED_BOUND, SUPERMARKET)


def stored(study: Study, **wanted: Any) -> pd.DataFrame:
    """Return the stored rows of a study whose parameters are those `wanted`; none if none are."""
    table = read(study.path)
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.reset_index(drop=True)
