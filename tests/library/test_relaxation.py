"""L8: the relaxed program bounds every dispatching rule, whatever the solver answers."""

from itertools import product

import numpy as np
import pytest
from scipy import optimize

from ssq_core.systems.queueing import Dispatch, loaded, relaxation
from tests.queueing_oracle import tuples, value_iteration

HORIZON = 12
SYSTEMS = [
    Dispatch(n=3, c=3, p=0.8, gamma=0.7),
    Dispatch(n=3, c=2, p=0.35, gamma=0.8, penalty="full"),
    Dispatch(n=4, c=2, p=0.6, gamma=0.6),
    Dispatch(n=3, c=2, p=1.0, gamma=0.7, penalty="full"),
    Dispatch(n=2, c=6, p=0.5, gamma=0.9),
]


@pytest.mark.parametrize("d", SYSTEMS)
def test_the_bound_is_above_the_optimum_of_exact_dynamic_programming(d: Dispatch) -> None:
    optimum, rng = value_iteration(d, d.n, HORIZON), np.random.default_rng(d.c)
    states = list(product(range(d.n), enumerate(tuples(d, d.n))))
    for i in rng.integers(len(states), size=40):  # 200 states of five systems
        pointed, (row, lengths) = states[i]
        bound = d.bound_on_every_rule(np.array(lengths), HORIZON, pointed)
        assert optimum[pointed, row] <= bound + 1e-12
        assert bound <= 1e-9  # rounded up


def test_it_is_the_value_itself_for_a_single_queue() -> None:
    d = Dispatch(n=1, c=4, p=0.6, gamma=0.8, penalty="full")
    V = value_iteration(d, 1, HORIZON)
    for length in range(5):
        assert d.bound_on_every_rule([length], HORIZON) == pytest.approx(V[0, length], abs=1e-9)


def test_fifty_queues_of_the_paper() -> None:
    assert Dispatch().bound_on_every_rule("uniform", 100) == pytest.approx(-96.880, abs=0.01)


def test_the_starts_are_laws_of_one_queue() -> None:
    d = Dispatch(n=4, c=3, p=0.7, gamma=0.8)
    every = np.array(tuples(d, 4))
    uniform = d.bound_on_every_rule("uniform", HORIZON)
    assert d.bound_on_every_rule("antithetic", HORIZON) == uniform
    assert d.bound_on_every_rule(every, HORIZON) == pytest.approx(uniform, abs=1e-9)
    empty = d.bound_on_every_rule("empty", HORIZON)
    assert d.bound_on_every_rule([0] * 4, HORIZON, [0.25] * 4) == pytest.approx(empty, abs=1e-12)
    first = d.bound_on_every_rule([3, 0, 0, 0], HORIZON, 0)
    law = d.bound_on_every_rule([3, 0, 0, 0], HORIZON, [1, 0, 0, 0])
    assert first == law < d.bound_on_every_rule([3, 0, 0, 0], HORIZON, 1)
    assert d.bound_on_every_rule([3, 0, 0, 0], 1) == pytest.approx(-0.75)


def test_bounds_by_start_hold_one_by_one_and_average_to_the_bound() -> None:
    d = SYSTEMS[0]
    optimum = value_iteration(d, d.n, HORIZON)[: d.n].mean(axis=0)  # the pointer is uniform
    every = np.array(tuples(d, d.n))
    bounds = relaxation.by_start(d, every, None, HORIZON)
    assert bounds.mean() == d.bound_on_every_rule(every, HORIZON)
    assert np.all(optimum <= bounds + 1e-12)


@pytest.mark.parametrize("spoil", [0.0, 0.5, -2.0])
def test_prices_that_are_off_only_loosen_the_bound(
    monkeypatch: pytest.MonkeyPatch, spoil: float
) -> None:
    d = Dispatch(n=10, c=5, p=0.7, gamma=0.8)
    best, prices = d.bound_on_every_rule("uniform", HORIZON), relaxation._prices
    monkeypatch.setattr(relaxation, "_prices", lambda *args: spoil * prices(*args))
    assert d.bound_on_every_rule("uniform", HORIZON) > best


def test_where_a_method_finds_no_prices_another_does_and_where_none_does_a_warning_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    d, linprog, failing = Dispatch(n=10, c=5, p=0.7, gamma=0.8), optimize.linprog, {"highs"}

    def limited(*args: object, method: str, **options: object) -> optimize.OptimizeResult:
        limit = {"maxiter": 0, "presolve": False} if method in failing else {}
        return linprog(*args, method=method, options=limit, **options)

    best = d.bound_on_every_rule("uniform", HORIZON)
    monkeypatch.setattr(optimize, "linprog", limited)
    assert d.bound_on_every_rule("uniform", HORIZON) == pytest.approx(best, abs=1e-7)
    failing.add("highs-ipm")
    with pytest.warns(RuntimeWarning, match="the bound is valid but loose"):
        assert best < d.bound_on_every_rule("uniform", HORIZON) <= 1e-9


@pytest.mark.parametrize("arrivals", loaded.ARRIVALS)
def test_no_rule_simulated_under_load_exceeds_its_bound(arrivals: str) -> None:
    d = Dispatch(n=20, c=6, p=0.8, gamma=0.8)
    bound = loaded.bound_on_every_rule(d, 8, horizon=30, arrivals=arrivals)
    runs = loaded.simulate(d, 8, [1, 3, 20], horizon=30, runs=2000, arrivals=arrivals)
    for run in runs.values():
        assert run.estimate.mean <= bound + 3 * run.estimate.half_width
    best = runs[20].estimate
    assert bound <= best.high + 0.05 * abs(best.mean)  # and joining the shortest comes close
