"""Bad inputs of what is asked of n agents: values, gaps, and Algorithm 2."""

from __future__ import annotations

import ssq_core as ssq
from ssq_core.companion.bad_inputs.made import BLOCK, DEMAND, MATCH, OTHER, PI, Q
from ssq_core.companion.bad_inputs.refused import Refused

EVALUATION = [
    Refused(
        "value-model",
        "pi",
        lambda: ssq.policy_value(OTHER, PI),
        "pi was made for another model than mdp",
    ),
    Refused(
        "value-tol",
        "tol",
        lambda: ssq.policy_value(MATCH, PI, tol=-1e-8),
        "tol must be positive and finite, got -1e-08",
    ),
    Refused(
        "value-block",
        "type counts",
        lambda: ssq.policy_value(DEMAND, ssq.SubsampledPolicy(BLOCK, n=3)),
        "type counts [2, 0] lie outside the solved blocks ((1, 1),)",
    ),
    Refused(
        "value-huge",
        "n",
        lambda: ssq.policy_value(MATCH, ssq.SubsampledPolicy(Q, n=10**9)),
        "n = 1000000000 takes about 10^19.6 bytes, … are available; the largest n that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "gap-k", "k", lambda: ssq.optimality_gap(MATCH, k=3, n=2), "k must be at most 2, got 3"
    ),
    Refused(
        "gap-n", "n", lambda: ssq.optimality_gap(MATCH, k=1, n=0), "n must be at least 1, got 0"
    ),
    Refused(
        "gap-rule",
        "rule",
        lambda: ssq.optimality_gap(MATCH, k=1, n=2, rule="all"),
        "rule must be one of subsets, actions; got 'all'",
    ),
    Refused(
        "gap-huge",
        "n",
        lambda: ssq.optimality_gap(DEMAND, k=1, n=10**6),
        "n = 1000000 takes about 10^145.1 bytes, … are available; the largest n that fits is …",
        ssq.TableTooLarge,
    ),
]
EXECUTION = [
    Refused(
        "execute-pair",
        "start",
        lambda: ssq.execute(MATCH, Q, start=0, horizon=5, runs=5),
        "start must be a pair (s_g, counts), got 0",
    ),
    Refused(
        "execute-s_g",
        "s_g",
        lambda: ssq.execute(MATCH, Q, start=(2, [3, 1]), horizon=5, runs=5),
        "start: s_g = 2 is outside 0..1",
    ),
    Refused(
        "execute-length",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1, 1]), horizon=5, runs=5),
        "start: counts has shape (3,), expected (2,) or (5, 2)",
    ),
    Refused(
        "execute-axis",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [[3, 1]] * 4), horizon=5, runs=5),
        "start: counts has shape (4, 2), expected (2,) or (5, 2)",
    ),
    Refused(
        "execute-negative",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, -1]), horizon=5, runs=5),
        "start: counts[1] = -1 is outside 0..4503599627370496",
    ),
    Refused(
        "execute-fraction",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [1.5, 1.5]), horizon=5, runs=5),
        "start: counts must be integers, got [1.5, 1.5]",
    ),
    Refused(
        "execute-sums",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [[3, 1], [1, 1]]), horizon=5, runs=2),
        "start: counts must sum to one n in all runs, got 2 to 4",
    ),
    Refused(
        "execute-few",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [1, 0]), horizon=5, runs=5),
        "start: counts sum to n = 1, but k = 2 agents are sampled",
    ),
    Refused(
        "execute-many",
        "counts",
        lambda: ssq.execute(MATCH, Q, start=(0, [2**60, 1]), horizon=5, runs=5),
        "start: counts[0] = 1152921504606846976 is outside 0..4503599627370496",
    ),
    Refused(
        "execute-horizon",
        "horizon",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1]), horizon=0, runs=5),
        "horizon must be at least 1, got 0",
    ),
    Refused(
        "execute-runs",
        "runs",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1]), horizon=5, runs=0),
        "runs must be at least 1, got 0",
    ),
    Refused(
        "execute-huge",
        "horizon",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1]), horizon=10**7, runs=10**6),
        "horizon = 10000000 takes about 160,000,160,000,000 bytes, … are available; the "
        "largest horizon that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "execute-long",
        "horizon",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1]), horizon=10**12, runs=5),
        "horizon must be at most 10000000, got 1000000000000",
    ),
    Refused(
        "execute-seed",
        "seed",
        lambda: ssq.execute(MATCH, Q, start=(0, [3, 1]), horizon=5, runs=5, seed=-1),
        "seed must be at least 0, got -1",
    ),
    Refused(
        "execute-model",
        "q",
        lambda: ssq.execute(OTHER, Q, start=(0, [3, 1]), horizon=5, runs=5),
        "q was made for another model than mdp",
    ),
]
