"""The n-agent system as a Gymnasium environment, which sees all counts or a sample of k agents."""

from __future__ import annotations

from typing import Any

import numpy as np

from ssq_core.checks import MAX_STEPS, check_count, check_index, shown
from ssq_core.execution import Start, checked_start, mover_of, sample_states
from ssq_core.model import StarMDP
from ssq_core.oracle import Oracle, Simulator, check_system

try:
    import gymnasium
    from gymnasium.envs.registration import EnvSpec
except ImportError:
    gymnasium = None


class StarEnv(gymnasium.Env if gymnasium else object):  # type: ignore[misc]
    """A global agent among n local ones, step by step; made by `gym_env`.

    `gamma` is the discount that the rewards are meant for.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012, a convention of Gymnasium

    def __init__(
        self, system: StarMDP | Simulator, start: Start, horizon: int, k: int | None
    ) -> None:
        self.system, self.horizon, self.k, self.gamma = system, horizon, k, system.gamma
        self.start = checked_start(system, k or 1, start, runs=1)
        self.n = int(self.start[1].sum())
        self.mover = mover_of(system, self.n)
        spaces, S = gymnasium.spaces, system.S
        seen = spaces.Box(0, self.n, (S,), np.int64) if k is None else spaces.MultiDiscrete([S] * k)
        self.name = "counts" if k is None else "states"
        self.observation_space = spaces.Dict({"s_g": spaces.Discrete(system.G), self.name: seen})
        self.action_space = spaces.Discrete(system.A)
        self.t = horizon  # to be reset

    def __repr__(self) -> str:
        sees = "counts" if self.k is None else f"{self.k} agents"
        return f"StarEnv({self.system!r}, n={self.n:,}, horizon={self.horizon:,}, sees {sees})"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return to the start; `seed` seeds all that is drawn from then on."""
        super().reset(seed=seed)
        (self.s_g, self.counts), self.t = self.start, 0
        return self._seen(), {}

    def step(self, action: object) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Take an action: the reward is the true one over all n agents, truncated at the horizon.

        Raises ValueError for what is no action, or after the last step.
        """
        a = np.array([check_index("action", action, self.system.A)])
        if self.t >= self.horizon:
            raise ValueError(f"the {self.horizon} steps are over: call reset first")
        system, g = self.system, self.s_g
        local = np.einsum("rs,rs->r", self.counts, system.r_l[g]) / self.n
        reward = float((system.r_g[g, a] + local)[0])
        self.counts = self.mover(self.np_random, g, self.counts)
        self.s_g = system.next_g(g, a, self.np_random)
        self.t += 1
        return self._seen(), reward, False, self.t == self.horizon, {}

    def _seen(self) -> dict[str, Any]:
        seen = self.counts
        if self.k is not None:
            seen = sample_states(self.np_random, self.counts, self.k)
        return {"s_g": np.int64(self.s_g[0]), self.name: seen[0].copy()}


def gym_env(
    mdp_or_oracle: StarMDP | Oracle, start: Start, horizon: int, observe: str | int = "counts"
) -> StarEnv:
    """Return the n-agent system as a `gymnasium.Env` of `horizon` steps (extra `gym`).

    `start` = (s_g, counts (S,)), n = counts.sum(), for every episode. An observation is a dict of
    s_g and, with `observe` "counts", `counts` (S,), or with a number k, `states` (k,) of k agents
    sampled anew in every step, as Algorithm 2 does. Rewards are those of the n-agent system; the
    environment never terminates, it is truncated at the horizon. With reset(seed=s) and a policy on
    k sampled states an episode is that of `execute` for one run and seed s, draw for draw. A step
    costs the same for any n, but n samples of next_l on an oracle. Raises ValueError for arguments
    out of range, ImportError without gymnasium. Source: Section 2, Algorithm 2.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> env = ssq.gym_env(mdp, start=(0, [400, 600]), horizon=20, observe=3)
    >>> seen, info = env.reset(seed=0)
    >>> seen["states"].shape, env.step(1)[1]
    ((3,), 0.4)
    """
    if gymnasium is None:
        raise ImportError("gym_env needs gymnasium: install the extra, ssq-core[gym]")
    system = check_system("mdp_or_oracle", mdp_or_oracle)
    check_count("horizon", horizon, 1, MAX_STEPS)
    if isinstance(observe, str) and observe != "counts":
        raise ValueError(f'observe must be "counts" or a number of agents, got {shown(observe)}')
    k = None if isinstance(observe, str) else check_count("observe", observe)
    env = StarEnv(system, start, horizon, k)
    given = {"mdp_or_oracle": system, "start": start, "horizon": horizon, "observe": observe}
    env.spec = EnvSpec("ssq/StarEnv-v0", gym_env, kwargs=given)  # how to make another one
    return env
