"""The bounds as sympy expressions: the paper's formulas, their numbers, their order; nu."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import ssq_core as ssq
from ssq_core import bounds
from ssq_core.theory.bounds import symbols as s
from tests.drawn import COUNTS, SHARES, SIZES, samples
from tests.systems import random_system


def test_theorem_3_2_prints_as_in_the_paper():
    assert bounds.latex(bounds.theorem_3_2) == (
        r"\frac{2 \tilde{r}}{\left(1 - \gamma\right)^{2}} \left(\sqrt{\frac{n - k + 1}{2 n k} "
        r"\ln{\left(2 \left|\mathcal{S}_l\right| \left|\mathcal{A}_g\right| \sqrt{k} \right)}} "
        r"+ \frac{1}{\sqrt{k}}\right) + \frac{2 \epsilon_{k,m}}{1 - \gamma}"
    )


D_3, SCALE = bounds.full(bounds.theorem_D_3), 2 * s.r_max / (1 - s.gamma) ** 2
D_3_OF_ONE_REWARD = D_3.subs(s.r_local, s.r_max)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (bounds.lemma_D_4.subs(s.delta_2, s.delta) / (1 - s.gamma), D_3),
        (bounds.theorem_3_2, D_3_OF_ONE_REWARD.subs(s.delta, bounds.full(bounds.delta_paper))),
        (SCALE * bounds.objective + 2 * s.eps / (1 - s.gamma), D_3_OF_ONE_REWARD),
    ],
    ids=["D.4 over the horizon", "Theorem 3.2 at the paper's delta", "the objective"],
)
def test_D_3_is(one: sp.Expr, other: sp.Expr) -> None:
    assert sp.simplify(bounds.full(one) - other) == 0


def test_alpha_is_serflings_sum_and_at_most_k_times_the_unsampled_fraction():
    for n in range(1, 41):
        for k in range(1, n + 1):
            exact = sum(Fraction(n - k, n - i) ** 2 for i in range(1, k + 1) if k < n)
            assert exact <= Fraction(k * (n - k + 1), n)
            assert bounds.value(bounds.alpha, n=n, k=k) == pytest.approx(float(exact), rel=1e-12)


def test_the_bounds_are_the_formulas_of_their_statements():
    n, k, size, actions, r, gamma, eps, tv, delta = 20, 7, 2, 9, 3.0, 0.8, 0.1, 0.2, 0.05
    span, tau, nu = 3.0, 0.5, 0.3
    sigma = math.sqrt((size - 1) * (n - k) / (k * (n - 1)))
    alpha = sum(((n - k) / (n - i)) ** 2 for i in range(1, k + 1))
    lasting = span / (1 - gamma * tau)
    reach = gamma * tau * span / ((1 - gamma) * (1 - gamma * tau))
    drift, steps = gamma * nu / (1 - gamma), math.sqrt((n - k) / (n * k))
    noise = 2 * eps / (1 - gamma)
    root = math.sqrt((n - k + 1) / (8 * n * k))
    logs = [math.sqrt(math.log(2 * size / d)) for d in (delta, 0.3)]
    chosen = math.sqrt(math.log(2 * size * actions * math.sqrt(k)))
    expected = {
        "L2": lasting * tv,
        "L3": lasting * drift / math.sqrt(k),
        "L4": lasting * (tv + drift * steps),
        "L4_any": lasting * (tv + drift / math.sqrt(k)),
        "L4_ahead": lasting * (tau * tv + nu / ((1 - gamma) * math.sqrt(k))),
        "L4_loss": 2 * lasting * (tv + drift * steps) + 2 * eps,
        "L4_mean": lasting * (sigma / 2 + drift * steps) + 2 * eps,
        "L5_martingale": reach * math.sqrt(alpha * math.log(actions) / 2) / k + noise,
        "L5_variance": reach * sigma / math.sqrt(2) + noise,
        "L5": reach * sigma / math.sqrt(2) + noise,  # two states, nine actions: the lesser form
        "L6": lasting * sigma / (2 * (1 - gamma)) + noise,
        "theorem_3_2": 2 * r / (1 - gamma) ** 2 * (2 * root * chosen + 1 / math.sqrt(k)) + noise,
        "theorem_4_2": 2 / (1 - gamma) * r * tv,
        "theorem_C_6": 2 * r / (1 - gamma) * root * logs[0],
        "equation_13": root * logs[0],
        "theorem_4_4": 2 * r / (1 - gamma) * root * sum(logs) + 2 * eps,
        "lemma_C_7": math.sqrt(1 - k / n),
        "tv_union": 2 * root * math.sqrt(math.log((2**size - 2) / delta)),  # Serfling's, corrected
        "trivial": 2 * r / (1 - gamma),
    }
    assert expected["L5_variance"] < expected["L5_martingale"]
    for name, number in expected.items():
        got = bounds.value(
            getattr(bounds, name), n=n, k=k, size=size, actions=actions, r_local=r, r_max=r,
            gamma=gamma, eps=eps, span=span, tau=tau, nu=nu, tv=tv, delta=delta, delta_2=0.3,
        )  # fmt: skip
        assert got == pytest.approx(number, rel=1e-12), name


def test_constants_of_a_small_system_by_hand():
    P_l = [[[1, 0, 0], [0.5, 0.5, 0], [0, 0.25, 0.75]], [[1, 0, 0]] * 3]
    mdp = ssq.StarMDP(
        np.full((2, 2, 2), 0.5), P_l, [[0, 1], [-3, 0]], [[0, 1, 2], [-4, 0, -3]], 0.5
    )
    found = bounds.constants(mdp)
    fluctuation = found.pop("nu")
    assert found == {
        "size": 3, "actions": 2, "gamma": 0.5, "r_max": 7.0, "r_local": 4.0, "span": 4.0, "tau": 1.0
    }  # fmt: skip
    # the two random rows have the variances (1/4, 1/4, 0) and (0, 3/16, 3/16)
    share = np.linspace(0, 1, 100_001)
    v, w = share / 4, 3 * (1 - share) / 16
    assert fluctuation == pytest.approx(
        (np.sqrt(v) + np.sqrt(v + w) + np.sqrt(w)).max() / 2, abs=2e-5
    )


EXPRESSIONS = sorted(
    name
    for name, expr in vars(bounds).items()
    if isinstance(expr, sp.Expr) and not isinstance(expr, sp.Symbol) and name[0] != "_"
)


@st.composite
def parameters(draw):
    n = draw(st.integers(1, 90))
    span = draw(st.integers(1, 8)) / 4
    return {
        "n": n, "k": draw(st.integers(1, n)), "size": draw(st.integers(2, 40)),
        "actions": draw(st.integers(1, 9)), "dimension": draw(st.integers(1, 4)),
        "r_max": draw(st.integers(1, 8)) / 2, "r_local": span, "span": span,
        "gamma": draw(st.integers(1, 15)) / 16, "tau": draw(st.integers(0, 16)) / 16,
        "nu": draw(st.integers(0, 8)) / 4, "tv": draw(st.integers(0, 16)) / 16,
        "eps": draw(st.integers(0, 8)) / 8, "distance": draw(st.integers(1, 16)) / 16,
        "delta": draw(st.integers(1, 15)) / 16, "delta_2": draw(st.integers(1, 15)) / 16,
    }  # fmt: skip


def numbers() -> st.SearchStrategy[dict[str, float]]:
    """Draw the parameters of Theorem 3.2."""
    names = ("n", "k", "size", "actions", "gamma", "r_max", "eps")
    return parameters().map(lambda p: {name: p[name] for name in names})


@settings(max_examples=70)
@given(st.sampled_from(EXPRESSIONS), parameters())
def test_a_number_is_sympys_own_to_thirty_digits(name, p):
    expr = getattr(bounds, name)
    exact = expr.xreplace(bounds.definitions).xreplace(
        {getattr(bounds.symbols, key): sp.Rational(value) for key, value in p.items()}
    )
    exact = exact.replace(lambda part: bool(part.args), lambda part: part.func(*part.args))
    number = complex(sp.N(exact.doit(), 30))
    assert abs(number.imag) < 1e-15
    used = {key for key, s in vars(bounds.symbols).items() if s in expr.xreplace(
        bounds.definitions).free_symbols}  # fmt: skip
    got = bounds.value(expr, **{key: value for key, value in p.items() if key in used})
    assert got == pytest.approx(number.real, rel=1e-11, abs=1e-13)
    assert got == bounds.value(expr, **p)


@settings(max_examples=25)
@given(numbers(), st.floats(0.01, 10))
def test_the_first_k_below_a_level_is_the_first(p, level):
    values = [bounds.value(bounds.theorem_3_2, **(p | {"k": k})) for k in range(1, p["n"] + 1)]
    below = [k for k, number in enumerate(values, 1) if number < level * values[0]]
    del p["k"]
    found = bounds.first_k_below(bounds.theorem_3_2, level * values[0], **p)
    if np.all(np.diff(values) < 0):
        assert found == (below[0] if below else None)


def parameter(name: str) -> st.SearchStrategy[float]:
    """Draw what a parameter may be: a count, a probability or a size."""
    if getattr(bounds.symbols, name).is_integer:
        return COUNTS
    return SHARES if name in ("gamma", "delta", "delta_2", "tau", "tv") else SIZES


@settings(max_examples=400)
@given(st.sampled_from(EXPRESSIONS), st.data(), samples())
def test_an_expression_has_a_finite_value_in_its_whole_domain_or_names_the_limit(
    name, data, sample
):
    n, k = sample
    others = {own: data.draw(parameter(own), own) for own in vars(bounds.symbols)}
    given_numbers = others | {"n": n, "k": k}
    if name == "tv_union" and others["size"] == 1:
        with pytest.raises(ValueError, match="size must be at least 2, got 1"):
            bounds.value(bounds.tv_union, **given_numbers)
    else:
        assert math.isfinite(bounds.value(getattr(bounds, name), **given_numbers))


WORST = {s.tau: 1, s.span: 2 * s.r_max}  # what a system can do at most


@given(numbers())
def test_the_objective_rises_at_the_papers_delta(p):
    slope = sp.diff(bounds.full(bounds.objective), s.delta)
    there = bounds.value(slope, delta=bounds.value(bounds.delta_paper, **p), **p)
    # a sqrt(k) <= 1/sqrt 2 and the logarithm is at least ln 2
    assert there >= p["actions"] * (1 - 1 / (2 * math.sqrt(2 * math.log(2)))) - 1e-9


@given(numbers())
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
    ("gamma", "size", "actions", "printed", "sharp", "few"),
    [(0.9, 50, 3, 986, 45, None), (0.9, 2, 2, 695, 29, None), (0.5, 2, 2, 23, 1, 18)],
)
def test_first_k_that_beats_the_trivial_bound(gamma, size, actions, printed, sharp, few):
    p = {"n": 10**12, "size": size, "actions": actions, "gamma": gamma, "eps": 0.0}
    level = bounds.value(bounds.trivial, gamma=gamma, r_max=1.0)
    assert bounds.first_k_below(bounds.theorem_3_2, level, r_max=1.0, **p) == printed
    assert bounds.first_k_below(bounds.L5, level, span=2.0, tau=1.0, **p) == sharp
    of_fifty = p | {"n": 50}
    assert bounds.first_k_below(bounds.theorem_3_2, level, r_max=1.0, **of_fifty) == few


@given(numbers())
def test_L5_is_the_lesser_form_and_only_noise_at_k_n_or_for_one_action(p):
    sharp, martingale, variance = (
        bounds.value(expr.subs(WORST), **p)
        for expr in (bounds.L5, bounds.L5_martingale, bounds.L5_variance)
    )
    assert sharp == pytest.approx(min(martingale, variance), rel=1e-12)
    noise = 2 * p["eps"] / (1 - p["gamma"])
    for exact in ({"k": p["n"]}, {"actions": 1}):
        assert bounds.value(bounds.L5.subs(WORST), **(p | exact)) == pytest.approx(noise)


@pytest.mark.parametrize("seed", range(15))
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


def with_local_kernel(P_l):
    P_l = np.asarray(P_l)
    G, S = len(P_l), P_l.shape[1]
    return ssq.StarMDP(np.full((G, 1, G), 1 / G), P_l, np.zeros((G, 1)), np.ones((G, S)), 0.5)


def nu(mdp):
    return bounds.constants(mdp)["nu"]


@pytest.mark.parametrize(
    ("P_l", "expected"),
    [
        ([np.eye(3)[[1, 2, 0]], np.eye(3)[[0, 0, 0]]], 0),  # no noise
        ([[[0.2, 0.8], [0.9, 0.1]], [[0.6, 0.4], [1, 0]]], 0.24**0.5),  # of two states: a row's
        *(
            (np.full((1, S, S), 1 / S), (S - 1) ** 0.5 / 2) for S in (2, 10, 50)
        ),  # the general bound
    ],
)
def test_nu_is_known_where_it_is_simple(P_l, expected):
    assert nu(with_local_kernel(P_l)) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("seed", range(20))
def test_no_histogram_exceeds_it_and_it_is_within_the_general_bound(seed):
    mdp = random_system(seed)
    F = np.random.default_rng(seed).dirichlet(np.full(mdp.S, 0.5), size=5000)
    for kernel in mdp.P_l:
        assert np.sqrt(F @ (kernel * (1 - kernel))).sum(axis=1).max() / 2 <= nu(mdp) + 1e-12
    assert nu(mdp) <= np.sqrt(mdp.S - 1) / 2 + 2e-5
