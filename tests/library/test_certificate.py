"""L7: the loss in the eyes of a judge is U_j - V^pi, and its upper limit covers the true gap."""

from __future__ import annotations

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core.policy import samples
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


@pytest.mark.parametrize("seed", range(60))
def test_loss_is_the_judges_value_less_the_policys_within_four_standard_errors(seed: int) -> None:
    mdp, rng = contested(seed), np.random.default_rng(seed)
    n = int(rng.integers(2, 6))
    k, states, s_g = int(rng.integers(1, n + 1)), rng.integers(mdp.S, size=n), int(seed % mdp.G)
    learned = ssq.learn(mdp, k, m=1, iterations=3, seed=seed)  # good here and bad there
    policy = ssq.SubsampledPolicy(learned, n)
    value = ssq.policy_value(mdp, policy).at(s_g, states)
    start = (s_g, np.bincount(states, minlength=mdp.S))
    horizon = steps_to(mdp.gamma)
    for j in range(1, n + 1):
        judge = ssq.solve(mdp, j)
        c = ssq.certify(mdp, policy, judge, start, horizon, runs=1000, seed=seed)
        error = c.losses.std(ddof=1) / len(c.losses) ** 0.5
        assert c.losses.min() >= 0
        assert abs(c.loss - (upper_bound(judge, s_g, states) - value)) <= 4 * error + 1e-6
