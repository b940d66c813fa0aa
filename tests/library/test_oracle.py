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


@pytest.mark.parametrize("seed", range(0, 6, 2))  # P_g is stochastic
def test_the_model_as_an_oracle_draws_from_its_kernels(seed: int) -> None:
    mdp, rng, draws = random_system(seed, S=4), np.random.default_rng(seed), 20_000
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


def test_runs_of_an_oracle_earn_what_its_kernels_say() -> None:
    q = ssq.learn(BLACK_BOX, 1, 20, 100)
    pi, start = ssq.SubsampledPolicy(q, 4), (2, np.bincount([0, 7, 30, 49], minlength=50))
    value = ssq.policy_value(MDP, pi, 1e-6, type_counts=(2, 2)).at(2, [0, 7, 30, 49])
    returns = ssq.execute(BLACK_BOX, q, start, 100, 2000).returns
    assert abs(returns.mean() - value) < 4 * returns.std() / np.sqrt(len(returns))


def test_a_table_of_an_oracle_is_judged_by_the_model_with_its_rewards() -> None:
    learned = ssq.learn(BLACK_BOX, 1, 50, 100)
    gap = ssq.optimality_gap(MDP, learned, 2)
    assert 0 <= gap.mean < gap.max < ssq.optimality_gap(MDP, ssq.learn(MDP, 1, 1, 100), 2).max
    with pytest.raises(ValueError, match="another model"):
        ssq.optimality_gap(ssq.demand_response(2.0), learned, 2)


def test_a_table_of_an_oracle_is_kept_and_found_again(tmp_path) -> None:
    q = ssq.learn(BLACK_BOX, 2, 3, 4)
    q.save(tmp_path / "q.npz")
    again = ssq.load(tmp_path / "q.npz", DemandResponse())
    assert again.oracle_calls == q.oracle_calls
    assert all(np.array_equal(*pair) for pair in zip(q.tables, again.tables, strict=True))
    with pytest.raises(ValueError, match="another model"):
        ssq.load(tmp_path / "q.npz", MDP)


OWN = np.random.default_rng(1)
REFUSED: list[tuple[Draw, str]] = [
    (lambda s, g, rng: s[0], r"next_l: next states have shape .*, expected \(2, 9\)"),
    (lambda s, g, rng: s.ravel(), r"next_l: next states have shape .*, expected \(2, 9\)"),
    (lambda s, g, rng: s + 1, r"next_l: next states\[1, 0\] = 2 is outside 0..1"),
    (lambda s, g, rng: -s, r"next_l: next states\[1, 0\] = -1 is outside 0..1"),
    (lambda s, g, rng: s / 1, "next_l: next states must be integers, got .*"),
    (lambda s, g, rng: None, "next_l: next states must be integers, got None"),
    (lambda s, g, rng: OWN.integers(0, 2, s.shape), "next_l ignores its generator: .*"),
    (lambda s, g, rng: np.random.default_rng(3).integers(0, 2, s.shape), "next_l ignores .*"),
    (lambda s, g, rng: np.random.randint(0, 2, s.shape), "next_l ignores .*"),  # noqa: NPY002
]


@pytest.mark.parametrize(("next_l", "message"), REFUSED)
def test_a_wrong_sampler_is_refused_in_one_line(next_l: Draw, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$") as refused:
        ssq.learn(simulator(next_l), 1, 9, 2)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"r_g": np.zeros((2, 3))}, r"r_g has shape \(2, 3\), expected \(2, 2\)"),
        ({"r_l": lambda s, g: [0.0]}, r"r_l has shape \(2, 2, 1\), expected \(2, 2\)"),
        ({"r_l": [[0, 0], [0, np.nan]]}, r"r_l\[1, 1\] = nan is not finite, .*"),
        ({"gamma": 1}, r"gamma must lie in \(0, 1\), got 1"),
        ({"G": 0}, "G must be at least 1, got 0"),
        ({"next_g": 3}, "next_g must be a function, got 3"),
    ],
)
def test_a_wrong_description_is_refused_in_one_line(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        simulator(**wrong)


def test_what_needs_kernels_refuses_an_oracle() -> None:
    oracle = simulator()
    q = ssq.learn(oracle, 1, 2, 2)
    for call in (
        lambda: ssq.solve(oracle, 1),
        lambda: ssq.policy_value(oracle, ssq.SubsampledPolicy(q, 2)),
        lambda: ssq.optimality_gap(oracle, 1, 2),
        lambda: ssq.mean_field.solve(oracle),
    ):
        with pytest.raises(ValueError, match=r"^mdp is an oracle without kernels, .*$"):
            call()
    with pytest.raises(ValueError, match=r"^mdp lacks gamma, r_g, r_l, next_g, .*$"):
        ssq.learn(type("Half", (), {"G": 1, "A": 1, "S": 1, "next_l": 1})(), 1, 1, 1)


def test_a_sampler_that_fails_leaves_its_own_error() -> None:
    def fails(s: np.ndarray, g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        raise KeyError("the simulator's own")

    with pytest.raises(KeyError, match="the simulator's own"):
        ssq.learn(simulator(fails), 1, 2, 2)


def test_a_sampler_may_write_to_its_arguments_and_use_children_of_its_generator() -> None:
    def flips(s: np.ndarray, g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        s ^= rng.spawn(1)[0].integers(0, 2, s.shape)
        return s

    one, other = (ssq.learn(simulator(flips), 2, 5, 9, seed=4) for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(one.tables, other.tables, strict=True))


def test_learning_tells_its_calls() -> None:
    lines: list[str] = []
    ssq.learn(simulator(), 1, 3, 4, progress=lines.append)
    calls = [line for line in lines if "oracle calls" in line]
    assert calls[0] == "k = 1, m = 3: oracle calls 6 of 36"
    assert calls[-1] == "k = 1, m = 3: oracle calls 36 of 36"


def test_a_certificate_on_the_oracle_agrees_with_that_on_its_kernels() -> None:
    judge, start = ssq.solve(MDP, 1, 1e-6), (2, np.bincount([0, 7, 30, 49], minlength=50))
    q = ssq.learn(BLACK_BOX, 1, 5, 50)
    losses = [
        ssq.certify(system, q, judge, start, 60, 500, seed).losses
        for seed, system in enumerate((BLACK_BOX, MDP))
    ]
    difference = stats.ttest_ind(*losses, equal_var=False).confidence_interval(0.999)
    assert difference.low < 0 < difference.high
    with pytest.raises(ValueError, match=r"^judge must be an exact table"):
        ssq.certify(BLACK_BOX, q, q, start, 60, 50)
