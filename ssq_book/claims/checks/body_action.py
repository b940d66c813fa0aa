"""Section 4, step 3: P-4.4, what one action chosen from a sample can lose."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

import ssq_core as ssq
from ssq_book.claims.corrected import linear_in_tv
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import ROUNDING, Verdict, check, closest, jointly, refuted
from ssq_book.dense import q_star, sampling, total_variation
from ssq_core import bounds, concentration
from ssq_core.model import Floats, StarMDP


class Loss(NamedTuple):
    """What one action loses, how likely; n, k, delta = delta_1 = delta_2; the least reward."""

    loss: float
    probability: float
    n: int
    k: int
    delta: float
    system: dict[str, float]
    least: float

    @property
    def claimed(self) -> float:
        """The probability |A_g| (delta_1 + delta_2) that P-4.4 allows."""
        return self.system["actions"] * 2 * self.delta

    def printed(self, name: str) -> float:
        """Return the right side of a statement with delta_1 = delta_2, by its name in `bounds`."""
        given = {"delta": self.delta, "delta_2": self.delta, "eps": 0.0}
        return bounds.value(getattr(bounds, name), n=self.n, k=self.k, **given, **self.system)

    def verdict(self) -> Verdict:
        """Judge P-4.4; repaired: twice the corrected radius at the same probability."""
        tv = concentration.tv_radius(self.n, self.k, int(self.system["size"]), self.claimed)
        given = {"n": self.n, "k": self.k, "tv": tv, "eps": 0.0}
        repaired = bounds.value(bounds.L4_loss, **given, **self.system)
        left = self.loss if self.probability > self.claimed else 0.0
        found = {
            "probability of the loss": self.probability,
            "probability promised": self.claimed,
            "least reward": self.least,
        }
        return refuted(left, self.printed("theorem_4_4"), repaired, found)


@cache
def tree_instance(
    m: int = 128,
    q: int = 50,
    k: int = 1280,
    w: float = 0.1,
    gamma: float = 0.999,
    delta: float = 0.01,
    shift: float = 0.0,
) -> Loss:
    """Return the loss at the root of tree(m, 2, w), q agents a type, `shift` on every r_l."""
    counter = ssq.counterexamples
    largest = max(abs(r + shift) for r in (-0.5, 0.5, w))
    system = {
        "size": 2 * m, "actions": 2, "gamma": gamma, "r_max": largest, "r_local": largest,
        "span": 1.0, "tau": 1.0, "nu": 0.0,
    }  # fmt: skip
    entry, loss = counter.tree_entry(m, q, k, w), counter.tree_loss(m, 2, w, gamma)
    return Loss(float(loss), entry, 2 * m * q, k, delta, system, shift - 0.5)


def raised_tree(q: int = 50) -> Loss:
    """Return a larger tree with 1/2 added to every reward, so that none is negative."""
    return tree_instance(512, q, 5120, 0.1, 0.9999, 0.001, shift=0.5)


@cache
def fork_instance(
    n: int = 60, majority: int = 41, k: int = 37, gamma: float = 0.99, delta: float = 1e-6
) -> Loss:
    """Return the loss at the root of fork with r_l = +-1/2."""
    counter = ssq.counterexamples
    mdp = counter.fork(gamma, signed=True)
    error, loss = counter.fork_error(n, majority, k), counter.fork_loss(n, majority, gamma)
    return Loss(float(loss), error, n, k, delta, bounds.constants(mdp), float(mdp.r_l.min()))


def losses(mdp: StarMDP, k: int, n: int) -> Floats:
    """Return V* - Q*(., the action that the sample chooses), (G, N_n, N_k)."""
    Q, chosen = q_star(mdp, n), q_star(mdp, k).argmax(axis=-1)  # (G, N_n, A), (G, N_k)
    taken = np.stack([Q[g][:, chosen[g]] for g in range(mdp.G)])
    return np.asarray(Q.max(axis=-1)[:, :, None] - taken)


def on_system(mdp: StarMDP, k: int, n: int, delta: float) -> tuple[float, float]:
    """Return the largest P[loss > repaired at 1 - delta], and loss/repaired at a sample's TV."""
    known = {**bounds.constants(mdp), "n": n, "k": k, "eps": 0.0}
    radius = concentration.tv_radius(n, k, mdp.S, delta)
    share, lost = sampling(k, n, mdp.S), losses(mdp, k, n)
    beyond = lost > bounds.value(bounds.L4_loss, tv=radius, **known) + ROUNDING
    right = linear_in_tv("L4_loss", total_variation(n, k, mdp.S), **known)
    ratio = closest(np.where(share > 0, lost, 0.0), right).ratio
    return float((share * beyond).sum(axis=-1).max()), ratio


@check("lemma-D.5")
def instances(
    tree: Loss | None = None, raised: Loss | None = None, fork: Loss | None = None
) -> Verdict:
    """Behind a tree nearly every sample sees a gain that is not there; the fork is the smallest."""
    found = {
        "tree": tree or tree_instance(),
        "tree + 1/2": raised or raised_tree(),
        "fork": fork or fork_instance(),
    }
    return jointly({label: instance.verdict() for label, instance in found.items()})


@check("theorem-4.4")
def theorem_4_4(**changed: Loss) -> Verdict:
    """Three instances in closed form, probabilities exact; the repair covers them and random ones.

    Two states with signed rewards (fork), many with signed ones (tree), 1,024 with r >= 0. The
    repair: with probability 1 - delta, a loss of at most twice the repaired radius of C.6.
    """
    found, delta = instances(**changed), 0.2
    systems = random_systems(12, seed=44)
    beyond, ratio = np.max([on_system(m, k, 4, delta) for m in systems for k in (1, 2, 3)], axis=0)
    evidence = {**found.evidence, "systems": len(systems), "largest loss/repaired": float(ratio)}
    repaired = beyond <= delta and ratio <= 1
    return Verdict(found.status if repaired else "unrefuted", evidence)
