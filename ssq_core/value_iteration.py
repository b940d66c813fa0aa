"""Fixed points with a certified stop; exact solution and Algorithms 1 and 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count

import numpy as np

from ssq_core import memory, multisets
from ssq_core import policy_iteration as joint
from ssq_core.checks import MAX_STEPS, check_array, check_count, check_number, check_option
from ssq_core.layout import Layout, TypeCounts
from ssq_core.model import Floats, StarMDP, check_model
from ssq_core.operators import Operator, empirical, exact, greedy, reward_rounding
from ssq_core.progress import Report, reporter
from ssq_core.qtable import QTable, tie_tolerance
from ssq_core.stopping import Stop, require

Values = list[Floats]
Choose = Callable[[int, Iterator[Floats]], tuple[Floats, Floats]]
Rate = Callable[[int], float]
Tell = Callable[..., None]  # of the sweeps, and of the certified error if there is one
Solved = tuple[Iterable[Iterable[Floats]], float, int]  # Q[s_g][a], its error, sweeps
LearningRate = float | Sequence[float] | Rate


def sweep(operator: Operator, V: Values, choose: Choose = greedy) -> tuple[Values, Floats]:
    """Return T(V), and the mean transition law (G, G) of s_g under the actions chosen."""
    G = len(operator.shapes)
    new, law = [], np.zeros((G, G))
    for g in range(G):
        value, share = choose(g, operator.action_values(V, g))
        new.append(value)
        for branch in operator.branches[g]:
            law[g, branch.x] += share @ branch.weights
    return new, law


def fixed_point(
    operator: Operator, tol: float, choose: Choose = greedy, tell: Tell = lambda *_: None
) -> tuple[Values, float, float, int]:
    """Iterate to a certified fixed point of V -> T(V), `choose` applied to the action values.

    Returns V, the constant to be added to T(V), the certified sup-norm error of T(V) plus that
    constant, and the number of sweeps. The error is above `tol` only where rounding or the numbers
    given allow no less.

    A plain step shrinks the range u - l by gamma at least, and by no more where the policy keeps
    s_g in one of several places for ever. So a step is corrected by aggregation over s_g (Bertsekas
    and Castanon, 1989), which solves for one number per s_g, but only if the last one paid; where
    none did, every other step is half a step. The certificate is on T(V) - V alone.
    """
    gamma, precision = operator.gamma, operator.precision
    V, largest = [np.zeros(shape) for shape in operator.shapes], 0.0
    stop, best = Stop(precision, tol), np.inf
    for sweeps in count(1):
        new, law = sweep(operator, V, choose)
        change = [n - v for n, v in zip(new, V, strict=True)]
        low = min(float(c.min()) for c in change)
        high = max(float(c.max()) for c in change)
        top, bottom = max(float(n.max()) for n in new), min(float(n.min()) for n in new)
        largest = max(largest, top, -bottom)
        shift, error, least = precision.certify(low, high, largest)
        tell(sweeps, error)
        if stop(error, least):
            return V, shift, error, sweeps
        ahead = np.zeros(len(law))
        if high - low <= gamma * best:
            mean = np.array([c.mean() for c in change]) - (low + high) / 2
            ahead = gamma * law @ np.linalg.solve(np.eye(len(law)) - gamma * law, mean)
        elif sweeps % 2:  # half a step, against what only changes its sign
            new = [(n + v) / 2 for n, v in zip(new, V, strict=True)]
            top, bottom = max(float(n.max()) for n in new), min(float(n.min()) for n in new)
        best = min(best, high - low)
        ahead -= (top + bottom + ahead.max() + ahead.min()) / 2  # a constant only moves the shift
        V = [n + c for n, c in zip(new, ahead, strict=True)]
        largest = max(top + ahead.max(), -bottom - ahead.min())
    raise AssertionError("unreachable")


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
    """
    check_model(mdp)
    check_count("k", k)
    if iterations is not None:
        check_count("iterations", iterations, 1, MAX_STEPS)
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    with reporter(progress) as report:
        at_once = 0 if iterations else joint.needed(mdp, k, type_counts is None)
        # an iterate and the one before it stand side by side
        own = memory.plan(mdp, mdp.classes, k, type_counts, mdp.A, laws=mdp.A if iterations else 0)
        report(f"k = {k}: about {(at_once or memory.require(k, own)) / 1e6:,.1f} MB")
        layout = Layout.of(mdp.classes, k, type_counts)
        if iterations:
            return _iterated(mdp, layout, iterations, report)
        q = solve_blocks(mdp, layout, tol, report, at_once)
        require(tol, q.error_bound)
        return q


def planned_bytes(mdp: StarMDP, k: int, type_counts: Sequence[int] | None = None) -> int:
    """Return about how many bytes `solve(mdp, k, type_counts=type_counts)` takes at its peak.

    The tables written so far, and the block that is being solved; for a small system its one joint
    matrix. `k` agents, `type_counts` of each conserved type if one block alone is to be solved.
    Raises ValueError for arguments out of range.
    """
    check_model(mdp)
    check_count("k", k)
    by_block = memory.plan(mdp, mdp.classes, k, type_counts, mdp.A, laws=0)(k)
    return joint.needed(mdp, k, type_counts is None) or by_block


def solve_blocks(
    mdp: StarMDP, layout: Layout, tol: float | None, report: Report, at_once: int | None = None
) -> QTable:
    """Solve the blocks of a layout on row classes, as `solve` does; memory is not asked for.

    Where rounding forbids `tol` it gives what can be had. `at_once` is the answer of
    `joint.needed`, where it is known.
    """
    once = reward_rounding(mdp)
    tol = (mdp.default_tolerance if tol is None else tol) - once

    def one(block: TypeCounts, tell: Tell) -> Solved:
        operator = exact(mdp, layout, block)
        V, shift, error, sweeps = fixed_point(operator, tol, greedy, tell)
        Q = (operator.action_values(V, g) for g in range(mdp.G))
        return ((operator.in_type_order(q + shift) for q in own) for own in Q), error, sweeps

    name = f"k = {layout.k}"
    if at_once is None:
        every = len(layout.blocks) == multisets.size(layout.k, len(mdp.types))
        at_once = joint.needed(mdp, layout.k, every)
    if at_once:
        tables, error, sweeps = joint.solve(mdp, layout, tol, partial(tell_sweep, report, name))
    else:
        tables, error, sweeps = by_blocks(mdp.A, layout, name, report, one)
    ties = tie_tolerance(mdp, error)
    return QTable(mdp, layout, "classes", tables, sweeps, error + once, ties)


def _iterated(mdp: StarMDP, layout: Layout, iterations: int, report: Report) -> QTable:
    """Return the iterate of `solve`; its ties are those of its own numbers, not of the limit's."""

    def one(block: TypeCounts, tell: Tell) -> Solved:
        operator = exact(mdp, layout, block)
        Q, error, sweeps = _iterate(lambda: operator, True, iterations, lambda t: 1.0, tell)
        return (map(operator.in_type_order, own) for own in Q), error, sweeps

    tables, error, sweeps = by_blocks(mdp.A, layout, f"k = {layout.k}", report, one)
    return QTable(mdp, layout, "classes", tables, sweeps, error, tie_tolerance(mdp))


def by_blocks(
    rows: int, layout: Layout, name: str, report: Report, one: Callable[[TypeCounts, Tell], Solved]
) -> tuple[tuple[Floats, ...], float, int]:
    """Return tables (rows, entries) per s_g, block by block, the largest error and most sweeps.

    `one` solves a block; its tables come one by one, so that they need not stand side by side.
    """
    tables, worst, most = tuple(np.empty((rows, e)) for e in layout.starts[:, -1]), 0.0, 0
    for number, block in enumerate(layout.blocks, 1):
        title = f"{name}, block {number} of {len(layout.blocks)} {block}"
        report(f"{title}: building its matrices")
        Q, error, sweeps = one(block, partial(tell_sweep, report, title))
        for g, of_rows in enumerate(Q):
            for i, table in enumerate(of_rows):
                tables[g][i, layout.slice(g, block)] = table.ravel()
        worst, most = max(worst, error), max(most, sweeps)
    return tables, worst, most


def tell_sweep(report: Report, name: str, sweeps: int, error: float | None = None) -> None:
    """Report one sweep of a named solution."""
    report(f"{name}: sweep {sweeps}" + ("" if error is None else f", certified error {error:.1e}"))


def _iterate(
    draw: Callable[[], Operator], fixed: bool, iterations: int, rate: Rate, tell: Tell
) -> Solved:
    """Return Q^T from Q^0 = 0, a bound on its distance to the fixed point, and T = `iterations`.

    Each application is mixed in with weight `rate`(t). `draw` gives the operator, once if it is
    `fixed`; else there is no fixed point, and the bound is inf.
    """
    operator, eta = draw(), rate(1)
    first = zip(operator.first, operator.shapes, strict=True)
    Q = [eta * np.broadcast_to(f, (len(f), *shape)) for f, shape in first]
    for t in range(2, iterations + 1):
        if not fixed:
            del operator  # two never stand side by side
            operator = draw()
        new, eta = operator.q_values([q.max(axis=0) for q in Q]), rate(t)
        Q = new if eta == 1 else [(1 - eta) * q + eta * n for q, n in zip(Q, new, strict=True)]
        tell(t)
    return iter(Q), _residual_bound(operator, Q) if fixed else np.inf, iterations


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
    mdp: StarMDP,
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
    learns one block alone, to the same numbers. `progress` as for `solve`. Raises ValueError for
    arguments out of range, TableTooLarge before allocation.
    """
    check_model(mdp)
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
        seeds = dict(zip(every, np.random.SeedSequence(seed).spawn(len(every)), strict=True))

        def learned(block: TypeCounts, tell: Tell) -> Solved:
            draw = partial(empirical, mdp, layout, block, m, np.random.default_rng(seeds[block]))
            return _iterate(draw, samples == "fixed", iterations, rate, tell)

        tables, error, sweeps = by_blocks(mdp.A, layout, f"k = {k}, m = {m}", report, learned)
    return QTable(mdp, layout, "states", tables, sweeps, error, tie_tolerance(mdp))
