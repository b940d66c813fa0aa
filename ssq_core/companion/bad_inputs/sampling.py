"""Bad inputs of sampling, of the bounds, and of the mean-field limit."""

from __future__ import annotations

import ssq_core as ssq
from ssq_core import bounds, concentration, mean_field
from ssq_core.companion.bad_inputs.made import DEMAND, INF, LIMIT_Q, MATCH
from ssq_core.companion.bad_inputs.refused import Refused

SAMPLING = [
    Refused(
        "dkw-k",
        "k",
        lambda: concentration.dkw_bound(n=5, k=6, size=2, eps=0.1),
        "k must be at most n = 5, got 6",
    ),
    Refused(
        "dkw-eps",
        "eps",
        lambda: concentration.dkw_bound(n=5, k=2, size=2, eps=-0.1),
        "eps must be positive and finite, got -0.1",
    ),
    Refused(
        "dkw-bool",
        "n",
        lambda: concentration.dkw_bound(n=True, k=1, size=2, eps=0.1),
        "n must be an integer, got True",
    ),
    Refused(
        "radius-delta",
        "delta",
        lambda: concentration.tv_radius(n=5, k=2, size=2, delta=1.0),
        "delta must lie in (0, 1), got 1.0",
    ),
    Refused(
        "radius-size",
        "size",
        lambda: concentration.dkw_radius(n=5, k=2, size=0, delta=0.1),
        "size must be at least 1, got 0",
    ),
    Refused(
        "failure-counts",
        "counts",
        lambda: concentration.failure_probability([2, -1], k=1, eps=0.1),
        "counts[1] must be at least 0, got -1",
    ),
    Refused(
        "failure-fraction",
        "counts",
        lambda: concentration.failure_probability([1.5, 2], k=1, eps=0.1),
        "counts must be integers, got float64",
    ),
    Refused(
        "failure-empty",
        "counts",
        lambda: concentration.failure_probability([], k=1, eps=0.1),
        "counts must be a list of one number per state, got shape (0,)",
    ),
    Refused(
        "failure-nobody",
        "counts",
        lambda: concentration.failure_probability([0, 0], k=1, eps=0.1),
        "the sum of counts must be at least 1, got 0",
    ),
    Refused(
        "failure-many",
        "counts",
        lambda: concentration.failure_probability([2**62, 2**62], k=3, eps=0.1),
        "the sum of counts must be at most 1000000000000, got 9223372036854775808",
    ),
    Refused(
        "failure-k",
        "k",
        lambda: concentration.failure_probability([2, 3], k=6, eps=0.1),
        "k must be at most 5, got 6",
    ),
    Refused(
        "failure-distance",
        "distance",
        lambda: concentration.failure_probability([2, 3], k=2, eps=0.1, distance="kl"),
        "distance must be one of sup, tv; got 'kl'",
    ),
    Refused(
        "failure-method",
        "method",
        lambda: concentration.failure_probability([2, 3], k=2, eps=0.1, method="fast"),
        "method must be one of exact, monte_carlo; got 'fast'",
    ),
    Refused(
        "failure-draws",
        "draws",
        lambda: concentration.failure_probability(
            [2, 3], k=2, eps=0.1, method="monte_carlo", draws=0
        ),
        "draws must be at least 1, got 0",
    ),
    Refused(
        "failure-exact",
        "k",
        lambda: concentration.failure_probability([10**6] * 3, k=10**6, eps=0.001),
        "k = 1000000 of n = 3000000 is too large for method='exact': 6.0e+12 updates of a "
        "table of 2.0e+06 entries, the limits are 2e+10 and 5e+07; use method='monte_carlo'",
    ),
    Refused(
        "bound-unknown",
        "states",
        lambda: bounds.value(bounds.theorem_3_2, states=3),
        "unknown parameter 'states': known are n, k, size, actions, dimension, r_max, "
        "r_local, gamma, eps, deviation, delta, delta_2, span, tau, nu, tv",
    ),
    Refused(
        "bound-missing",
        "actions",
        lambda: bounds.value(bounds.theorem_3_2, n=5, k=2, size=2, r_max=1.0, gamma=0.9, eps=0.0),
        "parameter 'actions' is missing: the expression uses ('n', 'k', 'size', 'actions', "
        "'r_max', 'gamma', 'eps')",
    ),
    Refused(
        "bound-gamma",
        "gamma",
        lambda: bounds.value(bounds.trivial, r_max=1.0, gamma=1.0),
        "gamma must lie in (0, 1), got 1.0",
    ),
    Refused(
        "bound-k",
        "k",
        lambda: bounds.value(bounds.theta, n=5, k=6),
        "k must be at most n = 5, got 6",
    ),
    Refused(
        "bound-text",
        "expr",
        lambda: bounds.value("2 * r_max", r_max=1.0),
        "expr must be an expression of this module, got '2 * r_max'",
    ),
    Refused(
        "bound-full-text",
        "expr",
        lambda: bounds.full("eta"),
        "expr must be an expression of this module, got 'eta'",
    ),
    Refused(
        "bound-latex-none",
        "expr",
        lambda: bounds.latex(None),
        "expr must be an expression of this module, got None",
    ),
]
LIMIT = [
    Refused(
        "limit-stochastic",
        "P_g",
        lambda: mean_field.solve(ssq.counterexamples.non_monotone()),
        "P_g[1, 0, :] = [0.25, 0.75] is stochastic; mean_field.solve is limited to "
        "deterministic P_g, with one next s_g for every s_g and a_g",
    ),
    Refused(
        "limit-tol",
        "tol",
        lambda: mean_field.solve(MATCH, tol=INF),
        "tol must be positive and finite, got inf",
    ),
    Refused(
        "limit-masses",
        "type_masses",
        lambda: mean_field.solve(DEMAND, type_masses=[0.5, 0.6]),
        "type_masses sums to 1.1, not to 1 within 1e-09",
    ),
    Refused(
        "limit-sum",
        "distribution",
        lambda: LIMIT_Q.value(0, [0.5, 0.6]),
        "distribution sums to 1.1, not to 1 within 1e-09",
    ),
    Refused(
        "limit-share",
        "distribution",
        lambda: LIMIT_Q.value(0, [1.5, -0.5]),
        "distribution[1] = -0.5, but a share is finite and at least 0",
    ),
    Refused(
        "limit-length",
        "distribution",
        lambda: LIMIT_Q.at(0, [1.0]),
        "distribution must have shape (..., 2,), got (1,)",
    ),
    Refused(
        "limit-huge",
        "k",
        lambda: mean_field.sampled(LIMIT_Q, k=10**12),
        "k = 1000000000000 takes about 160,000,000,000,160 bytes, … are available; the "
        "largest k that fits is …",
        ssq.TableTooLarge,
    ),
]
