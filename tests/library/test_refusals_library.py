"""What the library refuses: every call raises the exception, in the whole message, told here.

What the tests of a module refuse, or the table in the library's page, is not repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import bounds, concentration, mean_field
from ssq_core import operators as bellman
from ssq_core.systems.queueing import Dispatch

MATCH = ssq.counterexamples.match(0.75, gamma=0.5)  # 2 global, 2 local states, 2 actions
DEMAND = ssq.demand_response(1.5)  # two conserved types
Q = ssq.solve(MATCH, k=2, progress=False)
BLOCK = ssq.solve(DEMAND, k=2, tol=1e-3, type_counts=(1, 1), progress=False)
PI = ssq.SubsampledPolicy(Q, n=3)
MODEL = {name: getattr(MATCH, name) for name in ("P_g", "P_l", "r_g", "r_l", "gamma")}
QUEUES, MANY = Dispatch(n=4, c=5, p=0.8, gamma=0.9), Dispatch(n=50, c=30, p=0.8, gamma=0.9)
NAN, INF = math.nan, math.inf

solve = partial(ssq.solve, MATCH, k=1)
blocks = partial(ssq.solve, DEMAND, k=2)
learn = partial(ssq.learn, MATCH, k=1, m=5, iterations=5)
execute = partial(ssq.execute, MATCH, Q, start=(0, [3, 1]), horizon=5, runs=5)


def star(**changed: Any) -> ssq.StarMDP:
    """Return MATCH with some of its arguments changed."""
    return ssq.StarMDP(**(MODEL | changed))


Row = tuple[Callable[[], Any], str]
SOLVING: list[Row] = [
    (lambda: star(gamma="0.9"), r"gamma must lie in \(0, 1\), got '0.9'"),
    (lambda: star(gamma=True), r"gamma must lie in \(0, 1\), got True"),
    (lambda: star(P_g=[[1, 0], [0]]), r"P_g must be a regular array of numbers, got \[\[1, 0.*"),
    (lambda: star(P_g="identity"), "P_g must be a regular array of numbers, got 'identity'"),
    (
        lambda: star(r_g=np.full((2, 2), 1e300)),
        r"r_g\[0, 0\] = 1e\+300 is not finite, at most 1e.*",
    ),
    (lambda: star(labels={"a": ["b"]}), r"labels must be a dict of s_g, s_i, a_g; got \{'a'.*"),
    (lambda: star(stages=(MATCH.P_l,)), r"stages must be a pair \(F, H\), got \(array.*"),
    (lambda: solve(k=2.0), "k must be an integer, got 2.0"),
    (lambda: solve(k=True), "k must be an integer, got True"),
    (lambda: solve(k="2"), "k must be an integer, got '2'"),
    (lambda: solve(tol=NAN), "tol must be positive and finite, got nan"),
    (lambda: solve(tol=INF), "tol must be positive and finite, got inf"),
    (lambda: solve(tol="small"), "tol must be positive and finite, got 'small'"),
    (lambda: solve(iterations=10**9), "iterations must be at most 10000000, got 1000000000"),
    (
        lambda: blocks(type_counts=2),
        r"type_counts must have one entry per conserved.* \(2\), got 2",
    ),
    (lambda: blocks(type_counts=(3, -1)), r"type_counts\[1\] must be at least 0, got -1"),
    (lambda: blocks(type_counts=(1.0, 1.0)), r"type_counts\[0\] must be an integer, got 1.0"),
    (lambda: bellman.plain(MATCH, k=0), "k must be at least 1, got 0"),
    (lambda: learn(progress="yes"), "progress must be a bool or Callable, got 'yes'"),
    (lambda: learn(iterations=10**12), "iterations must be at most 10000000, got 1000000000000"),
    (lambda: learn(seed=None), "seed must be an integer, got None"),
    (lambda: learn(seed=0.5), "seed must be an integer, got 0.5"),
    (lambda: learn(learning_rate=NAN), r"learning_rate at t = 1 must lie in \(0, 1\], got nan"),
    (
        lambda: learn(iterations=3, learning_rate=[1, 0.5, 2]),
        r"learning_rate at t = 3 must lie in \(0, 1\], got 2.0",
    ),
    (
        lambda: learn(learning_rate=lambda t: 2 / t),
        r"learning_rate at t = 1 must lie in \(0, 1\], got 2.0",
    ),
    (
        lambda: learn(learning_rate="fast"),
        "learning_rate must be a regular array of numbers, got 'fast'",
    ),
]
POLICIES: list[Row] = [
    (lambda: Q.at(-1, [0, 1]), "s_g = -1 is outside 0..1"),
    (lambda: Q.at(True, [0, 1]), "s_g must be an integer, got True"),
    (lambda: Q.at(0, [0.0, 1.0]), r"states must be integers, got \[0.0, 1.0\]"),
    (lambda: Q.at(0, "01"), "states must be a regular array of numbers, got '01'"),
    (lambda: Q.value(0, [[0, 1]]), r"states must hold 2 local state indices, got shape \(1, 2\)"),
    (lambda: BLOCK.action(0, [0, 1]), r"type counts \[2, 0\] lie outside the solved blocks .*"),
    (lambda: ssq.SubsampledPolicy(Q, n=3.0), "n must be an integer, got 3.0"),
    (
        lambda: PI.action_probabilities(0, [0, 1]),
        r"states must hold 3 local state indices, got shape \(2,\)",
    ),
    (lambda: ssq.policy_value(MATCH, PI, tol=-1e-8), "tol must be positive and finite, got -1e-08"),
    (
        lambda: ssq.policy_value(DEMAND, ssq.SubsampledPolicy(BLOCK, n=3)),
        r"type counts \[2, 0\] lie outside the solved blocks \(\(1, 1\),\)",
    ),
    (lambda: ssq.optimality_gap(MATCH, k=1, n=0), "n must be at least 1, got 0"),
    (
        lambda: ssq.optimality_gap(MATCH, k=1, n=2, rule="all"),
        "rule must be one of subsets, actions; got 'all'",
    ),
    (
        lambda: execute(start=(0, [[3, 1]] * 4)),
        r"start: counts has shape \(4, 2\), expected \(2,\) or \(5, 2\)",
    ),
    (
        lambda: execute(start=(0, [2**60, 1])),
        r"start: counts\[0\] = 1152921504606846976 is outside 0..4503599627370496",
    ),
    (lambda: execute(horizon=0), "horizon must be at least 1, got 0"),
    (lambda: execute(runs=0), "runs must be at least 1, got 0"),
    (lambda: execute(horizon=10**12), "horizon must be at most 10000000, got 1000000000000"),
    (lambda: execute(seed=-1), "seed must be at least 0, got -1"),
]
BOUNDS_AND_SYSTEMS: list[Row] = [
    (
        lambda: concentration.dkw_bound(n=True, k=1, size=2, eps=0.1),
        "n must be an integer, got True",
    ),
    (
        lambda: concentration.dkw_radius(n=5, k=2, size=0, delta=0.1),
        "size must be at least 1, got 0",
    ),
    (
        lambda: concentration.failure_probability([2**62, 2**62], k=3, eps=0.1),
        "the sum of counts must be at most 1000000000000, got 9223372036854775808",
    ),
    (lambda: bounds.full("eta"), "expr must be an expression of this module, got 'eta'"),
    (lambda: bounds.latex(None), "expr must be an expression of this module, got None"),
    (lambda: Dispatch(p="high"), r"p must lie in \(0, 1\], got 'high'"),
    (lambda: QUEUES.simulate("random", start=[0, 0, 0, 0.5]), "start must be integers, got .*"),
    (
        lambda: QUEUES.simulate("random", horizon=10**12),
        "horizon must be at most 10000000, got 1000000000000",
    ),
    (lambda: ssq.demand_response(weight=NAN), r"weight must lie in \(-inf, inf\), got nan"),
    (lambda: ssq.demand_response(gamma=1.0), r"gamma must lie in \(0, 1\), got 1.0"),
    (
        lambda: ssq.counterexamples.fork_loss(n=4, majority=3, gamma=1),
        r"gamma must lie in \(0, 1\), got 1",
    ),
]


@pytest.mark.parametrize(("call", "message"), SOLVING + POLICIES + BOUNDS_AND_SYSTEMS)
def test_a_bad_argument_is_a_value_error_with_its_name_and_limit(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()


TOO_LARGE: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: solve(k=10**9), "k = 1000000000", r"10\^19.6"),
    (lambda: learn(m=10**12), "k = 1", "96,000,167,772,512"),
    (
        lambda: ssq.policy_value(MATCH, ssq.SubsampledPolicy(Q, n=10**9)),
        "n = 1000000000",
        r"10\^19.6",
    ),
    (lambda: ssq.optimality_gap(DEMAND, k=1, n=10**6), "n = 1000000", r"10\^145.1"),
    (
        lambda: execute(horizon=10**7, runs=10**6),
        "horizon = 10000000",
        "160,000,160,000,000",
    ),
    (
        lambda: mean_field.sampled(mean_field.solve(MATCH, progress=False), k=10**12),
        "k = 1000000000000",
        "160,000,000,000,160",
    ),
    (lambda: MANY.solve(k=50), "k = 50", r"10\^39.0"),
    (lambda: MANY.optimality_gap(1), "n = 50", r"10\^39.0"),
    (
        lambda: QUEUES.simulate("random", runs=10**13),
        "runs = 10000000000000",
        "80,000,000,000,256",
    ),
]


@pytest.mark.parametrize(("call", "asked", "needed"), TOO_LARGE)
def test_what_does_not_fit_names_its_bytes_and_what_would_fit(
    call: Callable[[], Any], asked: str, needed: str
) -> None:
    name = asked.split()[0]
    message = (
        f"{asked} takes about {needed} bytes, .* available; the largest {name} that fits is .*"
    )
    with pytest.raises(ssq.TableTooLarge, match=f"^{message}$"):
        call()
