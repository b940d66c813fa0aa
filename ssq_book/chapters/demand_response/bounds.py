"""The bounds on the optimality gap of one system, over k."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_core import bounds

BOUNDS = {
    "P-3.2": bounds.theorem_3_2,
    "L5": bounds.L5,
    "trivial bound": bounds.trivial,
}


def bounds_on_gap(
    mdp: ssq.StarMDP, n: int, ks: Sequence[int], eps: float | Sequence[float] = 0.0
) -> pd.DataFrame:
    """Return the bounds of `BOUNDS` on the gap, a row for each k; `eps` may be one number each."""
    known = bounds.constants(mdp) | {"n": n}
    noise = np.broadcast_to(eps, len(ks)).tolist()
    rows = [
        {name: bounds.value(bound, k=k, eps=e, **known) for name, bound in BOUNDS.items()}
        for k, e in zip(ks, noise, strict=True)
    ]
    return pd.DataFrame(rows, index=pd.Index(ks, name="k"))
