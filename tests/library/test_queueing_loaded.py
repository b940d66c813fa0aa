"""Several jobs a step: exact laws of small systems, and known gaps of fifty queues."""

from itertools import combinations, permutations, product

import numpy as np
import pytest

from ssq_core.systems.queueing import Dispatch, loaded


def joined(view, priority, samples):
    """The view after one job per sample, each to the shortest there, ties by `priority`."""
    view = list(view)
    for sample in samples:
        view[min(sample, key=lambda i: (view[i], priority[i]))] += 1
    return view


def exact_return(q, jobs, d, first, horizon, delayed):
    """E[sum of gamma^t r] by enumeration of tie orders, samples and services."""
    law = {(tuple(first), (0,) * q.n): 1.0}
    total = 0.0
    tuples_of_samples = list(product(combinations(range(q.n), d), repeat=jobs))
    orders = list(permutations(range(q.n)))
    for t in range(horizon):
        total += q.gamma**t * sum(w * float(q.reward(np.array(s))) for (s, _), w in law.items())
        new: dict = {}
        for ((s, coming), w), order, samples in product(law.items(), orders, tuples_of_samples):
            arrived = [a + b for a, b in zip(s, coming, strict=True)]
            view = joined(arrived, order, samples)
            present = arrived if delayed else view
            later = tuple(v - x for v, x in zip(view, present, strict=True))
            share = w / len(orders) / len(tuples_of_samples)
            for served in product((0, 1), repeat=q.n):
                after = tuple(min(q.c, max(0, x - b)) for x, b in zip(present, served, strict=True))
                chance = share * q.p ** sum(served) * (1 - q.p) ** (q.n - sum(served))
                new[after, later] = new.get((after, later), 0.0) + chance
        law = new
    return total


@pytest.mark.parametrize("arrivals", loaded.ARRIVALS)
@pytest.mark.parametrize("penalty", ["printed", "full"])
def test_the_simulated_return_is_the_exact_one(arrivals, penalty):
    q, first = Dispatch(3, 2, 0.6, 0.8, penalty), [0, 2, 1]
    runs = loaded.simulate(q, 2, (1, 2, 3), first, 4, 20000, 3, arrivals, progress=False)
    for d, run in runs.items():
        expected = exact_return(q, 2, d, first, 4, arrivals == "next step")
        spread = run.returns.std(ddof=1) / len(run.returns) ** 0.5
        assert abs(run.returns.mean() - expected) < 4 * spread


def test_all_choices_share_one_set_of_draws():
    q = Dispatch(20, 6, 0.8, 0.9)
    both = loaded.simulate(q, 5, (19, 20), horizon=30, runs=300, seed=1)
    again = loaded.simulate(q, 5, (20, 19), horizon=30, runs=300, seed=1)
    for d, run in both.items():
        np.testing.assert_array_equal(run.returns, again[d].returns)
    # nearly the same rule: nearly the same runs
    paired = np.std(both[20].returns - both[19].returns)
    assert paired < 0.5 * np.std(both[20].returns - both[19].returns[::-1])
