"""What the stored losses say: who loses least with so many calls, and where the rival wins."""

from typing import Any

import pandas as pd

from ssq_book.chapters.samples.studies import SUBSAMPLE

KEYS = ["system", "n", "learner", "k", "samples"]
SMALL = 1e-3  # a loss that counts as none


def means(stored: pd.DataFrame, system: str, n: int) -> pd.DataFrame:
    """Return calls and mean loss over the seeds of every point of one system."""
    rows = stored.groupby(KEYS, as_index=False)[["calls", "loss"]].mean()
    return rows[(rows.system == system) & (rows.n == n)]


def best_by_budget(points: pd.DataFrame) -> pd.DataFrame:
    """Return the point that loses least with at most 10^3, 10^4, ... calls, to ten times the most.

    A budget that nothing can be had for has no row.
    """
    budgets = [10**e for e in range(3, len(str(int(points.calls.max()))) + 1)]
    affordable = [points[points.calls <= budget] for budget in budgets]
    best = [rows.loc[rows.loss.idxmin()] for rows in affordable if len(rows)]
    index = [budget for budget, rows in zip(budgets, affordable, strict=True) if len(rows)]
    table = pd.DataFrame(best)[["learner", "k", "samples", "calls", "loss"]]
    return table.set_axis(pd.Index(index, name="budget"))


def crossings(few: pd.DataFrame, many: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of the verdict: `few` and `many` are means of two systems.

    `few_*`: the best point with no more calls than one sweep of plain Q-learning, and that sweep;
    `cross_calls`: from where it loses less than any sample of the other; `match_*`: the same for
    no loss at all in the second system.
    """
    ours, plain = (few[(few.learner == SUBSAMPLE) == own] for own in (True, False))
    budget = plain.calls.min()
    affordable = ours[ours.calls <= budget]
    best = affordable.loc[affordable.loss.idxmin()]
    own = many.learner == SUBSAMPLE
    return {
        "few_winner": f"k = {best.k}, m = {best.samples:,}",
        "few_loss": best.loss,
        "few_calls": budget,
        "few_plain": plain[plain.calls == budget].loss.min(),
        "few_best": ours.loss.min(),
        "cross_calls": plain[plain.loss < ours.loss.min()].calls.min(),
        "match_small": SMALL,
        "match_calls": many[~own & (many.loss < SMALL)].calls.min(),
        "match_subsample": many[own].loss.min(),
    }
