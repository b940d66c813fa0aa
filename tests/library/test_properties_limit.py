"""The mean-field limit on drawn systems: certified, convex, and below every finite table."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import ssq_core as ssq
from ssq_core import mean_field
from tests.drawn import systems

TOL = 1e-6


def shares(rng: np.random.Generator, S: int) -> np.ndarray:
    return rng.dirichlet(np.ones(S))


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(1, 3))
def test_the_limit_is_never_above_a_table_of_k_agents(mdp, k) -> None:
    limit, q = mean_field.solve(mdp, TOL, progress=False), ssq.solve(mdp, k)
    assert limit.error_bound <= TOL
    for g, *s in product(range(mdp.G), *[range(mdp.S)] * k):
        F = np.bincount(s, minlength=mdp.S) / k
        assert np.all(limit.at(g, F) <= q.at(g, s) + q.error_bound + 1e-11)


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(0, 99), st.floats(0, 1))
def test_the_value_is_convex_in_the_distribution(mdp, seed, share) -> None:
    limit, rng = mean_field.solve(mdp, TOL, progress=False), np.random.default_rng(seed)
    one, two = shares(rng, mdp.S), shares(rng, mdp.S)
    for g in range(mdp.G):
        mixed = limit.value(g, share * one + (1 - share) * two)
        chord = share * limit.value(g, one) + (1 - share) * limit.value(g, two)
        assert mixed <= chord + 1e-11


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(0, 99))
def test_it_solves_its_recursion_within_the_certified_error(mdp, seed) -> None:
    limit, rng = mean_field.solve(mdp, TOL, progress=False), np.random.default_rng(seed)
    F = shares(rng, mdp.S)
    for g, a in product(range(mdp.G), range(mdp.A)):
        x = int(mdp.P_g[g, a].argmax())
        step = mdp.r_g[g, a] + F @ mdp.r_l[g] + mdp.gamma * limit.value(x, F @ mdp.P_l[g])
        assert abs(limit.at(g, F)[a] - step) <= limit.error_bound + 1e-11


@settings(max_examples=30)
@given(systems(deterministic=True), st.integers(0, 99))
def test_no_policy_of_twelve_steps_earns_more_than_the_limit(mdp, seed) -> None:
    limit, rng = mean_field.solve(mdp, TOL, progress=False), np.random.default_rng(seed)
    F, g = shares(rng, mdp.S), int(rng.integers(mdp.G))
    start = limit.value(g, F)
    earned, weight = 0.0, 1.0
    for _ in range(12):
        a = int(rng.integers(mdp.A))
        earned += weight * float(mdp.r_g[g, a] + F @ mdp.r_l[g])
        weight *= mdp.gamma
        F, g = F @ mdp.P_l[g], int(mdp.P_g[g, a].argmax())
    assert earned + weight * limit.value(g, F) <= start + limit.error_bound + 1e-9
