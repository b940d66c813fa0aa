"""Learning and running without kernels: the law of errors, the calls, and what is refused."""

from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
import pytest
from scipy import stats

import ssq_core as ssq
from tests.systems import random_system


class DemandResponse:
    """Demand response as a black box, weight 1.5, which counts what is asked of it."""

    G, A, S, gamma, calls = 5, 3, 50, 0.9, 0

    def r_g(self, g: int, a: int) -> float:
        return 1.5 / (g + 1) - (a == 0)

    def r_l(self, s: int, g: int) -> float:
        return s // 5 % 5 + 1 - 0.5 * (s // 5 % 5 > g)

    def next_g(self, g: np.ndarray, a: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.calls += g.size
        return np.clip(g + a - 1, 0, 4)

    def next_l(self, s: np.ndarray, g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.calls += s.size
        kind, star, bar = s // 25, s // 5 % 5, s % 5
        walk = np.clip(bar + 2 * rng.integers(0, 2, s.shape) - 1, 0, 4)
        new = np.where(kind == 0, walk, rng.integers(0, 5, s.shape))
        moved = np.clip(bar + (g - star) * rng.integers(0, 2, s.shape), 0, 4)
        return 25 * kind + 5 * np.where(bar <= g, bar, moved) + new


MDP, BLACK_BOX = ssq.demand_response(1.5), DemandResponse()
Draw = Callable[[np.ndarray, np.ndarray, np.random.Generator], Any]


def simulator(next_l: Draw | None = None, **other: Any) -> ssq.Simulator:
    """Two local states, that an agent leaves with probability 1/2, and s_g' = a."""
    parts = dict(G=2, A=2, S=2, gamma=0.5, r_g=np.zeros((2, 2)), r_l=np.eye(2))
    parts |= {"next_g": lambda g, a, rng: a}
    parts |= {"next_l": next_l or (lambda s, g, rng: s ^ rng.integers(0, 2, s.shape))}
    return ssq.Simulator(**(parts | other))


def test_a_black_box_learns_to_the_law_of_errors_of_its_kernels() -> None:
    exact = ssq.solve(MDP, 1)
    errors = [
        [ssq.bellman_noise(ssq.learn(system, 1, 50, 150, seed), exact) for seed in range(10)]
        for system in (BLACK_BOX, MDP)
    ]
    difference = stats.ttest_ind(*errors, equal_var=False).confidence_interval(0.99)
    assert difference.low < 0 < difference.high
    assert np.mean(errors) < 0.2 * np.ptp(exact.tables[0])


@pytest.mark.parametrize(
    ("k", "m", "samples"), [(1, 50, "fixed"), (2, 3, "fixed"), (1, 4, "fresh")]
)
def test_the_calls_are_counted_as_derived(k: int, m: int, samples: str) -> None:
    oracle, T = DemandResponse(), 5
    calls = ssq.learn(oracle, k, m, T, samples=samples).oracle_calls
    assert calls == oracle.calls
    assert calls == 5 * comb(k + 49, k) * m * (k + 3) * (T if samples == "fresh" else 1)
    assert calls == ssq.learn(MDP, k, m, T, samples=samples).oracle_calls


def test_an_oracle_that_is_certain_has_the_numbers_of_its_model() -> None:
    mdp = random_system(2)
    law = np.eye(mdp.S)[np.random.default_rng(0).integers(mdp.S, size=(mdp.G, mdp.S))]
    s_g = np.eye(mdp.G)[np.zeros((mdp.G, mdp.A), dtype=int)]
    mdp = ssq.StarMDP(s_g, law, mdp.r_g, mdp.r_l, mdp.gamma)
    oracle = ssq.Simulator(
        mdp.G, mdp.A, mdp.S, mdp.gamma, mdp.r_g, mdp.r_l,
        next_g=lambda g, a, rng: s_g.argmax(axis=2)[g, a],
        next_l=lambda s, g, rng: law.argmax(axis=2)[g, s],
    )  # fmt: skip
    learned, exact = ssq.learn(oracle, 2, 3, 200), ssq.solve(mdp, 2)
    assert ssq.bellman_noise(learned, exact) < 1e-9
    start = (0, np.full(mdp.S, 2))
    runs = [ssq.execute(system, learned, start, 9, 5).rewards for system in (oracle, mdp)]
    assert np.allclose(*runs, rtol=0, atol=1e-12)


def test_the_model_as_an_oracle_draws_from_its_kernels() -> None:
    mdp, rng, draws = random_system(4, S=4), np.random.default_rng(0), 20_000  # P_g is stochastic
    g, s, a = (np.broadcast_to(np.arange(size)[:, None], (size, draws)) for size in
               (mdp.G, mdp.S, mdp.A))  # fmt: skip
    for law, drawn in [
        *zip(mdp.P_l[0], mdp.next_l(s, np.zeros_like(s), rng), strict=True),
        *zip(mdp.P_g[:, 0], mdp.next_g(g, np.zeros_like(g), rng), strict=True),
        *zip(mdp.P_g[0], mdp.next_g(np.zeros_like(a), a, rng), strict=True),
    ]:
        seen = np.bincount(drawn, minlength=len(law))
        assert not seen[law == 0].any()
        assert np.all(np.abs(seen / draws - law) <= 5 * np.sqrt(law * (1 - law) / draws) + 1e-12)


def test_a_table_of_an_oracle_is_judged_by_the_model_with_its_rewards() -> None:
    q = ssq.learn(BLACK_BOX, 1, 20, 100)
    pi, start = ssq.SubsampledPolicy(q, 4), (2, np.bincount([0, 7, 30, 49], minlength=50))
    value = ssq.policy_value(MDP, pi, 1e-6, type_counts=(2, 2)).at(2, [0, 7, 30, 49])
    returns = ssq.execute(BLACK_BOX, q, start, 100, 2000).returns
    assert abs(returns.mean() - value) < 4 * returns.std() / np.sqrt(len(returns))
    assert ssq.optimality_gap(MDP, q, 2).mean >= 0
    with pytest.raises(ValueError, match="another model"):
        ssq.optimality_gap(ssq.demand_response(2.0), q, 2)


def test_a_table_of_an_oracle_is_kept_and_found_again(tmp_path) -> None:
    q = ssq.learn(BLACK_BOX, 2, 3, 4)
    q.save(tmp_path / "q.npz")
    again = ssq.load(tmp_path / "q.npz", DemandResponse())
    assert again.oracle_calls == q.oracle_calls
    assert all(np.array_equal(*pair) for pair in zip(q.tables, again.tables, strict=True))
    with pytest.raises(ValueError, match="another model"):
        ssq.load(tmp_path / "q.npz", MDP)


def test_a_sampler_may_write_to_its_arguments_and_use_children_of_its_generator() -> None:
    def flips(s: np.ndarray, g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        s ^= rng.spawn(1)[0].integers(0, 2, s.shape)
        return s

    one, other = (ssq.learn(simulator(flips), 2, 5, 9, seed=4) for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(one.tables, other.tables, strict=True))


def test_a_certificate_on_the_oracle_agrees_with_that_on_its_kernels() -> None:
    judge, start = ssq.solve(MDP, 1, 1e-6), (2, np.bincount([0, 7, 30, 49], minlength=50))
    q = ssq.learn(BLACK_BOX, 1, 5, 50)
    losses = [
        ssq.certify(system, q, judge, start, 60, 500, seed).losses
        for seed, system in enumerate((BLACK_BOX, MDP))
    ]
    difference = stats.ttest_ind(*losses, equal_var=False).confidence_interval(0.999)
    assert difference.low < 0 < difference.high
