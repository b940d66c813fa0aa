"""Policy evaluation on the n-agent system, exactly, and the optimality gap of SUB-SAMPLE-Q."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ssq_core import memory
from ssq_core.checks import check_count, check_instance, check_number, check_option
from ssq_core.frozen import Frozen
from ssq_core.layout import Layout
from ssq_core.model import Floats, StarMDP, check_model, check_same
from ssq_core.operators import exact
from ssq_core.policy import RULES, SubsampledPolicy, sub_blocks
from ssq_core.progress import Report, reporter
from ssq_core.qtable import QTable, entries_of, grouping_of
from ssq_core.stopping import require
from ssq_core.value_iteration import each_block, fixed_point, solve_blocks, sweep

INSTEAD = "execute estimates what the policy earns, at any n"


@dataclass(frozen=True, eq=False)
class _Table(Frozen):
    """One number per s_g and stored multiset of n agents, certified to `error_bound`."""

    mdp: StarMDP
    layout: Layout
    tables: tuple[Floats, ...]
    error_bound: float

    def at(self, s_g: object, states: object) -> float:
        """Return the number at `s_g` and n local states in any order; or ValueError."""
        g, agents = self.mdp.indices(s_g, states, self.layout.k)
        return float(self.tables[g][self.layout.rank(g, agents)])


class Value(_Table):
    """An exact value function of the n-agent system, certified to `error_bound`.

    `tables[s_g]` holds one number per stored multiset; on row classes the average of r_l, which
    every policy earns, is left out there and added by `at`.
    """

    def __repr__(self) -> str:
        size = entries_of(self.mdp, self.layout)
        return f"Value(n={self.layout.k}, {size}, exact to {self.error_bound:.2g})"

    def at(self, s_g: object, states: object) -> float:
        """Return the value at `s_g` and n local states in any order; or ValueError."""
        g, agents = self.mdp.indices(s_g, states, self.layout.k)
        return super().at(g, agents) + float(self.mdp.local_reward(g, agents))


class Gap(_Table):
    """The optimality gap V* - V^pi at every joint state of the n-agent system.

    `max` is the largest; `mean` is over all joint states (s_g, s_1, ..., s_n) of the solved blocks,
    so a multiset counts once per ordering. Every gap is certified to `error_bound`.
    """

    def __repr__(self) -> str:
        size, error = entries_of(self.mdp, self.layout), f"exact to {self.error_bound:.2g}"
        return f"Gap(n={self.layout.k}, {size}, max {self.max:.4g}, {error})"

    @property
    def max(self) -> float:
        """The largest gap over all joint states."""
        return max(float(table.max()) for table in self.tables)

    @property
    def mean(self) -> float:
        """The mean gap over all joint states, each ordering counted."""
        return float(np.mean([self.layout.orderings(g) @ t for g, t in enumerate(self.tables)]))


def policy_value(
    mdp: StarMDP,
    pi: SubsampledPolicy,
    tol: float | None = None,
    type_counts: Sequence[int] | None = None,
    progress: bool | Report = True,
) -> Value:
    """Return the exact value of `pi` on the n-agent system, certified to `tol` (rewards' units).

    `mdp` is the model that `pi` was made for; n is that of `pi`. `type_counts` evaluates one block
    of conserved type counts alone. `progress` as for `solve`. Raises ValueError if `pi` belongs to
    another model or lacks a block, TableTooLarge before allocation. Source: Section 2, V^pi.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> pi = ssq.SubsampledPolicy(ssq.solve(mdp, k=1), n=3)
    >>> round(ssq.policy_value(mdp, pi).at(0, [0, 1, 1]), 6)
    0.884921
    """
    check_instance("pi", pi, SubsampledPolicy)
    check_model(mdp)
    pi = SubsampledPolicy(pi.q.on(mdp, "pi"), pi.n, pi.rule)
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    with reporter(progress) as report:
        group = grouping_of(mdp, pi.q.grouping)
        plan = memory.plan(mdp, group, pi.n, type_counts, kept=1, laws=mdp.A)
        report(f"n = {pi.n}: about {memory.require(pi.n, plan, 'n', INSTEAD) / 1e6:,.1f} MB")
        layout = Layout.of(group, pi.n, type_counts)
        value = _evaluate(mdp, pi, layout, tol, report)
    require(tol, value.error_bound)
    return value


def _evaluate(
    mdp: StarMDP, pi: SubsampledPolicy, layout: Layout, tol: float | None, report: Report
) -> Value:
    """Evaluate `pi` on the blocks of a layout, as `policy_value`; memory is not asked for.

    Where rounding forbids `tol` it gives what can be had.
    """
    tol = mdp.default_tolerance if tol is None else tol
    tables, error = layout.empty(1), 0.0
    for block, of_block in each_block(layout, f"value at n = {pi.n}", report):
        operator = exact(mdp, layout, block)
        unit = operator.precision.unit + pi.law_error()
        exactness = replace(operator.precision, unit=unit, scale=mdp.r_max)
        operator = replace(operator, precision=exactness)
        lead = (0, *(1 + t for t in operator.axes))
        law = [pi.table(layout, g, block).transpose(lead) for g in range(mdp.G)]
        V, shift, block_error, _ = fixed_point(operator, tol, of_block, law)
        for g, value in enumerate(sweep(operator, V, law)[0]):
            tables[g][0, layout.slice(g, block)] = (operator.in_type_order(value) + shift).ravel()
        error = max(error, block_error)
        del operator, law, V, value  # two blocks never stand side by side
    return Value(mdp, layout, tuple(table[0] for table in tables), error)


def optimality_gap(
    mdp: StarMDP,
    k: int | QTable | Iterable[int],
    n: int,
    tol: float | None = None,
    type_counts: Sequence[int] | None = None,
    rule: str = "subsets",
    progress: bool | Report = True,
    optimum: QTable | None = None,
) -> Gap | dict[int, Gap]:
    """Return V* - V^pi on the n-agent system, pi the greedy policy of the exact k-agent table.

    `k` of the `n` agents are sampled, 1 <= k <= n. A list of k gives a dict {k: gap}, for which V*
    is solved once; instead of k, a table of one's own, learned or solved, gives the gap of its
    policy. All values are certified to `tol` (rewards' units). `type_counts` (of n) takes one block
    alone. `rule` is the policy's, Eq. (6) "subsets" or Eq. (26) "actions". `optimum` is
    `solve(mdp, n, type_counts=type_counts)` where it is known already. `progress` as for `solve`.
    Raises ValueError for k > n, a table of another model or without the blocks, TableTooLarge
    before allocation. Source: Theorem 3.2.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> gaps = ssq.optimality_gap(mdp, [1, 2], n=3)
    >>> {k: round(gap.max, 4) for k, gap in gaps.items()}
    {1: 0.0496, 2: 0.0811}
    """
    check_model(mdp)
    check_count("n", n)
    given = k.on(mdp, "k") if isinstance(k, QTable) else None
    sizes = k if isinstance(k, Iterable) else [k.k if isinstance(k, QTable) else k]
    ks = [check_count("k", size, 1, n) for size in sizes]
    if tol is not None:
        check_number("tol", tol, "(0, inf)")
    check_option("rule", rule, RULES)
    if optimum is not None:
        check_instance("optimum", optimum, QTable)
        check_same(mdp, optimum.mdp, "optimum")
        if optimum.k != n or optimum.grouping != "classes":
            raise ValueError(f"optimum must be solve(mdp, {n}), got {optimum!r}")
    with reporter(progress) as report:
        group = grouping_of(mdp, "classes" if given is None else given.grouping)
        before = mdp.A if optimum is None else 0
        plan = memory.plan(mdp, group, n, type_counts, len(ks), laws=mdp.A, before=before)
        report(f"n = {n}: about {memory.require(n, plan, 'n', INSTEAD) / 1e6:,.1f} MB")
        layout, errors, gaps = Layout.of(group, n, type_counts), [0.0], {}
        if optimum is None:
            optimum = solve_blocks(mdp, Layout(mdp.classes, n, layout.blocks), tol, report)
            errors.append(optimum.error_bound)
        for size in ks:
            q = given or optimum
            if given is None and size < n:
                parts = {part for block in layout.blocks for part in sub_blocks(block, size)}
                blocks = tuple(sorted(parts))
                q = solve_blocks(mdp, Layout(mdp.classes, size, blocks), tol, report)
                errors.append(q.error_bound)
            value = _evaluate(mdp, SubsampledPolicy(q, n, rule), layout, tol, report)
            errors.append(value.error_bound)
            gaps[size] = _below(optimum, value)
    require(tol, max(errors))
    return gaps if isinstance(k, Iterable) else gaps[ks[0]]


def _below(optimum: QTable, value: Value) -> Gap:
    """Return how far `value` lies below `optimum`, on the layout of `value`."""
    layout, tables = value.layout, []
    for g, V in enumerate(value.tables):
        best = optimum.tables[g].max(axis=0)
        if layout.grouping is value.mdp.classes:
            best = np.concatenate([best[optimum.layout.slice(g, block)] for block in layout.blocks])
        else:
            best = best[optimum.layout.rank(g, layout.members(g))]
        tables.append(best - V)
    return Gap(value.mdp, layout, tuple(tables), optimum.error_bound + value.error_bound)
