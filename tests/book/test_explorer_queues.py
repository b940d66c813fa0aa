"""Queues under load, simulated on counts: the law of the library's, queue by queue."""

import numpy as np
import pytest

from ssq_book.chapters.queueing.explorer import simulate, view
from ssq_core.systems.queueing import Dispatch, estimate, loaded


@pytest.mark.parametrize("k", [1, 2, 4])
def test_counts_have_the_law_of_queues(k: int) -> None:
    system = {"n": 4, "c": 30, "p": 0.6, "gamma": 0.9}
    returns, tail = simulate(**system, jobs=2, k=k, horizon=12, runs=4000, seed=1)
    queues = loaded.simulate(Dispatch(**system), 2, [k], horizon=12, runs=4000, seed=2)[k].estimate
    assert abs(estimate(returns).mean - queues.mean) < 3 * queues.half_width
    assert np.all(tail[:, 0] == 1)
    assert np.all(np.diff(tail, axis=1) <= 0)


def test_a_job_that_finds_all_queues_full_is_lost_and_the_same_seed_gives_the_same_bits() -> None:
    returns, tail = simulate(4, 100, 2, c=3, p=1e-9, horizon=3, runs=20)
    assert np.allclose(returns, -3 * (0.9 + 0.9**2))
    assert np.all(tail == 1)
    first, _ = simulate(50, 20, 3, runs=20)
    simulate.cache_clear()
    assert np.array_equal(first, simulate(50, 20, 3, runs=20)[0])


def test_the_load_in_the_text_is_the_one_simulated() -> None:
    # one job a step at two queues of p = .8 is the least that can arrive
    few = view(k=1, load=0.05, n=2).text
    assert few.startswith("Load 0.625 (J = 1 a step, n = 2, with whole jobs the nearest to 0.05)")
    assert view(k=1, load=0.9, n=50).text.startswith("Load 0.9 (J = 36 a step, n = 50), k = 1")
