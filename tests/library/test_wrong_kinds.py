"""An argument of the wrong kind is refused with its name, wherever it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ssq_core as ssq
from ssq_core import mean_field
from ssq_core.theory import system_constants as constants

MATCH = ssq.counterexamples.match(0.75, 0.5)
Q = ssq.solve(MATCH, 1)
PI = ssq.SubsampledPolicy(Q, 2)
LIMIT = mean_field.solve(MATCH, 1e-3)
QUEUES = ssq.queueing.Dispatch(n=3, c=2, p=0.8, gamma=0.9)
TABLE = QUEUES.solve(2)
RUN = QUEUES.simulate("random", runs=2, horizon=1)
START = (0, [2] + [0] * (MATCH.S - 1))

CALLS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "solve": ("mdp", lambda x: ssq.solve(x, 1)),
    "learn": ("mdp", lambda x: ssq.learn(x, 1, 1, 1)),
    "planned_bytes": ("mdp", lambda x: ssq.planned_bytes(x, 1)),
    "policy_value": ("mdp", lambda x: ssq.policy_value(x, PI)),
    "policy_value, policy": ("pi", lambda x: ssq.policy_value(MATCH, x)),
    "optimality_gap": ("mdp", lambda x: ssq.optimality_gap(x, 1, 2)),
    "SubsampledPolicy": ("q", lambda x: ssq.SubsampledPolicy(x, 3)),
    "execute": ("mdp", lambda x: ssq.execute(x, Q, START, 1, 1)),
    "execute, table": ("q", lambda x: ssq.execute(MATCH, x, START, 1, 1)),
    "execute, start": ("start", lambda x: ssq.execute(MATCH, Q, x, 1, 1)),
    "load": ("mdp", lambda x: ssq.load(__file__, x)),
    "mean_field.solve": ("mdp", lambda x: mean_field.solve(x)),
    "LimitPolicy": ("limit", lambda x: mean_field.LimitPolicy(x, 2)),
    "sampled": ("limit", lambda x: mean_field.sampled(x, 2)),
    "sandwich": ("limit", lambda x: mean_field.sandwich(x, Q, 0, [0, 1])),
    "sandwich, table": ("q", lambda x: mean_field.sandwich(LIMIT, x, 0, [0, 1])),
    "constants": ("mdp", lambda x: constants.constants(x)),
    "at": ("s_g", lambda x: Q.at(x, [0])),
    "simulate": ("rule", lambda x: QUEUES.simulate(x)),
    "difference": ("reference", lambda x: ssq.queueing.difference(x, RUN)),
    "relative_gap": ("other", lambda x: ssq.queueing.relative_gap(RUN, x)),
    "bounds.value": ("expr", lambda x: ssq.bounds.value(x)),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("wrong", [None, "x", 3.5, [], {}, object()])
def test_a_wrong_kind_is_refused_by_name(call: str, wrong: object) -> None:
    name, run = CALLS[call]
    with pytest.raises(ValueError, match=rf"^{re.escape(name)}\b"):
        run(wrong)


@pytest.mark.parametrize("wrong", [None, 3.5, [], {}, object()])
def test_what_is_no_path_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="path must be a str or PathLike"):
        Q.save(wrong)
    with pytest.raises(ValueError, match="path must be a str or PathLike"):
        ssq.load(wrong, MATCH)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        ssq.load(tmp_path / "none.npz", MATCH)
