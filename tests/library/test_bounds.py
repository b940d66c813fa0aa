"""The bounds as sympy expressions: the formulas, and the step from D.3 to 3.2."""

import math
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import ssq_core as ssq
from ssq_core import bounds
from ssq_core.theory.bounds import symbols as s


def test_theorem_3_2_is_the_printed_formula():
    n, k, size, actions, r, gamma, eps = 50, 5, 50, 3, 20.0, 0.9, 0.25
    root = math.sqrt((n - k + 1) / (2 * n * k) * math.log(2 * size * actions * math.sqrt(k)))
    printed = 2 * r / (1 - gamma) ** 2 * (root + 1 / math.sqrt(k)) + 2 * eps / (1 - gamma)
    got = bounds.value(
        bounds.theorem_3_2, n=n, k=k, size=size, actions=actions, r_max=r, gamma=gamma, eps=eps
    )
    assert got == pytest.approx(printed, rel=1e-14)


def test_theorem_3_2_prints_as_in_the_paper():
    assert bounds.latex(bounds.theorem_3_2) == (
        r"\frac{2 \tilde{r}}{\left(1 - \gamma\right)^{2}} \left(\sqrt{\frac{n - k + 1}{2 n k} "
        r"\ln{\left(2 \left|\mathcal{S}_l\right| \left|\mathcal{A}_g\right| \sqrt{k} \right)}} "
        r"+ \frac{1}{\sqrt{k}}\right) + \frac{2 \epsilon_{k,m}}{1 - \gamma}"
    )


def test_D_3_is_D_4_over_the_horizon_at_equal_deltas():
    averaged = bounds.full(bounds.lemma_D_4).subs(s.delta_2, s.delta) / (1 - s.gamma)
    assert sp.simplify(averaged - bounds.full(bounds.theorem_D_3)) == 0


def test_D_3_at_the_papers_delta_is_theorem_3_2():
    chosen = bounds.full(bounds.theorem_D_3).subs(
        {s.r_local: s.r_max, s.delta: bounds.full(bounds.delta_paper)}
    )
    assert sp.simplify(chosen - bounds.full(bounds.theorem_3_2)) == 0


def test_D_3_is_the_objective_scaled_and_shifted():
    scaled = 2 * s.r_max / (1 - s.gamma) ** 2 * bounds.objective + 2 * s.eps / (1 - s.gamma)
    gap = bounds.full(scaled) - bounds.full(bounds.theorem_D_3).subs(s.r_local, s.r_max)
    assert sp.simplify(gap) == 0


def test_alpha_is_serflings_sum_and_at_most_k_times_the_unsampled_fraction():
    for n in range(1, 41):
        for k in range(1, n + 1):
            exact = sum(Fraction(n - k, n - i) ** 2 for i in range(1, k + 1) if k < n)
            assert exact <= Fraction(k * (n - k + 1), n)
            assert bounds.value(bounds.alpha, n=n, k=k) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 10, 30])
def test_the_union_radius_is_serflings_over_the_non_trivial_sets_of_states(size):
    n, k, delta = 40, 10, 0.05
    printed = math.sqrt((n - k + 1) / (2 * n * k) * math.log((2**size - 2) / delta))
    got = bounds.value(bounds.tv_union, n=n, k=k, size=size, delta=delta)
    assert got == pytest.approx(printed, rel=1e-12)


def test_the_corrected_bounds_are_the_formulas_of_their_theorems():
    n, k, size, actions, gamma, eps, span, tau, nu, tv = 20, 7, 2, 9, 0.8, 0.1, 3.0, 0.5, 0.3, 0.2
    sigma = math.sqrt((size - 1) * (n - k) / (k * (n - 1)))
    alpha = sum(((n - k) / (n - i)) ** 2 for i in range(1, k + 1))
    reach = gamma * tau * span / ((1 - gamma) * (1 - gamma * tau))
    drift = gamma * nu / (1 - gamma)
    noise = 2 * eps / (1 - gamma)
    expected = {
        "L2": span / (1 - gamma * tau) * tv,
        "L3": span * drift / ((1 - gamma * tau) * math.sqrt(k)),
        "L4": span / (1 - gamma * tau) * (tv + drift * math.sqrt((n - k) / (n * k))),
        "L4_any": span / (1 - gamma * tau) * (tv + drift / math.sqrt(k)),
        "L4_ahead": span / (1 - gamma * tau) * (tau * tv + nu / ((1 - gamma) * math.sqrt(k))),
        "L4_loss": 2 * span / (1 - gamma * tau) * (tv + drift * math.sqrt((n - k) / (n * k)))
        + 2 * eps,
        "L4_mean": span / (1 - gamma * tau) * (sigma / 2 + drift * math.sqrt((n - k) / (n * k)))
        + 2 * eps,
        "L5_martingale": reach * math.sqrt(alpha * math.log(actions) / 2) / k + noise,
        "L5_variance": reach * sigma / math.sqrt(2) + noise,
        "L5": reach * sigma / math.sqrt(2) + noise,  # two states, nine actions: the lesser form
        "L6": span * sigma / (2 * (1 - gamma) * (1 - gamma * tau)) + noise,
    }
    assert expected["L5_variance"] < expected["L5_martingale"]
    for name, number in expected.items():
        got = bounds.value(
            getattr(bounds, name), n=n, k=k, size=size, actions=actions, gamma=gamma, eps=eps,
            span=span, tau=tau, nu=nu, tv=tv,
        )  # fmt: skip
        assert got == pytest.approx(number, rel=1e-12), name


def test_the_printed_bounds_are_the_formulas_of_the_paper():
    n, k, size, r, gamma, eps, tv, delta, delta_2 = 20, 7, 4, 3.0, 0.8, 0.1, 0.2, 0.05, 0.3
    root = math.sqrt((n - k + 1) / (8 * n * k))
    logs = [math.sqrt(math.log(2 * size / d)) for d in (delta, delta_2)]
    expected = {
        "theorem_4_2": 2 / (1 - gamma) * r * tv,
        "theorem_C_6": 2 * r / (1 - gamma) * root * logs[0],
        "equation_13": root * logs[0],
        "theorem_4_4": 2 * r / (1 - gamma) * root * sum(logs) + 2 * eps,
        "lemma_C_7": math.sqrt(1 - k / n),
    }
    for name, number in expected.items():
        got = bounds.value(
            getattr(bounds, name), n=n, k=k, size=size, r_local=r, gamma=gamma, eps=eps, tv=tv,
            delta=delta, delta_2=delta_2,
        )  # fmt: skip
        assert got == pytest.approx(number, rel=1e-12), name


def test_constants_of_a_small_system_by_hand():
    P_l = [[[1, 0, 0], [0.5, 0.5, 0], [0, 0.25, 0.75]], [[1, 0, 0]] * 3]
    mdp = ssq.StarMDP(
        np.full((2, 2, 2), 0.5), P_l, [[0, 1], [-3, 0]], [[0, 1, 2], [-4, 0, -3]], 0.5
    )
    found = bounds.constants(mdp)
    nu = found.pop("nu")
    assert found == {
        "size": 3, "actions": 2, "gamma": 0.5, "r_max": 7.0, "r_local": 4.0, "span": 4.0, "tau": 1.0
    }  # fmt: skip
    # the two random rows have the variances (1/4, 1/4, 0) and (0, 3/16, 3/16)
    share = np.linspace(0, 1, 100_001)
    v, w = share / 4, 3 * (1 - share) / 16
    assert nu == pytest.approx((np.sqrt(v) + np.sqrt(v + w) + np.sqrt(w)).max() / 2, abs=2e-5)


def test_full_agrees_with_value():
    p = {"n": 20, "k": 7, "size": 4, "actions": 3, "gamma": 0.8, "eps": 0.1, "delta": 0.1,
         "tau": 0.5, "span": 2.0, "nu": 0.3, "tv": 0.2}  # fmt: skip
    numbers = {getattr(s, name): number for name, number in p.items()}
    for expr in (bounds.L2, bounds.L3, bounds.L4, bounds.L5, bounds.L6, bounds.tv_martingale):
        exact = float(bounds.full(expr).subs(numbers).doit())
        assert bounds.value(expr, **p) == pytest.approx(exact, rel=1e-12)


GOOD = {"n": 50, "k": 5, "size": 50, "actions": 3, "r_max": 20.0, "gamma": 0.9, "eps": 0.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 51}, "k must be at most n = 50, got 51"),
        ({"k": 0}, "k must be at least 1, got 0"),
        ({"n": 50.0}, "n must be an integer, got 50.0"),
        ({"gamma": 1.0}, "gamma must lie in (0, 1), got 1.0"),
        ({"gamma": -0.1}, "gamma must lie in (0, 1), got -0.1"),
        ({"r_max": math.nan}, "r_max must lie in (0, 1e100], got nan"),
        ({"eps": -1.0}, "eps must lie in [0, 1e100], got -1.0"),
        ({"tau": 1.5}, "tau must lie in [0, 1], got 1.5"),
        ({"states": 3}, "unknown parameter 'states'"),
    ],
)
def test_value_refuses_bad_parameters_by_name(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        bounds.value(bounds.theorem_3_2, **(GOOD | change))


def test_value_names_a_missing_parameter_and_ignores_an_unused_one():
    with pytest.raises(ValueError, match="'actions' is missing"):
        bounds.value(bounds.theorem_3_2, **{k: v for k, v in GOOD.items() if k != "actions"})
    assert bounds.value(bounds.trivial, **GOOD) == pytest.approx(400.0)


def test_sympy_is_loaded_only_when_bounds_is_touched():
    code = (
        "import sys, ssq_core as ssq; assert 'sympy' not in sys.modules; "
        "ssq.bounds.theorem_3_2; assert 'sympy' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
