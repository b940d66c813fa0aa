"""Systems with deterministic P_g, their mean-field limits and the limits' closed forms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

import ssq_core as ssq
from ssq_core import mean_field
from tests.systems import local_kernel, rows

TURN = np.array([[0.6, 0.3, 0.1], [0.1, 0.6, 0.3], [0.3, 0.1, 0.6]])
SIGN = np.array([1.0, -1.0, 0.0])


def turning(gamma: float = 0.9) -> ssq.StarMDP:
    """s_g' = a, r_l = +-(1, -1, 0), and F spirals into the uniform distribution."""
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    return ssq.StarMDP(P_g, [TURN, TURN], np.zeros((2, 2)), [SIGN, -SIGN], gamma)


def turning_value(s_g: int, F: np.ndarray, gamma: float = 0.9) -> np.ndarray:
    """+-<F, u> + sum_t gamma^t |<F P^t, u>|: every step takes the sign that pays."""
    total, flow = (F @ SIGN) * (1 - 2 * s_g), F
    for t in range(1, 120):
        flow = flow @ TURN
        total = total + gamma**t * np.abs(flow @ SIGN)
    return total


def match_value(s_g: int, x: np.ndarray, p: float, gamma: float) -> np.ndarray:
    """V at F = (1/2 + x, 1/2 - x): the better half grows or shrinks by 2p - 1 in each step."""
    shrink = gamma * abs(2 * p - 1)
    later = gamma / (2 * (1 - gamma)) + np.abs(x) * shrink / (1 - shrink)
    return 0.5 + x * (1 - 2 * s_g) + later


def distributions(seed: int, size: int, S: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.dirichlet(np.full(S, 0.5), size=size), np.eye(S)])


def certain(seed: int, S: int = 4) -> ssq.StarMDP:
    """A random system with deterministic P_g, its kind cycling with the seed."""
    rng = np.random.default_rng(seed)
    kind = ("dense", "sparse", "deterministic", "typed", "classes")[seed % 5]
    P_g, P_l = rows(rng, "deterministic", 3, 2, 3), local_kernel(rng, kind, 3, S)
    return ssq.StarMDP(P_g, P_l, 0.2 * rng.normal(size=(3, 2)), rng.normal(size=(3, S)), 0.7)


@lru_cache
def limit_of(seed: int) -> mean_field.MeanField:
    return mean_field.solve(certain(seed))


@lru_cache
def turning_limit(tol: float = 1e-6) -> mean_field.MeanField:
    return mean_field.solve(turning(), tol)


@lru_cache
def demand_limit() -> mean_field.MeanField:
    return mean_field.solve(ssq.demand_response(1.5))
