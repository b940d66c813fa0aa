"""Section 4, step 3: Theorem 4.4, what one action chosen from a sample can lose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import ssq_core as ssq
from ssq_core import bounds, concentration
from ssq_core.companion.claims import small
from ssq_core.companion.claims.corrected import closest
from ssq_core.companion.claims.instances import random_systems, total_variation
from ssq_core.companion.claims.verdict import Status, Verdict, check
from ssq_core.model import Floats, StarMDP

# P_l = identity, r_l = 1/2 or -1/2
STILL = {"span": 1.0, "tau": 1.0, "nu": 0.0, "r_local": 0.5, "eps": 0.0}
ROUNDING = 1e-8


class Loss(NamedTuple):
    """What one action loses, with which probability, and the statement's two numbers."""

    loss: float
    probability: float
    right: float
    claimed: float
    repaired: float

    @property
    def violates(self) -> bool:
        """The printed right side is exceeded with more than the claimed probability."""
        return self.loss > self.right and self.probability > self.claimed

    @property
    def covered(self) -> bool:
        """The repaired right side, at the claimed probability, is not."""
        return self.loss <= self.repaired or self.probability <= self.claimed


def _compared(
    loss: float, probability: float, delta: float, n: int, k: int, size: int, gamma: float
) -> Loss:
    """Return the two numbers of the theorem beside a loss, |A_g| = 2 and delta_1 = delta_2."""
    p = {**STILL, "n": n, "k": k, "size": size, "gamma": gamma}
    right = bounds.value(bounds.theorem_4_4, delta=delta, delta_2=delta, **p)
    claimed = 2 * (delta + delta)
    radius = concentration.tv_radius(n, k, size, claimed)
    return Loss(loss, probability, right, claimed, bounds.value(bounds.L4_loss, tv=radius, **p))


def tree_instance(
    m: int = 128,
    q: int = 50,
    k: int = 1280,
    w: float = 0.1,
    gamma: float = 0.999,
    delta: float = 0.01,
) -> Loss:
    """Return the loss at the root of tree(m, 2, w), q agents of each type, delta_1 = delta_2."""
    counter = ssq.counterexamples
    entry = counter.tree_entry(m, q, k, w)
    loss = float(counter.tree_loss(m, 2, w, gamma))
    return _compared(loss, entry, delta, 2 * m * q, k, 2 * m, gamma)


def fork_instance(
    n: int = 10_000, majority: int = 6386, k: int = 100, gamma: float = 0.99, delta: float = 1e-6
) -> Loss:
    """Return the loss at the root of fork with r_l = +-1/2, delta_1 = delta_2."""
    counter = ssq.counterexamples
    error = counter.fork_error(n, majority, k)
    loss = float(counter.fork_loss(n, majority, gamma))
    return _compared(loss, error, delta, n, k, 2, gamma)


def _losses(mdp: StarMDP, k: int, n: int) -> Floats:
    """Return V* - Q*(., the action that the sample chooses), (G, N_n, N_k)."""
    Q = small.q_star(mdp, n)
    chosen = small.q_star(mdp, k).argmax(axis=-1)  # (G, N_k)
    taken = np.stack([Q[g][:, chosen[g]] for g in range(mdp.G)])
    return np.asarray(Q.max(axis=-1)[:, :, None] - taken)


def exceeded(mdp: StarMDP, k: int, n: int, delta: float) -> float:
    """Return the largest P[loss > repaired right side at probability 1 - delta] over all states."""
    radius = concentration.tv_radius(n, k, mdp.S, delta)
    right = bounds.value(bounds.L4_loss, n=n, k=k, tv=radius, eps=0.0, **bounds.constants(mdp))
    beyond = _losses(mdp, k, n) > right + ROUNDING
    return float((small.sampling(k, n, mdp.S) * beyond).sum(axis=-1).max())


def tightest(mdp: StarMDP, k: int, n: int) -> float:
    """Return the largest ratio of a loss to the repaired right side at the sample's own TV."""
    known = {**bounds.constants(mdp), "n": n, "k": k, "eps": 0.0}
    at_0, at_1 = (bounds.value(bounds.L4_loss, tv=t, **known) for t in (0.0, 1.0))
    right = at_0 + (at_1 - at_0) * total_variation(n, k, mdp.S)
    drawn = small.sampling(k, n, mdp.S) > 0
    return closest(np.where(drawn, _losses(mdp, k, n), 0.0), right).ratio


@check("theorem-4.4")
def theorem_4_4(tree: Loss | None = None, fork: Loss | None = None) -> Verdict:
    """Two instances in closed form, probabilities exact; the repair covers both and random systems.

    The repair: with probability 1 - delta, a loss of at most twice the repaired radius of C.6.
    """
    tree, fork = tree or tree_instance(), fork or fork_instance()
    systems, delta = random_systems(12, seed=44), 0.2
    beyond = max(exceeded(m, k, 4, delta) for m in systems for k in (1, 2, 3))
    ratio = max(tightest(m, k, 4) for m in systems for k in (1, 2, 3))
    covered = tree.covered and fork.covered and beyond <= delta and ratio <= 1
    found: dict[str, float | int] = {}
    for name, case in (("tree", tree), ("fork", fork)):
        found |= {
            f"{name}, loss": case.loss,
            f"{name}, right side": case.right,
            f"{name}, probability": case.probability,
            f"{name}, claimed": case.claimed,
            f"{name}, repaired right side": case.repaired,
        }
    failed: Status = "fails" if covered else "unrefuted"
    status: Status = failed if tree.violates or fork.violates else "holds"
    return Verdict(status, {**found, "systems": len(systems), "largest loss/repaired": ratio})
