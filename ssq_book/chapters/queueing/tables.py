"""What the queueing chapter shows: its own rows beside the stored ones, curves, maps, bounds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book.chapters.queueing.studies import stored
from ssq_book.studies.study import Study
from ssq_core import multisets
from ssq_core.multisets import Ints
from ssq_core.systems.queueing import Dispatch, Estimate

# Figure 2 as read off a picture in the first author's public repository RL_sampling, which belongs
# to another version of the paper; approximate.
PICTURE = {1: 10.5, 10: 9.7, 20: 8.6, 30: 7.6, 40: 6.7, 50: 4.5}


def _estimates(table: pd.DataFrame, name: str, source: str = "") -> list[Estimate]:
    """Return the estimates in the columns of an experiment, which may end in a `source`."""
    parts = (table[f"{name}{end}{source}"] for end in ("", "_low", "_high"))
    return [Estimate(*values) for values in zip(*parts, strict=True)]


def estimates(table: pd.DataFrame, name: str, key: str) -> dict[Any, Estimate]:
    """Return {value of column `key`: estimate `name` of that row}."""
    return dict(zip(table[key], _estimates(table, name), strict=True))


JSQ = "JSQ($k$)"
LABELS = {
    ("jsq", "-"): JSQ,
    ("exact", "consistent"): "exact, consistent load",
    ("learned", "consistent"): "learned, consistent load",
    ("exact", "paper"): "exact, paper's load",
    ("learned", "paper"): "learned, paper's load",
}


def curves(table: pd.DataFrame, name: str, penalty: str) -> dict[str, dict[Any, Estimate]]:
    """Return {label: {k: estimate}} of the rows of `gap` with this penalty, JSQ(k) first."""
    found = {}
    for (rule, load), label in LABELS.items():
        rows = table[(table.rule == rule) & (table.load == load) & (table.penalty == penalty)]
        if len(rows):
            found[label] = estimates(rows, name, "k")
    return found


def choice_map(queues: Dispatch) -> Ints:
    """Return the choice of two queues' exact table at lengths [a, b], its pointer elsewhere.

    0: the shorter, 1: either, a tie, 2: the longer; (c+1, c+1).
    """
    lengths = np.sort(np.moveaxis(np.indices((queues.c + 1, queues.c + 1)), 0, -1), axis=-1)
    shorter, longer = np.moveaxis(queues.solve(2).good[multisets.rank(lengths)], -1, 0)[:2]
    return np.where(shorter, longer, 2)


def text(table: pd.DataFrame, name: str, form: str = ".3f", scale: float = 1.0) -> list[str]:
    """Return the estimates `name` of every row as text: value ± half of its interval."""
    shown = _estimates(table, name)
    return [f"{scale * e.mean:{form}} ± {scale * e.half_width:{form}}" for e in shown]


def rows(
    compute: Callable[..., Mapping[str, Any]], points: Iterable[Mapping[str, Any]], **common: Any
) -> pd.DataFrame:
    """Return one row per point: the point, what is common to all, and the numbers of `compute`."""
    full = [dict(point) | common for point in points]
    return pd.DataFrame([point | dict(compute(**point)) for point in full])


def confirmed(study: Study, live: pd.DataFrame, on: str, name: str, **wanted: Any) -> pd.DataFrame:
    """Return the stored rows that are as `wanted`; the `live` ones, where one is not stored.

    Raises AssertionError if the estimates `name` of a live row and of the stored one with equal
    values of the columns `on` cannot be of one value.
    """
    known, keys = stored(study, **wanted), on.split()
    both = live.merge(known, on=keys, suffixes=("", " stored"))
    pairs = zip(_estimates(both, name), _estimates(both, name, " stored"), strict=True)
    for point, (here, there) in zip(both[keys].to_dict("records"), pairs, strict=True):
        few = np.isnan(here.mean)  # too few runs to say anything
        assert few or here.agrees(there), f"{name} at {point}: {here} here, {there} stored"
    return known if len(both) == len(live) else live


def ceiling(n: int, gamma: float) -> float:
    """Return the largest difference that two dispatching rules can have, for the printed reward."""
    return gamma**2 / ((1 - gamma) ** 2 * n)


def bounds_table(ks: Iterable[int], n: int, c: int, gamma: float) -> pd.DataFrame:
    """Return Theorem 3.2 and L5 against k for the literal reading, the index as the type."""
    system = {"n": n, "size": n * (c + 1), "actions": n, "r_max": float(c), "span": float(c)}
    system |= {"gamma": gamma, "tau": 1.0, "eps": 0.0}
    table = pd.DataFrame({"k": ks})
    for name, bound in (("theorem_3_2", ssq.bounds.theorem_3_2), ("L5", ssq.bounds.L5)):
        table[name] = [ssq.bounds.value(bound, k=k, **system) for k in table["k"]]
    return table
