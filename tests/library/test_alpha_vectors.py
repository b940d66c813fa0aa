"""The linear program behind the certificate of the limit."""

from __future__ import annotations

import numpy as np
import pytest

from ssq_core.mean_field.alpha_vectors import Problem
from tests.limits import certain, distributions


@pytest.mark.parametrize("masses", [None, (0.3, 0.7)])
def test_the_linear_program_bounds_the_rise_of_a_vector_above_others(masses: tuple | None) -> None:
    mdp, rng = certain(3), np.random.default_rng(6)
    assert len(mdp.types) == 2
    problem = Problem.of(mdp, None if masses is None else np.array(masses))
    F = distributions(7, 50_000, 4)
    if masses is not None:
        for members, mass in zip(mdp.types, masses, strict=True):
            F[:, members] *= mass / np.maximum(F[:, members].sum(axis=1, keepdims=True), 1e-300)
        F = F[np.isclose(F.sum(axis=1), 1)]
    for _ in range(10):
        c, *others = problem.back(0, 0, rng.normal(size=(6, 4)))
        others = np.array(others)
        bound, best = problem.excess(0, c, others, -np.inf)
        assert best is not None
        seen = (F @ c - (F @ others.T).max(axis=1)).max()
        assert seen - 1e-12 <= bound <= seen + 0.05
        assert c @ best - (others @ best).max() == pytest.approx(bound, abs=1e-9)
