"""Bad input to the queueing system is refused by name."""

import pytest

from ssq_core.systems.queueing import Dispatch, difference


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(n=0), "n must be at least 1"),
        (dict(c=0), "c must be at least 1"),
        (dict(p=0.0), r"p must lie in \(0, 1\], got 0.0"),
        (dict(p=float("nan")), "p must lie in"),
        (dict(gamma=1.0), r"gamma must lie in \(0, 1\), got 1.0"),
        (dict(penalty="none"), "penalty must be one of printed, full"),
        (dict(load="heavy"), "load must be one of paper, consistent"),
    ],
)
def test_bad_models_are_refused_by_name(change, words):
    with pytest.raises(ValueError, match=words):
        Dispatch(**{**dict(n=4, c=3, p=0.8, gamma=0.9), **change})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: d.solve(0), "k must be at least 1"),
        (lambda d: d.solve(5), "k must be at most 4"),
        (lambda d: d.solve(2, tol=0), "tol must be positive"),
        (
            lambda d: d.solve(2, tol=1e-16),
            "tol = 1e-16 is below what rounding allows here; tol = .* works",
        ),
        (lambda d: d.learn(2, 0, 5), "m must be at least 1"),
        (lambda d: d.learn(2, 1, 0), "iterations must be at least 1"),
        (lambda d: d.learn(2, 1, 1, seed=-1), "seed must be at least 0"),
        (lambda d: d.optimality_gap(5), "k must be at most 4"),
        (lambda d: d.optimality_gap(("fifo", 2)), "k must be an integer, a Table or"),
        (lambda d: d.optimality_gap(1).at(4, [0, 0, 0]), "pointed must be at most 3"),
        (lambda d: d.optimality_gap(1).at(1, [0, 0]), "others must hold 3 lengths"),
        (lambda d: d.solve(2).action(4, [0]), "pointed must be at most 3"),
        (lambda d: d.solve(2).action(0, [-1]), r"others\[0\] = -1 is outside 0..3"),
        (lambda d: d.solve(2).action(None, [0]), "others must hold 2 lengths"),
        (lambda d: d.solve(2).value(0, [0.5]), "others must be integers"),
        (lambda d: d.simulate("fifo"), "rule must be"),
        (lambda d: d.simulate(("jsq", 5)), "k of the rule must be at most 4"),
        (lambda d: d.simulate(("literal", 4)), "k of the rule must be at most 3"),
        (lambda d: d.simulate("random", "full"), "start must be lengths"),
        (lambda d: d.simulate("random", [0, 0]), "start must have shape"),
        (lambda d: d.simulate("random", [0, 0, 0, 9]), r"start\[3\] = 9 is outside 0..3"),
        (lambda d: d.simulate("random", "antithetic", runs=3), "runs must be even"),
        (lambda d: d.simulate("random", horizon=0), "horizon must be at least 1"),
        (lambda d: d.simulate("random", pointed=4), "pointed must be at most 3"),
        (lambda d: d.simulate(Dispatch(4, 5, 0.8, 0.9).solve(1)), "the table is for c = 5"),
        (lambda d: d.simulate(Dispatch(9, 3, 0.8, 0.9).solve(5)), "k of the table must be"),
        (lambda d: d.simulate("random", runs=1).estimate, "2 independent runs"),
        (
            lambda d: difference(d.simulate("random", runs=4), d.simulate("random", runs=2)),
            "as many runs",
        ),
    ],
)
def test_bad_arguments_are_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call(Dispatch(4, 3, 0.8, 0.9))
