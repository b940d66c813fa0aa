"""Tables: saved and loaded to the bit or not at all, and their distance."""

from itertools import combinations_with_replacement, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from tests.drawn import systems

MATCH = ssq.counterexamples.match(0.75, 0.5)


def test_a_table_of_another_model_is_refused(tmp_path) -> None:
    ssq.solve(MATCH, 1).save(tmp_path / "q.npz")
    with pytest.raises(ValueError, match="holds a table of another model"):
        ssq.load(tmp_path / "q.npz", ssq.counterexamples.match(0.5, 0.5))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (lambda file: file | {"format": np.array(2)}, "format 2, this version reads 1"),
        (lambda file: file | {"k": np.array({})}, "it holds what is no array of numbers$"),
        (lambda file: file | {"table_0": np.ones((2, 9))}, r"table_0 .* \(2, 9\), .* \(2, 2\)"),
        (lambda file: file | {"table_0": np.full((2, 2), np.nan)}, "it holds .* not finite"),
        (lambda _: {"a": np.arange(3)}, "it is no archive that QTable.save wrote"),
    ],
)
def test_an_archive_that_is_no_table_of_this_version_is_refused(tmp_path, changed, message) -> None:
    path = tmp_path / "q.npz"
    ssq.solve(MATCH, 1).save(path)
    with np.load(path) as file:
        np.savez(path, **changed(dict(file)))
    with pytest.raises(ValueError, match=f"^path: {path} is not a readable Q-table: {message}"):
        ssq.load(path, MATCH)


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


@settings(max_examples=40)
@given(systems(), st.integers(1, 3), st.booleans())
def test_saving_and_loading_changes_no_bit(mdp, k, learned) -> None:
    q = ssq.learn(mdp, k, 2, 3) if learned else ssq.solve(mdp, k)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "q.npz"
        q.save(path)
        again = ssq.load(path, mdp)
        assert [p.name for p in Path(folder).iterdir()] == ["q.npz"]
    assert (again.k, again.sweeps, again.grouping) == (q.k, q.sweeps, q.grouping)
    assert (again.error_bound, again.tie_tolerance) == (q.error_bound, q.tie_tolerance)
    assert again.layout.blocks == q.layout.blocks
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * k):
        np.testing.assert_array_equal(again.at(g, s), q.at(g, s))
        assert again.action(g, s) == q.action(g, s)
