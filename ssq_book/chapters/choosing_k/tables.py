"""What tables cost, and how likely an action is when they see a sample."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import comb

import numpy as np
import pandas as pd
from scipy import stats

import ssq_core as ssq
from ssq_book.chapters.performance import measurements
from ssq_core.model import Floats


def costs() -> pd.DataFrame:
    """Return entries, seconds and memory of the tables of demand response, by k, as measured."""
    table = measurements.measurements()
    rows = table[table.group == "growth in k"].set_index("k")
    mdp, ks = ssq.demand_response(), rows.index
    states = mdp.G * mdp.A
    entries = {
        "entries, tuples": [states * mdp.S**k for k in ks],
        "entries, histograms": [states * comb(k + mdp.S - 1, k) for k in ks],
    }
    used = {"seconds, exact": rows.seconds, "peak MB, exact": rows.bytes / 1e6}
    return pd.DataFrame(entries, index=ks).assign(**used)


def probabilities(
    q: ssq.QTable,
    s_g: Hashable,
    states: tuple[Hashable, Hashable],
    action: int,
    at: Sequence[float],
) -> Floats:
    """Return how likely q's action is, many agents: a share in the first state, the others not."""
    one, other = states
    takes = [q.action(s_g, [one] * c + [other] * (q.k - c)) == action for c in range(q.k + 1)]
    drawn = stats.binom.pmf(np.arange(q.k + 1), q.k, np.reshape(at, (-1, 1)))
    return np.asarray(drawn @ np.array(takes, dtype=float))
