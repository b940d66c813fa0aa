"""Online learning (Remark 3.1): asynchronous Q-learning of Q_k along one trajectory.

Local agents do not act on each other, so k agents that are watched for ever move as the surrogate
system of k agents does, whatever n is. At step t the pair (s_g, s_Delta), a that was just met, and
it alone, is updated:

    Q(x, a) <- Q(x, a) + eta (r_Delta(x, a) + gamma max_a' Q(x', a') - Q(x, a)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_core import multisets
from ssq_core.model import Floats, Ints


@dataclass(frozen=True)
class Learner:
    """How a pair that is met for the N-th time is updated, and how its action was chosen.

    eta = max(least, 1 / (1 + slope (N - 1))); a uniformly random action with probability `explore`,
    else the greedy one. slope = 1 is the sample mean, slope = 1 - gamma the rescaled rate.
    """

    slope: float
    least: float = 0.0
    explore: float = 1.0


@dataclass(frozen=True, eq=False)
class Path:
    """What R trajectories of each of L learners know after each of C numbers of steps.

    `errors` (L, R, C): largest distance to Q_k*. `q` and `visits` (L, R, X, A): the last table, and
    how often a pair was met; x = s_g N + position of the multiset in colex order.
    """

    errors: Floats
    q: Floats
    visits: Ints


def q_learning(
    system: ssq.StarMDP,
    target: ssq.QTable,
    learners: Sequence[Learner],
    steps: Sequence[int],
    runs: int,
    seed: int = 0,
) -> Path:
    """Run Q-learning from Q = 0 and all agents in 0; take the errors to `target` after `steps`."""
    k, A, N = target.k, system.A, multisets.size(target.k, system.S)
    star, gains = (
        table.reshape(-1, A) for table in (dense.table(target), dense.rewards(system, k))
    )
    slope, least, explore = (
        np.repeat([getattr(learner, name) for learner in learners], runs)
        for name in ("slope", "least", "explore")
    )
    R, rng = len(slope), np.random.default_rng(seed)
    Q, visits = np.zeros((R, *star.shape)), np.zeros((R, *star.shape), dtype=np.int64)
    lines, (s_g, x) = np.arange(R), np.zeros((2, R), dtype=np.int64)
    s = np.zeros((R, k), dtype=np.int64)
    errors: list[Floats] = []
    for t in range(1, steps[-1] + 1):
        wander, a = rng.random(R) < explore, rng.integers(A, size=R)
        a = np.where(wander, a, Q[lines, x].argmax(axis=1))
        s = system.next_l(s, np.repeat(s_g[:, None], k, axis=1), rng)
        s_g = system.next_g(s_g, a, rng)
        new = s_g * N + multisets.rank(np.sort(s, axis=1))
        visits[lines, x, a] += 1
        eta = np.maximum(least, 1 / (1 + slope * (visits[lines, x, a] - 1)))
        ahead = gains[x, a] + system.gamma * Q[lines, new].max(axis=1)
        Q[lines, x, a] += eta * (ahead - Q[lines, x, a])
        x = new
        if t == steps[len(errors)]:
            errors.append(np.abs(Q - star).max(axis=(1, 2)))
    tables = (len(learners), runs, *star.shape)
    errors_of = np.array(errors).T.reshape(*tables[:2], len(steps))
    return Path(errors_of, Q.reshape(tables), visits.reshape(tables))
