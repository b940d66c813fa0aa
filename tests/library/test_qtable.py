"""Greedy rule, saving and loading."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ssq_core as ssq
from tests.drawn import systems

MATCH = ssq.counterexamples.match(0.75, 0.5)


def test_ties_go_to_the_first_action_within_the_tolerance() -> None:
    q = ssq.solve(MATCH, 2, tol=1e-10)
    values = q.at(0, [0, 1])  # one agent in each state: both actions are worth the same
    assert abs(values[0] - values[1]) < q.tie_tolerance
    assert q.action(0, [0, 1]) == 0
    assert q.tie_tolerance == max(10 * q.error_bound, 1e-9 * q.mdp.reward_range)


@pytest.mark.parametrize("learned", [False, True])
def test_a_saved_table_comes_back_whole(tmp_path, learned: bool) -> None:
    mdp = ssq.demand_response(weight=1.5)
    q = ssq.learn(mdp, 1, 5, 10) if learned else ssq.solve(mdp, 2)
    path = tmp_path / "q.npz"
    q.save(path)
    again = ssq.load(path, mdp)
    assert (again.k, again.sweeps, again.error_bound) == (q.k, q.sweeps, q.error_bound)
    for own, other in zip(q.tables, again.tables, strict=True):
        np.testing.assert_array_equal(own, other)
    assert [p.name for p in tmp_path.iterdir()] == ["q.npz"]


def test_a_table_of_another_model_is_refused(tmp_path) -> None:
    ssq.solve(MATCH, 1).save(tmp_path / "q.npz")
    with pytest.raises(ValueError, match="holds a table of another model"):
        ssq.load(tmp_path / "q.npz", ssq.counterexamples.match(0.5, 0.5))


@pytest.mark.parametrize("damage", ["truncated", "text", "array", "foreign", "pickled"])
def test_a_damaged_or_foreign_file_is_refused_by_name_and_never_to_be_trusted(
    tmp_path, damage: str
) -> None:
    path = tmp_path / "q.npz"
    ssq.solve(MATCH, 1).save(path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "text":
        path.write_text("not a table")
    elif damage == "array":
        with path.open("wb") as file:
            np.save(file, np.arange(3))
    elif damage == "foreign":
        np.savez(path, a=np.arange(3))
    else:
        np.savez(path, format=np.array([{}], dtype=object))
    with pytest.raises(
        ValueError, match=r"path: .*q\.npz is not a readable Q-table: it "
    ) as raised:
        ssq.load(path, MATCH)
    assert "pickle" not in str(raised.value)


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch) -> None:
    path = tmp_path / "q.npz"
    ssq.solve(MATCH, 1).save(path)
    before = path.read_bytes()

    def fail(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(KeyboardInterrupt):
        ssq.solve(MATCH, 2).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["q.npz"]


@given(mdp=systems(), k=st.integers(1, 3), one_block=st.booleans())
def test_the_bellman_noise_is_the_largest_difference_of_two_tables(
    mdp: ssq.StarMDP, k: int, one_block: bool
) -> None:
    block = [k] + [0] * (len(mdp.types) - 1) if one_block else None
    learned, exact = ssq.learn(mdp, k, 2, 9, type_counts=block), ssq.solve(mdp, k)
    states = range(mdp.S) if block is None else mdp.types[0].tolist()
    slow = max(
        np.abs(learned.at(g, own) - exact.at(g, own)).max()
        for g in range(mdp.G)
        for own in combinations_with_replacement(states, k)
    )
    assert ssq.bellman_noise(learned, exact) == pytest.approx(slow, abs=1e-12)
    assert ssq.bellman_noise(exact, exact) == ssq.bellman_noise(learned, learned) == 0


def test_tables_without_a_distance_are_refused() -> None:
    q = ssq.solve(MATCH, 2)
    with pytest.raises(ValueError, match="q_exact is of k = 1 agents, q_learned of k = 2"):
        ssq.bellman_noise(q, ssq.solve(MATCH, 1))
    with pytest.raises(ValueError, match="q_exact was made for another model"):
        ssq.bellman_noise(q, ssq.solve(ssq.counterexamples.match(0.5, 0.5), 2))
    mdp = ssq.demand_response()
    every, part = ssq.solve(mdp, 2), ssq.learn(mdp, 2, 2, 3, type_counts=(1, 1))
    assert ssq.bellman_noise(part, every) > 0
    with pytest.raises(ValueError, match=r"type counts \[2, 0\] lie outside the solved blocks"):
        ssq.bellman_noise(every, part)


def test_a_learned_table_is_exact_for_its_samples_and_says_that_this_is_not_q_star() -> None:
    learned = ssq.learn(MATCH, 1, 5, 200)
    assert learned.error_bound < 1e-12 < 1e-3 < ssq.bellman_noise(learned, ssq.solve(MATCH, 1))
    assert "empirical fixed point, not of Q*" in repr(learned)
