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
    """Return the point that loses least for at most 10^3, 10^4, ... calls, where there is one."""
    budgets = [10**e for e in range(3, len(str(int(points.calls.max()))) + 1)]
    affordable = {budget: points[points.calls <= budget].loss for budget in budgets}
    best = {budget: losses.idxmin() for budget, losses in affordable.items() if len(losses)}
    table = points.loc[list(best.values()), ["learner", "k", "samples", "calls", "loss"]]
    return table.set_axis(pd.Index(best, name="budget"))


def crossings(few: pd.DataFrame, many: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of the verdict: `few` and `many` are means of two systems.

    `few_*`: the best point with no more calls than one sweep of plain Q-learning, and that sweep;
    `cross_calls`: from where it loses less than any sample of the other; `match_*`: the same for
    no loss at all in the second system.
    """
    ours, plain = few[few.learner == SUBSAMPLE], few[few.learner != SUBSAMPLE]
    own, rival = many[many.learner == SUBSAMPLE], many[many.learner != SUBSAMPLE]
    budget = plain.calls.min()
    affordable = ours[ours.calls <= budget]
    best = affordable.loc[affordable.loss.idxmin()]
    return {
        "few_winner": f"k = {best.k}, m = {best.samples:,}",
        "few_loss": best.loss,
        "few_calls": budget,
        "few_plain": plain[plain.calls == budget].loss.min(),
        "few_best": ours.loss.min(),
        "cross_calls": plain[plain.loss < ours.loss.min()].calls.min(),
        "match_small": SMALL,
        "match_calls": rival[rival.loss < SMALL].calls.min(),
        "match_subsample": own.loss.min(),
    }
