"""Bad arguments of sweeps: refused before a kernel starts, and before a worker does."""

from __future__ import annotations

from ssq_core.companion.bad_inputs.command import Ended, shell
from ssq_core.companion.bad_inputs.refused import Refused

SWEEP = [
    Refused(
        "sweep-falling",
        "k",
        lambda: shell("ssq sweep queueing -p k=3..1"),
        "exit 2: ssq: k must rise in a range, got 3..1",
        Ended,
    ),
    Refused(
        "sweep-twice",
        "k",
        lambda: shell("ssq sweep queueing -p k=1..2,2"),
        "exit 2: ssq: k must be given each value once, got 1..2,2",
        Ended,
    ),
    Refused(
        "sweep-empty",
        "m",
        lambda: shell("ssq sweep queueing -p m=10,,30"),
        "exit 2: ssq: m must be an integer, got ''",
        Ended,
    ),
    Refused(
        "sweep-outside",
        "k",
        lambda: shell("ssq sweep queueing -p k=1..6"),
        "exit 2: ssq: k must be at most 5, got 6",
        Ended,
    ),
    Refused(
        "sweep-endless",
        "m",
        lambda: shell("ssq sweep queueing -p m=1..1000000000"),
        "exit 2: ssq: m must have at most 10000 values, got 1..1000000000",
        Ended,
    ),
    Refused(
        "sweep-points",
        "-p",
        lambda: shell("ssq sweep queueing -p m=1..10000 -p jobs=1..1000 -p horizon=1..100"),
        "exit 2: ssq: a sweep has at most 100,000 points, -p and --seeds ask 1,000,000,000",
        Ended,
    ),
    Refused(
        "sweep-many-seeds",
        "--seeds",
        lambda: shell("ssq sweep queueing --seeds 1000000000"),
        "exit 2: ssq: a sweep has at most 100,000 points, -p and --seeds ask 1,000,000,000",
        Ended,
    ),
    Refused(
        "sweep-no-seeds",
        "--seeds",
        lambda: shell("ssq sweep queueing --seeds 0"),
        "exit 2: ssq: --seeds must be at least 1, got 0",
        Ended,
    ),
    Refused(
        "sweep-seeds-word",
        "--seeds",
        lambda: shell("ssq sweep queueing --seeds two"),
        "exit 2: ssq sweep: error: argument --seeds: invalid int value: 'two'",
        Ended,
    ),
    Refused(
        "sweep-two-seeds",
        "seed",
        lambda: shell("ssq sweep queueing -p seed=1,2 --seeds 3"),
        "exit 2: ssq: seed must be one value beside --seeds, got 2",
        Ended,
    ),
    Refused(
        "sweep-seedless",
        "seed",
        lambda: shell("ssq sweep performance --seeds 3"),
        "exit 2: ssq: performance has no parameter seed; …",
        Ended,
    ),
    Refused(
        "sweep-workers",
        "--workers",
        lambda: shell("ssq sweep queueing --workers 0"),
        "exit 2: ssq: --workers must be at least 1, got 0",
        Ended,
    ),
    Refused(
        "sweep-both",
        "--scheduler",
        lambda: shell("ssq sweep queueing --workers 2 --scheduler tcp://host:8786"),
        "exit 2: ssq sweep: error: argument --scheduler: not allowed with argument --workers",
        Ended,
    ),
    Refused(
        "sweep-plot",
        "--plot",
        lambda: shell("ssq sweep model --plot model-sample"),
        "exit 2: ssq: --plot must be a number that the chapter glues, got 'model-sample'; the "
        "nearest is model-samples",
        Ended,
    ),
    Refused(
        "sweep-out",
        "--out",
        lambda: shell("ssq sweep queueing --out /dev/null/sweep"),
        "exit 2: ssq: --out must be a folder, /dev/null is a file",
        Ended,
    ),
]
