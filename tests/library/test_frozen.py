"""What a model, a table, a value, a gap or a run holds cannot be written to."""

import copy
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core.frozen import Frozen
from tests.drawn import dispatchers, systems


def held(owner: object, seen: set[int]) -> Iterator[np.ndarray]:
    """Yield every array that is reached from an object, after its cached ones were asked for."""
    if id(owner) in seen:
        return
    seen.add(id(owner))
    if isinstance(owner, np.ndarray):
        yield owner
    elif isinstance(owner, Frozen):
        for name in dir(type(owner)):
            if not name.startswith("__") and not callable(getattr(type(owner), name)):
                getattr(owner, name)
        for value in list(vars(owner).values()):
            yield from held(value, seen)
    elif isinstance(owner, (tuple, list, Mapping)):
        for value in owner.values() if isinstance(owner, Mapping) else owner:
            yield from held(value, seen)


def check(owner: object, least: int) -> None:
    """Assert that an object, its copies and what is unpickled of it hold only arrays to be read."""
    for own in (owner, copy.deepcopy(owner), pickle.loads(pickle.dumps(owner))):
        arrays = list(held(own, set()))
        assert len(arrays) >= least
        for array in arrays:
            assert not array.flags.writeable
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


@settings(max_examples=12)
@given(systems(deterministic=True), st.integers(1, 2), dispatchers())
def test_no_array_of_a_model_or_of_what_is_made_of_it_can_be_written_to(mdp, k, queues) -> None:
    check(mdp, 10)
    q = ssq.solve(mdp, k)
    check(q, 15)
    check(ssq.learn(mdp, k, 2, 2), 15)
    check(ssq.optimality_gap(mdp, 1, 2), 15)
    check(ssq.policy_value(mdp, ssq.SubsampledPolicy(q, 2)), 15)
    check(ssq.execute(mdp, q, (0, [k] * mdp.S), 2, 2), 3)
    check(ssq.mean_field.solve(mdp, 1e-2), 11)
    check(queues.solve(2), 3)
    check(queues.optimality_gap(1), 1)
    check(queues.simulate("random", runs=2, horizon=1), 1)


def test_the_labels_and_the_stages_of_a_model_stay_what_they_were() -> None:
    mdp = ssq.demand_response()
    names: Any = {"a_g": ["down", "stay", "up"]}
    own = ssq.StarMDP(mdp.P_g, mdp.P_l, mdp.r_g, mdp.r_l, 0.9, names, mdp.stages)
    names["a_g"][0] = "changed"
    assert own.labels == {"a_g": ("down", "stay", "up")}
    with pytest.raises(TypeError, match="does not support item assignment"):
        own.labels["a_g"] = ()  # type: ignore[index]
    assert own.stages is not None
    with pytest.raises(ValueError, match="read-only"):
        own.stages[1][...] = 0


def test_an_array_that_is_handed_over_stays_its_owners() -> None:
    rewards = np.zeros((2, 3))
    run = ssq.Run(np.zeros(2), rewards, np.zeros((2, 3), dtype=int))
    rewards[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        run.rewards[0] = 2
