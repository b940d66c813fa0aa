"""Value iteration with a certified stop: exact solution, and Algorithms 1 and 3 (`learn`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ssq_core import memory, multisets, policy_iteration
from ssq_core.checks import MAX_STEPS, check_array, check_count, check_number, check_option
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, StarMDP, check_model
from ssq_core.operators import Operator, empirical, exact, maximum, mean_under, reward_rounding
from ssq_core.oracle import Oracle, Simulator, check_system
from ssq_core.progress import Clock, Report, reporter
from ssq_core.qtable import QTable, tie_tolerance
from ssq_core.stopping import StoppingRule, require

Values = list[Floats]  # of one block, one array per s_g
Rate = Callable[[int], float]
LearningRate = float | Sequence[float] | Rate


def sweep(
    operator: Operator, V: Values, policy: Sequence[Floats] | None = None
) -> tuple[Values, Floats]:
    """Return T(V), or T_pi(V) for a policy, and the mean transition law (G, G) of s_g.

    `policy[s_g]` (A, ...) holds the probability of every action; left out, the best is taken.
    """
    G = len(operator.shapes)
    new, law = [], np.zeros((G, G))
    for g in range(G):
        Q = operator.action_values(V, g)
        value, share = maximum(Q) if policy is None else mean_under(policy[g], Q)
        new.append(value)
        for branch in operator.branches[g]:
            law[g, branch.x] += share @ branch.weights
    return new, law


def fixed_point(
    operator: Operator,
    tol: float,
    report: Report = lambda line: None,
    policy: Sequence[Floats] | None = None,
) -> tuple[Values, float, float, int]:
    """Iterate to a certified fixed point of V -> T(V), or of T_pi for a policy (see `sweep`).

    Returns V, the constant to be added to T(V), the certified sup-norm error of T(V) plus that
    constant, and the number of sweeps. The error is above `tol` only where rounding or the numbers
    given allow no less.

    A plain step shrinks the range u - l by gamma at least, and by no more where the policy keeps
    s_g in one of several places for ever. So a step is corrected by aggregation over s_g (Bertsekas
    and Castanon, 1989), which solves for one number per s_g, but only if the last one paid; where
    none did, every other step is half a step. The certificate is on T(V) - V alone.
    """
    gamma, stop = operator.precision.gamma, StoppingRule(operator.precision, tol, report)
    V, largest, best = [np.zeros(shape) for shape in operator.shapes], 0.0, np.inf
    while True:
        new, law = sweep(operator, V, policy)
        change = [n - v for n, v in zip(new, V, strict=True)]
        (low, high), (bottom, top) = _extremes(change), _extremes(new)
        largest = max(largest, top, -bottom)
        if stop.met(low, high, largest):
            return V, stop.shift, stop.error, stop.sweeps
        ahead = np.zeros(len(law))
        if high - low <= gamma * best:
            mean = np.array([c.mean() for c in change]) - (low + high) / 2
            ahead = gamma * law @ np.linalg.solve(np.eye(len(law)) - gamma * law, mean)
        elif stop.sweeps % 2:  # half a step, against what only changes its sign
            new = [(n + v) / 2 for n, v in zip(new, V, strict=True)]
            bottom, top = _extremes(new)
        best = min(best, high - low)
        ahead -= (top + bottom + ahead.max() + ahead.min()) / 2  # a constant only moves the shift
        V = [n + c for n, c in zip(new, ahead, strict=True)]
        largest = max(top + ahead.max(), -bottom - ahead.min())


def _extremes(tables: Values) -> tuple[float, float]:
    return min(float(t.min()) for t in tables), max(float(t.max()) for t in tables)


def solve(
    mdp: StarMDP,
    k: int,
    tol: float | None = None,
    iterations: int | None = None,
    type_counts: Sequence[int] | None = None,
    progress: bool | Report = True,
) -> QTable:
    """Solve the k-agent surrogate system exactly: the fixed point of T_k, Eq. (7).

    `tol` bounds the certified sup-norm error of every Q-value (rewards' units); left out, it is
    1e-11 of the range that values can have, or what rounding allows. With `iterations`=T the result
    is the T-th iterate from Q = 0 instead. `type_counts` (one per conserved type, in order of the
    type's smallest state) solves that block alone. `progress`: True shows sweeps and the certified
    error of a long solution on a terminal or in a notebook, False is silent, a function gets each
    line. Raises ValueError for arguments out of range, and TableTooLarge before anything is
    allocated. Source: Section 3 and Definition A.12.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> ssq.solve(mdp, k=3, tol=1e-8).action(0, [1, 1, 0])  # goes where most agents are
    1
    """
    check_model(mdp)
    check_count("k", k)
    if iterations is not None:
        check_count("iterations", iterations, 1, MAX_STEPS)
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    with reporter(progress) as report:
        joint = 0 if iterations else policy_iteration.needed(mdp, k, type_counts is None)
        # an iterate and the one before it stand side by side
        plan = memory.plan(mdp, mdp.classes, k, type_counts, mdp.A, laws=mdp.A if iterations else 0)
        report(f"k = {k}: about {(joint or memory.require(k, plan)) / 1e6:,.1f} MB")
        layout = Layout.of(mdp.classes, k, type_counts)
        if iterations:
            draw, name = partial(exact, mdp, layout), f"k = {k}"
            return _iterated(mdp, layout, draw, True, iterations, lambda t: 1.0, name, report)
        q = solve_blocks(mdp, layout, tol, report, joint > 0)
        require(tol, q.error_bound)
        return q


def planned_bytes(mdp: StarMDP, k: int, type_counts: Sequence[int] | None = None) -> int:
    """Return about how many bytes `solve(mdp, k, type_counts=type_counts)` takes at its peak.

    The tables written so far, and the block that is being solved; for a small system its one joint
    matrix. `k` agents, `type_counts` of each conserved type if one block alone is to be solved.
    Raises ValueError for arguments out of range.

    >>> ssq.planned_bytes(ssq.demand_response(), k=5) > 10**7
    True
    """
    check_model(mdp)
    check_count("k", k)
    by_block = memory.plan(mdp, mdp.classes, k, type_counts, mdp.A)(k)
    return policy_iteration.needed(mdp, k, type_counts is None) or by_block


def solve_blocks(
    mdp: StarMDP, layout: Layout, tol: float | None, report: Report, joint: bool | None = None
) -> QTable:
    """Solve the blocks of a layout on row classes, as `solve` does; memory is not asked for.

    Where rounding forbids `tol` it gives what can be had. `joint`: whether all blocks are solved at
    once; None decides.
    """
    rounding = reward_rounding(mdp)
    tol = (mdp.default_tolerance if tol is None else tol) - rounding
    if joint is None:
        every = len(layout.blocks) == multisets.size(layout.k, len(mdp.types))
        joint = policy_iteration.needed(mdp, layout.k, every) > 0
    if joint:
        of_all = titled(f"k = {layout.k}", report)
        tables, error, sweeps = policy_iteration.solve(mdp, layout, tol, of_all)
    else:
        tables, error, sweeps = layout.empty(mdp.A), 0.0, 0
        for block, of_block in each_block(layout, f"k = {layout.k}", report):
            operator = exact(mdp, layout, block)
            V, shift, block_error, block_sweeps = fixed_point(operator, tol, of_block)
            for g, table in enumerate(tables):
                for a, Q in enumerate(operator.action_values(V, g)):
                    table[a, layout.slice(g, block)] = operator.in_type_order(Q + shift).ravel()
            error, sweeps = max(error, block_error), max(sweeps, block_sweeps)
            del operator, V, Q  # two blocks never stand side by side
    ties = tie_tolerance(mdp, error)
    return QTable(mdp, layout, "classes", tables, sweeps, error + rounding, ties)


def _iterated(
    mdp: StarMDP | Simulator,
    layout: Layout,
    draw: Callable[[TypeCounts], Operator],
    fixed: bool,
    iterations: int,
    rate: Rate,
    name: str,
    report: Report,
) -> QTable:
    """Return Q^T from Q^0 = 0, T = `iterations`; its ties are those of its own numbers.

    Each application is mixed in with weight `rate`(t). `draw` gives the operator of a block, once
    if it is `fixed`; else there is no fixed point, and the error is inf.
    """
    tables, error = layout.empty(mdp.A), 0.0
    for block, of_block in each_block(layout, name, report):
        operator, clock = draw(block), Clock(iterations)
        clock()
        first = zip(operator.first, operator.shapes, strict=True)
        eta = rate(1)
        Q = [eta * np.broadcast_to(f, (len(f), *shape)) for f, shape in first]
        for t in range(2, iterations + 1):
            if not fixed:
                del operator  # two never stand side by side
                operator = draw(block)
            new, eta = operator.q_values([q.max(axis=0) for q in Q]), rate(t)
            Q = new if eta == 1 else [(1 - eta) * q + eta * n for q, n in zip(Q, new, strict=True)]
            of_block(f"sweep {clock()}")
        error = max(error, _residual_bound(operator, Q) if fixed else np.inf)
        for g, table in enumerate(tables):
            here = table[:, layout.slice(g, block)]
            here[:] = operator.in_type_order(Q[g]).reshape(here.shape)
        del operator, Q  # as above
    exact_rows = isinstance(mdp, StarMDP) and layout.grouping is mdp.classes
    grouping = "classes" if exact_rows else "states"
    return QTable(mdp, layout, grouping, tables, iterations, error, tie_tolerance(mdp))


def each_block(layout: Layout, name: str, report: Report) -> Iterator[tuple[TypeCounts, Report]]:
    """Yield every block of a layout, and what the lines about its solution go to."""
    for number, block in enumerate(layout.blocks, 1):
        of_block = titled(f"{name}, block {number} of {len(layout.blocks)} {block}", report)
        of_block("building its matrices")
        yield block, of_block


def titled(name: str, report: Report) -> Report:
    """Return `report` with a name before each line."""
    return lambda line: report(f"{name}: {line}")


def _residual_bound(operator: Operator, Q: list[Floats]) -> float:
    """Return a certified distance of Q to the fixed point, ||T(Q) - Q|| / (1 - gamma)."""
    V = [q.max(axis=0) for q in Q]
    residual = max(np.abs(n - q).max() for n, q in zip(operator.q_values(V), Q, strict=True))
    largest = max(float(np.abs(q).max()) for q in Q)
    precise = operator.precision
    return float((residual + precise.off(largest)) * precise.reach)


def _rates(given: LearningRate | None, iterations: int) -> Rate:
    """Return t -> eta_t, checked when it is asked for."""
    if callable(given):
        return lambda t: check_number(f"learning_rate at t = {t}", given(t), "(0, 1]")
    rates = check_array("learning_rate", 1.0 if given is None else given)
    rates = rates if rates.ndim else np.broadcast_to(rates, iterations)
    if rates.ndim != 1 or len(rates) < iterations:
        raise ValueError(f"learning_rate has shape {rates.shape}, not ({iterations},) or longer")
    return lambda t: check_number(f"learning_rate at t = {t}", rates[t - 1].item(), "(0, 1]")


def learn(
    mdp: StarMDP | Oracle,
    k: int,
    m: int,
    iterations: int,
    seed: int = 0,
    samples: str = "fixed",
    learning_rate: LearningRate | None = None,
    type_counts: Sequence[int] | None = None,
    progress: bool | Report = True,
) -> QTable:
    """Learn the Q-table of k sampled agents from m samples per update: Algorithm 1.

    Exactly `iterations` applications of T_{k,m}, Eq. (5), from Q = 0. `samples` "fixed" draws one
    set of m next states per (s_g, multiset) for the whole run, "fresh" draws anew in every
    iteration (then there is no fixed point, and `error_bound` is inf). With `learning_rate` (a
    number in (0, 1], a sequence, or a function of t = 1, 2, ...) it is Algorithm 3. `type_counts`
    learns one block alone, to the same numbers. `progress` as for `solve`.

    `mdp` is a StarMDP or an `Oracle`, all of whose local states are of one conserved type. Samples
    of one agent are counted in `oracle_calls`: each of m next states of each (s_g, multiset) takes
    one of next_l per agent and one of next_g per action, so that it is

        G C(k + S - 1, k) m (k + A),        times `iterations` with fresh samples,

    or as many of these multisets as `type_counts` asks for; a model counts what it looks up, too.
    Raises ValueError for arguments out of range or an oracle that does not keep its word (the
    error of a sampler that fails is its own), TableTooLarge before allocation.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> q = ssq.learn(mdp, k=2, m=50, iterations=40, seed=1)
    >>> q.sweeps, q.action(0, [1, 1])
    (40, 1)
    """
    mdp = check_system("mdp", mdp)
    check_count("k", k)
    check_count("m", m)
    check_count("iterations", iterations, 1, MAX_STEPS)
    check_count("seed", seed, 0)
    check_option("samples", samples, ("fixed", "fresh"))
    rate = _rates(learning_rate, iterations)
    with reporter(progress) as report:
        needed = memory.require(k, memory.learning_plan(mdp, k, m, type_counts))
        report(f"k = {k}, m = {m}: about {needed / 1e6:,.1f} MB")
        every, layout = Layout.of(mdp.states, k).blocks, Layout.of(mdp.states, k, type_counts)
        streams = np.random.default_rng(seed).spawn(len(every))
        rngs = dict(zip(every, streams, strict=True))  # a block learned alone has its own, too

        fixed, name = samples == "fixed", f"k = {k}, m = {m}"
        multisets = layout.entries(0) * (1 if fixed else iterations)
        calls = Clock(mdp.G * multisets * m * (k + mdp.A))

        def count(number: int) -> None:
            line = calls(number)
            if isinstance(mdp, Simulator):
                report(f"{name}: oracle calls {line}")

        def draw(block: TypeCounts) -> Operator:
            return empirical(mdp, layout, block, m, rngs[block], count)

        q = _iterated(mdp, layout, draw, fixed, iterations, rate, name, report)
        return replace(q, oracle_calls=calls.done)
