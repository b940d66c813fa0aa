"""The dispatcher's n queues (Example 2.4, Section 5); what the paper leaves open is an option.

Queue i holds s_i in 0..c jobs and s_g names the queue that gets this step's job:

    s_i(t+1) = clip(s_i(t) + 1{s_g(t) = i} - Bern(p), 0, c),    s_g(t+1) = a_g(t),

so the action a_g(t) sends the job of step t+1. The reward on s(t) is the mean of r_l over the n
queues, r_l = -s_i - 10 * 1{s_i > c} as printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssq_core.checks import check_count, check_number, check_option, check_states
from ssq_core.multisets import Floats, Ints

PENALTY = 10.0
PENALTIES = ("printed", "full")
LOADS = ("paper", "consistent", "literal")


@dataclass(frozen=True)
class Queues:
    """n queues of capacity c, one job a step, service with probability p, discount gamma.

    `penalty` is "printed" (10 * 1{s_i > c}, which never fires) or "full" (10 * 1{s_i >= c}).
    `load` says where the surrogate system of k sampled queues believes that its next job can go:
    "paper" (always to a sampled queue), "consistent" (to the chosen queue with probability k/n,
    else out of sight) or "literal" (A_g = [n]: out of sight by choice). The defaults are the
    paper's set-up (Section 5). Raises ValueError for values out of range.
    """

    n: int = 50
    c: int = 30
    p: float = 0.8
    gamma: float = 0.9
    penalty: str = "printed"
    load: str = "consistent"

    def __post_init__(self) -> None:
        check_count("n", self.n)
        check_count("c", self.c)
        for name, interval in (("p", "(0, 1]"), ("gamma", "(0, 1)")):
            vars(self)[name] = check_number(name, getattr(self, name), interval)
        check_option("penalty", self.penalty, PENALTIES)
        check_option("load", self.load, LOADS)

    def reward(self, lengths: Ints) -> Floats:
        """Return the mean of r_l over the last axis of `lengths`; at most 0, at least -(c + 10)."""
        cost = lengths.mean(axis=-1)
        if self.penalty == "full":
            cost = cost + PENALTY * (lengths >= self.c).mean(axis=-1)
        return -np.asarray(cost, dtype=float)

    def service(self) -> Floats:
        """Return the (c+2, c+1) law of a queue's next length from its length after the arrival.

        A job sent to a full queue makes the length c+1 for a moment; the clip takes it to c
        whether or not a job leaves.
        """
        law = np.zeros((self.c + 2, self.c + 1))
        after = np.arange(self.c + 2)
        np.add.at(law, (after, after.clip(0, self.c)), 1 - self.p)
        np.add.at(law, (after, (after - 1).clip(0, self.c)), self.p)
        return law

    def check_lengths(self, name: str, lengths: object, count: int) -> Ints:
        """Return `lengths` as (count,) integers in 0..c, or raise ValueError naming the limit."""
        return check_states(name, lengths, count, self.c + 1, "lengths")
