"""Algorithm 3 as printed, in plain Python: a table over ordered tuples, and loops.

The paper's loops, one update for every (s_g, s_1, ..., s_k) and action, each from m fresh samples
of the next state. A whole sweep would take hours, so a slice is timed and the rest extrapolated.
"""

import random
from itertools import islice, product

import ssq_core as ssq


class Printed:
    """The printed algorithm on a model, its kernels as lists of outcomes and weights."""

    def __init__(self, mdp: ssq.StarMDP, k: int, m: int, seed: int = 0) -> None:
        self.k, self.m, self.gamma = k, m, mdp.gamma
        self.G, self.S, self.A = range(mdp.G), range(mdp.S), range(mdp.A)
        self.r_g, self.r_l = mdp.r_g.tolist(), mdp.r_l.tolist()
        self.P_g, self.P_l = mdp.P_g.tolist(), mdp.P_l.tolist()
        self.random = random.Random(seed)
        self.Q: dict[tuple[int, ...], float] = {}  # 0 where nothing was written yet

    def update(self, s_g: int, sample: list[int], a: int, eta: float) -> None:
        """Update one entry from m samples of the next state, Eq. (5)."""
        total = 0.0
        for _ in range(self.m):
            (x,) = self.random.choices(self.G, self.P_g[s_g][a])
            after = [self.random.choices(self.S, self.P_l[s_g][s])[0] for s in sample]
            total += max(self.Q.get((x, *after, b), 0.0) for b in self.A)
        reward = self.r_g[s_g][a] + sum(self.r_l[s_g][s] for s in sample) / self.k
        target = reward + self.gamma * total / self.m
        key = (s_g, *sample, a)
        self.Q[key] = (1 - eta) * self.Q.get(key, 0.0) + eta * target

    def updates(self, count: int, eta: float = 0.5) -> None:
        """Carry out the first `count` updates of a sweep, in the printed order."""
        order = product(self.G, *[self.S] * self.k, self.A)
        for s_g, *sample, a in islice(order, count):
            self.update(s_g, sample, a, eta)

    @property
    def entries(self) -> int:
        """Number of updates in a whole sweep."""
        return len(self.G) * int(len(self.S) ** self.k) * len(self.A)
