"""Fitted Q iteration (Discussion 3.5): a regressor on histograms in place of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

import ssq_core as ssq
from ssq_core.companion.extensions.tables import members, shares, table
from ssq_core.layout import check_count
from ssq_core.model import Floats, Ints


class Regressor(Protocol):
    """What is used of a scikit-learn regressor with several outputs."""

    def fit(self, X: Floats, y: Floats) -> Any:
        """Fit y (N, A) on X (N, S)."""

    def predict(self, X: Floats) -> Floats:
        """Return the fitted values (N, A)."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Transitions from one s_g: histograms (N, S), rewards (N, A), next s_g (N, A) and histograms.

    The next histogram does not depend on the action (Eq. 2), so all actions share it.
    """

    here: Floats
    rewards: Floats
    next_global: Ints
    there: Floats


def _draw(rng: np.random.Generator, laws: Floats) -> Ints:
    """Return one index per row of `laws` (..., W), drawn with that law."""
    edges = np.cumsum(laws, axis=-1)
    edges /= edges[..., -1:]
    return np.asarray((rng.random(laws.shape[:-1])[..., None] >= edges).sum(axis=-1))


def batches(mdp: ssq.StarMDP, k: int, size: int, seed: int = 0) -> list[Batch]:
    """Return `size` sampled transitions from every s_g, its k agents uniform over local states.

    Raises ValueError for k, size < 1 or seed < 0.
    """
    check_count("k", k)
    check_count("size", size)
    check_count("seed", seed, 0)
    rng, out = np.random.default_rng(seed), []
    for g in range(mdp.G):
        states = rng.integers(mdp.S, size=(size, k))
        rewards = mdp.r_g[g] + mdp.local_reward(g, states)[:, None]
        after = _draw(rng, mdp.P_l[g][states])
        into = _draw(rng, np.broadcast_to(mdp.P_g[g], (size, mdp.A, mdp.G)))
        out.append(Batch(shares(states, mdp.S), rewards, into, shares(after, mdp.S)))
    return out


def fitted_q(
    mdp: ssq.StarMDP,
    k: int,
    make: Callable[[], Regressor],
    size: int,
    iterations: int,
    seed: int = 0,
) -> ssq.QTable:
    """Return the table of fitted Q iteration from `size` transitions per s_g, kept throughout.

    Each iteration fits, for every s_g, a new regressor from `make` to r + gamma max_a' Q(s', a');
    the last ones are evaluated at every multiset of k. Raises ValueError for counts below 1.
    """
    check_count("iterations", iterations)
    data = batches(mdp, k, size, seed)
    best = [np.zeros((mdp.G, size)) for _ in data]  # max_a' Q at each g', for each batch's end
    models: list[Regressor] = []
    for _ in range(iterations):
        models = []
        for own, value in zip(data, best, strict=True):
            ahead = value[own.next_global, np.arange(size)[:, None]]
            models.append(make())
            models[-1].fit(own.here, own.rewards + mdp.gamma * ahead)
        for own, value in zip(data, best, strict=True):
            for x in np.unique(own.next_global).tolist():
                value[x] = models[x].predict(own.there).max(axis=1)
    rows = shares(members(mdp, k), mdp.S)
    return table(mdp, k, [model.predict(rows).T for model in models], iterations)
