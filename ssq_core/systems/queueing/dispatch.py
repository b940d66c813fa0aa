"""`Dispatch`: solving, learning, evaluating and simulating the queueing system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ssq_core.checks import MAX_STEPS, check_count, check_number, shown
from ssq_core.progress import Report
from ssq_core.systems.queueing import exact, relaxation, simulation, surrogate
from ssq_core.systems.queueing.exact import Gap
from ssq_core.systems.queueing.model import Queues
from ssq_core.systems.queueing.simulation import Rule
from ssq_core.systems.queueing.statistics import Run
from ssq_core.systems.queueing.surrogate import Table


@dataclass(frozen=True)
class Dispatch(Queues):
    """A dispatcher that sends one job a step to one of n queues (Example 2.4, Section 5).

    Parameters and the errors they raise are those of `Queues`: n queues of capacity c, service
    probability p in (0, 1], discount gamma in (0, 1), penalty "printed" or "full", load "paper",
    "consistent" or "literal".

    >>> import ssq_core as ssq
    >>> d = ssq.queueing.Dispatch(n=4, c=3)
    >>> q = d.solve(k=2)
    >>> q.action(pointed=0, others=[2]), q.action(pointed=2, others=[1])
    ('pointed', 1)
    >>> d.optimality_gap(2).max > d.optimality_gap(4).max
    True
    """

    def solve(self, k: int, tol: float | None = None, progress: bool | Report = True) -> Table:
        """Solve the surrogate system of `k` sampled queues, every Q-value certified to `tol`.

        Left out, that is 1e-10 or what rounding allows; see `error_bound` of the table.

        `progress`: True shows long solutions at a terminal, a function gets each line. Raises
        ValueError unless 1 <= k <= n, and TableTooLarge before anything is allocated.
        """
        check_count("k", k, 1, self.n)
        if tol is not None:
            check_number("tol", tol, "(0, inf)")
        return surrogate.solve(self, k, tol, progress)

    def learn(
        self, k: int, m: int, iterations: int, seed: int = 0, progress: bool | Report = True
    ) -> Table:
        """Learn the table from samples: Algorithm 1, exactly `iterations` applications from Q = 0.

        One set of `m` next multisets per multiset of lengths after the arrival is drawn once,
        shared by the actions and kept for every iteration. Raises as `solve` does, and ValueError
        for m, iterations < 1.
        """
        check_count("k", k, 1, self.n)
        check_count("m", m)
        check_count("iterations", iterations, 1, MAX_STEPS)
        check_count("seed", seed, 0)
        return surrogate.learn(self, k, m, iterations, seed, progress)

    def optimality_gap(self, k: int | Table | tuple[str, int]) -> Gap:
        """Return the exact gap on all n queues (small n) of the exactly solved table of `k` queues.

        Instead of `k` it takes a `Table` or ("jsq", k). Every gap is certified to `error_bound`;
        ties within 1e-9 go to the pointed queue, then to the shortest. Raises as `solve` does.
        """
        if isinstance(k, Table):
            k.check_fits(self)
            table = k
        elif isinstance(k, tuple):
            if len(k) != 2 or k[0] != "jsq":
                raise ValueError(f'k must be an integer, a Table or ("jsq", k); got {shown(k)}')
            table = surrogate.shortest(self, check_count("k of the rule", k[1], 1, self.n))
        else:
            table = self.solve(k)
        return exact.optimality_gap(self, table)

    def simulate(
        self,
        rule: Rule,
        start: str | ArrayLike = "uniform",
        horizon: int = 100,
        runs: int = 1000,
        seed: int = 0,
        pointed: int | None = None,
        progress: bool | Report = True,
    ) -> Run:
        """Simulate `runs` copies of the n queues for `horizon` steps under `rule` (Algorithm 2).

        `rule`: a `Table`, ("jsq", k): join the shortest of k sampled queues, the pointed queue
        counted with its job; "random": any queue; ("literal", k) or "literal" (k = 1): any queue
        outside the sample; ("literal-first", k): the first queue outside the sample. `start`:
        lengths (n,) or (runs, n), "empty", "uniform" on 0..c, or "antithetic": run i + runs/2
        mirrors the uniform start of run i. `pointed`: the queue of the first job, by default
        uniform. The same seed gives every rule the same starts, services and nested samples.
        Memory does not grow with `runs`; `progress`: True shows long simulations at a terminal, a
        function gets each line. Raises ValueError, and TableTooLarge before anything is allocated.
        """
        return simulation.simulate(self, rule, start, horizon, runs, seed, pointed, progress)

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
        the solver's tolerance nor rounding can spoil it. It is tight for many queues. Raises
        ValueError, and TableTooLarge for a horizon whose program cannot fit. Source: L8 of the
        companion.

        >>> import ssq_core as ssq
        >>> d = ssq.queueing.Dispatch(n=50, c=30, p=0.8, gamma=0.9)
        >>> round(d.bound_on_every_rule("empty", horizon=20), 4)
        -0.0378
        """
        check_count("horizon", horizon, 1, MAX_STEPS)
        several = not isinstance(start, str) and np.ndim(start) == 2
        runs = len(start) if several else 2  # type: ignore[arg-type]
        lengths = simulation.given_lengths(self, start, runs)
        return float(relaxation.by_start(self, lengths, pointed, horizon).mean())
