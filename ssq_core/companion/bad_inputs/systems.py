"""Bad inputs of queueing and of the example systems."""

from __future__ import annotations

import ssq_core as ssq
from ssq_core.companion.bad_inputs.made import NAN, QUEUES
from ssq_core.companion.bad_inputs.refused import Refused
from ssq_core.systems.queueing import Dispatch

QUEUEING = [
    Refused(
        "queues-n", "n", lambda: Dispatch(n=0, c=5, p=0.8, gamma=0.9), "n must be at least 1, got 0"
    ),
    Refused(
        "queues-p",
        "p",
        lambda: Dispatch(n=4, c=5, p=0.0, gamma=0.9),
        "p must lie in (0, 1], got 0.0",
    ),
    Refused(
        "queues-p-text",
        "p",
        lambda: Dispatch(n=4, c=5, p="high", gamma=0.9),
        "p must lie in (0, 1], got 'high'",
    ),
    Refused(
        "queues-penalty",
        "penalty",
        lambda: Dispatch(n=4, c=5, p=0.8, gamma=0.9, penalty="none"),
        "penalty must be one of printed, full; got 'none'",
    ),
    Refused("queues-k", "k", lambda: QUEUES.solve(k=5), "k must be at most 4, got 5"),
    Refused(
        "queues-k-huge",
        "k",
        lambda: Dispatch(n=50, c=30, p=0.8, gamma=0.9).solve(k=50),
        "k = 50 takes about 10^39.0 bytes, … are available; the largest k that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "queues-gap-huge",
        "n",
        lambda: Dispatch(n=50, c=30, p=0.8, gamma=0.9).optimality_gap(1),
        "n = 50 takes about 10^39.0 bytes, … are available; the largest n that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "queues-gap-rule",
        "k",
        lambda: QUEUES.optimality_gap(("jsq",)),
        "k must be an integer, a Table or (\"jsq\", k); got ('jsq',)",
    ),
    Refused(
        "queues-rule",
        "rule",
        lambda: QUEUES.simulate("shortest"),
        'rule must be "random", "literal", ("jsq", k), ("literal", k), ("literal-first", k) '
        "or a Table; got 'shortest'",
    ),
    Refused(
        "queues-start",
        "start",
        lambda: QUEUES.simulate("random", start=[0, 0, 0, 6]),
        "start[3] = 6 is outside 0..5",
    ),
    Refused(
        "queues-start-fraction",
        "start",
        lambda: QUEUES.simulate("random", start=[0, 0, 0, 0.5]),
        "start must be integers, got [0, 0, 0, 0.5]",
    ),
    Refused(
        "queues-horizon",
        "horizon",
        lambda: QUEUES.simulate("random", horizon=10**12),
        "horizon must be at most 10000000, got 1000000000000",
    ),
    Refused(
        "queues-runs",
        "runs",
        lambda: QUEUES.simulate("random", runs=10**13),
        "runs = 10000000000000 takes about 80,000,000,000,256 bytes, … are available; the "
        "largest runs that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "queues-antithetic",
        "runs",
        lambda: QUEUES.simulate("random", start="antithetic", runs=3),
        "runs must be even with start='antithetic', got 3",
    ),
    Refused(
        "queues-action",
        "others",
        lambda: QUEUES.solve(k=2).action(0, [9]),
        "others[0] = 9 is outside 0..5",
    ),
]
EXAMPLES = [
    Refused(
        "demand-weight",
        "weight",
        lambda: ssq.demand_response(weight=NAN),
        "weight must lie in (-inf, inf), got nan",
    ),
    Refused(
        "demand-gamma",
        "gamma",
        lambda: ssq.demand_response(gamma=1.0),
        "gamma must lie in (0, 1), got 1.0",
    ),
    Refused(
        "match-p",
        "p",
        lambda: ssq.counterexamples.match(p=1.5, gamma=0.5),
        "p must lie in [0, 1], got 1.5",
    ),
    Refused(
        "overfit-m",
        "m",
        lambda: ssq.counterexamples.overfit(m=7, gamma=0.5),
        "m must be at most 6, got 7",
    ),
    Refused(
        "fork-majority",
        "majority",
        lambda: ssq.counterexamples.fork_loss(n=4, majority=1, gamma=0.5),
        "majority must be at least 2, got 1",
    ),
    Refused(
        "fork-gamma",
        "gamma",
        lambda: ssq.counterexamples.fork_loss(n=4, majority=3, gamma=1),
        "gamma must lie in (0, 1), got 1",
    ),
]
