"""The explorer of queueing: n queues under load, each job joins the shortest of k sampled ones.

In the paper one job arrives a step, so that n = 50 queues stay empty whatever the rule. Here J jobs
arrive a step, load J/(n p), one after the other, each seeing those before it. Only the number of
queues of every length matters, so a step is simulated on those counts: the shortest of k queues
drawn without replacement has l jobs or more with probability C(N_l, k)/C(n, k), where N_l queues
have l or more; a run of n = 10^6 costs what one of n = 50 does, whatever k is.
"""

from functools import lru_cache

import numpy as np

from ssq_book.chapters.queueing import figures
from ssq_book.explorers.core import Control, Explorer, Range, View
from ssq_book.explorers.live import mode
from ssq_core import multisets
from ssq_core.checks import check_count
from ssq_core.multisets import Floats
from ssq_core.systems.queueing import estimate

TITLE = "Explorer of queueing: sampled queues, load"
P = 0.8  # service
HORIZON, RUNS, SEED = 100, 200, 0
CURVE = (1, 2, 3, 5, 8)  # the values of k that every figure shows


@lru_cache(maxsize=256)
def simulate(
    n: int, jobs: int, k: int, c: int = 30, p: float = P, gamma: float = 0.9,
    horizon: int = HORIZON, runs: int = RUNS, seed: int = SEED,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return returns (R,) of runs from empty queues under JSQ(k), and shares (R, c+1) at their end.

    The shares are of queues with l = 0..c jobs or more. Every k has the same draws for a seed; a
    job that finds a full queue is lost.
    """
    check_count("k", k, 1, n)
    sampling, service = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    N = np.arange(n + 1)
    misses = np.exp(np.where(k <= N, multisets.log_comb(np.maximum(N, k), k), -np.inf))
    misses /= misses[-1]  # C(N, k)/C(n, k): all k are among N of the n queues
    at_least = np.zeros((runs, c + 2), dtype=np.int64)  # N_l for l = 0..c+1
    at_least[:, 0] = n
    every, returns, weight = np.arange(runs), np.zeros(runs), 1.0
    for _ in range(horizon):
        returns -= weight * at_least[:, 1:].sum(axis=1) / n
        weight *= gamma
        for _ in range(jobs):
            uniform = sampling.random((runs, 1))
            shortest = (misses[at_least[:, 1:-1]] > uniform).sum(axis=1)
            at_least[every, np.minimum(shortest + 1, c + 1)] += 1
        at_least[:, c + 1] = 0
        exactly = at_least[:, 1:-1] - at_least[:, 2:]  # queues with l = 1..c jobs
        at_least[:, 1:-1] -= service.binomial(exactly, p)
    return returns, at_least[:, :-1] / n


def view(k: int, load: float, n: int) -> View:
    """Return the gap to JSQ(n) against k and the lengths of the queues, with `k` marked.

    Jobs are whole: simulated is the nearest load that they allow, and one job at least.
    """
    jobs = max(1, round(load * n * P))
    values = [j for j in CURVE if j <= n]
    shown = {j: simulate(n, jobs, j) for j in (k, n, *values)}
    best = shown[n][0]
    gaps = {j: estimate(best - shown[j][0]) for j in sorted({k, *values})}
    tails = {j: shown[j][1].mean(axis=0) for j in sorted({1, k, n})}
    figure = figures.explorer_view(gaps, k, tails, n)
    gap, share = gaps[k], gaps[k].mean / -best.mean()
    here, least = (estimate(shown[j][1][:, 1:].sum(axis=1)) for j in (k, n))  # mean lengths
    near = "" if round(load * n * P, 9) == jobs else f", with whole jobs the nearest to {load:g}"
    text = (
        f"Load {jobs / (n * P):.3g} (J = {jobs} a step, n = {n}{near}), k = {k} queues seen: gap "
        f"to JSQ({n}) {gap.mean:.3g} ± {gap.half_width:.2g} (discounted jobs a queue), "
        f"{share:.0%} of what JSQ({n}) costs. After {HORIZON} steps a queue holds {here.mean:.3g} "
        f"± {here.half_width:.2g} jobs on average; under JSQ({n}) {least.mean:.3g} ± "
        f"{least.half_width:.2g}. Means of {RUNS} runs, 95 % intervals."
    )
    alt = (
        f"Above, the gap to JSQ({n}) falls with the sampled queues, {gap.mean:.2g} at the k "
        f"marked. Below, the share of queues that hold l jobs or more falls with l, fastest under "
        f"JSQ({n}); the mean length is {here.mean:.2g} at this k."
    )
    return View(figure, alt, text)


def queueing(k: int = 2, load: float = 0.9, n: int = 50) -> Explorer:
    """Return the explorer of k and the load against the gap to JSQ(n), from these values."""
    controls = (
        Control("k", "sampled queues k", k, (1, 2, 3, 4, 5, 8, 16, 32), Range(1, 60)),
        Control(
            "load", "load", load, (0.3, 0.5, 0.7, 0.9, 0.95), Range(0.05, 1.5, 0.05)
        ),  # above 1 they fill up
        Control("n", "queues n", n, (), Range(2, 200)),
    )
    return mode()("queueing", TITLE, controls, view)
