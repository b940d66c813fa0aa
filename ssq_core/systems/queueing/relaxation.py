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

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from ssq_core import memory
from ssq_core.checks import check_count, check_distribution
from ssq_core.multisets import Floats, Ints
from ssq_core.stopping import ROUNDOFF
from ssq_core.systems.queueing.model import Queues

ENTRY = 200  # bytes that the program takes for one entry of its matrix, the solver's work included


def _prices(
    reward: Floats, moves: Floats, law: Floats, share: float, gamma: float, steps: int
) -> Floats:
    """Return the best prices nu_t (steps,) of a job: multipliers of the program over all laws."""
    from scipy.optimize import linprog  # takes a while

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
    for method in ("highs", "highs-ipm"):  # the first may end without an answer
        solved = linprog(-gain.ravel(), A_eq=rows, b_eq=given, method=method)
        if solved.status == 0:
            return np.asarray(-solved.eqlin.marginals[S * steps :] / discounts)
    warnings.warn(f"the bound is valid but loose: {solved.message}", RuntimeWarning, stacklevel=5)
    return np.zeros(steps)  # any prices give a bound


def _values(
    reward: Floats, moves: Floats, law: Floats, share: float, gamma: float, horizon: int
) -> Floats:
    """Return W_0 (S,), bounds of E sum_{t < horizon} gamma**t reward(z_t), rounding counted.

    `reward` (S,), `moves` (U, S, S): the law of z' from z where u jobs are taken, `law` (S,): that
    of the first state, for which the prices are the best, `share`: the mean of u in every step.
    """
    if horizon == 0:
        return np.zeros_like(reward)
    prices = np.zeros(0)
    if horizon > 1:
        prices = _prices(reward, moves, law, share, gamma, horizon - 1)
    U, S, _ = moves.shape
    extra = np.arange(U)[:, None] - share
    W, error = reward, 0.0
    operations = (S + 8) * ROUNDOFF
    for nu in prices[::-1].tolist():
        size = float(np.abs(reward).max() + np.abs(W).max() + abs(nu) * (U + 1))
        W = reward + (gamma * (moves @ W) - nu * extra).max(axis=0)
        error = gamma * error + operations * size
    return np.asarray(W + error)


def _require(moves: Floats, horizon: int) -> None:
    """Raise TableTooLarge unless the program fits."""
    entries = int(np.count_nonzero(moves)) + 2 * moves.shape[0] * moves.shape[1]
    memory.require(horizon, lambda h: ENTRY * h * entries, name="horizon")


def by_start(
    queues: Queues, lengths: Ints | None, pointed: int | ArrayLike | None, horizon: int
) -> Floats:
    """Return bounds (R,) on every rule from starts `lengths` (R, n); None: one, of uniform ones.

    Their mean is `Dispatch.bound_on_every_rule`, for which the prices are the best; less the
    returns of runs from the same starts it is a gap whose interval is small. z is a queue's length
    after the arrival.
    """
    n, c, service = queues.n, queues.c, queues.service()
    pointer = np.full(n, 1 / n)  # the law of the queue of the first job
    if pointed is not None and np.ndim(pointed) == 0:
        pointer = np.eye(n)[check_count("pointed", pointed, 0, n - 1)]
    elif pointed is not None:
        pointer = check_distribution("pointed", pointed, n, ndim=1)
    if lengths is None:
        law = np.outer([1 - 1 / n, 1 / n], np.full(c + 1, 1 / (c + 1)))
    else:
        weight = np.broadcast_to(pointer, lengths.shape).ravel() / lengths.size
        rest = 1 / lengths.size - weight
        pair = (np.bincount(lengths.ravel(), w, minlength=c + 1) for w in (rest, weight))
        law = np.array(list(pair))  # of (is it pointed, its length)
    moves = np.zeros((2, c + 2, c + 2))
    moves[0, :, :-1] = moves[1, :, 1:] = service
    _require(moves, horizon)
    reward = queues.reward(np.arange(c + 1)[:, None])
    first = np.append(law[0], 0.0) + np.append(0.0, law[1])
    later = _values(service @ reward, moves, first, 1 / n, queues.gamma, horizon - 1)
    value = reward + queues.gamma * np.array([later[:-1], later[1:]])
    rounding = 2 * (n + c + 4) * ROUNDOFF * float(np.abs(value).max())
    if lengths is None:
        return np.array([(law * value).sum() + rounding])
    of_queue = (1 - pointer) * value[0, lengths] + pointer * value[1, lengths]
    return np.asarray(of_queue.mean(axis=1) + rounding)


def loaded(queues: Queues, jobs: int, lengths: Ints, horizon: int, delayed: bool) -> float:
    """Return the bound on every rule of `jobs` jobs a step; see `loaded.bound_on_every_rule`.

    With `delayed` z is the length with the jobs on their way, else the length.
    """
    c, service, share = queues.c, queues.service(), jobs / queues.n
    reward = queues.reward(np.arange(c + 1)[:, None])
    law = np.bincount(lengths, minlength=c + 2) / queues.n
    joined = np.minimum(np.arange(c + 1) + np.arange(jobs + 1)[:, None], c + 1)  # [u, length]
    if delayed:
        moves = service @ np.eye(c + 2)[joined]
        _require(moves, horizon)
        later = _values(service @ reward, moves, law, share, queues.gamma, horizon - 1)
        value = reward + queues.gamma * later[:-1]
    else:
        moves = service[joined]
        _require(moves, horizon)
        value = _values(reward, moves, law[:-1], share, queues.gamma, horizon)
    rounding = 2 * (c + 4) * ROUNDOFF * float(np.abs(value).max())
    return float(law[:-1] @ value) + rounding
