"""The claims chapter: the verdicts by section of the paper, and L1 to L7 on random systems."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import ssq_core as ssq
from ssq_book import style
from ssq_book.claims import corrected, page
from ssq_book.claims.instances import random_reacting, random_systems
from ssq_book.claims.verdict import Margin
from ssq_book.limits import SEED, count
from ssq_core.model import StarMDP

LIMITS = {
    "systems": count(1, 10_000),
    "seed": SEED,
    "k": count(1, "n"),
    "n": count(1, 5),
    "horizon": count(1, 50),
}
SWEEP = ("claims-rate", 40)

HATCHES = {"holds": "", "repaired": "//", "fails": "xx", "unrefuted": "..", "definition": ""}


def verdicts(table: pd.DataFrame) -> Figure:
    """Draw the number of statements of each verdict by section; a figure has another scale."""
    fig, ax = style.figure(height=4.2)
    rows = table[table["figure"] == ""]
    words = [page.verdict(row)[0] for row in rows.to_dict("records")]
    numbers = rows.groupby(["section", pd.Series(words, rows.index)], sort=False).size()
    numbers = numbers.unstack(fill_value=0)
    start = pd.Series(0, index=numbers.index)
    colors = dict(zip(page.WORDS, [*(style.PALETTE[i] for i in (2, 0, 3, 1)), "0.75"], strict=True))
    for status, word in page.WORDS.items():
        if word in numbers:
            ax.barh(numbers.index, numbers[word], left=start, label=word, color=colors[status],
                    hatch=HATCHES[status], edgecolor="white")  # fmt: skip
            start = start + numbers[word]
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(xlabel="number of statements", ylabel="section of the paper")
    style.legend_below(ax)
    return fig


def ratios(systems: int, seed: int, k: int, n: int, horizon: int) -> pd.DataFrame:
    """Return the left side over its bound, of each result (columns) on random systems (rows)."""
    results: dict[str, Callable[[StarMDP], Margin]] = {
        "L1, fewer agents promise more": lambda m: corrected.L1(m, k, n),
        "L2, samples of one size": lambda m: corrected.L2(m, k),
        "L3, distance to the mean field": lambda m: corrected.L3(m, k, horizon),
        "L4, a sample of the population": lambda m: corrected.L4(m, k, n),
        "L4, any two samples": lambda m: corrected.L4_any(m, k, n),
        "P-D.4 corrected, loss of one action": lambda m: corrected.mean_loss(m, k, n),
        "L5, the optimality gap": lambda m: corrected.L5(m, k, n),
        "L6, one fixed sample": lambda m: corrected.L6(m, k, n),
        "L7, losses in the eyes of k agents": lambda m: corrected.L7(m, k, k, n),
    }
    drawn = random_systems(systems, seed)
    found = {name: [result(m).ratio for m in drawn] for name, result in results.items()}
    for name, rewards in {"kernels": False, "rewards": True}.items():
        reacting = random_reacting(systems, seed, rewards)
        found |= {
            f"L1, {name} that see the action": [corrected.L1(m, k, n).ratio for m in reacting],
            f"L5, {name} that see the action": [corrected.L5(m, k, n).ratio for m in reacting],
            f"L7, {name} that see the action": [corrected.L7(m, k, k, n).ratio for m in reacting],
        }
    return pd.DataFrame(found)


def kink_ratios() -> "pd.Series[float]":
    """Return by k the ratio of V_k - V_2k to V_2k - V_4k, at a kink of the limit of `match`."""
    mdp = ssq.counterexamples.match(0.75, 0.9)
    values = [ssq.solve(mdp, 2**j).value(0, [0, 1] * 2 ** (j - 1)) for j in range(1, 9)]
    steps = np.diff(values)
    return pd.Series(steps[:-1] / steps[1:], pd.Index([2**j for j in range(1, 7)], name="k"))
