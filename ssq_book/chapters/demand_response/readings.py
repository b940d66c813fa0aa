"""Demand response read otherwise, and when its optimum does not look at the users at all.

A blind policy chooses from s_g alone. What it earns is the average over the agents of what it earns
on each of them alone, and so is what another first action would earn. If no other first action is
better for one agent, in any of its states, none is better for k or n agents: the policy is optimal
for every k and n. If one is better for an agent in some state, it is for k or n agents all in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

import ssq_core as ssq
from ssq_core.model import Floats
from ssq_core.systems.demand_response import LEVELS, TYPES, local_state

LOWER_THEN_HOLD = (1, 0, 0, 0, 0)  # the action at s_g = 1..5


@dataclass(frozen=True)
class Reading:
    """A choice for everything that the paper leaves open; the defaults are this book's.

    `follows`: a user consumes what it desires if s_bar is "at most" or "below" s_g. `bracket`:
    else Pi[s_bar + (s_g - s*) y] ("difference"), Pi[s_bar + s_g - s* y] ("printed"), or s_g if y =
    1 and s_bar if not ("match", the words of Example 2.3). `edge`: s_bar +- 1 is "clipped" to 1..5
    or "reflected". `swapped`: the next state is (psi, s_bar', s*'), as printed, in this order.
    """

    follows: str = "at most"
    bracket: str = "difference"
    edge: str = "clipped"
    swapped: bool = False


READINGS = {
    "as here": Reading(),
    "follow only if s̄ < s_g (Example 2.3)": Reading(follows="below"),
    "(s_g − s* y), as printed": Reading(bracket="printed"),
    "s̄ or s_g (words of Example 2.3)": Reading(bracket="match"),
    "s̄ ± 1 reflected at 1 and 5": Reading(edge="reflected"),
    "next state (ψ, s̄', s*'), as printed": Reading(swapped=True),
}


def _clip(level: int) -> int:
    return min(max(level, LEVELS[0]), LEVELS[-1])


def _consumed(reading: Reading, s_star: int, s_bar: int, s_g: int, y: int) -> int:
    if s_bar < s_g or (s_bar == s_g and reading.follows == "at most"):
        return s_bar
    if reading.bracket == "match":
        return s_g if y else s_bar
    return _clip(
        s_bar + ((s_g - s_star) * y if reading.bracket == "difference" else s_g - s_star * y)
    )


def _desired(reading: Reading, s_bar: int, psi: int) -> list[int]:
    if psi == 2:
        return list(LEVELS)
    if reading.edge == "reflected":
        return [2 if s_bar == 1 else s_bar - 1, 4 if s_bar == 5 else s_bar + 1]
    return [_clip(s_bar - 1), _clip(s_bar + 1)]


def system(reading: Reading, weight: float = 15.0, gamma: float = 0.9) -> ssq.StarMDP:
    """Return demand response under a reading; `Reading()` gives `ssq.demand_response`'s kernels."""
    P_l = np.zeros((len(LEVELS), 50, 50))
    for s_g, psi, s_star, s_bar in product(LEVELS, TYPES, LEVELS, LEVELS):
        here = local_state(psi, s_star, s_bar)
        desired = _desired(reading, s_bar, psi)
        for y, next_bar in product((0, 1), desired):
            pair = _consumed(reading, s_star, s_bar, s_g, y), next_bar
            there = local_state(psi, *(reversed(pair) if reading.swapped else pair))
            P_l[s_g - 1, here, there] += 0.5 / len(desired)
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
    gamma: float,
    actions: Sequence[int] = LOWER_THEN_HOLD,
    build: Callable[[float, float], ssq.StarMDP] = ssq.demand_response,
) -> float:
    """Return the weight from which `actions` are optimal, for every k and n.

    The advantages are linear in the weight of r_g. inf if they are optimal for no weight. Raises
    ValueError if a larger weight speaks against `actions`.
    """
    at_0, at_1 = (blind_advantage(build(w, gamma), actions) for w in (0.0, 1.0))
    slope = at_1 - at_0
    flat = np.abs(slope) <= 1e-9
    if np.any(slope[~flat] < 0):
        raise ValueError(f"actions = {tuple(actions)} lose when the weight grows")
    if np.any(at_0[flat] < -1e-9):
        return float(np.inf)
    return float((-at_0[~flat] / slope[~flat]).max(initial=-np.inf))
