"""Q-tables over (s_g, multiset of k local states, a_g): look-up, greedy action, files."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, replace
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ssq_core import multisets
from ssq_core.checks import check_count, check_instance, check_option
from ssq_core.files import atomic_write
from ssq_core.frozen import Frozen, cached_property
from ssq_core.layout import Layout, check_type_counts
from ssq_core.model import RELATIVE_TIES, Floats, Grouping, Ints, Star, StarMDP, check_same
from ssq_core.oracle import Oracle, Simulator, check_system

FORMAT = 1
# of what a file holds as it is
NAMES = "grouping", "k", "sweeps", "error_bound", "tie_tolerance", "oracle_calls"
GROUPINGS = ("classes", "states")


@dataclass(frozen=True, eq=False)
class QTable(Frozen):
    """A solved or learned Q(s_g, multiset, a_g); made by `solve`, `learn` and `load`.

    `tables[s_g]` is (A, entries at s_g). On row classes (`grouping` "classes") it leaves out the
    average of r_l over the sample, which is the same for all actions. `error_bound` is a certified
    sup-norm distance to the fixed point of the operator that was iterated (inf where there is
    none): for `solve` that is Q*, for `learn` it is the fixed point of its m samples, the empirical
    one, which says nothing of Q*; see `bellman_noise`. `sweeps` counts applications. Actions within
    `tie_tolerance` of the best count as tied. `oracle_calls`: samples drawn in learning. A table
    that was learned from an oracle has it, as a `Simulator`, for its `mdp`.

    >>> q = ssq.solve(ssq.counterexamples.match(0.75, gamma=0.5), k=2)
    >>> q.at(0, [1, 1]).round(6), q.action(0, [1, 1])
    (array([0.446429, 0.696429]), 1)
    """

    mdp: Any  # a StarMDP, or the Simulator of an oracle
    layout: Layout
    grouping: str
    tables: tuple[Floats, ...]
    sweeps: int
    error_bound: float
    tie_tolerance: float
    oracle_calls: int = 0

    def __repr__(self) -> str:
        error = f"exact to {self.error_bound:.2g}"
        if np.isinf(self.error_bound):
            error = "no certified error"
        elif self.grouping == "states":
            error = f"within {self.error_bound:.2g} of the empirical fixed point, not of Q*"
        return f"QTable(k={self.k}, {entries_of(self.mdp, self.layout)} × {self.mdp.A}, {error})"

    @property
    def k(self) -> int:
        """Number of sampled agents."""
        return self.layout.k

    def at(self, s_g: object, states: object) -> Floats:
        """Return the Q-values (A,) at `s_g` and `k` local states in any order, indices or labels.

        Raises ValueError for an index outside the model or type counts outside the solved blocks.
        """
        return self.values(*self.mdp.indices(s_g, states, self.k))

    def values(self, s_g: int, states: Ints) -> Floats:
        """Return the Q-values (A, ...) of many samples `states` (..., k) at one `s_g`.

        Local state indices in any order, which are not checked; raises ValueError outside the
        solved blocks.
        """
        Q = self.tables[s_g][:, self.layout.rank(s_g, states)]
        return Q + self.mdp.local_reward(s_g, states) if self.grouping == "classes" else Q

    def value(self, s_g: object, states: object) -> float:
        """Return max_a Q(s_g, states, a) in the rewards' units; arguments and errors as in `at`."""
        return float(self.at(s_g, states).max())

    def action(self, s_g: object, states: object) -> int:
        """Return the greedy action, an index: the first within the tie tolerance of the best.

        `s_g` and `states` as for `at`, which raises the same errors.
        """
        g, sample = self.mdp.indices(s_g, states, self.k)
        return int(self.greedy[g][self.layout.rank(g, sample)])

    @cached_property
    def greedy(self) -> tuple[NDArray[Any], ...]:
        """The greedy action of every stored multiset, one flat array per s_g."""
        kind = np.min_scalar_type(self.mdp.A)
        tied = (table >= table.max(axis=0) - self.tie_tolerance for table in self.tables)
        return tuple(good.argmax(axis=0).astype(kind) for good in tied)

    def sample_actions(self, s_g: Ints, states: Ints) -> Ints:
        """Return the greedy actions (R,) at `s_g` (R,) and samples `states` (R, k) in any order."""
        out = np.empty(len(s_g), dtype=np.int64)
        for g in np.unique(s_g).tolist():
            here = s_g == g
            out[here] = self.greedy[g][self.layout.rank(g, states[here])]
        return out

    def on(self, mdp: StarMDP, name: str) -> QTable:
        """Return the table laid out for a model: one learned from an oracle, for that oracle's.

        Raises ValueError naming the argument if the model has other sizes, rewards or discount.
        """
        check_same(mdp, self.mdp, name)
        if isinstance(self.mdp, StarMDP):
            return self
        layout = Layout.of(mdp.states, self.k)
        tables = [self.values(g, layout.members(g)) for g in range(mdp.G)]
        return replace(self, mdp=mdp, layout=layout, tables=tuple(tables))

    def to_frame(self) -> Any:
        """Return a pandas DataFrame: a row for every s_g and multiset, a column for every action.

        The first columns hold s_g and the k local states, the last one the greedy action, by labels
        where the model has them. Needs pandas, which the library itself does not.

        >>> q = ssq.solve(ssq.counterexamples.match(0.75, gamma=0.5), k=1)
        >>> q.to_frame().round(3).iloc[1].to_dict()
        {'s_g': 0, 's_1': 1, 0: 0.5, 1: 0.75, 'greedy': 1}
        """
        import pandas as pd

        sizes = {"s_g": self.mdp.G, "s_i": self.mdp.S, "a_g": self.mdp.A}
        labels = {
            name: np.fromiter(self.mdp.labels.get(name, range(size)), dtype=object)
            for name, size in sizes.items()
        }
        frames = []
        for g in range(self.mdp.G):
            states = Layout(self.mdp.states, self.k, self.layout.blocks).members(g)
            columns = {"s_g": labels["s_g"][[g] * len(states)]}
            columns |= {f"s_{i + 1}": labels["s_i"][states[:, i]] for i in range(self.k)}
            columns |= dict(zip(labels["a_g"], self.values(g, states), strict=True))
            greedy = self.greedy[g][self.layout.rank(g, states)]
            frames.append(pd.DataFrame(columns | {"greedy": labels["a_g"][greedy]}))
        return pd.concat(frames, ignore_index=True)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table to `path` (.npz, no pickles) under a temporary name, then rename it."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        fields |= {"format": FORMAT, "fingerprint": self.mdp.fingerprint}
        fields |= {"blocks": np.array(self.layout.blocks, dtype=np.int64)}
        fields |= {f"table_{g}": table for g, table in enumerate(self.tables)}
        with atomic_write(path) as file:
            np.savez(file, **fields)


def tie_tolerance(mdp: Star, error: float = 0.0) -> float:
    """Return how close to the best an action is tied: ten errors, 1e-9 of the rewards at least."""
    return max(10 * error, RELATIVE_TIES * mdp.reward_range)


def entries_of(mdp: Star, layout: Layout) -> str:
    """Return how many multisets of local states, times s_g, a table answers for, in words."""
    sizes = [len(states) for states in mdp.types]
    every = (prod(map(multisets.size, block, sizes)) for block in layout.blocks)
    return f"{sum(every):,} multisets × {mdp.G}"


def bellman_noise(q_learned: QTable, q_exact: QTable) -> float:
    """Return the sup-norm distance of two tables of k agents, the eps of Assumption 3.1.

    Over every s_g, action and multiset that `q_learned` holds (units of the rewards); the exact
    table's `error_bound` is not added. Raises ValueError for tables of different models or k, or if
    `q_exact` lacks a block of `q_learned`.

    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> f"{ssq.bellman_noise(ssq.learn(mdp, 2, m=50, iterations=40), ssq.solve(mdp, 2)):.3f}"
    '0.038'
    """
    check_instance("q_learned", q_learned, QTable)
    check_instance("q_exact", q_exact, QTable)
    check_same(q_learned.mdp, q_exact.mdp, "q_exact")
    if q_exact.k != q_learned.k:
        raise ValueError(f"q_exact is of k = {q_exact.k} agents, q_learned of k = {q_learned.k}")
    states = Layout(q_learned.mdp.states, q_learned.k, q_learned.layout.blocks).members(0)
    return max(
        float(np.abs(q_learned.values(g, states) - q_exact.values(g, states)).max())
        for g in range(q_learned.mdp.G)
    )


def grouping_of(mdp: StarMDP | Simulator, name: str) -> Grouping:
    """Return the model's grouping by its name: "classes" or "states"."""
    return mdp.classes if name == "classes" and isinstance(mdp, StarMDP) else mdp.states


def load(path: str | os.PathLike[str], mdp: StarMDP | Oracle) -> QTable:
    """Return the table saved at `path` for the model, or oracle, `mdp`.

    Oracles are told apart by their sizes, rewards and discount alone. Raises ValueError if the file
    is damaged, of another format, or from another model.

    >>> import tempfile
    >>> mdp = ssq.counterexamples.match(0.75, gamma=0.5)
    >>> path = f"{tempfile.mkdtemp()}/table.npz"
    >>> ssq.solve(mdp, k=2).save(path)
    >>> ssq.load(path, mdp).k
    2
    """
    mdp = check_system("mdp", mdp)
    check_instance("path", path, str, os.PathLike)
    with open(path, "rb") as stream:
        try:
            return _read(stream, mdp)
        except Exception as error:  # a damaged archive can fail in any way
            raise ValueError(f"path: {path!s} is not a readable Q-table: {error}") from error


def _read(stream: BinaryIO, mdp: StarMDP | Simulator) -> QTable:
    if not zipfile.is_zipfile(stream):
        raise ValueError("it is no whole .npz archive")
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as file:
        if "format" not in file.files:
            raise ValueError("it is no archive that QTable.save wrote")
        try:
            data = {name: file[name] for name in file.files}
        except ValueError:  # of numpy, whose advice is to trust the file
            raise ValueError("it holds what is no array of numbers") from None
    if int(data["format"]) != FORMAT:
        raise ValueError(f"format {int(data['format'])}, this version reads {FORMAT}")
    if str(data["fingerprint"]) != mdp.fingerprint:
        raise ValueError("it holds a table of another model than mdp")
    grouping, k = str(data["grouping"]), check_count("k", data["k"][()])
    check_option("grouping", grouping, GROUPINGS)
    group, blocks = grouping_of(mdp, grouping), data["blocks"].tolist()
    layout = Layout(group, k, tuple(check_type_counts(group, k, block) for block in blocks))
    tables = tuple(data[f"table_{g}"] for g in range(mdp.G))
    for g, table in enumerate(tables):
        shape = (mdp.A, layout.entries(g))
        if table.shape != shape or table.dtype != np.float64:
            found = f"{table.dtype} of shape {table.shape}"
            raise ValueError(f"table_{g} is {found}, expected float64 of shape {shape}")
    error, ties = float(data["error_bound"]), float(data["tie_tolerance"])
    if not (error >= 0 and ties >= 0 and all(np.isfinite(t).all() for t in tables)):
        raise ValueError("it holds numbers that are not finite or negative errors")
    sweeps, calls = int(data["sweeps"]), int(data.get("oracle_calls", 0))
    return QTable(mdp, layout, grouping, tables, sweeps, error, ties, calls)
