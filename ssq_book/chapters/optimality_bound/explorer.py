"""The explorer of the bound: what Theorem 3.2 and L5 promise, beside the trivial bound."""

from functools import lru_cache

import numpy as np
import pandas as pd

from ssq_book.chapters.optimality_bound import figures
from ssq_book.explorers.core import Control, Explorer, Range, View
from ssq_book.explorers.live import mode
from ssq_core import bounds
from ssq_core.theory.bounds import symbols

WORST = {symbols.tau: 1, symbols.span: 2 * symbols.r_max}  # what a system can do at most
EXPRESSIONS = {"theorem_3_2": bounds.theorem_3_2, "L5": bounds.L5.subs(WORST)}
TITLE = "Explorer of the bound: discount, sampled agents, agents"
COUNTS = tuple(b * 10**e for e in range(7) for b in (1, 2, 5))  # 1, 2, 5, 10, ... 5,000,000


@lru_cache(maxsize=64)
def _over_k(n: int, trivial: float, **given: float) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return bounds over k as multiples of the trivial one, and the first k below it, in words."""
    table = pd.DataFrame({"k": np.unique(np.geomspace(1, n, 40).round().astype(int))})
    first = {}
    for name, expr in EXPRESSIONS.items():
        table[name] = [bounds.value(expr, n=n, k=k, **given) / trivial for k in table.k.tolist()]
        k = bounds.first_k_below(expr, trivial, n=n, **given)
        first[name] = f"from k = {k:,} on" if k else "at no k"
    return table, first


def view(gamma: float, k: int, n: int, size: int, actions: int) -> View:
    """Return both bounds against k as multiples of the trivial bound, with `k` marked."""
    given = {"size": size, "actions": actions, "gamma": gamma, "r_max": 1.0, "eps": 0.0}
    here = {name: bounds.value(expr, n=n, k=k, **given) for name, expr in EXPRESSIONS.items()}
    trivial = bounds.value(bounds.trivial, **given)
    table, first = _over_k(n, trivial, **given)
    figure = figures.explorer_view(table, k, {name: x / trivial for name, x in here.items()})
    text = (
        f"γ = {gamma:g}, k = {k:,} of n = {n:,} agents sampled: in units of r̃, P-3.2 allows a gap "
        f"of {here['theorem_3_2']:.3g}, L5 {here['L5']:.3g}, and no two policies differ by more "
        f"than {trivial:.3g}. P-3.2 is below that {first['theorem_3_2']}, L5 {first['L5']}. "
        f"(|S_l| = {size}, |A_g| = {actions}, exact table, worst case over systems.)"
    )
    alt = (
        f"Two falling curves against 1 to {n:,} sampled agents, on logarithmic axes, as multiples "
        f"of the largest possible gap: P-3.2 at {here['theorem_3_2'] / trivial:.3g} and below it "
        f"L5 at {here['L5'] / trivial:.3g} for the k marked. Above 1 a bound is vacuous."
    )
    return View(figure, alt, text)


def optimality_bound(
    gamma: float = 0.9, k: int = 25, n: int = 1000, size: int = 50, actions: int = 3
) -> Explorer:
    """Return the explorer of gamma, k and n against Theorem 3.2 and L5, from these values."""
    controls = (
        Control("gamma", "discount γ", gamma, (0.5, 0.8, 0.9, 0.99), Range(0.01, 0.99, 0.01)),
        Control(
            "k", "sampled agents k", k, (1, 5, 10, 25, 100, 300, 1000, 3000), COUNTS, "{:,}".format
        ),
        Control("n", "agents n", n, (50, 1000, 1_000_000), COUNTS, "{:,}".format),
        Control("size", "local states", size, (), Range(1, 200)),
        Control("actions", "global actions |A_g|", actions, (), Range(1, 50)),
    )
    return mode()("optimality-bound", TITLE, controls, view)
