"""A bound on every dispatching rule: that J jobs a step find a queue holds only in the mean.

Rewards and services of the queues are separate; what ties them together is that in every step they
take J jobs in all. Let that hold in the mean over queues and histories only: what is left is one
queue that takes u = 0..J jobs in a step, J/n in the mean. For any prices nu_t of a job,

    W_t(z) = r(z) + max_u { gamma E[W_{t+1}(z') | z, u] - nu_t (u - J/n) },       W_T = 0,

the mean of W_0 over the first state z is then at least what any rule earns per queue, whose
payments are 0 in the mean. That holds whatever the prices are and however accurate the solver was
that found them; the best prices are multipliers of the linear program over the laws of (z_t, u_t).
Source: L8 of the companion; decomposition of weakly coupled processes, Adelman and Mersereau,
Operations Research 56(3), 2008; the idea is Whittle's, Restless bandits, Journal of Applied
Probability 25A, 1988.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import linprog

from ssq_core import memory
from ssq_core.checks import MAX_STEPS, check_array, check_count, first, shown, sum_tolerance
from ssq_core.multisets import Floats, Ints
from ssq_core.stopping import ROUNDOFF
from ssq_core.systems.queueing.model import Queues

ENTRY = 200  # bytes that the program takes for one entry of its matrix, the solver's work included


def _prices(
    reward: Floats, moves: Floats, law: Floats, share: float, gamma: float, steps: int
) -> Floats:
    """Return the best prices nu_t (steps,) of a job: multipliers of the program over all laws."""
    U, S, _ = moves.shape
    taken = np.repeat(np.arange(U), S)  # a column of step t is a pair (u, z)
    after = sparse.csr_array(moves.reshape(U * S, S).T)
    now = sparse.csr_array(np.tile(np.eye(S), U))
    discounts = gamma ** np.arange(steps)
    flow = sparse.kron(sparse.eye_array(steps), now) - sparse.kron(
        sparse.eye_array(steps, k=-1), after
    )
    mean = sparse.kron(sparse.eye_array(steps), taken[None, :].astype(float))
    gain = np.outer(discounts, np.tile(reward, U))
    gain[-1] += gamma**steps * (moves @ reward).ravel()
    given = np.concatenate([law, np.zeros(S * (steps - 1)), np.full(steps, share)])
    rows = sparse.vstack([flow, mean]).tocsr()
    solved = linprog(-gain.ravel(), A_eq=rows, b_eq=given, method="highs")
    if solved.eqlin.marginals is None:  # no solution: any prices give a bound
        return np.zeros(steps)
    return np.asarray(-solved.eqlin.marginals[S * steps :] / discounts)


def bound(
    reward: Floats, moves: Floats, law: Floats, share: float, gamma: float, horizon: int
) -> float:
    """Return an upper bound of E sum_{t < horizon} gamma**t reward(z_t), one queue of n.

    `reward` (S,), `moves` (U, S, S): the law of z' from z where u jobs are taken, `law` (S,) of the
    first state, `share`: the mean of u in every step. Rounding is counted.
    """
    if horizon == 0:
        return 0.0
    U, S, _ = moves.shape
    prices = np.zeros(0)
    if horizon > 1:
        prices = _prices(reward, moves, law, share, gamma, horizon - 1)
    extra = np.arange(U)[:, None] - share
    W, error = reward, 0.0
    operations = (S + 8) * ROUNDOFF
    for nu in prices[::-1].tolist():
        own = reward + (gamma * (moves @ W) - nu * extra).max(axis=0)
        size = np.abs(reward).max() + np.abs(W).max() + abs(nu) * (U + 1)
        error = gamma * error + operations * float(size)
        W = own
    return float(law @ W + operations * np.abs(W).max()) + error


def _require(moves: Floats, horizon: int) -> None:
    """Raise TableTooLarge unless the program fits."""
    entries = int(np.count_nonzero(moves)) + 2 * moves.shape[0] * moves.shape[1]
    memory.require(horizon, lambda h: ENTRY * h * entries, name="horizon")


def dispatch(
    queues: Queues, lengths: Ints | None, pointed: int | ArrayLike | None, horizon: int
) -> float:
    """Return the bound on every rule of one job a step; see `Dispatch.bound_on_every_rule`.

    `lengths` (..., n), all equally likely, or None for uniform ones. z is the length after the
    arrival.
    """
    check_count("horizon", horizon, 1, MAX_STEPS)
    n, c = queues.n, queues.c
    pointer = _pointer(pointed, n)
    if lengths is None:
        before = np.append(np.full(c + 1, 1 / (c + 1)), 0.0)
        now = before + (np.roll(before, 1) - before) / n
    else:
        rows = lengths.reshape(-1, n)
        weight = np.broadcast_to(pointer, rows.shape).ravel() / rows.size
        before = np.bincount(rows.ravel(), minlength=c + 2) / rows.size
        arrived = np.bincount(rows.ravel() + 1, weight, minlength=c + 2)
        now = arrived + np.bincount(rows.ravel(), 1 / rows.size - weight, minlength=c + 2)
    service = queues.service()
    of_length = queues.reward(np.arange(c + 1)[:, None])
    first_reward = float(before[:-1] @ of_length)
    moves = np.zeros((2, c + 2, c + 2))
    moves[0, :, :-1] = moves[1, :, 1:] = service
    _require(moves, horizon)
    later = bound(service @ of_length, moves, now, 1 / n, queues.gamma, horizon - 1)
    return _total(queues, first_reward, later)


def loaded(queues: Queues, jobs: int, lengths: Ints, horizon: int, delayed: bool) -> float:
    """Return the bound on every rule of `jobs` jobs a step; see `loaded.bound_on_every_rule`.

    With `delayed` z is the length with the jobs on their way, else the length.
    """
    c, service = queues.c, queues.service()
    of_length = queues.reward(np.arange(c + 1)[:, None])
    law = np.bincount(lengths, minlength=c + 2) / queues.n
    joined = np.minimum(np.arange(c + 2) + np.arange(jobs + 1)[:, None], c + 1)  # [u, z]
    if not delayed:
        moves = service[joined[:, :-1]]
        _require(moves, horizon)
        return bound(of_length, moves, law[:-1], jobs / queues.n, queues.gamma, horizon)
    first_reward = float(law[:-1] @ of_length)
    moves = service @ np.eye(c + 2)[joined[:, :-1]]
    _require(moves, horizon)
    later = bound(service @ of_length, moves, law, jobs / queues.n, queues.gamma, horizon - 1)
    return _total(queues, first_reward, later)


def _total(queues: Queues, first_reward: float, later: float) -> float:
    """Return first_reward + gamma * later, rounded up."""
    rounding = (queues.c + 8) * ROUNDOFF * (abs(first_reward) + abs(later))
    return first_reward + queues.gamma * later + rounding


def _pointer(pointed: int | ArrayLike | None, n: int) -> Floats:
    """Return the law (n,) of the queue of the first job."""
    if pointed is None:
        return np.full(n, 1 / n)
    if np.ndim(pointed) == 0:
        return np.asarray(np.eye(n)[check_count("pointed", pointed, 0, n - 1)])
    law: Floats = check_array("pointed", pointed).astype(float)
    if law.shape != (n,):
        raise ValueError(f"pointed must be a queue or a law of shape {(n,)}, got {law.shape}")
    if at := first(~(law >= 0)):
        raise ValueError(f"pointed{at} = {law[tuple(at)]} is negative; the limit is 0")
    if abs(law.sum() - 1) > sum_tolerance(pointed):
        raise ValueError(f"pointed sums to {law.sum()}, not to 1: {shown(pointed)}")
    return np.asarray(law / law.sum(), dtype=float)
