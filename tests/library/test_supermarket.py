"""The supermarket model: closed forms, and the exact chain of two queues."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from ssq_core.systems.queueing import supermarket


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("rate", [0.3, 0.7, 0.9])
def test_the_fixed_point_has_its_closed_form_and_balances(rate, d):
    shares = supermarket.fixed_point(rate, d)
    i = np.arange(1, len(shares) + 1)
    exponent = i if d == 1 else (float(d) ** i - 1) / (d - 1)
    np.testing.assert_allclose(shares, rate**exponent, rtol=1e-9)
    # the limit's differential equation at rest: arrivals to queues of i jobs, services at i + 1
    arrivals = rate * (np.append(1, shares[:-1]) ** d - shares**d)
    np.testing.assert_allclose(arrivals, shares - np.append(shares[1:], 0), atol=2e-16)


def exact_mean_of_two_queues(rate, top=60):
    """Stationary mean length for n = d = 2 from the balance equations, lengths cut at `top`."""
    size = top + 1
    Q = sparse.lil_matrix((size * size, size * size))
    for x, y in np.ndindex(size, size):
        to_x = 0.25 + 0.5 * ((x < y) + 0.5 * (x == y))  # both picks on x, or one on each
        moves = [
            (x + 1, y, 2 * rate * to_x),
            (x, y + 1, 2 * rate * (1 - to_x)),
            (x - 1, y, 1.0),
            (x, y - 1, 1.0),
        ]
        for a, b, speed in moves:
            if 0 <= a <= top and 0 <= b <= top:
                Q[a * size + b, x * size + y] += speed
                Q[x * size + y, x * size + y] -= speed
    Q[0, :] = 1.0  # the probabilities sum to 1
    law = spsolve(Q.tocsr(), np.eye(1, size * size).ravel()).reshape(size, size)
    return float((law.sum(axis=1) + law.sum(axis=0)) @ np.arange(size)) / 2


def test_two_queues_have_the_mean_of_their_exact_chain():
    exact = exact_mean_of_two_queues(0.6)
    run = supermarket.simulate(2, 0.6, 2, time=1000, warm_up=50, replicas=400, seed=0)
    assert abs(run.estimate.mean - exact) < 4 * run.estimate.half_width / 1.96
    assert run.estimate.half_width < 0.01 * exact
    # at n = 2 the limit is elsewhere: the test can tell them apart
    assert abs(supermarket.mean_length(0.6, 2) - exact) > 10 * run.estimate.half_width


@pytest.mark.parametrize("n", [1, 7])
def test_one_choice_is_separate_single_queues_stationary_from_the_start(n):
    run = supermarket.simulate(n, 0.7, 1, time=200, replicas=400, seed=1)
    assert abs(run.estimate.mean - 0.7 / 0.3) < 4 * run.estimate.half_width / 1.96
    assert run.estimate.half_width < 0.12
