"""Fitted Q iteration (Discussion 3.5): a regressor on histograms in place of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_core import draws, multisets
from ssq_core.model import Floats, Ints


@dataclass(frozen=True, eq=False)
class Batch:
    """Transitions from N samples of k agents, the same at every s_g; all histograms are shares.

    `here` (N, S): the samples. `rewards` (G, N, A), `into` (G, N, A): the next s_g, `there`
    (G, N, S): the next sample, shared by the actions, which it does not depend on (Eq. 2).
    """

    here: Floats
    rewards: Floats
    into: Ints
    there: Floats


def shares(states: Ints, S: int) -> Floats:
    """Return the histograms F (..., S) of local states (..., k): shares that sum to 1."""
    return np.asarray((states[..., None] == np.arange(S)).mean(axis=-2))


def batch(mdp: ssq.StarMDP, k: int, size: int, seed: int = 0) -> Batch:
    """Return one transition from each s_g and each of `size` samples, uniform over local states."""
    rng = np.random.default_rng(seed)
    states = rng.integers(mdp.S, size=(size, k))
    rewards = [mdp.r_g[g] + mdp.local_reward(g, states)[:, None] for g in range(mdp.G)]
    P_g, P_l = draws.distribution(mdp.P_g), draws.distribution(mdp.P_l)
    into = [draws.invert(of_g, rng.random((size, mdp.A))) for of_g in P_g]
    there = [shares(draws.invert(of_g[states], rng.random((size, k))), mdp.S) for of_g in P_l]
    return Batch(shares(states, mdp.S), np.array(rewards), np.array(into), np.array(there))


def fitted_q(
    mdp: ssq.StarMDP,
    k: int,
    make: Callable[[], Any],
    size: int,
    iterations: int,
    seed: int = 0,
) -> ssq.QTable:
    """Return the table of fitted Q iteration on one `batch` of transitions, kept throughout.

    Each iteration fits a new regressor of scikit-learn, one output per (s_g, a_g); the last is
    evaluated at every multiset of k.
    """
    data, shape = batch(mdp, k, size, seed), (mdp.G, mdp.A)
    row, g = np.arange(size)[:, None], np.arange(mdp.G)[:, None, None]
    ahead: Floats = np.zeros((mdp.G, size, mdp.A))
    for _ in range(iterations):
        target = data.rewards + mdp.gamma * ahead
        model = make()
        model.fit(data.here, target.transpose(1, 0, 2).reshape(size, -1))
        q = model.predict(data.there.reshape(-1, mdp.S)).reshape(mdp.G, size, *shape)
        ahead = q.max(axis=-1)[g, row, data.into]
    fitted = model.predict(multisets.counts(k, mdp.S) / k).reshape(-1, *shape)
    return dense.as_table(mdp, k, fitted.transpose(1, 0, 2), iterations)
