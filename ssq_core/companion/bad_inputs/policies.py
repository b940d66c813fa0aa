"""Bad inputs of learning, of tables, and of the policies made from them."""

from __future__ import annotations

import ssq_core as ssq
from ssq_core import bellman
from ssq_core.companion.bad_inputs.made import BLOCK, MATCH, NAN, PI, Q
from ssq_core.companion.bad_inputs.refused import Refused

LEARNING = [
    Refused(
        "learn-progress",
        "progress",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, progress="yes"),
        "progress must be a bool or Callable, got 'yes'",
    ),
    Refused("operator-k-0", "k", lambda: bellman.plain(MATCH, k=0), "k must be at least 1, got 0"),
    Refused(
        "learn-m-0",
        "m",
        lambda: ssq.learn(MATCH, k=1, m=0, iterations=5),
        "m must be at least 1, got 0",
    ),
    Refused(
        "learn-m-huge",
        "k",
        lambda: ssq.learn(MATCH, k=1, m=10**12, iterations=5),
        "k = 1 takes about 96,000,167,772,512 bytes, … are available; the largest k that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "learn-iterations-huge",
        "iterations",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=10**12),
        "iterations must be at most 10000000, got 1000000000000",
    ),
    Refused(
        "learn-seed-negative",
        "seed",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, seed=-1),
        "seed must be at least 0, got -1",
    ),
    Refused(
        "learn-seed-none",
        "seed",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, seed=None),
        "seed must be an integer, got None",
    ),
    Refused(
        "learn-seed-float",
        "seed",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, seed=0.5),
        "seed must be an integer, got 0.5",
    ),
    Refused(
        "learn-samples",
        "samples",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, samples="new"),
        "samples must be one of fixed, fresh; got 'new'",
    ),
    Refused(
        "learn-rate-0",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, learning_rate=0.0),
        "learning_rate at t = 1 must lie in (0, 1], got 0.0",
    ),
    Refused(
        "learn-rate-nan",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, learning_rate=NAN),
        "learning_rate at t = 1 must lie in (0, 1], got nan",
    ),
    Refused(
        "learn-rate-short",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, learning_rate=[0.5, 0.5]),
        "learning_rate has shape (2,), not (5,) or longer",
    ),
    Refused(
        "learn-rate-entry",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=3, learning_rate=[1, 0.5, 2]),
        "learning_rate at t = 3 must lie in (0, 1], got 2.0",
    ),
    Refused(
        "learn-rate-function",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, learning_rate=lambda t: 2 / t),
        "learning_rate at t = 1 must lie in (0, 1], got 2.0",
    ),
    Refused(
        "learn-rate-text",
        "learning_rate",
        lambda: ssq.learn(MATCH, k=1, m=5, iterations=5, learning_rate="fast"),
        "learning_rate must be a regular array of numbers, got 'fast'",
    ),
]
POLICIES = [
    Refused("at-index", "s_g", lambda: Q.at(2, [0, 1]), "s_g = 2 is outside 0..1"),
    Refused("at-negative", "s_g", lambda: Q.at(-1, [0, 1]), "s_g = -1 is outside 0..1"),
    Refused("at-bool", "s_g", lambda: Q.at(True, [0, 1]), "s_g must be an integer, got True"),
    Refused("at-state", "states", lambda: Q.at(0, [0, 2]), "states[1] = 2 is outside 0..1"),
    Refused(
        "at-number",
        "states",
        lambda: Q.at(0, [0, 1, 1]),
        "states must hold 2 local state indices, got shape (3,)",
    ),
    Refused(
        "at-float", "states", lambda: Q.at(0, [0.0, 1.0]), "states must be integers, got [0.0, 1.0]"
    ),
    Refused(
        "at-text",
        "states",
        lambda: Q.at(0, "01"),
        "states must be a regular array of numbers, got '01'",
    ),
    Refused(
        "at-nested",
        "states",
        lambda: Q.value(0, [[0, 1]]),
        "states must hold 2 local state indices, got shape (1, 2)",
    ),
    Refused(
        "at-block",
        "type counts",
        lambda: BLOCK.action(0, [0, 1]),
        "type counts [2, 0] lie outside the solved blocks ((1, 1),)",
    ),
    Refused(
        "policy-n", "n", lambda: ssq.SubsampledPolicy(Q, n=1), "k = 2 sampled agents exceed n = 1"
    ),
    Refused(
        "policy-n-float",
        "n",
        lambda: ssq.SubsampledPolicy(Q, n=3.0),
        "n must be an integer, got 3.0",
    ),
    Refused(
        "policy-rule",
        "rule",
        lambda: ssq.SubsampledPolicy(Q, n=3, rule="majority"),
        "rule must be one of subsets, actions; got 'majority'",
    ),
    Refused(
        "policy-states",
        "states",
        lambda: PI.action_probabilities(0, [0, 1]),
        "states must hold 3 local state indices, got shape (2,)",
    ),
]
