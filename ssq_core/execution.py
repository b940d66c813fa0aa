"""Simulation of Algorithm 2 on counts of agents: a step's cost does not grow with their number.

The state is s_g and the number of agents in every local state. A step samples k distinct agents,
asks the policy for an action, and moves all agents at once: those with the same kernel row move
together, by one multinomial draw over the row's support.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from ssq_core import memory, policy
from ssq_core.checks import MAX_STEPS, check_count, check_instance, check_integers, shown
from ssq_core.frozen import Frozen
from ssq_core.labels import counts_of, index_of, indices_of
from ssq_core.model import Floats, Ints, Star, StarMDP, check_same
from ssq_core.oracle import Oracle, Simulator, check_system
from ssq_core.progress import Report, reporter

Start = tuple[object, ArrayLike | Mapping[Hashable, int]]  # s_g, and agents per local state
Act = Callable[[Ints, Ints], Ints]  # from s_g (R,) and counts (R, S) to actions (R,)
Step = tuple[Ints, Ints, Ints, Floats]  # s_g (R,), counts (R, S), actions (R,), rewards (R,)
MAX_AGENTS = 2**53  # n times runs: larger counts are not exact in floating point
MANY = 1000  # k^2 so many times |S_l|: drawing agent by agent takes longer than state by state
CHUNK = 1 << 20  # agents that move one by one at a time
URN = 10**9  # numpy's hypergeometric law takes fewer agents


@runtime_checkable
class SamplePolicy(Protocol):
    """A rule that sees s_g and k sampled agents: a QTable, or a `mean_field.LimitPolicy`."""

    @property
    def mdp(self) -> Any:
        """The model that it was made for."""

    @property
    def k(self) -> int:
        """Number of sampled agents."""

    def sample_actions(self, s_g: Ints, states: Ints) -> Ints:
        """Return the actions (R,) at `s_g` (R,) and samples `states` (R, k) in any order."""


@dataclass(frozen=True, eq=False)
class Run(Frozen):
    """What R runs of Algorithm 2 earned and did.

    `rewards` (R, T): the true reward r(s(t), a_g(t)) over all n agents. `actions` (R, T). `returns`
    (R,): sum over t of gamma**t times the reward. With `trace`, `s_g` (R, T) and `counts` (R, T, S)
    are the states s(t), else None.
    """

    returns: Floats
    rewards: Floats
    actions: Ints
    s_g: Ints | None = None
    counts: Ints | None = None

    def __repr__(self) -> str:
        runs, horizon = self.rewards.shape
        return f"Run({runs:,} runs × {horizon:,} steps, mean return {self.returns.mean():.6g})"


def sample_positions(rng: np.random.Generator, n: int, k: int, runs: int) -> Ints:
    """Return k distinct agents 0..n-1 for every run, every subset equally likely, (runs, k).

    Floyd's method: draw among the first n-k+i+1 agents; one drawn before is replaced by the last of
    these. Source: Bentley and Floyd, A sample of brilliance, Communications of the ACM 30(9), 1987.
    """
    taken = np.empty((k, runs), dtype=np.int64)
    for i, last in enumerate(range(n - k, n)):
        new = rng.integers(0, last, size=runs, endpoint=True)
        taken[i] = np.where((taken[:i] == new).any(axis=0), last, new)
    return taken.T


def _distinct(rng: np.random.Generator, n: int, k: int, runs: int) -> Ints:
    """Return what `sample_positions` does, sorted, for many agents: what came twice is redrawn."""
    taken = rng.integers(0, n, size=(runs, k))
    while True:
        taken.sort(axis=1)
        twice = np.pad(taken[:, 1:] == taken[:, :-1], ((0, 0), (1, 0)))
        if not twice.any():
            return taken
        taken[twice] = rng.integers(0, n, size=np.count_nonzero(twice))


def _sample_counts(rng: np.random.Generator, counts: Ints, k: int) -> Ints:
    """Return how many of k agents drawn from each row of `counts` are in each state, (R, S)."""
    drawn, rest = np.zeros_like(counts), counts.sum(axis=1)
    left = np.full(len(counts), k)
    for s, here in enumerate(counts.T):
        rest = rest - here
        drawn[:, s] = rng.hypergeometric(here, rest, left)
        left = left - drawn[:, s]
    return drawn


def sample_states(rng: np.random.Generator, counts: Ints, k: int) -> Ints:
    """Return the states of k agents drawn without replacement from each row of `counts`, (R, k).

    Few are drawn one by one, many state by state, and all n are not drawn at all.
    """
    runs, S = counts.shape
    n = int(counts[0].sum())
    many = k * k > MANY * S
    if many and (k == n or n < URN):
        drawn = counts if k == n else _sample_counts(rng, counts, k)
        return np.repeat(np.tile(np.arange(S), runs), drawn.ravel()).reshape(runs, k)
    row = np.arange(runs)[:, None]
    draw = _distinct if many else sample_positions
    position = draw(rng, n, k, runs) + row * n  # all agents of all rows in one line
    return np.asarray(np.searchsorted(counts.cumsum(), position, side="right") - row * S)


class Mover:
    """The local kernel of every (s_g, class of equal rows), padded to the widest support."""

    def __init__(self, mdp: StarMDP) -> None:
        self.row_of = mdp.classes.joined
        self.rows = int(self.row_of.max()) + 1
        width = int((mdp.P_l > 0).sum(axis=-1).max())
        self.law = np.zeros((mdp.G, self.rows, width))
        self.target = np.zeros((mdp.G, self.rows, width), dtype=np.int64)
        for g in range(mdp.G):
            for row, state in enumerate(mdp.classes.representatives(g)):
                support = np.flatnonzero(mdp.P_l[g, state])
                law = mdp.P_l[g, state, support]
                self.law[g, row, : len(support)] = law / law.sum()
                self.target[g, row] = support[-1]  # where numpy puts what rounding leaves over
                self.target[g, row, : len(support)] = support
        self.S = mdp.S

    def __call__(self, rng: np.random.Generator, s_g: Ints, counts: Ints) -> Ints:
        """Return the counts one step later, (R, S)."""
        runs = len(counts)
        row = np.arange(runs)[:, None] * self.rows + self.row_of[s_g]
        together = _tally(row, counts, runs * self.rows)
        busy = np.flatnonzero(together)
        run, row = np.divmod(busy, self.rows)
        moved = rng.multinomial(together[busy], self.law[s_g[run], row])
        to = run[:, None] * self.S + self.target[s_g[run], row]
        return _tally(to, moved, runs * self.S).reshape(runs, self.S)


class AgentMover:
    """The agents of an oracle, which move one by one: n samples for each run."""

    def __init__(self, oracle: Simulator, n: int) -> None:
        memory.require(n, lambda n: 8 * 6 * max(n, CHUNK), name="n")
        self.oracle, self.step = oracle, max(1, CHUNK // n)

    def __call__(self, rng: np.random.Generator, s_g: Ints, counts: Ints) -> Ints:
        """Return the counts one step later, (R, S)."""
        S, out = self.oracle.S, np.empty_like(counts)
        for i in range(0, len(counts), self.step):
            here = counts[i : i + self.step]
            runs = len(here)
            states = np.repeat(np.tile(np.arange(S), runs), here.ravel()).reshape(runs, -1)
            run = np.arange(runs)[:, None]
            moved = self.oracle.next_l(states, s_g[i : i + self.step, None], rng) + run * S
            out[i : i + self.step] = np.bincount(moved.ravel(), minlength=here.size).reshape(-1, S)
        return out


def mover_of(system: StarMDP | Simulator, n: int) -> Mover | AgentMover:
    """Return what moves n agents, given as counts, by one step."""
    return Mover(system) if isinstance(system, StarMDP) else AgentMover(system, n)


def _tally(where: Ints, number: Ints, length: int) -> Ints:
    """Return how many agents are at each of the places 0..length-1."""
    total = np.bincount(where.ravel(), weights=number.ravel(), minlength=length)
    return total.astype(np.int64)  # exact: at most MAX_AGENTS


def checked_start(mdp: Star, k: int, start: Start, runs: int) -> tuple[Ints, Ints]:
    """Return the starting s_g (R,) and counts (R, S), checked."""
    if not isinstance(start, tuple) or len(start) != 2:
        raise ValueError(f"start must be a pair (s_g, counts), got {shown(start)}")
    one_or_many = indices_of if isinstance(start[0], (list, np.ndarray)) else index_of
    given = one_or_many("start: s_g", start[0], mdp.s_g_index)
    s_g = check_integers("start: s_g", given, 0, mdp.G - 1)
    numbers = counts_of("start: counts", start[1], mdp.s_i_index)
    counts = check_integers("start: counts", numbers, 0, MAX_AGENTS // mdp.S)
    for name, array, shape in (("s_g", s_g, ()), ("counts", counts, (mdp.S,))):
        if array.shape not in (shape, (runs, *shape)):
            expected = f"{shape} or {(runs, *shape)}"
            raise ValueError(f"start: {name} has shape {array.shape}, expected {expected}")
    s_g, counts = np.broadcast_to(s_g, (runs,)), np.broadcast_to(counts, (runs, mdp.S))
    n = counts.sum(axis=1)
    if np.any(n != n[0]):
        raise ValueError(f"start: counts must sum to one n in all runs, got {n.min()} to {n.max()}")
    if n[0] < k:
        raise ValueError(f"start: counts sum to n = {n[0]}, but k = {k} agents are sampled")
    if int(n[0]) * runs > MAX_AGENTS:
        raise ValueError(f"start: n times runs is {int(n[0]) * runs}, the limit is {MAX_AGENTS}")
    return s_g, counts


def on_samples(name: str, rule: object) -> tuple[Any, int | None]:
    """Return a rule, that on k sampled agents for a SubsampledPolicy, and its n if it has one."""
    if not isinstance(rule, policy.SubsampledPolicy):
        return rule, None
    if rule.rule != "subsets":
        raise ValueError(
            f"{name} has rule = {rule.rule!r}, Eq. (26), which looks at all n agents; Algorithm 2 "
            'looks at k of them: pass its table q.q, or a policy with rule="subsets"'
        )
    return rule.q, rule.n


def check_n(name: str, n: int | None, counts: Ints) -> int:
    """Return the number of agents, or raise ValueError if it is not the policy's `n`."""
    total = int(counts[0].sum())
    if n not in (None, total):
        raise ValueError(f"start: counts sum to n = {total}, but {name} is a policy on n = {n}")
    return total


def steps(
    mdp: StarMDP | Simulator,
    act: Act,
    s_g: Ints,
    counts: Ints,
    horizon: int,
    rng: np.random.Generator,
) -> Iterator[Step]:
    """Yield every step of R runs from `s_g` (R,) and `counts` (R, S), which act by `act`."""
    n = int(counts[0].sum())
    mover = mover_of(mdp, n)
    for _ in range(horizon):
        a = act(s_g, counts)
        yield s_g, counts, a, mdp.r_g[s_g, a] + np.einsum("rs,rs->r", counts, mdp.r_l[s_g]) / n
        counts = mover(rng, s_g, counts)
        s_g = mdp.next_g(s_g, a, rng)


def execute(
    mdp: StarMDP | Oracle,
    q: SamplePolicy | policy.SubsampledPolicy,
    start: Start,
    horizon: int,
    runs: int,
    seed: int = 0,
    progress: bool | Report = True,
    trace: bool = False,
) -> Run:
    """Run Algorithm 2: at every step sample k agents and take the action that `q` has for them.

    `q` is a QTable, a SubsampledPolicy on n agents, or another SamplePolicy. `start` is (s_g,
    counts): an index or label, and (S,) numbers of agents per local state or {label: number}, n =
    counts.sum(); both may carry a leading axis of length `runs`.
    `horizon` steps t = 0..horizon-1. `progress` as for `solve`. `trace` keeps the states as well,
    `s_g` (R, T) and `counts` (R, T, S). Raises ValueError for arguments out of range or a policy of
    another model, and TableTooLarge for a horizon that cannot fit.

    `mdp` may be an `Oracle`, too. Its agents move one by one, so that a step costs n samples of
    next_l a run, and memory grows with n; a model's agents move by counts, at no such cost.
    Source: Algorithm 2, Section 3.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> q = ssq.solve(mdp, k=3)
    >>> run = ssq.execute(mdp, q, start=(0, [400, 600]), horizon=20, runs=8, seed=0)
    >>> run.rewards.shape, f"{run.returns.mean():.3f}"
    ((8, 20), '0.912')
    """
    rule, n_policy = on_samples("q", q)
    check_instance("q", rule, SamplePolicy)
    mdp = check_system("mdp", mdp)
    check_same(mdp, check_system("mdp of q", rule.mdp), "q")
    check_count("horizon", horizon, 1, MAX_STEPS)
    check_count("runs", runs)
    check_count("seed", seed, 0)
    check_instance("trace", trace, bool)
    kept = 2 + trace * (1 + mdp.S)  # numbers per run and step
    memory.require(
        horizon, lambda h: 8 * runs * (kept * h + 6 * mdp.S + 4 * rule.k), name="horizon"
    )
    s_g, counts = checked_start(mdp, rule.k, start, runs)
    n = check_n("q", n_policy, counts)
    rng = np.random.default_rng(seed)

    def act(s_g: Ints, counts: Ints) -> Ints:
        return np.asarray(rule.sample_actions(s_g, sample_states(rng, counts, rule.k)))

    rewards = np.empty((runs, horizon))
    actions = np.empty((runs, horizon), dtype=np.int64)
    shape = (runs, horizon) if trace else (0, 0)
    states = np.empty(shape, dtype=np.int64), np.empty((*shape, mdp.S), dtype=np.int64)
    with reporter(progress) as report:
        for t, step in enumerate(steps(mdp, act, s_g, counts, horizon, rng)):
            *state, actions[:, t], rewards[:, t] = step
            if trace:
                states[0][:, t], states[1][:, t] = state
            report(f"n = {n}, k = {rule.k}, {runs} runs: step {t + 1} of {horizon}")
    returns = rewards @ mdp.gamma ** np.arange(horizon)
    return Run(returns, rewards, actions, *(states if trace else ()))
