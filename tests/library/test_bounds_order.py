"""The order of the bounds: which is least, where one says something, the best delta."""

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import ssq_core as ssq
from ssq_core import bounds
from ssq_core.theory.bounds import symbols as s

WORST = {s.tau: 1, s.span: 2 * s.r_max}  # what a system can do at most


@st.composite
def sizes(draw, largest=300):
    n = draw(st.integers(1, largest))
    return {
        "n": n,
        "k": draw(st.integers(1, n)),
        "size": draw(st.integers(1, 60)),
        "actions": draw(st.integers(1, 20)),
    }


@st.composite
def systems(draw):
    return {
        **draw(sizes()),
        "gamma": draw(st.floats(0.01, 0.99)),
        "r_max": draw(st.floats(0.1, 10)),
        "eps": draw(st.floats(0, 1)),
    }


@given(sizes())
def test_the_objective_rises_at_the_papers_delta(p):
    slope = sp.diff(bounds.full(bounds.objective), s.delta)
    there = bounds.value(slope, delta=bounds.value(bounds.delta_paper, **p), **p)
    # a sqrt(k) <= 1/sqrt 2 and the logarithm is at least ln 2
    assert there >= p["actions"] * (1 - 1 / (2 * math.sqrt(2 * math.log(2)))) - 1e-9


@given(sizes())
def test_the_lambert_minimiser_is_the_minimum_over_delta_in_0_1(p):
    best = bounds.value(bounds.delta_best, **p)
    assert 0 < best < 1
    lowest = bounds.value(bounds.objective, delta=best, **p)
    assert lowest <= bounds.value(
        bounds.objective, delta=bounds.value(bounds.delta_paper, **p), **p
    )
    found = minimize_scalar(
        lambda x: bounds.value(bounds.objective, delta=math.exp(x), **p),
        bounds=(math.log(best) - 5, 0),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert lowest <= found.fun * (1 + 1e-12)
    slope = sp.diff(bounds.full(bounds.objective), s.delta)
    assert bounds.value(slope, delta=best, **p) == pytest.approx(0, abs=1e-9 * p["actions"])


@pytest.mark.parametrize(
    ("p", "best", "lowest", "paper", "at_paper"),
    [
        ((50, 5, 2, 2), 0.034815, 0.730272, 0.223607, 0.962328),
        ((50, 25, 50, 3), 0.005423, 0.335881, 0.066667, 0.475785),
    ],
)
def test_the_minimiser_and_what_it_gains(p, best, lowest, paper, at_paper):
    named = dict(zip(("n", "k", "size", "actions"), p, strict=True))
    for delta, expected, height in (
        (bounds.delta_best, best, lowest),
        (bounds.delta_paper, paper, at_paper),
    ):
        number = bounds.value(delta, **named)
        assert number == pytest.approx(expected, abs=5e-7)
        assert bounds.value(bounds.objective, delta=number, **named) == pytest.approx(
            height, abs=5e-7
        )


@pytest.mark.parametrize(
    ("gamma", "size", "actions", "printed", "sharp"),
    [(0.9, 50, 3, 986, 45), (0.9, 2, 2, 695, 29), (0.5, 2, 2, 23, 1)],
)
def test_first_k_that_beats_the_trivial_bound(gamma, size, actions, printed, sharp):
    p = {"n": 10**12, "size": size, "actions": actions, "gamma": gamma, "eps": 0.0}
    level = bounds.value(bounds.trivial, gamma=gamma, r_max=1.0)
    assert bounds.first_k_below(bounds.theorem_3_2, level, r_max=1.0, **p) == printed
    assert bounds.first_k_below(bounds.L5, level, span=2.0, tau=1.0, **p) == sharp


def test_theorem_3_2_is_vacuous_at_50_agents_even_at_k_50():
    p = {"n": 50, "size": 50, "actions": 3, "gamma": 0.9, "r_max": 1.0}
    level = bounds.value(bounds.trivial, **p)
    assert bounds.first_k_below(bounds.theorem_3_2, level, eps=0.0, **p) is None


@given(systems(), st.floats(1e-9, 1))
def test_L5_is_below_theorem_3_2_and_below_D_3_or_the_trivial_bound(p, delta):
    sharp = bounds.value(bounds.L5.subs(WORST), **p)
    rounding = 1 + 1e-12
    assert sharp <= bounds.value(bounds.theorem_3_2, **p) * rounding
    printed = bounds.value(bounds.theorem_D_3, delta=delta, r_local=p["r_max"], **p)
    assert min(sharp, bounds.value(bounds.trivial, **p)) <= printed * rounding


@given(systems())
def test_L5_is_the_lesser_form_and_only_noise_at_k_n_or_for_one_action(p):
    sharp, martingale, variance = (
        bounds.value(expr.subs(WORST), **p)
        for expr in (bounds.L5, bounds.L5_martingale, bounds.L5_variance)
    )
    assert sharp == pytest.approx(min(martingale, variance), rel=1e-12)
    noise = 2 * p["eps"] / (1 - p["gamma"])
    for exact in ({"k": p["n"]}, {"actions": 1}):
        assert bounds.value(bounds.L5.subs(WORST), **(p | exact)) == pytest.approx(noise)


@pytest.mark.parametrize("seed", range(30))
def test_L5_and_theorem_3_2_hold_on_systems_where_the_action_chooses_the_next_state(seed):
    rng = np.random.default_rng(seed)
    A, S, n = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(2, 5))
    P_g = np.broadcast_to(np.eye(A), (A, A, A))
    P_l = rng.dirichlet(np.full(S, rng.choice([0.1, 1.0])), size=(A, S))
    r_l = rng.uniform(-1, 1, (A, S))
    mdp = ssq.StarMDP(P_g, P_l, np.zeros((A, A)), r_l, rng.uniform(0.3, 0.95))
    gaps = [ssq.optimality_gap(mdp, k, n, tol=1e-10).max for k in range(1, n + 1)]
    for k, gap in enumerate(gaps, start=1):
        for bound in (bounds.L5, bounds.theorem_3_2):
            assert gap <= bounds.value(bound, n=n, k=k, eps=0.0, **bounds.constants(mdp)) + 1e-7
