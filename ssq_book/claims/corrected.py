"""The corrected results L1-L6 on one small system: each left side beside its bound.

Every function solves the system exactly and returns the pair of sides, over all states and
actions, that comes closest to violating the result; the bounds are those of `ssq_core.bounds`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ssq_book.claims import small
from ssq_book.claims.instances import total_variation
from ssq_core import bounds, multisets
from ssq_core.model import Floats, StarMDP

ROUNDING = 1e-8  # differences below it are rounding: tables are certified to 1e-10


class Margin(NamedTuple):
    """A left side and its bound."""

    left: float
    right: float

    @property
    def ratio(self) -> float:
        """How much of the bound is used: at most 1 if the result holds; inf above a bound 0."""
        if self.left <= ROUNDING:
            return 0.0
        return self.left / self.right if self.right > 0 else float("inf")


def closest(left: Floats, right: Floats | float) -> Margin:
    """Return the entry with the largest ratio, `left` and `right` broadcast together."""
    left, right = np.broadcast_arrays(left, right)
    with np.errstate(divide="ignore"):
        ratio = np.where(left > ROUNDING, left / np.where(left > ROUNDING, right, 1.0), 0.0)
    at = np.unravel_index(int(ratio.argmax()), ratio.shape)
    return Margin(float(left[at]), float(right[at]))


def _linear_in_tv(name: str, tv: Floats, **parameters: float) -> Floats:
    """Return the bound `name` at every total variation of `tv`; it is affine in it."""
    at_0, at_1 = (bounds.value(getattr(bounds, name), tv=t, **parameters) for t in (0.0, 1.0))
    return np.asarray(at_0 + (at_1 - at_0) * tv)


def L1(mdp: StarMDP, k: int, n: int, iterations: int | None = None) -> Margin:
    """Q_n against the mean of Q_k over the k-subsets, once r~ has been added to every reward.

    The shift makes both sides positive and leaves their difference as it is.
    """
    shift = mdp.r_max / (1 - mdp.gamma)
    mean = small.sampling(k, n, mdp.S) @ small.q_star(mdp, k, iterations)
    return closest(small.q_star(mdp, n, iterations) + shift, mean + shift)


def L2(mdp: StarMDP, k: int, iterations: int | None = None) -> Margin:
    """|Q_k(F) - Q_k(F')| against the total variation, for all pairs of k agents."""
    Q = small.q_star(mdp, k, iterations)
    apart = np.abs(Q[:, :, None] - Q[:, None]).max(axis=(0, 3))
    contact = mdp.gamma * mdp.tau
    horizon = 1.0 if iterations is None else 1 - contact**iterations
    right = _linear_in_tv("L2", total_variation(k, k, mdp.S), **bounds.constants(mdp))
    return closest(apart, right * horizon)


def L3(mdp: StarMDP, k: int, iterations: int) -> Margin:
    """Q_k^T - Q_infinity^T against L3; Q_infinity^T by its recursion over the flow of F."""
    F = multisets.counts(k, mdp.S) / k
    above = small.q_star(mdp, k, iterations) - small.mean_field(mdp, F, iterations)
    if above.min() < -ROUNDING:
        return Margin(float(-above.min()), 0.0)  # the lower half of L3, 0 <= Q_k - Q_infinity
    return closest(above, bounds.value(bounds.L3, k=k, **bounds.constants(mdp)))


def L4(mdp: StarMDP, k: int, n: int) -> Margin:
    """|Q_k(F_Delta) - Q_n(F)| against L4 for Delta within [n]."""
    drawn = small.sampling(k, n, mdp.S) > 0
    right = _linear_in_tv("L4", total_variation(n, k, mdp.S), k=k, n=n, **bounds.constants(mdp))
    return closest(np.where(drawn, _apart(mdp, n, k), 0.0), right)


def L4_any(mdp: StarMDP, k: int, other: int) -> Margin:
    """|Q_k(F) - Q_k'(F')| against L4 for any two samples."""
    tv = total_variation(k, other, mdp.S)
    right = _linear_in_tv("L4_any", tv, k=min(k, other), **bounds.constants(mdp))
    return closest(_apart(mdp, k, other), right)


def _apart(mdp: StarMDP, k: int, other: int) -> Floats:
    Q, Q_other = small.q_star(mdp, k), small.q_star(mdp, other)
    return np.asarray(np.abs(Q[:, :, None] - Q_other[:, None]).max(axis=(0, 3)))


def learned(mdp: StarMDP, k: int, eps: float, seed: int) -> Floats:
    """Return a table within `eps` of Q_k*, (G, N, A)."""
    return perturbed(small.q_star(mdp, k), eps, seed)


def perturbed(Q: Floats, eps: float, seed: int) -> Floats:
    """Return a table within `eps` of `Q` (G, N, A): random signs, or the best action held back.

    Odd seeds lower the best action by `eps` and raise the others, which misleads most.
    """
    if seed % 2:
        return np.asarray(Q + eps * (1 - 2 * small.greedy_law(Q)))
    return Q + eps * np.random.default_rng(seed).choice([-1.0, 1.0], size=Q.shape)


def gap(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Floats:
    """Return V* - V (G, N) of the policy of Eq. (6), greedy in a table within `eps` of Q_k*."""
    law = small.subsampled_law(learned(mdp, k, eps, seed), k, n, mdp.S)
    return np.asarray(small.q_star(mdp, n).max(axis=-1) - small.policy_value(mdp, n, law))


def L5(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """The optimality gap of the subsampled policy against L5."""
    right = bounds.value(bounds.L5, n=n, k=k, eps=eps, **bounds.constants(mdp))
    return closest(gap(mdp, k, n, eps, seed), right)


def L6(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """The mean over Delta of the gap of the policy that acts on one Delta for ever."""
    kept = small.fixed_sample_value(mdp, learned(mdp, k, eps, seed), k, n)
    mean_gap = small.q_star(mdp, n).max(axis=-1) - kept
    return closest(mean_gap, bounds.value(bounds.L6, n=n, k=k, eps=eps, **bounds.constants(mdp)))


def mean_loss(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """The mean over Delta of the loss of one action, against Lemma D.4 as corrected."""
    law = small.subsampled_law(learned(mdp, k, eps, seed), k, n, mdp.S)
    Q = small.q_star(mdp, n)
    loss = Q.max(axis=-1) - (law * Q).sum(axis=-1)
    return closest(loss, bounds.value(bounds.L4_mean, n=n, k=k, eps=eps, **bounds.constants(mdp)))
