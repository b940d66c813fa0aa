"""Plain Q-learning on the counts of all n agents, beside SUB-SAMPLE-Q at as many oracle calls.

Synchronous Q-learning with a generative model draws one next state of every (s_g, counts), a in
every iteration t = 1, 2, ..., and updates all of them,

    Q <- (1 - eta_t) Q + eta_t (r + gamma max_a' Q(s', a')),

with next counts shared by the actions. That is Algorithm 3 of the paper at k = n and m = 1 with
fresh samples, so that both sides have the same code and count their calls alike. On counts, not
tuples, the rival is as good as it can be. Rates: Even-Dar and Mansour, Learning rates for
Q-learning, 2003 (polynomial); Wainwright, Stochastic approximation with cone-contractive
operators, 2019 (rescaled linear).
"""

from collections.abc import Callable
from math import ceil, comb, log

import numpy as np

import ssq_core as ssq

RATES: dict[str, Callable[[int, float], float]] = {
    "rescaled linear": lambda t, gamma: 1 / (1 + (1 - gamma) * (t - 1)),
    "polynomial": lambda t, gamma: float(t**-0.7),
}
FEW = 200_000  # pairs of s_g and counts up to which a policy is evaluated exactly
RUNS, REST = 2000, 1e-5  # of the estimate beyond; gamma to its horizon


def one_type(weight: float, gamma: float) -> ssq.StarMDP:
    """Return demand response with users of type 1 alone, whose gaps are the largest: S = 25."""
    mdp, of_type = ssq.demand_response(weight, gamma), slice(25)
    P_l, *stages = (law[:, of_type, of_type] for law in (mdp.P_l, *(mdp.stages or ())))
    r_l = mdp.r_l[:, of_type]
    return ssq.StarMDP(mdp.P_g, P_l, mdp.r_g, r_l, gamma, stages=(stages[0], stages[1]))


def q_learning(mdp: ssq.StarMDP, n: int, iterations: int, rate: str, seed: int = 0) -> ssq.QTable:
    """Return the table of all `n` agents after so many iterations with a rate named in RATES."""
    eta = RATES[rate]
    return ssq.learn(
        mdp, n, 1, iterations, seed, "fresh", lambda t: eta(t, mdp.gamma), progress=False
    )


def loss(q: ssq.QTable, optimum: ssq.QTable, seed: int = 0) -> tuple[float, float]:
    """Return what the greedy policy of `q` loses on the n agents of `optimum`, and its half width.

    That is the mean optimality gap over all joint states: exact to the half width where these are
    FEW as counts; else the mean over RUNS uniformly drawn states of the losses of its actions in
    the eyes of the exact Q* (see `ssq.certify`), give or take two standard errors and the horizon's
    rest.
    """
    mdp, n = optimum.mdp, optimum.k
    if mdp.G * comb(n + mdp.S - 1, n) <= FEW:
        gap = ssq.optimality_gap(mdp, q, n, optimum=optimum, tol=1e-4, progress=False)
        assert isinstance(gap, ssq.Gap)
        return gap.mean, gap.error_bound
    rng = np.random.default_rng(seed)
    agents = rng.integers(mdp.S, size=(RUNS, n))
    counts = (agents[:, :, None] == np.arange(mdp.S)).sum(axis=1)
    start, horizon = (rng.integers(mdp.G, size=RUNS), counts), ceil(log(REST) / log(mdp.gamma))
    c = ssq.certify(mdp, q, optimum, start, horizon, RUNS, seed, progress=False)
    return c.loss, 2 * float(c.losses.std(ddof=1)) / RUNS**0.5 + c.rest
