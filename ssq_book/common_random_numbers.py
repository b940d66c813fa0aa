"""Common random numbers: many policies simulated on the same agents, starts and draws.

Differences between policies show early. Every agent is followed by itself, so this is also a slow
version of `ssq.execute`. In each step all policies see the first k agents of one permutation, and
an agent moves by the same uniform numbers under all of them, one number per stage of the kernel
where the model knows its stages.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ssq_core.draws import distribution
from ssq_core.execution import SamplePolicy
from ssq_core.model import Floats, Ints


class _Laws:
    """The rows of a stochastic matrix, drawn from by inverting their distribution functions."""

    def __init__(self, kernel: Floats) -> None:
        rows = kernel.reshape(-1, kernel.shape[-1])
        width = int((rows > 0).sum(axis=1).max())
        self.support = np.argsort(rows == 0, axis=1, kind="stable")[:, :width]  # ascending
        law = np.take_along_axis(rows, self.support, axis=1)
        self.edges = distribution(law).T[:-1].copy()  # a column each: faster for so few

    def draw(self, row: Ints, uniform: Floats) -> Ints:
        """Return one column per entry of `row`, with that row's law; larger numbers go further."""
        column = np.zeros_like(row)
        for edge in self.edges:
            column += uniform >= edge[row]
        return self.support[row, column]


def returns(
    policies: Mapping[str, SamplePolicy],
    start: tuple[Ints, Ints],
    horizon: int,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the discounted return of every run (rows) under every policy (columns).

    All policies are of one model. `start` is (s_g (R,), states (R, n)), the local state of every
    agent.
    """
    mdp = next(iter(policies.values())).mdp
    runs, n = start[1].shape
    stages = [_Laws(kernel) for kernel in (mdp.stages or (mdp.P_l,))]
    signal = _Laws(mdp.P_g)
    rng = np.random.default_rng(seed)
    now = dict.fromkeys(policies, start)
    total = {name: np.zeros(runs) for name in policies}
    for t in range(horizon):
        order = rng.random((runs, n)).argsort(axis=1)
        noise: list[Floats] = [rng.random((runs, n)) for _ in stages]
        chance = rng.random((runs,))
        for name, policy in policies.items():
            s_g, states = now[name]
            a = policy.sample_actions(s_g, np.take_along_axis(states, order[:, : policy.k], axis=1))
            first = s_g[:, None] * mdp.S  # of the rows at this s_g
            local = mdp.r_l.ravel()[first + states].mean(axis=1)
            total[name] += mdp.gamma**t * (mdp.r_g[s_g, a] + local)
            for stage, uniform in zip(stages, noise, strict=True):
                states = stage.draw(first + states, uniform)
            now[name] = signal.draw(s_g * mdp.A + a, chance), states
    return pd.DataFrame(total)
