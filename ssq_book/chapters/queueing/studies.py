"""Queueing at the paper's scale: n = 50 queues, T = 300, T' = 100, 8,000 runs of every rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ssq_book.chapters.queueing import experiments as experiment
from ssq_book.chapters.queueing.experiments import points
from ssq_book.studies.study import Study, read

_QUEUES = {"n": 50, "c": 30, "p": 0.8, "gamma": 0.9}
_PAPER = _QUEUES | {"m": 30, "iterations": 300, "horizon": 100}
_RUNS = _PAPER | {"runs": 8000, "seed": 0, "run_seed": 2403}
_PENALTIES, _LOADS = ("printed", "full"), ("consistent", "paper")


GAP = Study(
    "queueing_gap",
    (
        *points("rule load penalty k", ["jsq"], ["-"], _PENALTIES, experiment.KS, **_RUNS),
        *points(
            "rule load penalty k",
            experiment.TABLES,
            _LOADS,
            _PENALTIES,
            experiment.TABLE_KS,
            **_RUNS,
        ),
        *points(
            "rule load penalty k",
            ["literal", "literal-first"],
            ["literal"],
            ["printed"],
            experiment.LITERAL_KS,
            **_RUNS,
        ),
    ),
    experiment.gap,
)

_SLOPE = "rule load penalty first last"
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
SAMPLES = Study(
    "queueing_samples",
    points(
        "load k m",
        _LOADS,
        [2, 3],
        [10, 30, 100, 300, 1000],
        **_TABLES,
        tables=8,
        horizon=100,
        runs=1000,
    ),
    experiment.samples,
)

BIAS = Study(
    "queueing_bias",
    points(
        "load penalty draws k m",
        _LOADS,
        _PENALTIES,
        ["shared", "separate"],
        [1, 2, 3],
        [30],
        **_TABLES,
        tables=10,
    )
    + points(
        "load penalty draws k m",
        _LOADS,
        ["printed"],
        ["shared"],
        [2],
        [10, 100, 300, 1000],
        **_TABLES,
        tables=10,
    ),
    experiment.bias,
)

_LOADED = _QUEUES | {"horizon": 100, "runs": 4000, "seed": 2403}
LOADED = Study(
    "queueing_loaded",
    points(
        "arrivals jobs d",
        ["same step"],
        [1, 4, 10, 20, 28, 32, 36, 38],
        experiment.CHOICES,
        **_LOADED,
    )
    + points("arrivals jobs d", ["next step"], [20, 36], experiment.CHOICES, **_LOADED),
    experiment.loaded,
)

SUPERMARKET = Study(
    "queueing_supermarket",
    points(
        "n rate d",
        [50, 500],
        [0.5, 0.7, 0.8, 0.9],
        [1, 2, 3, 5],
        time=400.0,
        warm_up=100.0,
        replicas=64,
        seed=2403,
    ),
    experiment.stationary,
)

STUDIES = (GAP, SLOPE, SAMPLES, BIAS, LOADED, SUPERMARKET)


def stored(study: Study, **wanted: Any) -> pd.DataFrame:
    """Return the stored rows of a study whose parameters are those `wanted`; none if none are."""
    table = read(study.path)
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.reset_index(drop=True)
