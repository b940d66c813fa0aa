"""Bad inputs of the model and of solving it."""

from __future__ import annotations

import numpy as np

import ssq_core as ssq
from ssq_core.companion.bad_inputs.made import DEMAND, INF, MATCH, NAN, at, star
from ssq_core.companion.bad_inputs.refused import Refused

MODEL = [
    Refused("gamma-0", "gamma", lambda: star(gamma=0.0), "gamma must lie in (0, 1), got 0.0"),
    Refused("gamma-1", "gamma", lambda: star(gamma=1), "gamma must lie in (0, 1), got 1"),
    Refused("gamma-nan", "gamma", lambda: star(gamma=NAN), "gamma must lie in (0, 1), got nan"),
    Refused(
        "gamma-text", "gamma", lambda: star(gamma="0.9"), "gamma must lie in (0, 1), got '0.9'"
    ),
    Refused("gamma-bool", "gamma", lambda: star(gamma=True), "gamma must lie in (0, 1), got True"),
    Refused(
        "kernel-sum",
        "P_l",
        lambda: star(P_l=at(MATCH.P_l, (1, 0, 0), 0.5)),
        "P_l[1, 0, :] sums to 0.75, not to 1 within 1e-09",
    ),
    Refused(
        "kernel-negative",
        "P_g",
        lambda: star(P_g=at(MATCH.P_g, (0, 1, 0), -0.25)),
        "P_g[0, 1, 0] = -0.25 is negative; the limit is 0",
    ),
    Refused(
        "kernel-nan",
        "P_l",
        lambda: star(P_l=at(MATCH.P_l, (0, 0, 0), NAN)),
        "P_l[0, 0, 0] = nan is not finite, at most 1e+100",
    ),
    Refused(
        "kernel-axes",
        "P_g",
        lambda: star(P_g=np.eye(2)),
        "P_g must have 3 axes [s_g, a_g, s_g'], got shape (2, 2)",
    ),
    Refused(
        "kernel-ragged",
        "P_g",
        lambda: star(P_g=[[1, 0], [0]]),
        "P_g must be a regular array of numbers, got [[1, 0], [0]]",
    ),
    Refused(
        "kernel-text",
        "P_g",
        lambda: star(P_g="identity"),
        "P_g must be a regular array of numbers, got 'identity'",
    ),
    Refused(
        "kernel-empty",
        "P_l",
        lambda: star(P_l=np.zeros((2, 0, 0))),
        "P_l must not be empty, got shape (2, 0, 0)",
    ),
    Refused(
        "kernel-shape",
        "P_l",
        lambda: star(P_l=np.ones((3, 1, 1))),
        "P_l has shape (3, 1, 1), but G=2 (axis 0 of P_g), A=2 (axis 1 of P_g) and S=1 (axis "
        "1 of P_l) ask for (2, 1, 1)",
    ),
    Refused(
        "reward-shape",
        "r_g",
        lambda: star(r_g=np.zeros((2, 3))),
        "r_g has shape (2, 3), but G=2 (axis 0 of P_g), A=2 (axis 1 of P_g) and S=2 (axis 1 "
        "of P_l) ask for (2, 2)",
    ),
    Refused(
        "reward-inf",
        "r_l",
        lambda: star(r_l=at(MATCH.r_l, (0, 1), INF)),
        "r_l[0, 1] = inf is not finite, at most 1e+100",
    ),
    Refused(
        "reward-huge",
        "r_g",
        lambda: star(r_g=np.full((2, 2), 1e300)),
        "r_g[0, 0] = 1e+300 is not finite, at most 1e+100",
    ),
    Refused(
        "labels-key",
        "labels",
        lambda: star(labels={"s_local": ["a", "b"]}),
        "labels must be a dict of s_g, s_i, a_g; got {'s_local': ['a', 'b']}",
    ),
    Refused(
        "labels-length",
        "labels",
        lambda: star(labels={"s_g": ["a"]}),
        "labels['s_g'] must be a list of 2 names, got ['a']",
    ),
    Refused(
        "stages-pair",
        "stages",
        lambda: star(stages=(MATCH.P_l,)),
        "stages must be a pair (F, H), got (array([[[0.75...0.25, 0.75]]]),)",
    ),
    Refused(
        "stages-product",
        "stages",
        lambda: star(stages=(MATCH.P_l, MATCH.P_l)),
        "stages multiply to P_l only within 0.125, first at [0, 0, 0]; the limit is 1e-12",
    ),
]
SOLVING = [
    Refused("solve-k-0", "k", lambda: ssq.solve(MATCH, k=0), "k must be at least 1, got 0"),
    Refused("solve-k-float", "k", lambda: ssq.solve(MATCH, k=2.0), "k must be an integer, got 2.0"),
    Refused(
        "solve-k-bool", "k", lambda: ssq.solve(MATCH, k=True), "k must be an integer, got True"
    ),
    Refused("solve-k-text", "k", lambda: ssq.solve(MATCH, k="2"), "k must be an integer, got '2'"),
    Refused(
        "solve-k-huge",
        "k",
        lambda: ssq.solve(MATCH, k=10**9),
        "k = 1000000000 takes about 10^19.6 bytes, … are available; the largest k that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "solve-k-too-large",
        "k",
        lambda: ssq.solve(DEMAND, k=40),
        "k = 40 takes about 10^21.2 bytes, … are available; the largest k that fits is …",
        ssq.TableTooLarge,
    ),
    Refused(
        "solve-tol-0",
        "tol",
        lambda: ssq.solve(MATCH, k=1, tol=0),
        "tol must be positive and finite, got 0",
    ),
    Refused(
        "solve-tol-nan",
        "tol",
        lambda: ssq.solve(MATCH, k=1, tol=NAN),
        "tol must be positive and finite, got nan",
    ),
    Refused(
        "solve-tol-inf",
        "tol",
        lambda: ssq.solve(MATCH, k=1, tol=INF),
        "tol must be positive and finite, got inf",
    ),
    Refused(
        "solve-tol-text",
        "tol",
        lambda: ssq.solve(MATCH, k=1, tol="small"),
        "tol must be positive and finite, got 'small'",
    ),
    Refused(
        "solve-tol-too-small",
        "tol",
        lambda: ssq.solve(MATCH, k=1, tol=1e-17),
        "tol = 1e-17 is below what rounding allows here; tol = 1.3e-14 works",
    ),
    Refused(
        "solve-iterations-0",
        "iterations",
        lambda: ssq.solve(MATCH, k=1, iterations=0),
        "iterations must be at least 1, got 0",
    ),
    Refused(
        "solve-iterations-huge",
        "iterations",
        lambda: ssq.solve(MATCH, k=1, iterations=10**9),
        "iterations must be at most 10000000, got 1000000000",
    ),
    Refused(
        "solve-counts-sum",
        "type_counts",
        lambda: ssq.solve(DEMAND, k=2, type_counts=(1, 2)),
        "type_counts must sum to 2, got (1, 2) with sum 3",
    ),
    Refused(
        "solve-counts-length",
        "type_counts",
        lambda: ssq.solve(DEMAND, k=2, type_counts=(2,)),
        "type_counts must have one entry per conserved type (2), got (2,)",
    ),
    Refused(
        "solve-counts-number",
        "type_counts",
        lambda: ssq.solve(DEMAND, k=2, type_counts=2),
        "type_counts must have one entry per conserved type (2), got 2",
    ),
    Refused(
        "solve-counts-negative",
        "type_counts",
        lambda: ssq.solve(DEMAND, k=2, type_counts=(3, -1)),
        "type_counts[1] must be at least 0, got -1",
    ),
    Refused(
        "solve-counts-float",
        "type_counts",
        lambda: ssq.solve(DEMAND, k=2, type_counts=(1.0, 1.0)),
        "type_counts[0] must be an integer, got 1.0",
    ),
]
