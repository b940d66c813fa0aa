"""StarMDP: what it keeps, and the structure it reads off the kernels."""

import numpy as np
import pytest

import ssq_core as ssq


def test_a_model_does_not_change_with_its_input() -> None:
    eye, r_l = np.eye(2), np.zeros((2, 2))
    mdp = ssq.StarMDP([eye, eye], [eye, eye], np.zeros((2, 2)), r_l, 0.5)
    r_l[0, 0] = 7
    assert mdp.r_l[0, 0] == 0


def test_types_are_the_components_of_all_kernels_together_in_order_of_smallest_state() -> None:
    P_l = np.zeros((2, 5, 5))
    P_l[0] = np.eye(5)
    P_l[1] = np.eye(5)[[2, 1, 2, 1, 4]]  # 0 -> 2 and 3 -> 1 under s_g = 1 alone
    mdp = ssq.StarMDP(np.ones((2, 1, 2)) / 2, P_l, np.zeros((2, 1)), np.zeros((2, 5)), 0.9)
    assert [t.tolist() for t in mdp.types] == [[0, 2], [1, 3], [4]]
    assert mdp.classes.sizes.tolist() == [[2, 2, 1], [1, 1, 1]]


def test_demand_response_has_two_types_and_the_known_row_classes() -> None:
    mdp = ssq.demand_response()
    assert [len(t) for t in mdp.types] == [25, 25]
    assert mdp.classes.sizes.T.tolist() == [[15, 15, 10, 6, 5], [15, 13, 9, 6, 5]]
    assert mdp.labels["s_i"][25 + 5 * 2 + 3] == "(2, 3, 4)"
    assert mdp.r_max == 15 + 5
    assert mdp.r_g[0].tolist() == [14, 15, 15]


def test_rows_of_a_narrower_float_type_are_kernels_and_are_scaled_in_double_precision() -> None:
    rng = np.random.default_rng(0)
    for kind, limit in ((np.float32, "1.9e-06"), (np.float16, "0.016")):
        P_g, P_l = (rng.dirichlet(np.ones(9), (9, 9)).astype(kind) for _ in range(2))
        mdp = ssq.StarMDP(P_g, P_l, np.zeros((9, 9)), np.zeros((9, 9)), 0.9)
        assert np.abs(mdp.P_l.sum(axis=-1) - 1).max() < 1e-15
        with pytest.raises(ValueError, match=f"not to 1 within {limit}"):
            ssq.StarMDP(P_g, kind(1.05) * P_l, np.zeros((9, 9)), np.zeros((9, 9)), 0.9)
    with pytest.raises(ValueError, match="not to 1 within 1e-09"):
        ssq.StarMDP(P_g.astype(float), P_l, np.zeros((9, 9)), np.zeros((9, 9)), 0.9)


def test_forty_thousand_actions_are_told_apart() -> None:
    rng, actions = np.random.default_rng(0), 40_000
    P_g = np.eye(2)[rng.integers(2, size=(2, actions))]
    r_g = np.append(rng.random((2, actions - 1)), [[2], [2]], axis=1)
    mdp = ssq.StarMDP(P_g, rng.dirichlet(np.ones(2), (2, 2)), r_g, np.zeros((2, 2)), 0.1)
    q = ssq.solve(mdp, 1, tol=0.1, type_counts=(1,))
    assert q.action(0, [0]) == actions - 1
    run = ssq.execute(mdp, ssq.SubsampledPolicy(q, 2), (0, [1, 1]), 2, 2)
    assert np.all(run.actions == actions - 1)
