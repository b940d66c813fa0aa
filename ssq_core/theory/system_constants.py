"""The constants of a system that the bounds ask for; the fluctuation nu takes a computation.

nu = max over s_g and histograms F of 1/2 sum_x sqrt(sum_y F(y) P(x|y) (1 - P(x|y))), P = P_l[s_g]:
k agents of histogram F are, after one step, nu/sqrt(k) away from their mean histogram in expected
total variation, or less. It is 0 for deterministic P_l and at most sqrt(|S_l| - 1)/2.
"""

from __future__ import annotations

import numpy as np

from ssq_core.model import Floats, StarMDP, check_model


def constants(mdp: StarMDP) -> dict[str, float]:
    """Return what the bounds ask of a system, by the names of `bounds.symbols`.

    size, actions, gamma; r_max = max |r_g| + max |r_l| and r_local = max |r_l| (Assumption 2.2);
    span, the largest over s_g of max r_l - min r_l; tau, the largest total variation between two
    rows of P_l[s_g]; nu, the fluctuation of one step of the local agents. Keywords for
    `bounds.value`. Raises ValueError for what is no model.

    >>> ssq.bounds.constants(ssq.demand_response())["r_max"]
    20.0
    """
    check_model(mdp)
    return {
        "size": mdp.S,
        "actions": mdp.A,
        "gamma": mdp.gamma,
        "r_max": mdp.r_max,
        "r_local": float(np.abs(mdp.r_l).max()),
        "span": mdp.span,
        "tau": mdp.tau,
        "nu": max(map(fluctuation, mdp.P_l)),
    }


def fluctuation(P: Floats) -> float:
    """Return max over F of g(F) = 1/2 sum_x sqrt(F P (1 - P))_x, never too small, within 1e-5.

    g is concave and of degree 1/2, so its tangent at any F bounds it by g(F)/2 + max_y dg/dF(y).
    F climbs by F(y) <- F(y) (dg/dF(y))^2, normalised (exact at once if each x has its own y), until
    the bound is met; a bound from any F is valid, so the least of them is.
    """
    variance = P * (1 - P)
    variance = variance[:, variance.max(axis=0) > 0]
    if not variance.size:
        return 0.0
    F = np.full(len(variance), 1 / len(variance))
    lowest = np.inf
    for _ in range(5_000):
        root = np.sqrt(F @ variance)
        slope = variance @ (1 / root) / 4
        here = float(root.sum()) / 2
        lowest = min(lowest, here / 2 + float(slope.max()))
        if lowest <= here + 1e-5:
            break
        F = F * slope**2
        F /= F.sum()
    return lowest
