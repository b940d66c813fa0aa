"""Queues under load, simulated on counts: the law of a plain loop over queues and jobs."""

import numpy as np
import pytest

from ssq_book.chapters.queueing.explorer import simulate, view
from ssq_core.systems.queueing import estimate


def slow(
    n: int, jobs: int, k: int, c: int, p: float, gamma: float, horizon: int, runs: int, seed: int
) -> tuple[np.ndarray, float]:
    """Returns (R,) and the mean length after the last step, queue by queue and job by job."""
    rng, returns, length = np.random.default_rng(seed), np.zeros(runs), 0.0
    for r in range(runs):
        queues = np.zeros(n, dtype=int)
        for t in range(horizon):
            returns[r] -= gamma**t * queues.mean()
            for _ in range(jobs):
                sample = rng.choice(n, k, replace=False)
                queues[sample[queues[sample].argmin()]] += 1
                queues = queues.clip(0, c)
            queues = (queues - (rng.random(n) < p)).clip(0)
        length += queues.mean() / runs
    return returns, length


@pytest.mark.parametrize("k", [1, 2, 4])
def test_counts_have_the_law_of_queues(k: int) -> None:
    system = {"n": 4, "jobs": 2, "k": k, "c": 3, "p": 0.6, "gamma": 0.9, "horizon": 12}
    fast, tail = simulate(**system, runs=4000, seed=1)
    returns, length = slow(**system, runs=800, seed=2)
    ours, theirs = estimate(fast), estimate(returns)
    assert abs(ours.mean - theirs.mean) < 2 * (ours.half_width + theirs.half_width)
    assert abs(tail[:, 1:].sum(axis=1).mean() - length) < 0.05
    assert tail.shape == (4000, 4)
    assert np.all(tail[:, 0] == 1)
    assert np.all(np.diff(tail, axis=1) <= 0)


def test_the_same_seed_gives_the_same_bits_and_a_load_out_of_range_is_refused() -> None:
    first, _ = simulate(50, 20, 3, runs=20)
    simulate.cache_clear()
    assert np.array_equal(first, simulate(50, 20, 3, runs=20)[0])
    for load in (0.0, 1.6):
        with pytest.raises(ValueError, match=rf"load must lie in \(0, 1.5\], got {load}"):
            view(k=1, load=load, n=50)


def test_the_load_in_the_text_is_the_one_simulated() -> None:
    # one job a step at two queues of p = .8 is the least that can arrive
    few = view(k=1, load=0.05, n=2).text
    assert few.startswith("Load 0.625 (J = 1 a step, n = 2, with whole jobs the nearest to 0.05)")
    assert view(k=1, load=0.9, n=50).text.startswith("Load 0.9 (J = 36 a step, n = 50), k = 1")
