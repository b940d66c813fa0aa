"""L1 and L5 where the local agents react to the action: kernels P_l(. | s, s_g, a), r_l(s, s_g, a).

No `StarMDP` is of this kind, so small systems are solved here on dense arrays over all multisets in
colex order, indexed (G, A, N, ...), by policy iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ssq_book.claims import small
from ssq_book.claims.corrected import Margin, closest, perturbed
from ssq_core import bounds, multisets
from ssq_core.model import Floats


@dataclass(frozen=True, eq=False)
class Reacting:
    """P_g (G, A, G), P_l (G, A, S, S), r_g (G, A), r_l (G, A, S) and gamma."""

    P_g: Floats
    P_l: Floats
    r_g: Floats
    r_l: Floats
    gamma: float

    @property
    def constants(self) -> dict[str, float]:
        """What L5 asks for; span and tau are the largest over s_g and the action."""
        rows = np.abs(self.P_l[..., :, None, :] - self.P_l[..., None, :, :]).sum(axis=-1) / 2
        return {
            "size": self.r_l.shape[-1],
            "actions": self.r_g.shape[1],
            "gamma": self.gamma,
            "span": float(np.ptp(self.r_l, axis=-1).max()),
            "tau": min(1.0, float(rows.max())),
        }


def random_reacting(count: int, seed: int = 0, rewards: bool = False) -> list[Reacting]:
    """Return random systems; in half of them the action names the next s_g.

    Kernels depend on the action, local rewards only with `rewards`.
    """
    systems = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        G, A, S = (int(x) for x in rng.integers(2, 4, size=3))
        A = G if number % 2 else A
        named = np.broadcast_to(np.eye(G), (G, G, G))
        P_g = named if number % 2 else rng.dirichlet(np.full(G, 0.5), size=(G, A))
        P_l = rng.dirichlet(np.full(S, float(rng.choice([0.05, 0.2, 1.0]))), size=(G, A, S))
        r_l = rng.uniform(-1, 1, (G, A if rewards else 1, S))
        r_l = np.broadcast_to(r_l, (G, A, S))
        r_g = rng.uniform(-1, 1, (G, A)) * rng.integers(2)
        systems.append(Reacting(P_g, P_l, r_g, r_l, float(rng.uniform(0.1, 0.95))))
    return systems


@lru_cache(maxsize=64)
def _laws(system: Reacting, k: int) -> Floats:
    """Return the law of the next multiset of k agents, (G, A, N, N)."""
    return np.array(
        [[multisets.symmetric_power(P, k).toarray() for P in own] for own in system.P_l]
    )


def _rewards(system: Reacting, k: int) -> Floats:
    """Return the reward of k agents, (G, N, A)."""
    mean = system.r_l @ multisets.counts(k, system.r_l.shape[-1]).T / k
    return np.asarray(system.r_g[:, None] + mean.transpose(0, 2, 1))


def _ahead(system: Reacting, k: int, V: Floats) -> Floats:
    """Return E V(s_g', next multiset of k), (G, N, A), of V (G, N)."""
    ahead = np.einsum("gax,gahi,xi->gha", system.P_g, _laws(system, k), V, optimize=True)
    return np.asarray(ahead)


def policy_value(system: Reacting, k: int, law: Floats) -> Floats:
    """Return the value (G, N) of a policy of k agents with action probabilities `law` (G, N, A)."""
    moves = np.einsum("gha,gax,gahi->ghxi", law, system.P_g, _laws(system, k), optimize=True)
    r = (law * _rewards(system, k)).sum(axis=-1)
    flat = np.eye(r.size) - system.gamma * moves.reshape(r.size, r.size)
    return np.asarray(np.linalg.solve(flat, r.ravel()).reshape(r.shape))


@lru_cache(maxsize=64)
def q_star(system: Reacting, k: int) -> Floats:
    """Return Q_k* (G, N, A), exact up to rounding."""
    Q = _rewards(system, k)
    while True:
        V = policy_value(system, k, small.greedy_law(Q))
        Q = _rewards(system, k) + system.gamma * _ahead(system, k, V)
        if (Q.max(axis=-1) <= V + 1e-12).all():
            return Q


def L1(system: Reacting, k: int, n: int) -> Margin:
    """Q_n* against the mean of Q_k* over the k-subsets, both shifted until positive."""
    Q, Q_n = q_star(system, k), q_star(system, n)
    shift = 1 - min(Q.min(), Q_n.min())
    share = small.sampling(k, n, system.r_l.shape[-1])
    return closest(Q_n + shift, share @ Q + shift)


def stray(system: Reacting, k: int, n: int) -> float:
    """Return the largest |E_Delta h_a(Delta)| of the proof of L5, over all states and actions."""
    V, share = q_star(system, k).max(axis=-1), small.sampling(k, n, system.r_l.shape[-1])
    mean = share @ _ahead(system, k, V)
    return float(np.abs(mean - _ahead(system, n, V @ share.T)).max())


def L5(system: Reacting, k: int, n: int, eps: float = 0.0, seed: int = 0) -> Margin:
    """V* - V of the policy of Eq. (6), greedy within `eps` of Q_k*, against L5.

    Where r_l depends on the action, against `bounds.L5_rewards`.
    """
    law = small.greedy_law(perturbed(q_star(system, k), eps, seed))
    law = np.asarray(small.sampling(k, n, system.r_l.shape[-1]) @ law)
    gap = q_star(system, n).max(axis=-1) - policy_value(system, n, law)
    expr = bounds.L5_rewards if np.ptp(system.r_l, axis=1).any() else bounds.L5
    return closest(gap, bounds.value(expr, n=n, k=k, eps=eps, **system.constants))
