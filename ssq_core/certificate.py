"""What any policy loses at any n: a bound on its optimality gap, estimated along simulated runs.

Let Q_j be the exact table of j <= n agents, V_j its maximum, and a(t) the actions of any policy pi
of the n-agent system. With Delta a uniform sample of j agents, independent of a(t),

    V*(s) - V^pi(s) <= E_pi sum_t gamma^t E_Delta [V_j(s_g, s_Delta) - Q_j(s_g, s_Delta, a(t))],

the discounted loss of the actions in the eyes of the *judge* Q_j. Every term is at least 0, and the
right side is U_j(s) - V^pi(s) with U_j(s) = E_Delta V_j(s_g, s_Delta). Proof: V* <= U_j, since the
best is monotone in the number of agents; E_Delta Q_j(s_g, s_Delta, a) = r(s, a) + gamma E U_j(s'),
since a sample's mean reward is right in the mean and a sample of the next agents moves as j agents
do; subtract and iterate. A larger j is tighter, and j = n gives the gap itself.

Stopped after H steps, what is left is at most gamma^H / (1 - gamma) times the largest loss of one
action, and a judge known to an error e adds 2 e / (1 - gamma). `upper` counts both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import factorial

import numpy as np

from ssq_core import memory, multisets
from ssq_core.checks import (
    MAX_STEPS,
    check_count,
    check_instance,
    check_integers,
    check_number,
    shown,
)
from ssq_core.execution import (
    Act,
    SamplePolicy,
    Start,
    check_n,
    checked_start,
    on_samples,
    sample_states,
    steps,
)
from ssq_core.frozen import Frozen, frozen
from ssq_core.model import Floats, Ints, StarMDP, check_same
from ssq_core.oracle import Oracle, Simulator, check_system
from ssq_core.policy import SubsampledPolicy
from ssq_core.progress import Report, reporter
from ssq_core.qtable import QTable
from ssq_core.theory.confidence_limits import lower_limit, upper_limit

Rule = Callable[[Ints, Ints, np.random.Generator], Ints]
Policy = SamplePolicy | SubsampledPolicy | Rule
LISTED = 64  # agents in all multisets together, at most: averaging takes no longer than sampling


@dataclass(frozen=True, eq=False)
class Certificate(Frozen):
    """How much a policy on n agents can lose, by the losses of its actions over simulated runs.

    `loss` estimates U_j(s) - V^pi(s), a bound on the optimality gap V* - V^pi and equal to it at
    `judge_k` = n; `losses` (R,) holds the runs' and `returns` (R,) is as in `execute`.
    `loss_half_width`: loss - `loss_half_width` .. loss + `loss_half_width` covers the mean of
    `losses` with probability `confidence`. `upper` exceeds V* - V^pi with probability `confidence`;
    it counts `rest`, all that the `horizon` cuts off and the judge's error can add.
    """

    loss: float
    upper: float
    loss_half_width: float
    losses: Floats = field(repr=False)
    returns: Floats = field(repr=False)
    rest: float
    confidence: float
    n: int
    judge_k: int
    horizon: int

    def __repr__(self) -> str:
        estimate = f"loss {self.loss:.3g} ± {self.loss_half_width:.2g}, at most {self.upper:.3g}"
        runs = f"{len(self.losses):,} runs × {self.horizon:,} steps"
        level = f"{100 * self.confidence:.6g} %"
        return f"Certificate(n={self.n:,}, j={self.judge_k}: {estimate} at {level}; {runs})"


def largest_losses(q: QTable) -> Floats:
    """Return the largest loss of every action at every s_g in the eyes of a table, (G, A)."""
    return np.array([(table.max(axis=0) - table).max(axis=1) for table in q.tables])


def _largest_run(mdp: StarMDP, largest: Floats, s_g: Ints, horizon: int) -> float:
    """Return the largest discounted sum of losses (G, A) on any path from `s_g` (R,)."""
    total = np.zeros(mdp.G)
    for _ in range(horizon):
        ahead = np.where(mdp.P_g > 0, total, -np.inf).max(axis=2)
        total = (largest + mdp.gamma * ahead).max(axis=1)
    return float(total[s_g].max())


class _Judge:
    """The loss of actions in the eyes of an exact table, averaged over samples of its agents."""

    def __init__(self, q: QTable, n: int) -> None:
        self.q, self.n = q, n
        self.best = [table.max(axis=0) for table in q.tables]
        number = multisets.size(q.k, q.mdp.S)
        every = len(q.layout.blocks) == multisets.size(q.k, len(q.mdp.types))
        self.lists = every and q.k < n and number * q.k <= LISTED
        if self.lists:  # the multisets, and the loss of every action there, (G, A, N)
            self.members = multisets.unrank_all(q.k, q.mdp.S)
            same = self.members[:, :, None] == self.members[:, None, :]
            self.before = np.tril(same, -1).sum(axis=2)  # agents in the same state, left of each
            self.orders = factorial(q.k) / (self.before + 1.0).prod(axis=1)
            at = [q.layout.rank(g, self.members) for g in range(q.mdp.G)]
            parts = zip(self.best, q.tables, at, strict=True)
            self.losses = np.stack([best[i] - table[:, i] for best, table, i in parts])

    def __call__(self, rng: np.random.Generator, s_g: Ints, counts: Ints, actions: Ints) -> Floats:
        """Return the losses (R,): the average over all samples if they are listed, else of one."""
        if self.lists:
            ways = np.ones((len(counts), len(self.members)))
            for i in range(self.q.k):  # 0 where there are too few agents
                ways *= (counts[:, self.members[:, i]] - self.before[:, i]) / (self.n - i)
            mean = np.einsum("rn,n,rn->r", ways, self.orders, self.losses[s_g, actions])
            return np.asarray(mean)
        states, out = sample_states(rng, counts, self.q.k), np.empty(len(s_g))
        for g in np.unique(s_g).tolist():
            here = s_g == g
            at = self.q.layout.rank(g, states[here])
            out[here] = self.best[g][at] - self.q.tables[g][actions[here], at]
        return out


def _rule(mdp: StarMDP | Simulator, policy: Policy, counts: Ints, rng: np.random.Generator) -> Act:
    """Return the policy as a function of s_g (R,) and counts (R, S), checked."""
    rule, n_policy = on_samples("policy", policy)
    n = check_n("policy", n_policy, counts)
    if hasattr(rule, "sample_actions"):
        sees, k = rule.sample_actions, check_count("k of policy", getattr(rule, "k", None), 1, n)
        check_same(mdp, check_system("mdp of policy", getattr(rule, "mdp", mdp)), "policy")
        return lambda s_g, counts: sees(s_g, sample_states(rng, counts, k))
    if not callable(rule):
        raise ValueError(
            f"policy must have k and sample_actions or be a function, got {shown(rule)}"
        )
    return lambda s_g, counts: rule(frozen(s_g), frozen(counts), rng)


def certify(
    mdp: StarMDP | Oracle,
    policy: Policy,
    judge: QTable,
    start: Start,
    horizon: int,
    runs: int,
    seed: int = 0,
    confidence: float = 0.95,
    progress: bool | Report = True,
) -> Certificate:
    """Bound the loss V* - V^pi of any policy on n agents from `start`, by `runs` simulated runs.

    `policy`: a QTable, a SubsampledPolicy, a `mean_field.LimitPolicy`, anything with `k` and
    `sample_actions(s_g (R,), states (R, k)) -> (R,)`, or a function of (s_g (R,), counts (R, S),
    rng) that returns actions (R,). `judge`: an exact table of `solve` of j <= n agents, any j; a
    larger one is tighter. `start`, `horizon` and `runs` as in `execute`; the cost of a step does
    not grow with n. The loss of an action is averaged over all samples of j agents if their
    multisets hold no more than 64 agents altogether (as for j = 1 and up to 64 local states), else
    taken in one sample a step. Moves, policy and judge draw from three streams of `seed`: policies
    of one seed see the same moves for as long as their runs are the same. `mdp` may be an `Oracle`,
    whose agents move one by one as in `execute`; the judge is solved with kernels, and nobody but
    the caller knows that the oracle samples from them.

    `upper` is a confidence limit for independent runs of any laws, the mean over their starts where
    these differ: the loss of a run lies between 0 and the largest on any path of s_g, and the limit
    covers the mean whatever the skew and however few the runs (see `theory.confidence_limits`).
    Raises ValueError for arguments out of range, a judge or policy of another model, or a judge
    that is not exact. Source: L7 of the companion.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> q, judge = ssq.solve(mdp, k=1), ssq.solve(mdp, k=4)
    >>> start = (0, [500_000, 500_000])
    >>> c = ssq.certify(mdp, q, judge, start, horizon=30, runs=2000)
    >>> bool(0 < c.loss < c.upper < 0.2)
    True
    >>> def stay(s_g, counts, rng):
    ...     return s_g
    >>> ssq.certify(mdp, stay, judge, start, horizon=30, runs=2000).loss > c.loss
    True
    """
    mdp = check_system("mdp", mdp)
    check_instance("judge", judge, QTable)
    check_same(mdp, judge.mdp, "judge")
    if judge.grouping == "states" or not np.isfinite(judge.error_bound):
        raise ValueError(f"judge must be an exact table, as of solve, got {judge!r}")
    check_count("horizon", horizon, 1, MAX_STEPS)
    check_count("runs", runs)
    check_count("seed", seed, 0)
    check_number("confidence", confidence, "(0, 1)")
    size = 6 * mdp.S + 4 * judge.k + 2 * LISTED + 20
    memory.require(runs, lambda r: 8 * r * size, name="runs")
    s_g, counts = checked_start(mdp, judge.k, start, runs)
    n = int(counts[0].sum())
    moves, sampling, judging = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(3))
    rule, loss_of = _rule(mdp, policy, counts, sampling), _Judge(judge, n)

    def act(s_g: Ints, counts: Ints) -> Ints:
        actions = check_integers("policy: actions", rule(s_g, counts), 0, mdp.A - 1)
        if actions.shape != (runs,):
            raise ValueError(f"policy: actions have shape {actions.shape}, expected {(runs,)}")
        return actions

    losses, returns, weight = np.zeros(runs), np.zeros(runs), 1.0
    with reporter(progress) as report:
        for t, step in enumerate(steps(mdp, act, s_g, counts, horizon, moves)):
            *seen, reward = step
            losses += weight * loss_of(judging, *seen)
            returns += weight * reward
            weight *= mdp.gamma
            report(f"n = {n}, judge of {judge.k}, {runs} runs: step {t + 1} of {horizon}")
    largest = largest_losses(judge)
    rest = float(weight * largest.max() + 2 * judge.error_bound) / (1 - mdp.gamma)
    most = _largest_run(judge.mdp, largest, s_g, horizon)
    low, high, upper = _limits(losses, most, 1 - confidence)
    loss = float(losses.mean())
    half = max(high - loss, loss - low)
    return Certificate(
        loss, upper + rest, half, losses, returns, rest, confidence, n, judge.k, horizon
    )


def _limits(losses: Floats, most: float, alpha: float) -> tuple[float, float, float]:
    """Return the limits of a two-sided interval of the mean, and a one-sided upper limit."""
    if most == 0:
        return 0.0, 0.0, 0.0
    x = np.clip(losses / most, 0, 1)  # rounding
    limits = lower_limit(x, alpha / 2), upper_limit(x, alpha / 2), upper_limit(x, alpha)
    low, high, upper = (most * limit for limit in limits)
    return low, high, upper
