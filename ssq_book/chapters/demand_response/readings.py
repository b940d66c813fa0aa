"""Demand response read otherwise, and when its optimum does not look at the users at all.

A blind policy chooses from s_g alone. What it earns is the average over the agents of what it earns
on each of them alone, and so is what another first action would earn. If no other first action is
better for one agent, in any of its states, none is better for k or n agents: the policy is optimal
for every k and n. If one is better for an agent in some state, it is for k or n agents all in it.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_core.model import Floats
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

LOWER_THEN_HOLD = (1, 0, 0, 0, 0)  # the action at s_g = 1..5


def _clip(level: int) -> int:
    return min(max(level, LEVELS[0]), LEVELS[-1])


def _reflect(level: int) -> int:
    return {0: 2, 6: 4}.get(level, level)


def _difference(s_star: int, s_bar: int, s_g: int, y: int) -> int:
    return s_bar + (s_g - s_star) * y


@dataclass(frozen=True)
class Reading:
    """A choice for everything that the paper leaves open; the defaults are this book's.

    A user consumes what it desires, s_bar, if that `follows` s_g, and else `bracket` of s*, s_bar,
    s_g and y, clipped to 1..5. `edge` brings s_bar +- 1 back there. `swapped`: the next state is
    (psi, s_bar', s*'), as printed, in this order.
    """

    follows: Callable[[int, int], bool] = operator.le
    bracket: Callable[[int, int, int, int], int] = _difference
    edge: Callable[[int], int] = _clip
    swapped: bool = False


READINGS = {
    "as here": Reading(),
    "follow only if s̄ < s_g (Example 2.3)": Reading(follows=operator.lt),
    "(s_g − s* y), as printed": Reading(
        bracket=lambda s_star, s_bar, s_g, y: s_bar + s_g - s_star * y
    ),
    "s̄ or s_g (words of Example 2.3)": Reading(
        bracket=lambda _, s_bar, s_g, y: s_g if y else s_bar
    ),
    "s̄ ± 1 reflected at 1 and 5": Reading(edge=_reflect),
    "next state (ψ, s̄', s*'), as printed": Reading(swapped=True),
}


def system(reading: Reading, weight: float = 15.0, gamma: float = 0.9) -> ssq.StarMDP:
    """Return demand response under a reading; `Reading()` gives `ssq.demand_response`'s kernels."""
    P_l = np.zeros((len(LEVELS), 50, 50))
    for s_g, psi, s_star, s_bar in product(LEVELS, TYPES, LEVELS, LEVELS):
        here, follows = local_state(psi, s_star, s_bar), reading.follows(s_bar, s_g)
        near = [reading.edge(s_bar + step) for step in (-1, 1)]
        desired = LEVELS if psi == 2 else near
        for y, next_bar in product((0, 1), desired):
            consumed = s_bar if follows else _clip(reading.bracket(s_star, s_bar, s_g, y))
            pair = (next_bar, consumed) if reading.swapped else (consumed, next_bar)
            P_l[s_g - 1, here, local_state(psi, *pair)] += 0.5 / len(desired)
    return replace(ssq.demand_response(weight, gamma), P_l=P_l, stages=None)


def blind_advantage(mdp: ssq.StarMDP, actions: Sequence[int] = LOWER_THEN_HOLD) -> Floats:
    """Return how much better `actions[s_g]` is than each first action, then `actions` for ever.

    (G, A, S), for one agent. The blind policy is optimal for every k and n exactly if no entry is
    negative. Source: policy improvement, and linearity in the histogram.
    """
    G, S = mdp.G, mdp.S
    chosen = np.arange(G), np.asarray(actions)
    move = np.einsum("gx,gst->gsxt", mdp.P_g[chosen], mdp.P_l).reshape(G * S, G * S)
    now = mdp.r_g[:, :, None] + mdp.r_l[:, None]
    earned = np.linalg.solve(np.eye(G * S) - mdp.gamma * move, now[chosen].ravel()).reshape(G, S)
    later = np.einsum("gst,xt->gxs", mdp.P_l, earned)
    q = now + mdp.gamma * np.einsum("gax,gxs->gas", mdp.P_g, later)
    return np.asarray(q[chosen][:, None] - q)


def blind_weight(
    gamma: float, build: Callable[[float, float], ssq.StarMDP] = ssq.demand_response
) -> float:
    """Return the weight from which "lower, then hold" is optimal, for every k and n."""
    at_0, at_1 = (blind_advantage(build(w, gamma)) for w in (0.0, 1.0))
    slope = at_1 - at_0  # advantages are linear in the weight of r_g, and none falls
    flat = np.abs(slope) <= 1e-9
    assert np.all(slope[~flat] > 0)
    assert np.all(at_0[flat] >= -1e-9)
    return float((-at_0[~flat] / slope[~flat]).max())
