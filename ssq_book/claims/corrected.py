"""The corrected results L1-L7 on one small system: each left side beside its bound.

Every function solves the system exactly and returns the pair of sides, over all states and
actions, that comes closest to violating the result; the bounds are those of `ssq_core.bounds`.
L1, L5 and L7 are for systems whose local agents react to the action too.
"""

import numpy as np

from ssq_book import dense
from ssq_book.claims.instances import perturbed
from ssq_book.claims.verdict import ROUNDING, Margin, closest
from ssq_book.dense import Model, q_star
from ssq_core import bounds, multisets
from ssq_core.model import Floats, StarMDP


def apart(mdp: StarMDP, k: int, other: int, iterations: int | None = None) -> Floats:
    """Return max |Q_k(F) - Q_k'(F')| over s_g and a_g for all pairs of samples, (N_k, N_k')."""
    Q, Q_other = (q_star(mdp, j, iterations) for j in (k, other))
    return np.asarray(np.abs(Q[:, :, None] - Q_other[:, None]).max(axis=(0, 3)))


def linear_in_tv(name: str, tv: Floats, **parameters: float) -> Floats:
    """Return the bound `name` at every total variation of `tv`; it is affine in it."""
    at_0, at_1 = (bounds.value(getattr(bounds, name), tv=t, **parameters) for t in (0.0, 1.0))
    return np.asarray(at_0 + (at_1 - at_0) * tv)


def constants(system: Model) -> dict[str, float]:
    """Return what the bounds ask for; span and tau are the largest over s_g and the action."""
    if isinstance(system, StarMDP):
        return bounds.constants(system)
    rows = np.abs(system.P_l[..., :, None, :] - system.P_l[..., None, :, :]).sum(axis=-1) / 2
    return {
        "size": system.r_l.shape[-1],
        "actions": system.r_g.shape[1],
        "gamma": system.gamma,
        "span": float(np.ptp(system.r_l, axis=-1).max()),
        "tau": min(1.0, float(rows.max())),
    }


def L1(system: Model, k: int, n: int, iterations: int | None = None) -> Margin:
    """Q_n against the mean of Q_k over the k-subsets.

    A constant added to both makes them at least 1 and leaves their difference as it is.
    """
    Q, Q_n = (q_star(system, j, iterations) for j in (k, n))
    shift = 1 - min(Q.min(), Q_n.min())
    mean = dense.sampling(k, n, system.r_l.shape[-1]) @ Q
    return closest(Q_n + shift, mean + shift)


def L2(mdp: StarMDP, k: int, iterations: int | None = None) -> Margin:
    """|Q_k(F) - Q_k(F')| against the total variation, for all pairs of k agents."""
    horizon = 1.0 if iterations is None else 1 - (mdp.gamma * mdp.tau) ** iterations
    tv = dense.total_variation(k, k, mdp.S)
    right = linear_in_tv("L2", tv, **constants(mdp))
    return closest(apart(mdp, k, k, iterations), right * horizon)


def L3(mdp: StarMDP, k: int, iterations: int) -> Margin:
    """Q_k^T - Q_infinity^T against L3; Q_infinity^T by its recursion over the flow of F."""
    F = multisets.counts(k, mdp.S) / k
    above = q_star(mdp, k, iterations) - dense.mean_field(mdp, F, iterations)
    if above.min() < -ROUNDING:
        return Margin(float(-above.min()), 0.0)  # the lower half of L3, 0 <= Q_k - Q_infinity
    return closest(above, bounds.value(bounds.L3, k=k, **constants(mdp)))


def L4(mdp: StarMDP, k: int, n: int) -> Margin:
    """|Q_k(F_Delta) - Q_n(F)| against L4 for Delta within [n]."""
    drawn = dense.sampling(k, n, mdp.S) > 0
    right = linear_in_tv("L4", dense.total_variation(n, k, mdp.S), k=k, n=n, **constants(mdp))
    return closest(np.where(drawn, apart(mdp, n, k), 0.0), right)


def L4_any(mdp: StarMDP, k: int, other: int) -> Margin:
    """|Q_k(F) - Q_k'(F')| against L4 for any two samples."""
    tv = dense.total_variation(k, other, mdp.S)
    right = linear_in_tv("L4_any", tv, k=min(k, other), **constants(mdp))
    return closest(apart(mdp, k, other), right)


def L5(system: Model, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """V* - V of Eq. (6), greedy within `eps` of Q_k*, against L5 or, if r_l sees a, L5_rewards."""
    gap = dense.gap(system, k, n, perturbed(q_star(system, k), eps, seed))
    reacts = system.r_l.ndim == 3 and np.ptp(system.r_l, axis=1).any()
    expr = bounds.L5_rewards if reacts else bounds.L5
    return closest(gap, bounds.value(expr, n=n, k=k, eps=eps, **constants(system)))


def L6(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """The mean over Delta of the gap of the policy that acts on one Delta for ever."""
    chosen = dense.greedy_law(perturbed(q_star(mdp, k), eps, seed))
    kept = dense.kept_sample_value(mdp, chosen, k, n)
    gap = q_star(mdp, n).max(axis=-1) - dense.mean_over_samples(*kept, k, n, mdp.S)
    return closest(gap, bounds.value(bounds.L6, n=n, k=k, eps=eps, **constants(mdp)))


def mean_loss(mdp: StarMDP, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """The mean over Delta of the loss of one action, against Lemma D.4 as corrected."""
    law = dense.subsampled_law(perturbed(q_star(mdp, k), eps, seed), k, n, mdp.S)
    Q = q_star(mdp, n)
    loss = Q.max(axis=-1) - (law * Q).sum(axis=-1)
    return closest(loss, bounds.value(bounds.L4_mean, n=n, k=k, eps=eps, **constants(mdp)))


def L7(system: Model, k: int, j: int, n: int) -> Margin:
    """V* - V of the policy of Eq. (6) against its discounted losses in the eyes of Q_j*.

    The losses are summed along the policy's chain; that sum is U_j - V, or the margin is infinite.
    """
    Q, share = q_star(system, j), dense.sampling(j, n, system.r_l.shape[-1])
    best, of_actions = share @ Q.max(axis=-1)[..., None], share @ Q
    law = dense.subsampled_law(q_star(system, k), k, n, system.r_l.shape[-1])
    _, moves = dense.chain(system, n, law)
    losses = dense.discounted((law * (best - of_actions)).sum(axis=-1), moves, system.gamma)
    off = float(np.abs(best[..., 0] - dense.policy_value(system, n, law) - losses).max())
    if off > ROUNDING * max(1.0, float(np.abs(best).max())):
        return Margin(off, 0.0)
    return closest(dense.gap(system, k, n) + 1, losses + 1)
