"""Small systems on which printed statements of the paper fail."""

from __future__ import annotations

import numpy as np

from ssq_core.model import StarMDP


def match(p: float, gamma: float) -> StarMDP:
    """Return the matching game: the global agent names a state, agents in that state earn 1.

    S_l = S_g = A_g = {0, 1}; s_g' = a_g; a local agent keeps its state with probability `p` in [0,
    1], else flips; r_l = 1{s_i = s_g}, r_g = 0. Theorem 4.2 fails on it for k != k' from T = 3 on.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in [0, 1], got {p}")
    P_g = np.broadcast_to(np.eye(2), (2, 2, 2))
    P_l = np.broadcast_to([[p, 1 - p], [1 - p, p]], (2, 2, 2))
    return StarMDP(P_g, P_l, np.zeros((2, 2)), np.eye(2), gamma)
