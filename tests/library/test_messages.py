"""What is said at a prompt, in a message or in a list of names is short, and to the point."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import mean_field
from tests.library.test_wrong_kinds import CALLS
from tests.systems import random_system

LONGEST = 300
DEMAND = ssq.demand_response()
Q = ssq.solve(DEMAND, 2)
QUEUES = ssq.queueing.Dispatch(n=3, c=30)
ENDLESS: list[Any] = [
    [0.5] * 10_000, np.full((400, 3), 0.5), "x" * 10_000, dict.fromkeys(range(10_000)),
    [[1, 2], [3]] * 5000, np.full(10_000, "x"), -(10**400), (0, [0.5] * 10_000),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("number", range(len(ENDLESS)))
def test_no_message_lists_what_it_refuses(call: str, number: int) -> None:
    with pytest.raises(ValueError, match=r"^\w") as refusal:
        CALLS[call][1](ENDLESS[number])
    assert len(str(refusal.value)) < LONGEST
    assert "\n" not in str(refusal.value)


def _many_types() -> ssq.StarMDP:
    return ssq.counterexamples.tree(6, 4, 0.2, 0.9)


def _stochastic() -> ssq.StarMDP:
    G = 300
    P_g, P_l = np.full((G, 1, G), 1 / G), np.ones((G, 1, 1))
    return ssq.StarMDP(P_g, P_l, np.ones((G, 1)), np.zeros((G, 1)), 0.5)


def _masses() -> object:
    limit = mean_field.solve(DEMAND, 0.1, type_masses=(0.5, 0.5), progress=False)
    start = (np.zeros(500, dtype=int), np.eye(50, dtype=int)[np.arange(500) % 50] * 6)
    return ssq.execute(DEMAND, mean_field.LimitPolicy(limit, 6), start, 1, 500)


def _outside() -> object:
    mdp = _many_types()
    return ssq.solve(mdp, 4, type_counts=(4, *[0] * 11)).at(0, np.arange(4))


LONG = {
    "type counts outside many blocks": (_outside, "type counts"),
    "type masses": (_masses, "distribution"),
    "a stochastic law of many states": (lambda: mean_field.solve(_stochastic()), "P_g[0, 0, :]"),
    "type counts of many types": (
        lambda: ssq.solve(_many_types(), 3, type_counts=range(12)),
        "type_counts must sum to 3",
    ),
    "a parameter of a long name": (
        lambda: ssq.bounds.value(ssq.bounds.tv_union, **{"x" * 10_000: 1}),
        "unknown parameter 'xxxxx",
    ),
    "a start of a long name": (lambda: QUEUES.simulate("random", "x" * 10_000), "start must be"),
    "a rule of many": (lambda: QUEUES.optimality_gap(("jsq", *range(10_000))), "k must be"),
}


@pytest.mark.parametrize("name", LONG)
def test_a_refusal_names_the_first_culprit_of_many(name: str) -> None:
    call, start = LONG[name]
    with pytest.raises(ValueError, match=f"^{re.escape(start)}") as refusal:
        call()
    assert len(str(refusal.value)) < LONGEST


def test_masses_that_were_not_solved_are_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"distribution\[0\] has a share 1 .* without type_masses"):
        _masses()


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (DEMAND, r"StarMDP\(G=5, A=3, S=50, gamma=0.9\)"),
        (Q, r"QTable\(k=2, 1,275 multisets × 5 × 3, exact to \S+\)"),
        (
            ssq.learn(DEMAND, 1, 2, 40),
            r"QTable\(k=1, 50 multisets × 5 × 3, within \S+ of the empirical .*, not of Q\*\)",
        ),
        (
            ssq.learn(DEMAND, 1, 2, 4, samples="fresh", type_counts=(1, 0)),
            r"QTable\(k=1, 25 multisets × 5 × 3, no certified error\)",
        ),
        (ssq.SubsampledPolicy(Q, 4), r"SubsampledPolicy\(k=2 of n=4, rule='subsets'\)"),
        (ssq.optimality_gap(DEMAND, 1, 2), r"Gap\(n=2, 1,275 multisets × 5, max \S+, exact .*\)"),
        (
            ssq.policy_value(DEMAND, ssq.SubsampledPolicy(Q, 2)),
            r"Value\(n=2, 1,275 multisets × 5, exact to \S+\)",
        ),
        (
            ssq.execute(DEMAND, Q, (0, [1] * 50), 3, 1000),
            r"Run\(1,000 runs × 3 steps, mean return \d.*\)",
        ),
        (
            mean_field.LimitPolicy(mean_field.solve(random_system(1, 3), 1e-2), 9),
            r"LimitPolicy\(k=9, MeanField\(\d+ vectors of 3, exact to .*\)\)",
        ),
        (QUEUES.solve(2), r"Table\(k=2, 527 multisets × 2, within \S+ of its fixed point\)"),
        (QUEUES.optimality_gap(2), r"Gap\(n=3, 5,456 multisets, max \S+, exact to \S+\)"),
        (QUEUES.simulate("random", runs=9), r"Run\(9 runs, mean return -\d.*\)"),
        (ssq.queueing.supermarket.simulate(2, 0.5, 1, 1.0), r"Stationary\(32 replicas, .*\)"),
        (ssq.queueing.Dispatch(), r"Dispatch\(n=50, c=30, p=0.8, gamma=0.9, .*\)"),
    ],
)
def test_a_prompt_shows_one_line(thing: object, said: str) -> None:
    assert re.fullmatch(said, repr(thing))
    assert len(repr(thing)) < 100
    assert not hasattr(thing, "_repr_html_")


def test_the_names_of_the_library_are_those_of_its_users() -> None:
    listed = dir(ssq)
    assert {"solve", "bounds", "concentration", "counterexamples", "mean_field"} < set(listed)
    assert "queueing" in listed
    assert not {"annotations", "importlib", "ModuleType", "checks"} & set(listed)
    star: dict[str, object] = {}
    exec("from ssq_core import *", star)
    assert set(ssq.__all__) <= set(star)
    assert set(listed) == {*ssq.__all__, "__version__"}
