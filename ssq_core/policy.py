"""The stochastic policy of SUB-SAMPLE-Q: sample k agents, act greedily on what they show.

Eq. (6) weighs an action by the share of the C(n, k) subsets that choose it. The share is computed
without listing subsets: one multiset of n agents sums hypergeometric weights over its
sub-multisets; a whole table is *lifted* from k to n by averaging over the removal of one agent, n -
k times. Eq. (26) of the paper differs: uniform over the distinct actions that any subset chooses.
"""

from __future__ import annotations

from math import comb, prod

import numpy as np

from ssq_core import multisets
from ssq_core.checks import check_count, check_instance, check_option
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, Ints
from ssq_core.operators import along
from ssq_core.qtable import QTable
from ssq_core.stopping import ROUNDOFF

RULES = ("subsets", "actions")


class SubsampledPolicy:
    """The policy that samples k of n agents uniformly and acts greedily in `q`.

    `rule` "subsets" is Eq. (6), "actions" is Eq. (26). Raises ValueError if k > n.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> pi = ssq.SubsampledPolicy(ssq.solve(mdp, k=1), n=4)
    >>> pi.action_probabilities(0, [0, 1, 1, 1])
    array([0.25, 0.75])
    """

    def __init__(self, q: QTable, n: int, rule: str = "subsets") -> None:
        check_instance("q", q, QTable)
        self.q, self.n, self.rule = q, check_count("n", n), rule
        if q.k > n:
            raise ValueError(f"k = {q.k} sampled agents exceed n = {n}")
        check_option("rule", rule, RULES)

    def __repr__(self) -> str:
        return f"SubsampledPolicy(k={self.q.k} of n={self.n}, rule={self.rule!r})"

    def action_probabilities(self, s_g: object, states: object) -> Floats:
        """Return the exact probability of every action, (A,), at `n` local states; Eq. (6).

        Raises ValueError for another number of states, an index outside the model, or a sample
        whose type counts lie outside the solved blocks.
        """
        g, agents = self.q.mdp.indices(s_g, states, self.n)
        chosen, weight = samples(agents, self.q.k)
        action = self.q.greedy[g][self.q.layout.rank(g, chosen)]
        share = np.bincount(action, weights=weight, minlength=self.q.mdp.A)
        return self._apply_rule(np.asarray(share, dtype=float))

    def table(self, layout: Layout, s_g: int, block: TypeCounts) -> Floats:
        """Return the action probabilities on one block of n agents, (A, *block's shape)."""
        shape = layout.shape(s_g, block)
        share = np.zeros((self.q.mdp.A, *shape))
        sizes = layout.grouping.sizes[s_g]
        for part in sub_blocks(block, self.q.k):
            weight = prod(map(comb, block, part)) / comb(self.n, self.q.k)  # rounded once
            greedy = self.q.greedy[s_g][self.q.layout.slice(s_g, part)]
            greedy = greedy.reshape(self.q.layout.shape(s_g, part))
            for a in np.unique(greedy):
                share[a] += weight * _lift((greedy == a).astype(float), part, block, sizes)
        return self._apply_rule(share)

    def law_error(self) -> float:
        """Return how far rounding may move a law of `table`, in L1: a lift only adds and scales."""
        p = len(self.q.mdp.types)
        adds = (self.n - self.q.k) * (self.q.mdp.S + 3) + multisets.size(self.q.k, p)
        return float(adds + self.q.mdp.A + 20) * ROUNDOFF

    def _apply_rule(self, share: Floats) -> Floats:
        if self.rule == "actions":
            share = (share > 0).astype(float)
        return np.asarray(share / share.sum(axis=0))


def samples(states: Ints, k: int) -> tuple[Ints, Floats]:
    """Return the multisets (N, k) that k of these agents can show, and the share of each."""
    present, have = np.unique(states, return_counts=True)
    drawn = _sub_multisets(have, k)
    chosen = np.repeat(np.tile(present, len(drawn)), drawn.ravel()).reshape(-1, k)
    log_weight = multisets.log_comb(have, drawn).sum(axis=1) - multisets.log_comb(len(states), k)
    return chosen, np.exp(log_weight)


def sub_blocks(block: TypeCounts, k: int) -> list[TypeCounts]:
    """Return the type counts that k agents sampled from `block` can have."""
    return [tuple(part) for part in _sub_multisets(np.array(block), k).tolist()]


def _sub_multisets(have: np.ndarray, k: int) -> np.ndarray:
    """Return the histograms of size `k` below the histogram `have`, one per row."""
    rows = np.zeros((1, 0), dtype=np.int64)
    left = np.array([k])
    rest = int(have.sum())
    for count in have.tolist():
        rest -= count
        options = np.arange(min(count, k) + 1)
        ok = (options <= left[:, None]) & (left[:, None] - options <= rest)
        which, take = np.nonzero(ok)
        rows = np.column_stack([rows[which], take])
        left = left[which] - take
    return rows


def _lift(f: Floats, part: TypeCounts, block: TypeCounts, sizes: np.ndarray) -> Floats:
    """Return the average of f over samples of `part` from `block`, one axis after the other."""
    for axis, (low, high) in enumerate(zip(part, block, strict=True)):
        for j in range(low + 1, high + 1):
            f = along(axis, multisets.removal(j, int(sizes[axis])), f)
    return f
