"""L7: the loss in the eyes of a judge is U_j - V^pi, and its upper limit covers the true gap."""

from itertools import product

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import certificate, sample_size
from ssq_core.policy import samples
from ssq_core.theory import confidence_limits
from tests import oracle
from tests.systems import KINDS, local_kernel, rows

MATCH = ssq.counterexamples.match(0.75, 0.9)
START = (0, [3, 2])
TABLE = ssq.solve(MATCH, 2)


def contested(seed: int) -> ssq.StarMDP:
    """A system whose best action depends on the agents: rewards of actions are small."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    G, A, S = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    P_g = rows(rng, "deterministic" if seed % 2 else "sparse", G, A, G)
    P_l = local_kernel(rng, kind, G, S)
    gamma = float(rng.uniform(0.3, 0.85))
    return ssq.StarMDP(P_g, P_l, 0.1 * rng.normal(size=(G, A)), rng.normal(size=(G, S)), gamma)


def upper_bound(q: ssq.QTable, s_g: int, states: np.ndarray) -> float:
    """U_j(s), the mean of V_j over samples of the j agents of a table."""
    members, share = samples(states, q.k)
    return float(sum(w * q.value(s_g, own) for own, w in zip(members, share, strict=True)))


def steps_to(gamma: float, rest: float = 1e-7) -> int:
    return int(np.ceil(np.log(rest) / np.log(gamma)))


def case(seed: int, table: str) -> tuple[ssq.StarMDP, ssq.SubsampledPolicy, int, np.ndarray]:
    """A system, a policy on its n <= 5 agents and a joint state; learned tables act badly."""
    mdp, rng = contested(seed), np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    k, states, s_g = int(rng.integers(1, n + 1)), rng.integers(mdp.S, size=n), seed % mdp.G
    exact = table == "exact"
    q = ssq.solve(mdp, k) if exact else ssq.learn(mdp, k, m=1, iterations=3, seed=seed)
    return mdp, ssq.SubsampledPolicy(q, n), s_g, states


@pytest.mark.parametrize("seed", range(60))
def test_loss_is_the_judges_value_less_the_policys_within_four_standard_errors(seed: int) -> None:
    mdp, policy, s_g, states = case(seed, "learned")
    value = ssq.policy_value(mdp, policy).at(s_g, states)
    start, horizon = (s_g, np.bincount(states, minlength=mdp.S)), steps_to(mdp.gamma)
    for j in range(1, policy.n + 1):
        judge = ssq.solve(mdp, j)
        c = ssq.certify(mdp, policy, judge, start, horizon, runs=1000, seed=seed)
        error = c.losses.std(ddof=1) / len(c.losses) ** 0.5
        assert c.losses.min() >= -1e-12
        assert abs(c.loss - (upper_bound(judge, s_g, states) - value)) <= 4 * error + 1e-6


def test_averaging_over_all_samples_and_taking_one_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = ssq.SubsampledPolicy(ssq.solve(MATCH, 1), 5)
    listed = ssq.certify(MATCH, weak, TABLE, START, 100, 2000)
    monkeypatch.setattr(certificate, "LISTED", 0)
    drawn = ssq.certify(MATCH, weak, TABLE, START, 100, 2000)
    np.testing.assert_array_equal(listed.returns, drawn.returns)
    difference = listed.losses - drawn.losses
    assert difference.std() > 0
    assert abs(difference.mean()) <= 4 * difference.std() / 2000**0.5


def test_one_local_state_has_one_sample_however_large() -> None:
    mdp = ssq.StarMDP(np.ones((1, 2, 1)), np.ones((1, 1, 1)), [[1.0, 0.0]], [[2.0]], 0.5)
    judge = ssq.solve(mdp, 50)
    c = ssq.certify(mdp, lambda s_g, *_: s_g * 0 + 1, judge, (0, [10**9]), 40, 10)
    np.testing.assert_allclose(c.losses, 2 * (1 - 0.5**40))


def test_any_rule_of_the_counts_is_judged_and_at_j_n_the_loss_is_its_gap() -> None:
    def majority(s_g: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        tossed = rng.integers(2, size=len(s_g))
        return np.where(counts[:, 0] == counts[:, 1], tossed, counts[:, 1] > counts[:, 0])

    n = 4
    law = np.zeros((2, *[2] * n, 2))
    for g, *states in product(range(2), *[range(2)] * n):
        ones = sum(states)
        law[(g, *states)] = [0.5, 0.5] if 2 * ones == n else np.eye(2)[int(2 * ones > n)]
    gap = oracle.fixed_point(MATCH, n).max(axis=-1) - oracle.policy_value(MATCH, law)
    c = ssq.certify(MATCH, majority, ssq.solve(MATCH, n), (0, [2, 2]), 150, 4000)
    error = c.losses.std(ddof=1) / 4000**0.5
    assert abs(c.loss - gap[0, 0, 0, 1, 1]) <= 4 * error + 1e-6
    assert gap[0, 0, 0, 1, 1] <= c.upper


def test_the_limits_policy_is_judged_as_its_table_is() -> None:
    limit = ssq.mean_field.solve(MATCH)
    pi = ssq.SubsampledPolicy(ssq.mean_field.sampled(limit, 3), 5)
    gap = ssq.solve(MATCH, 5).value(0, [0, 0, 0, 1, 1]) - ssq.policy_value(MATCH, pi).at(
        0, [0, 0, 0, 1, 1]
    )
    policy = ssq.mean_field.LimitPolicy(limit, 3)
    c = ssq.certify(MATCH, policy, ssq.solve(MATCH, 5), START, 150, 4000)
    assert abs(c.loss - gap) <= 4 * c.losses.std(ddof=1) / 4000**0.5 + 1e-6


class Always:
    """A rule with k and sample_actions, and no model."""

    k = 3

    def sample_actions(self, s_g: np.ndarray, states: np.ndarray) -> np.ndarray:
        return np.ones(len(s_g), dtype=int)


def test_policies_of_one_seed_see_the_same_moves_whatever_they_draw_themselves() -> None:
    one = ssq.certify(MATCH, Always(), TABLE, START, 30, 50, seed=7)
    other = ssq.certify(MATCH, lambda s_g, *_: s_g * 0 + 1, ssq.solve(MATCH, 4), START, 30, 50, 7)
    np.testing.assert_array_equal(one.returns, other.returns)
    again = ssq.certify(MATCH, Always(), TABLE, START, 30, 50, seed=7)
    np.testing.assert_array_equal(one.losses, again.losses)
    assert ssq.certify(MATCH, Always(), TABLE, START, 30, 50, seed=8).loss != one.loss


def test_a_larger_judge_is_tighter_and_a_billion_agents_are_as_many_as_any() -> None:
    n = 10**9
    start = (0, [n // 2, n // 2])
    losses = [
        ssq.certify(MATCH, ssq.solve(MATCH, 1), ssq.solve(MATCH, j), start, 100, 500).loss
        for j in (1, 4, 16)
    ]
    assert losses[0] > losses[1] > losses[2] > 0


def test_upper_counts_what_the_horizon_cuts_off_and_the_judges_error() -> None:
    rough = ssq.solve(MATCH, 2, iterations=40)
    c = ssq.certify(MATCH, Always(), rough, START, horizon=5, runs=20)
    largest = max(float(np.ptp(table, axis=0).max()) for table in rough.tables)
    assert c.rest == pytest.approx((0.9**5 * largest + 2 * rough.error_bound) / 0.1)
    assert c.upper >= c.loss + c.rest


@pytest.mark.parametrize(
    "chances",
    [np.full(10, 0.02), np.full(100, 0.02), np.repeat([0, 0.5], 200), np.repeat([0.5, 0], 200)],
    ids=["10 rare", "100 rare", "zeros first", "zeros last"],
)
def test_limits_cover_the_mean_of_few_values_and_of_values_of_different_laws(chances) -> None:
    drawn = (np.random.default_rng(0).random((500, len(chances))) < chances).astype(float)
    mean = chances.mean()
    covered = np.mean([confidence_limits.upper_limit(x, 0.05) >= mean for x in drawn])
    below = np.mean([confidence_limits.lower_limit(x, 0.05) <= mean for x in drawn])
    assert min(covered, below) >= 0.95


def test_limits_close_in_on_the_mean() -> None:
    x = np.random.default_rng(1).beta(2, 8, size=20_000)
    half = 1.96 * x.std() / len(x) ** 0.5
    assert x.mean() < confidence_limits.upper_limit(x, 0.025) < x.mean() + 1.9 * half
    assert x.mean() - 1.9 * half < confidence_limits.lower_limit(x, 0.025) < x.mean()
    assert confidence_limits.upper_limit(np.ones(5), 0.05) == pytest.approx(1)
    assert confidence_limits.lower_limit(np.zeros(5), 0.05) == pytest.approx(0)


SKEWED = [(58, "exact", 20), (26, "exact", 20), (59, "learned", 20), (44, "learned", 200),
          (36, "learned", 200)]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "table", "runs"), SKEWED)
def test_upper_covers_the_true_gap_in_95_of_100_repetitions(
    seed: int, table: str, runs: int
) -> None:
    mdp, policy, s_g, states = case(seed, table)
    judge = ssq.solve(mdp, policy.n)
    gap = judge.value(s_g, states) - ssq.policy_value(mdp, policy).at(s_g, states)
    start = (s_g, np.bincount(states, minlength=mdp.S))
    horizon = steps_to(mdp.gamma, 1e-5)
    covered = [
        ssq.certify(mdp, policy, judge, start, horizon, runs, seed=i, progress=False).upper >= gap
        for i in range(1000)
    ]
    assert gap > 0
    assert np.mean(covered) >= 0.95


def test_choose_k_stops_at_the_first_k_that_is_enough() -> None:
    wide = ssq.choose_k(MATCH, (0, [500, 500]), loss=1e-6, k_max=4, runs=2000)
    assert (wide.k, wide.ended, [row.k for row in wide.rows]) == (None, "k_max", [1, 2, 3, 4])
    wish = (wide.rows[2].upper + wide.rows[3].upper) / 2
    table = ssq.choose_k(MATCH, (0, [500, 500]), loss=wish, runs=2000)
    assert table.ended == "reached"
    assert table.k == table.rows[-1].k
    assert table.rows[-1].upper <= wish < min(row.upper for row in table.rows[:-1])
    assert str(table).endswith(f"k = {table.k} is enough for a loss of at most {wish:g}")
    assert wide.frame()["upper"].tolist() == [row.upper for row in wide.rows]


def test_choose_k_ends_at_n_and_where_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    every = ssq.choose_k(MATCH, START, loss=1e-9, runs=50)
    assert (every.k, every.ended, len(every.rows)) == (None, "n", 5)
    exact = ssq.solve(MATCH, 5).value(0, [0, 0, 0, 1, 1])
    for row in every.rows:
        policy = ssq.SubsampledPolicy(ssq.solve(MATCH, row.k), 5)
        assert row.upper >= exact - ssq.policy_value(MATCH, policy).at(0, [0, 0, 0, 1, 1])

    def full(mdp: ssq.StarMDP, k: int, **options: object) -> ssq.QTable:
        if k == 3:
            raise ssq.TableTooLarge(3, 10, 5, 2, "k")
        return ssq.solve(mdp, k)

    monkeypatch.setattr(sample_size, "solve", full)
    some = ssq.choose_k(MATCH, START, loss=1e-9, runs=50)
    assert (some.k, some.ended, len(some.rows)) == (None, "memory", 2)
    assert "no k is enough; ended by memory" in str(some)
