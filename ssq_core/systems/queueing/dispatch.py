"""`Dispatch`: the n queues, with what solves, learns, evaluates and simulates them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ssq_core.checks import MAX_STEPS, check_count
from ssq_core.systems.queueing import exact, relaxation, simulation, surrogate
from ssq_core.systems.queueing.model import Queues


@dataclass(frozen=True)
class Dispatch(Queues):
    """A dispatcher that sends one job a step to one of n queues (Example 2.4, Section 5).

    Parameters and the errors they raise are those of `Queues`: n queues of capacity c, service
    probability p in (0, 1], discount gamma in (0, 1), penalty "printed" or "full", load "paper",
    "consistent" or "literal".

    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> q = d.solve(k=2)
    >>> q.action(pointed=0, others=[2]), q.action(pointed=2, others=[1])
    ('pointed', 1)
    >>> d.optimality_gap(2).max > d.optimality_gap(4).max
    True
    """

    solve = surrogate.solve
    learn = surrogate.learn
    optimality_gap = exact.optimality_gap
    simulate = simulation.simulate

    def bound_on_every_rule(
        self,
        start: str | ArrayLike = "uniform",
        horizon: int = 100,
        pointed: int | ArrayLike | None = None,
    ) -> float:
        """Return what no dispatching rule exceeds: an upper bound of the mean return per queue.

        For rules of any kind, which may see all lengths and remember everything, from `start` as in
        `simulate` over `horizon` steps. `pointed`: the queue of the first job, by default uniform,
        or its law (n,). The bound is that of one queue that takes a job with probability 1/n in
        the mean at every step, by a linear program whose dual is evaluated anew, so that neither
        the solver's tolerance nor rounding can spoil it. It is tight for many queues; where the
        solver finds no prices it is loose, and a RuntimeWarning says so. Raises ValueError, and
        TableTooLarge for a horizon whose program cannot fit. Source: L8 of the companion.

        >>> d = ssq.queueing.Dispatch(n=50, c=30, p=0.8, gamma=0.9)
        >>> round(d.bound_on_every_rule("empty", horizon=20), 4)
        -0.0378
        """
        check_count("horizon", horizon, 1, MAX_STEPS)
        several = not isinstance(start, str) and np.ndim(start) == 2
        runs = len(start) if several else 2  # type: ignore[arg-type]
        lengths = simulation.given_lengths(self, start, runs)
        return float(relaxation.by_start(self, lengths, pointed, horizon).mean())
