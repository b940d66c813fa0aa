"""Fitted Q iteration (Discussion 3.5): a regressor on histograms in place of the table."""

from collections.abc import Callable
from typing import Any

import numpy as np

import ssq_core as ssq
from ssq_book import dense
from ssq_core import multisets
from ssq_core.model import Floats, Ints


def shares(states: Ints, S: int) -> Floats:
    """Return the histograms F (..., S) of local states (..., k): shares that sum to 1."""
    return np.asarray((states[..., None] == np.arange(S)).mean(axis=-2))


def fitted_q(
    mdp: ssq.StarMDP,
    k: int,
    make: Callable[[], Any],
    size: int,
    iterations: int,
    seed: int = 0,
) -> ssq.QTable:
    """Return the table of fitted Q iteration on fixed transitions of `size` samples of k agents.

    The samples are uniform over local states, with one transition from each s_g, whose next sample
    the actions share (Eq. 2 does not depend on them). Each iteration fits a new regressor of
    scikit-learn, one output per (s_g, a_g); the last is evaluated at every multiset of k.
    """
    rng = np.random.default_rng(seed)
    states = rng.integers(mdp.S, size=(size, k))
    g, row, a = np.indices((mdp.G, size, mdp.A))
    reward = mdp.r_g[g, a] + mdp.r_l[:, states].mean(axis=-1)[..., None]
    into = mdp.next_g(g, a, rng)
    at = np.broadcast_to(states, (mdp.G, size, k))
    there = shares(mdp.next_l(at, np.indices(at.shape)[0], rng), mdp.S).reshape(-1, mdp.S)
    here, ahead = shares(states, mdp.S), np.zeros(g.shape)
    for _ in range(iterations):
        target = reward + mdp.gamma * ahead
        model = make()
        model.fit(here, target.transpose(1, 0, 2).reshape(size, -1))
        q = model.predict(there).reshape(mdp.G, size, mdp.G, mdp.A)
        ahead = q.max(axis=-1)[g, row, into]
    fitted = model.predict(multisets.counts(k, mdp.S) / k).reshape(-1, mdp.G, mdp.A)
    return dense.as_table(mdp, k, fitted.transpose(1, 0, 2), iterations)
