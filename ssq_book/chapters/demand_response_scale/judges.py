"""Losses of the same policies in the eyes of judges of ever more agents."""

from collections.abc import Mapping

import pandas as pd

import ssq_core as ssq
from ssq_book.common import interval
from ssq_core.execution import SamplePolicy
from ssq_core.model import Ints


def judged(
    policies: Mapping[str, SamplePolicy],
    judges: Mapping[int, ssq.QTable],
    start: tuple[Ints, Ints],
    horizon: int,
    seed: int,
) -> pd.DataFrame:
    """Return policy, j, loss, half (95 %) and upper of `ssq.certify`, on the same moves for all.

    `start` is (s_g (R,), counts (R, S)), s_g in turn.
    """
    rows = []
    for name, policy in policies.items():
        for j, judge in judges.items():
            mdp, runs = judge.mdp, len(start[0])
            c = ssq.certify(mdp, policy, judge, start, horizon, runs, seed, progress=False)
            loss, half = interval(c.losses, strata=mdp.G)
            rows.append((name, j, loss, half, c.upper))
    return pd.DataFrame(rows, columns=["policy", "j", "loss", "half", "upper"])
