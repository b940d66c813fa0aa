"""Bad arguments: a ValueError of one short line that names argument, value and limit."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core import bounds, concentration, mean_field
from ssq_core.systems.queueing import Dispatch, Run, loaded, supermarket

NAN, INF = math.nan, math.inf
LONGEST = 300  # letters of a message
EYE = np.eye(2)
MODEL = {"P_g": [EYE, EYE], "P_l": [EYE, EYE], "r_g": 0 * EYE, "r_l": 0 * EYE, "gamma": 0.5}
MATCH = ssq.counterexamples.match(0.75, gamma=0.5)  # 2 global, 2 local states, 2 actions
OTHER = ssq.counterexamples.match(0.5, gamma=0.5)
DEMAND = ssq.demand_response(1.5)  # two conserved types
Q, Q_1, FOREIGN = ssq.solve(MATCH, 2), ssq.solve(MATCH, 1), ssq.solve(OTHER, 2)
BLOCK = ssq.solve(DEMAND, 2, 1e-3, type_counts=(1, 1))
PI = ssq.SubsampledPolicy(Q, n=3)
OWN = np.random.default_rng(1)
ORACLE = ssq.Simulator(2, 2, 2, 0.5, 0 * EYE, EYE, lambda g, a, rng: a, lambda s, g, rng: s)
HALF = type("Half", (), {"G": 1, "A": 1, "S": 1, "next_l": 1})()
LIMIT = mean_field.solve(MATCH, 1e-3)
HALVES = mean_field.solve(DEMAND, 0.1, type_masses=(0.5, 0.5))
QUEUES, MANY = Dispatch(n=4, c=3, p=0.8, gamma=0.9), Dispatch(n=50, c=30, p=0.8, gamma=0.9)
TABLE = QUEUES.solve(2)
RUN = QUEUES.simulate("random", runs=4, horizon=1)
ONE_RUN = QUEUES.simulate("random", runs=1, horizon=1)
RISING, ZERO = Run(np.array([1.0, 2.0, 3.0])), Run(np.zeros(3))
STOCHASTIC = ssq.StarMDP(
    np.full((300, 1, 300), 1 / 300), np.ones((300, 1, 1)), np.ones((300, 1)), np.ones((300, 1)), 0.5
)
OFF = ssq.StarMDP([[[1]]], np.float32([[[1 + 1.5e-6]]]), [[1]], [[0]], 1 - 1e-6)


def changed(name: str, index: tuple[int, ...], value: float) -> dict[str, Any]:
    """Return one argument of MODEL with one entry changed."""
    out = np.array(MODEL[name])
    out[index] = value
    return {name: out}


def halves_executed() -> object:
    start = (np.zeros(500, dtype=int), np.eye(50, dtype=int)[np.arange(500) % 50] * 6)
    return ssq.execute(DEMAND, mean_field.LimitPolicy(HALVES, 6), start, 1, 500)


def samples(next_l: Callable[..., object]) -> object:
    return ssq.learn(simulator(next_l=next_l, next_g=lambda g, a, rng: a), 1, 9, 2)


star = partial(ssq.StarMDP, **MODEL)
solve = partial(ssq.solve, mdp=MATCH, k=1)
blocks = partial(ssq.solve, DEMAND, k=2)
learn = partial(ssq.learn, mdp=MATCH, k=1, m=5, iterations=5)
at, act = partial(Q.at, s_g=0, states=[0, 1]), partial(BLOCK.action, s_g=0, states=[0, 25])
policy = partial(ssq.SubsampledPolicy, Q, n=3)
value = partial(ssq.policy_value, mdp=MATCH, pi=PI)
gap = partial(ssq.optimality_gap, mdp=MATCH, k=1, n=3)
noise = partial(ssq.bellman_noise, Q)
execute = partial(ssq.execute, MATCH, q=Q, start=(0, [3, 1]), horizon=5, runs=5)
limit = partial(mean_field.solve, mdp=MATCH)
ask = partial(LIMIT.value, s_g=0, distribution=[0.5, 0.5])
sandwich = partial(mean_field.sandwich, LIMIT, q=Q, s_g=0, states=[0, 1])
bound = partial(
    bounds.value, bounds.theorem_3_2, n=50, k=5, size=50, actions=3, r_max=20.0, gamma=0.9, eps=0.0
)
dkw = partial(concentration.dkw_bound, n=5, k=2, size=2, eps=0.1)
radius = partial(concentration.tv_radius, n=5, k=2, size=2, delta=0.1)
failure = partial(concentration.failure_probability, counts=[2, 3], k=2, eps=0.1)
queues = partial(Dispatch, n=4, c=3, p=0.8, gamma=0.9)
simulate = partial(QUEUES.simulate, rule="random")
table_action = partial(TABLE.action, pointed=0, others=[0])
slope = partial(ssq.queueing.log_slope, RISING)
load = partial(loaded.simulate, QUEUES, jobs=2, choices=(1,))
stationary = partial(supermarket.simulate, n=2, rate=0.5, d=2, time=1.0)

simulator = partial(
    ssq.Simulator, G=2, A=2, S=2, gamma=0.5, r_g=EYE, r_l=EYE, next_g=np.add, next_l=np.add
)
tree = partial(ssq.counterexamples.tree, m=2, w=0.1, gamma=0.5)
fork_gap = partial(ssq.counterexamples.fork_gap, n=10, majority=6, k=1, gamma=0.5)
certify = partial(ssq.certify, mdp=MATCH, policy=Q, judge=Q, start=(0, [3, 2]), horizon=3, runs=4)
environment = partial(ssq.gym_env, mdp_or_oracle=MATCH, start=(0, [3, 1]), horizon=5)
relaxed = partial(Dispatch(n=2, c=3).bound_on_every_rule, start="empty", horizon=3)

Row = tuple[Callable[..., object], dict[str, Any], str]
BAD: list[Row] = [
    (star, changed("P_l", (1, 0, 0), 0.5), "P_l[1, 0, :] sums to 0.5, not to 1"),
    (star, changed("P_g", (0, 1, 0), -0.25), "P_g[0, 1, 0] = -0.25 is negative"),
    (star, changed("r_l", (1, 1), NAN), "r_l[1, 1] = nan is not finite"),
    (star, {"r_g": np.full((2, 2), 1e300)}, "r_g[0, 0] = 1e+300 is not finite, at most 1e"),
    (star, {"r_g": np.zeros((2, 3))}, "r_g has shape (2, 3)"),
    (star, {"P_l": np.ones((3, 1, 1))}, "P_l has shape (3, 1, 1)"),
    (star, {"P_g": EYE}, "P_g must have 3 axes"),
    (star, {"P_l": np.zeros((2, 0, 0))}, "P_l must not be empty"),
    (star, {"P_g": [[1, 0], [0]]}, "P_g must be a regular array of numbers, got [[1, 0], [0]]"),
    (star, {"gamma": 1.0}, "gamma must lie in (0, 1), got 1.0"),
    (star, {"gamma": True}, "gamma must lie in (0, 1), got True"),
    (star, {"labels": {"s_g": ["a"]}}, "labels['s_g'] must be a list of 2 names"),
    (star, {"labels": {"a": ["b"]}}, "labels must be a dict of s_g, s_i, a_g; got {'a'"),
    (star, {"stages": ([EYE, EYE],)}, "stages must be a pair (F, H), got (["),
    (star, {"stages": ([EYE], [EYE, EYE])}, "stages have shapes"),
    (star, {"stages": ([EYE, 2 * EYE], [EYE, EYE])}, "stages[0][1, 0, :] sums to 2.0"),
    (star, {"stages": ([EYE, EYE], [EYE, EYE[::-1]])}, "stages multiply to P_l only within 1"),
    (ssq.counterexamples.match, {"p": -0.1, "gamma": 0.5}, "p must lie in [0, 1], got -0.1"),
    (ssq.counterexamples.overfit, {"m": 7, "gamma": 0.5}, "m must be at most 6, got 7"),
    (tree, {"actions": 1}, "actions must be at least 2, got 1"),
    (ssq.counterexamples.tree_entry, {"m": 1, "q": 1, "k": 1, "w": -0.1}, "w must lie in [0, inf)"),
    (fork_gap, {"rule": "26"}, "rule must be one of subsets, actions; got '26'"),
    (ssq.demand_response, {"weight": NAN}, "weight must lie in (-inf, inf), got nan"),
    (solve, {"k": 0}, "k must be at least 1, got 0"),
    (solve, {"k": 2.0}, "k must be an integer, got 2.0"),
    (solve, {"tol": 0}, "tol must be positive and finite, got 0"),
    (solve, {"tol": 10**400}, "tol must be positive and finite, got 1000"),
    (solve, {"tol": 1e-18}, "tol = 1e-18 is below what rounding allows here; tol = "),
    (solve, {"iterations": 10**9}, "iterations must be at most 10000000, got 1000000000"),
    (solve, {"mdp": OFF}, "kernel rows are off 1 by 1.5e-06, too much for this gamma"),
    (limit, {"mdp": OFF}, "kernel rows are off 1 by 1.5e-06, too much for this gamma"),
    (solve, {"progress": "yes"}, "progress must be a bool or Callable, got 'yes'"),
    (solve, {"type_counts": (2,)}, "type_counts must sum to 1"),
    (blocks, {"type_counts": 2}, "type_counts must have one entry per conserved type (2), got 2"),
    (blocks, {"type_counts": (3, -1)}, "type_counts[1] must be at least 0, got -1"),
    (blocks, {"type_counts": (1.0, 1.0)}, "type_counts[0] must be an integer, got 1.0"),
    (partial(ssq.planned_bytes, DEMAND, 4), {"type_counts": (2, 1)}, "type_counts must sum to 4"),
    (learn, {"m": 0}, "m must be at least 1, got 0"),
    (learn, {"iterations": 10**12}, "iterations must be at most 10000000, got 1000000000000"),
    (learn, {"seed": -1}, "seed must be at least 0, got -1"),
    (learn, {"samples": "all"}, "samples must be one of fixed, fresh; got 'all'"),
    (learn, {"learning_rate": 0}, "learning_rate at t = 1 must lie in (0, 1], got 0"),
    (learn, {"learning_rate": [1.0]}, "learning_rate has shape (1,)"),
    (learn, {"learning_rate": [1, 1, 2, 1, 1]}, "learning_rate at t = 3 must lie in (0, 1], got 2"),
    (learn, {"learning_rate": "fast"}, "learning_rate must be a regular array of numbers"),
    (at, {"s_g": 2}, "s_g = 2 is outside 0..1"),
    (at, {"states": [0, 5]}, "states[1] = 5 is outside 0..1"),
    (at, {"states": [0]}, "states must hold 2 local state indices, got shape (1,)"),
    (at, {"states": [0.0, 1.0]}, "states must be integers, got [0.0, 1.0]"),
    (act, {"states": [0, 1]}, "type counts [2, 0] lie outside the solved blocks"),
    (noise, {"q_exact": Q_1}, "q_exact is of k = 1 agents, q_learned of k = 2"),
    (noise, {"q_exact": FOREIGN}, "q_exact was made for another model"),
    (policy, {"n": 1}, "k = 2 sampled agents exceed n = 1"),
    (policy, {"rule": "majority"}, "rule must be one of subsets, actions; got 'majority'"),
    (partial(PI.action_probabilities, 0), {"states": [0, 1]}, "states must hold 3 local state"),
    (value, {"tol": -1e-8}, "tol must be positive and finite, got -1e-08"),
    (value, {"mdp": OTHER}, "pi was made for another model"),
    (value, {"mdp": DEMAND, "pi": ssq.SubsampledPolicy(BLOCK, n=3)}, "type counts [2, 0] lie out"),
    (gap, {"k": 4}, "k must be at most 3, got 4"),
    (gap, {"type_counts": (2,)}, "type_counts must sum to 3"),
    (execute, {"start": 0}, "start must be a pair"),
    (execute, {"start": (2, [3, 1])}, "start: s_g = 2 is outside 0..1"),
    (execute, {"start": (0, [3, 1, 1])}, "start: counts has shape (3,), expected (2,)"),
    (execute, {"start": (0, [[3, 1]] * 4)}, "start: counts has shape (4, 2), expected (2,) or (5"),
    (execute, {"start": (0, [1, 0])}, "start: counts sum to n = 1, but k = 2"),
    (execute, {"start": (0, [[3, 1]] * 4 + [[1, 1]])}, "start: counts must sum to one n in all"),
    (execute, {"start": (0, [10**15, 0]), "runs": 10}, "start: n times runs is 100000000000000"),
    (execute, {"horizon": 10**12}, "horizon must be at most 10000000, got 1000000000000"),
    (execute, {"runs": 0}, "runs must be at least 1, got 0"),
    (execute, {"seed": -1}, "seed must be at least 0, got -1"),
    (execute, {"q": FOREIGN}, "q was made for another model"),
    (execute, {"trace": "all"}, "trace must be a bool"),
    (execute, {"q": PI}, "start: counts sum to n = 4, but q is a policy on n = 3"),
    (execute, {"q": ssq.SubsampledPolicy(Q, 4, "actions")}, "q has rule = 'actions', Eq"),
    (certify, {"judge": ssq.learn(MATCH, 2, m=3, iterations=5)}, "judge must be an exact table"),
    (certify, {"judge": FOREIGN}, "judge was made for another model than mdp"),
    (certify, {"judge": ssq.solve(MATCH, 6)}, "start: counts sum to n = 5, but k = 6"),
    (certify, {"judge": "exact"}, "judge must be a QTable"),
    (certify, {"policy": FOREIGN}, "policy was made for another model than mdp"),
    (certify, {"policy": ssq.solve(MATCH, 6)}, "k of policy must be at most 5"),
    (certify, {"policy": "greedy"}, "policy must have k and sample_actions or be a function"),
    (certify, {"policy": ssq.SubsampledPolicy(Q, 6)}, "start: counts sum to n = 5, but policy is"),
    (certify, {"policy": ssq.SubsampledPolicy(Q, 5, "actions")}, "policy has rule = 'actions'"),
    (certify, {"policy": lambda *_: [2] * 4}, "policy: actions[0] = 2 is outside 0..1"),
    (certify, {"policy": lambda *_: [1]}, "policy: actions have shape (1,), expected (4,)"),
    (certify, {"confidence": 1.0}, "confidence must lie in (0, 1)"),
    (certify, {"horizon": 0}, "horizon must be at least 1"),
    (simulator, {"r_g": np.zeros((2, 3))}, "r_g has shape (2, 3), expected (2, 2)"),
    (simulator, {"r_l": lambda s, g: [0.0]}, "r_l has shape (2, 2, 1), expected (2, 2)"),
    (simulator, {"r_l": [[0, 0], [0, NAN]]}, "r_l[1, 1] = nan is not finite, "),
    (simulator, {"gamma": 1}, "gamma must lie in (0, 1), got 1"),
    (simulator, {"G": 0}, "G must be at least 1, got 0"),
    (simulator, {"next_g": 3}, "next_g must be a function, got 3"),
    (samples, {"next_l": lambda s, g, rng: s[0]}, "next_l: next states have shape (9,), expected"),
    (samples, {"next_l": lambda s, g, rng: s + 1}, "next_l: next states[1, 0] = 2 is outside 0..1"),
    (samples, {"next_l": lambda *_: None}, "next_l: next states must be integers, got None"),
    (samples, {"next_l": lambda s, g, rng: OWN.integers(0, 2, s.shape)}, "next_l ignores its gen"),
    (
        samples,
        {"next_l": lambda s, g, rng: np.random.default_rng(3).integers(0, 2, s.shape)},
        "next_l ignores its generator",
    ),
    (solve, {"mdp": ORACLE}, "mdp is an oracle without kernels, "),
    (value, {"mdp": ORACLE}, "mdp is an oracle without kernels, "),
    (gap, {"mdp": ORACLE}, "mdp is an oracle without kernels, "),
    (limit, {"mdp": ORACLE}, "mdp is an oracle without kernels, "),
    (learn, {"mdp": HALF}, "mdp lacks gamma, r_g, r_l, next_g, "),
    (environment, {"mdp_or_oracle": 3}, "mdp_or_oracle must be a StarMDP or an Oracle, got 3"),
    (environment, {"observe": "all"}, 'observe must be "counts" or a number of agents, got '),
    (environment, {"observe": 5}, "start: counts sum to n = 4, but k = 5 agents are sampled"),
    (limit, {"mdp": STOCHASTIC}, "P_g[0, 0, :] = "),
    (limit, {"tol": 1e-15}, "tol = 1e-15 is below what rounding allows here"),
    (limit, {"type_masses": (0.5, 0.5)}, "type_masses must have shape (1,), got (2,)"),
    (limit, {"type_masses": (0.5,)}, "type_masses sums to 0.5"),
    (ask, {"distribution": [0.5, 0.5, 0]}, "distribution must have shape (2,), got (3,)"),
    (ask, {"distribution": [1.5, -0.5]}, "distribution[1] = -0.5, but a share is finite and at"),
    (ask, {"distribution": [0.5, 0.4]}, "distribution sums to 0.9, not to 1 within 1e-09"),
    (partial(LIMIT.action, 0), {"distribution": [INF, 1.0]}, "distribution[0] = inf"),
    (partial(LIMIT.at, 0), {"distribution": 0.5}, "distribution must have shape (..., 2,), got ()"),
    (halves_executed, {}, "distribution[0] has a share 1"),
    (sandwich, {"states": [0]}, "states holds 1 agents, fewer than the k = 2 of q"),
    (sandwich, {"q": FOREIGN}, "q was made for another model than mdp"),
    (mean_field.sampled, {"limit": LIMIT, "k": 0}, "k must be at least 1, got 0"),
    (mean_field.LimitPolicy, {"limit": LIMIT, "k": 0}, "k must be at least 1, got 0"),
    (bound, {"k": 51}, "k must be at most n = 50, got 51"),
    (bound, {"gamma": 1.0}, "gamma must lie in (0, 1), got 1.0"),
    (bound, {"r_max": NAN}, "r_max must lie in (0, 1e100], got nan"),
    (bound, {"eps": -1.0}, "eps must lie in [0, 1e100], got -1.0"),
    (bound, {"tau": 1.5}, "tau must lie in [0, 1], got 1.5"),
    (bound, {"states": 3}, "unknown parameter 'states'"),
    (partial(bounds.value, bounds.theorem_3_2), {"n": 5, "k": 2}, "parameter 'size' is missing"),
    (bounds.full, {"expr": "eta"}, "expr must be an expression of this module, got 'eta'"),
    (bounds.latex, {"expr": None}, "expr must be an expression of this module, got None"),
    (dkw, {"k": 6}, "k must be at most n = 5, got 6"),
    (dkw, {"size": 0}, "size must be at least 1, got 0"),
    (dkw, {"eps": 0.0}, "eps must be positive and finite, got 0.0"),
    (radius, {"delta": 1.5, "size": 1}, "delta must lie in (0, 1), got 1.5"),
    (failure, {"k": 6}, "k must be at most 5, got 6"),
    (failure, {"counts": [2, -1]}, "counts[1] = -1 is outside 0..1000000000000"),
    (failure, {"counts": []}, "counts must be a list"),
    (failure, {"counts": [0, 0]}, "the sum of counts must be at least 1, got 0"),
    (failure, {"counts": [10**12] * 2}, "the sum of counts must be at most 1000000000000, got 20"),
    (failure, {"distance": "kl"}, "distance must be one of sup, tv; got 'kl'"),
    (failure, {"method": "fft"}, "method must be one of exact, monte_carlo; got 'fft'"),
    (failure, {"method": "monte_carlo", "draws": 0}, "draws must be at least 1, got 0"),
    (failure, {"counts": [10**6, 10**6, 1], "k": 10**5, "distance": "tv"}, "k = 100000 of n = 20"),
    (failure, {"counts": [10**9, 1], "method": "monte_carlo"}, "counts must sum to less than 1e9"),
    (queues, {"n": 0}, "n must be at least 1"),
    (queues, {"penalty": "none"}, "penalty must be one of printed, full"),
    (queues, {"load": "heavy"}, "load must be one of paper, consistent"),
    (QUEUES.solve, {"k": 5}, "k must be at most 4"),
    (QUEUES.solve, {"k": 2, "tol": 1e-16}, "tol = 1e-16 is below what rounding allows here; tol"),
    (QUEUES.optimality_gap, {"k": 5}, "k must be at most 4"),
    (QUEUES.optimality_gap, {"k": ("jsq", *range(10_000))}, "k must be an integer, a Table or"),
    (table_action, {"others": [-1]}, "others[0] = -1 is outside 0..3"),
    (table_action, {"pointed": None}, "others must hold 2 lengths"),
    (simulate, {"rule": "fifo"}, "rule must be"),
    (simulate, {"rule": ("jsq", 5)}, "k of the rule must be at most 4"),
    (simulate, {"rule": ("literal", 4)}, "k of the rule must be at most 3"),
    (simulate, {"rule": queues(c=5).solve(1)}, "the table is for c = 5"),
    (simulate, {"rule": queues(n=9).solve(5)}, "k of the table must be"),
    (simulate, {"start": "x" * 10_000}, "start must be lengths"),
    (simulate, {"start": [0, 0, 0, 9]}, "start[3] = 9 is outside 0..3"),
    (simulate, {"start": "antithetic", "runs": 3}, "runs must be even"),
    (simulate, {"horizon": 10**12}, "horizon must be at most 10000000, got 1000000000000"),
    (simulate, {"pointed": 4}, "pointed must be at most 3"),
    (lambda: ONE_RUN.estimate, {}, "an interval needs 2 independent runs"),
    (ssq.queueing.difference, {"reference": RUN, "other": ONE_RUN}, "other must have as many runs"),
    (ssq.queueing.relative_gap, {"reference": ZERO, "other": RISING}, "reference must have a mean"),
    (slope, {"others": {1: RISING}}, "others must hold 2 rules"),
    (slope, {"others": {1: RISING, 2: RISING}}, "the gap must be positive, got 0"),
    (load, {"jobs": 0}, "jobs must be at least 1"),
    (load, {"start": [0, 0, 0, 9]}, "start[3] = 9 is outside 0..3"),
    (load, {"arrivals": "never"}, "arrivals must be one of same step, next step; got 'never'"),
    (relaxed, {"start": "full"}, "start must be lengths"),
    (relaxed, {"horizon": 0}, "horizon must be at least 1"),
    (relaxed, {"pointed": 2}, "pointed must be at most 1"),
    (relaxed, {"pointed": [1.0]}, "pointed must have shape (2,)"),
    (relaxed, {"pointed": [0.5, 0.4]}, "pointed sums to 0.9"),
    (relaxed, {"pointed": [1.5, -0.5]}, "pointed[1] = -0.5, but a share is"),
    (stationary, {"rate": 1.0}, "rate must lie in (0, 1), got 1.0"),
    (stationary, {"d": 0}, "d must be at least 1"),
    (stationary, {"time": 0}, "time must be positive"),
    (stationary, {"warm_up": -1}, "warm_up must lie in [0, inf)"),
    (stationary, {"replicas": 1}, "replicas must be at least 2"),
]


@pytest.mark.parametrize(("call", "bad", "message"), BAD)
def test_a_bad_argument_is_a_value_error_with_its_name_and_limit(
    call: Callable[..., object], bad: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=r"^\w") as refusal:
        call(**bad)
    assert str(refusal.value).startswith(message)
    assert len(str(refusal.value)) < LONGEST
    assert "\n" not in str(refusal.value)


TOO_LARGE: list[Row] = [
    (solve, {"k": 10**9}, "k = 1000000000 takes about 10^19.6 bytes"),
    (learn, {"m": 10**12}, "k = 1 takes about 96,000,167,772,512 bytes"),
    (value, {"pi": policy(n=10**9)}, "n = 1000000000 takes about 10^19.6 bytes"),
    (gap, {"mdp": DEMAND, "n": 10**6}, "n = 1000000 takes about 10^145.1 bytes"),
    (execute, {"horizon": 10**7, "runs": 10**6}, "horizon = 10000000 takes about 160,000,160,0"),
    (execute, {"horizon": 10**7, "runs": 200, "trace": True}, "horizon = 10000000 takes about"),
    (mean_field.sampled, {"limit": LIMIT, "k": 10**12}, "k = 1000000000000 takes about 160,000"),
    (certify, {"runs": 10**12}, "runs = 1000000000000 takes about"),
    (relaxed, {"horizon": 10**7}, "horizon = 10000000 takes about"),
    (MANY.solve, {"k": 50}, "k = 50 takes about 10^39.0 bytes"),
    (MANY.optimality_gap, {"k": 1}, "n = 50 takes about 10^39.0 bytes"),
    (simulate, {"runs": 10**13}, "runs = 10000000000000 takes about 80,000,000,000,256 bytes"),
]


@pytest.mark.parametrize(("call", "large", "message"), TOO_LARGE)
def test_what_does_not_fit_names_its_bytes_and_what_would_fit(
    call: Callable[..., object], large: dict[str, Any], message: str
) -> None:
    name = message.split()[0]
    pattern = f"bytes, .* available; the largest {name} that fits is \\d"
    with pytest.raises(ssq.TableTooLarge, match=pattern) as refusal:
        call(**large)
    assert str(refusal.value).startswith(message)
    assert refusal.value.needed > refusal.value.available > refusal.value.largest_k >= 0


KINDS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "solve": ("mdp", lambda x: ssq.solve(x, 1)),
    "learn": ("mdp", lambda x: ssq.learn(x, 1, 1, 1)),
    "planned_bytes": ("mdp", lambda x: ssq.planned_bytes(x, 1)),
    "policy_value": ("mdp", lambda x: ssq.policy_value(x, PI)),
    "policy_value, policy": ("pi", lambda x: ssq.policy_value(MATCH, x)),
    "optimality_gap": ("mdp", lambda x: ssq.optimality_gap(x, 1, 2)),
    "SubsampledPolicy": ("q", lambda x: ssq.SubsampledPolicy(x, 3)),
    "execute": ("mdp", lambda x: ssq.execute(x, Q, (0, [3, 1]), 1, 1)),
    "execute, table": ("q", lambda x: ssq.execute(MATCH, x, (0, [3, 1]), 1, 1)),
    "execute, start": ("start", lambda x: ssq.execute(MATCH, Q, x, 1, 1)),
    "load": ("mdp", lambda x: ssq.load(__file__, x)),
    "mean_field.solve": ("mdp", lambda x: mean_field.solve(x)),
    "LimitPolicy": ("limit", lambda x: mean_field.LimitPolicy(x, 2)),
    "sampled": ("limit", lambda x: mean_field.sampled(x, 2)),
    "sandwich": ("limit", lambda x: mean_field.sandwich(x, Q, 0, [0, 1])),
    "sandwich, table": ("q", lambda x: mean_field.sandwich(LIMIT, x, 0, [0, 1])),
    "constants": ("mdp", lambda x: bounds.constants(x)),
    "at": ("s_g", lambda x: Q.at(x, [0, 1])),
    "simulate": ("rule", lambda x: QUEUES.simulate(x)),
    "difference": ("reference", lambda x: ssq.queueing.difference(x, RUN)),
    "relative_gap": ("other", lambda x: ssq.queueing.relative_gap(RUN, x)),
    "bounds.value": ("expr", lambda x: bounds.value(x)),
}
WRONG: list[Any] = [
    None, 3.5, {}, object(), [0.5] * 10_000, np.full((400, 3), 0.5), "x" * 10_000,
    dict.fromkeys(range(10_000)), [[1, 2], [3]] * 5000, -(10**400), (0, [0.5] * 10_000),
]  # fmt: skip


@pytest.mark.parametrize("call", KINDS)
def test_a_wrong_kind_is_refused_by_name_and_not_listed(call: str) -> None:
    name, run = KINDS[call]
    for wrong in WRONG:
        with pytest.raises(ValueError, match=rf"^{name}\b") as refusal:
            run(wrong)
        assert len(str(refusal.value)) < LONGEST
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("wrong", [None, 3.5, [], object()])
def test_what_is_no_path_is_refused(wrong: Any) -> None:
    for call in (Q.save, partial(ssq.load, mdp=MATCH)):
        with pytest.raises(ValueError, match="path must be a str or PathLike"):
            call(wrong)
