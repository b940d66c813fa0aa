"""Q-values on all multisets of k local states, as plain arrays and back as a `QTable`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

import ssq_core as ssq
from ssq_core.layout import Layout
from ssq_core.model import Floats, Ints
from ssq_core.qtable import tie_tolerance


@lru_cache(maxsize=8)
def members(mdp: ssq.StarMDP, k: int) -> Ints:
    """Return the local states of every multiset, (N, k), in the order of a learned table."""
    return Layout.of(mdp.states, k).members(0)


def shares(states: Ints, size: int) -> Floats:
    """Return the histograms F (N, size) of rows of local states (N, k): shares that sum to 1."""
    out = np.zeros((len(states), size))
    np.add.at(out, (np.arange(len(states))[:, None], states), 1 / states.shape[1])
    return out


def values(q: ssq.QTable) -> Floats:
    """Return all Q-values of a table with all its blocks, (G, A, N), on the rows of `members`."""
    states = members(q.mdp, q.k)
    return np.array([q.values(g, states) for g in range(q.mdp.G)])


def table(mdp: ssq.StarMDP, k: int, q: Floats | Sequence[Floats], sweeps: int = 0) -> ssq.QTable:
    """Return Q-values (G, A, N) on the rows of `members` as a table that a policy can use.

    Its `error_bound` is inf: nothing is certified. Raises ValueError for another shape.
    """
    layout, own = Layout.of(mdp.states, k), np.asarray(q, dtype=float)
    shape = (mdp.G, mdp.A, layout.entries(0))
    if own.shape != shape:
        raise ValueError(f"q has shape {own.shape}, but mdp and k = {k} ask for {shape}")
    return ssq.QTable(mdp, layout, "states", tuple(own), sweeps, float("inf"), tie_tolerance(mdp))


def distance(q: ssq.QTable, target: Floats) -> float:
    """Return the largest distance of a table to the Q-values of another, as `values` gives them."""
    return float(np.abs(values(q) - target).max())


def half_span(q: ssq.QTable, target: Floats) -> float:
    """Return that distance up to a constant, which no greedy policy sees (units of reward)."""
    return float(np.ptp(values(q) - target) / 2)


def mean_interval(samples: ArrayLike) -> tuple[float, float]:
    """Return the mean of independent samples and the half width of its 95 % interval (Student)."""
    own = np.asarray(samples, dtype=float)
    if own.ndim != 1 or len(own) < 2:
        raise ValueError(f"samples must be 2 numbers or more, got shape {own.shape}")
    half = stats.t.ppf(0.975, len(own) - 1) * own.std(ddof=1) / np.sqrt(len(own))
    return float(own.mean()), float(half)
