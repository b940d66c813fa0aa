"""Online learning (Remark 3.1): asynchronous Q-learning of Q_k along one trajectory.

Local agents do not act on each other, so k agents that are watched for ever move as the surrogate
system of k agents does, whatever n is. At step t the pair (s_g, s_Delta), a that was just met, and
it alone, is updated:

    Q(x, a) <- Q(x, a) + eta (r_Delta(x, a) + gamma max_a' Q(x', a') - Q(x, a)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_core import draws
from ssq_core.model import Floats, Ints

CHUNK = 4096  # steps whose random numbers are drawn at a time


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


def surrogate(mdp: ssq.StarMDP, k: int) -> tuple[Floats, Floats]:
    """Return the k-agent system as one flat MDP: laws (X, A, X) and rewards (X, A), dense."""
    rewards = dense.rewards(mdp, k)
    laws = np.einsum("gax,ghj->ghaxj", mdp.P_g, dense.next_laws(mdp, k)[:, 0])
    X = rewards[..., 0].size
    return laws.reshape(X, mdp.A, X), rewards.reshape(X, mdp.A)


def q_learning(
    mdp: ssq.StarMDP,
    target: ssq.QTable,
    learners: Sequence[Learner],
    steps: Sequence[int],
    runs: int,
    seed: int = 0,
) -> Path:
    """Run asynchronous Q-learning from Q = 0 and x = 0, each run along its own trajectory.

    `steps` are the ascending numbers of steps at which the error to `target` is taken.
    """
    laws, rewards = surrogate(mdp, target.k)
    X, A = rewards.shape
    star = dense.table(target).reshape(X, A)
    slope, least, explore = (
        np.repeat([getattr(learner, name) for learner in learners], runs)
        for name in ("slope", "least", "explore")
    )
    functions = draws.distribution(laws).reshape(X * A, X)
    flat, lines = rewards.ravel(), np.arange(len(slope))
    Q, visits = np.zeros((len(lines), X, A)), np.zeros((len(lines), X, A), dtype=np.int64)
    x = np.zeros(len(lines), dtype=np.int64)
    errors: list[Floats] = []
    rng = np.random.default_rng(seed)
    for t in range(steps[-1]):
        if t % CHUNK == 0:
            uniform = rng.random((CHUNK, 3, len(lines)))
        wander, choice, move = uniform[t % CHUNK]
        a = np.where(wander < explore, (choice * A).astype(np.int64), Q[lines, x].argmax(axis=1))
        pair = x * A + a
        new = draws.invert(functions[pair], move)
        visits[lines, x, a] += 1
        eta = np.maximum(least, 1 / (1 + slope * (visits[lines, x, a] - 1)))
        ahead = flat[pair] + mdp.gamma * Q[lines, new].max(axis=1)
        Q[lines, x, a] += eta * (ahead - Q[lines, x, a])
        x = new
        if t + 1 == steps[len(errors)]:
            errors.append(np.abs(Q - star).max(axis=(1, 2)))
    shape = (len(learners), runs)
    return Path(
        np.array(errors).T.reshape(*shape, len(steps)),
        Q.reshape(*shape, X, A),
        visits.reshape(*shape, X, A),
    )
