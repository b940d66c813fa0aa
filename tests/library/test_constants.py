"""nu, the fluctuation of one step: closed forms, the general bound, and never too small."""

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core.theory.system_constants import constants, fluctuation
from tests.systems import random_system


def with_local_kernel(P_l):
    P_l = np.asarray(P_l)
    G, S = len(P_l), P_l.shape[1]
    return ssq.StarMDP(np.full((G, 1, G), 1 / G), P_l, np.zeros((G, 1)), np.ones((G, S)), 0.5)


def test_it_is_zero_for_deterministic_local_agents():
    assert fluctuation(with_local_kernel([np.eye(3)[[1, 2, 0]], np.eye(3)[[0, 0, 0]]])) == 0


@pytest.mark.parametrize("seed", range(20))
def test_of_two_states_it_is_the_largest_standard_deviation_of_a_row(seed):
    p = np.random.default_rng(seed).random((3, 2))
    mdp = with_local_kernel(np.stack([p, 1 - p], axis=-1))
    assert fluctuation(mdp) == pytest.approx(np.sqrt(p * (1 - p)).max(), abs=2e-5)


@pytest.mark.parametrize("S", [2, 3, 10, 50])
def test_uniform_rows_attain_the_general_bound(S):
    mdp = with_local_kernel(np.full((1, S, S), 1 / S))
    assert fluctuation(mdp) == pytest.approx(np.sqrt(S - 1) / 2, abs=2e-5)


@pytest.mark.parametrize("seed", range(40))
def test_no_histogram_exceeds_it_and_it_is_within_the_general_bound(seed):
    mdp = random_system(seed)
    nu = constants(mdp)["nu"]
    rng = np.random.default_rng(seed)
    F = rng.dirichlet(np.full(mdp.S, 0.5), size=20_000)
    for rows in mdp.P_l:
        assert np.sqrt(F @ (rows * (1 - rows))).sum(axis=1).max() / 2 <= nu + 1e-12
    assert nu <= np.sqrt(mdp.S - 1) / 2 + 2e-5
