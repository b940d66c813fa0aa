"""The star-graph Markov decision process of Section 2: one global agent, n exchangeable local ones.

    s_g(t+1) ~ P_g(. | s_g(t), a_g(t))          s_i(t+1) ~ P_l(. | s_i(t), s_g(t)),  i = 1..n
    r(s, a_g) = r_g(s_g, a_g) + (1/n) sum_i r_l(s_i, s_g)

Two structures are read off the kernels alone, and every table of the library is laid out by them:

- *Conserved types.* The connected components of the local transition graph (all s_g together) never
  exchange agents, so the number of agents in each component is constant (Remark 2.1's types).
- *Row classes.* r_l does not depend on a_g, so what an action is worth depends on a local state
  only through its kernel row P_l(. | s_i, s_g). States whose rows are equal, bit for bit, form one
  class, for each s_g anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import expm1, log1p
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse import csgraph

from ssq_core.checks import (
    check_array,
    check_index,
    check_instance,
    check_number,
    check_states,
    first,
    shown,
    sum_tolerance,
)
from ssq_core.draws import AliasTable, distribution, invert
from ssq_core.frozen import Frozen, cached_property
from ssq_core.labels import Index, Law, index_labels, index_of, indices_of, tabulate
from ssq_core.multisets import Floats as Floats
from ssq_core.multisets import Ints as Ints
from ssq_core.stopping import ROUNDOFF

MAX_ENTRY = 1e100  # of any entry, so that sums and products of them stay numbers
LONG_EPS = float(np.finfo(np.longdouble).eps)  # of the sums of rows
STAGE_TOLERANCE = 1e-12
RELATIVE_TOLERANCE = 1e-11  # of a solution, where none is asked for, to the range of the values
RELATIVE_TIES = 1e-9  # actions this close, relative to the range of the rewards, are tied at least


def _array(name: str, value: ArrayLike, ndim: int, axes: str) -> Floats:
    out = check_array(name, value).astype(float)
    if out.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes {axes}, got shape {out.shape}")
    if out.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {out.shape}")
    if at := first(~(np.abs(out) <= MAX_ENTRY)):
        raise ValueError(f"{name}{at} = {out[tuple(at)]} is not finite, at most {MAX_ENTRY}")
    return out


def _kernel(name: str, value: ArrayLike, axes: str) -> tuple[Floats, float, float]:
    """Return a kernel with its rows normalised, how far they moved (L1), and their sums from 1."""
    out = _array(name, value, 3, axes)
    if at := first(out < 0):
        raise ValueError(f"{name}{at} = {out[tuple(at)]} is negative; the limit is 0")
    # longdouble, for the sums of rows of doubles
    total, tolerance = out.sum(axis=-1, dtype=np.longdouble), sum_tolerance(value)
    off = np.abs(total - 1)
    if at := first(off > tolerance):
        i, j = at
        limit = f"not to 1 within {tolerance:.2g}"
        raise ValueError(f"{name}[{i}, {j}, :] sums to {float(total[i, j])}, {limit}")
    mass = float(off.max()) + out.shape[-1] * LONG_EPS
    scaled = out / total.astype(float)[..., None]
    return scaled, float(np.abs(scaled - out).sum(axis=-1).max()), mass


def number(labels: Iterable[Hashable]) -> Ints:
    """Return labels numbered 0, 1, ... by first appearance."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Grouping(Frozen):
    """How local states are grouped inside each conserved type, for each s_g.

    `type_of` (S,): conserved type of a local state. `class_of` (G, S): class within the type.
    `sizes` (G, p): number of classes of each type.
    """

    type_of: Ints
    class_of: Ints
    sizes: Ints

    @cached_property
    def joined(self) -> Ints:
        """Class of every local state at every s_g, (G, S), numbered across the types."""
        first = np.cumsum(self.sizes, axis=1) - self.sizes
        return self.class_of + first[:, self.type_of]

    def representatives(self, s_g: int, kind: int | None = None) -> Ints:
        """Return the first local state of every class at `s_g`, in order; or of one type alone."""
        out = np.unique(self.joined[s_g], return_index=True)[1]
        return out if kind is None else out[self.type_of[out] == kind]


class Star(Frozen):
    """What a model shares with an oracle without kernels: rewards, discount, one conserved type."""

    r_g: Floats
    r_l: Floats
    gamma: float
    labels: Mapping[str, Sequence[Hashable]]

    @property
    def G(self) -> int:
        """Number of global states, |S_g|."""
        return int(self.r_g.shape[0])

    @property
    def A(self) -> int:
        """Number of actions, |A_g|."""
        return int(self.r_g.shape[1])

    @property
    def S(self) -> int:
        """Number of local states, |S_l|."""
        return int(self.r_l.shape[1])

    @property
    def r_max(self) -> float:
        """The paper's r~, the sum of the largest |r_g| and the largest |r_l| (Assumption 2.2)."""
        return float(np.abs(self.r_g).max() + np.abs(self.r_l).max())

    @cached_property
    def reward_range(self) -> float:
        """Largest difference of best rewards max_a r(s, a): scale of ties and default tolerances.

        An action that is as good as forbidden does not count. The paper's r~ where all these are
        equal, 1 where they are 0.
        """
        best = self.r_g.max(axis=1)
        high, low = (best + self.r_l.max(axis=1)).max(), (best + self.r_l.min(axis=1)).min()
        return float(high - low) or self.r_max or 1.0

    @property
    def span(self) -> float:
        """Largest difference of local rewards at one s_g, at most 2 ||r_l||."""
        return float(np.ptp(self.r_l, axis=1).max())

    @cached_property
    def type_of(self) -> Ints:
        """Conserved type of every local state, (S,); where no kernel tells them, one for all."""
        return np.zeros(self.S, dtype=np.int64)

    @cached_property
    def types(self) -> tuple[Ints, ...]:
        """The local states of each conserved type, in order of their smallest state."""
        return tuple(np.flatnonzero(self.type_of == t) for t in range(self.type_of.max() + 1))

    @cached_property
    def states(self) -> Grouping:
        """The trivial grouping: every local state is a class of its own within its type."""
        return self._grouped(np.broadcast_to(np.eye(self.S), (self.G, self.S, self.S)))

    def _grouped(self, rows: Floats) -> Grouping:
        """Return the states of one type grouped by equal `rows` (G, S, ...)."""
        class_of = np.empty((self.G, self.S), dtype=np.int64)
        for of_states, classes in zip(rows, class_of, strict=True):
            for members in self.types:
                classes[members] = number(row.tobytes() for row in of_states[members])
        sizes = [1 + class_of[:, members].max(axis=1) for members in self.types]
        return Grouping(self.type_of, class_of, np.stack(sizes, axis=1))

    @cached_property
    def s_g_index(self) -> Index:
        """The index of every label of a global state; empty where they have none."""
        return index_labels("labels['s_g']", self.labels.get("s_g", ()))

    @cached_property
    def s_i_index(self) -> Index:
        """The index of every label of a local state; empty where they have none."""
        return index_labels("labels['s_i']", self.labels.get("s_i", ()))

    def global_index(self, s_g: object) -> int:
        """Return an index or label of a global state as an index, or raise ValueError."""
        return check_index("s_g", index_of("s_g", s_g, self.s_g_index), self.G)

    def indices(self, s_g: object, states: object, length: int | None) -> tuple[int, Ints]:
        """Return `s_g` and `length` local states (None: any) as indices, or raise ValueError."""
        given = indices_of("states", states, self.s_i_index)
        return self.global_index(s_g), check_states("states", given, length, self.S)

    @cached_property
    def rewards_fingerprint(self) -> str:
        """SHA-256 of sizes, rewards and discount: all that is known of an oracle."""
        return self._digest(b"oracle", self.r_g, self.r_l)

    @property
    def fingerprint(self) -> str:
        """What names the model in saved files."""
        return self.rewards_fingerprint

    def _digest(self, kind: bytes, *arrays: Floats) -> str:
        digest = hashlib.sha256(kind + np.float64(self.gamma).tobytes())
        for array in arrays:
            digest.update(np.array(array.shape).tobytes() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def local_reward(self, s_g: int, states: Ints) -> Floats:
        """Return the mean of r_l over the last axis of `states` at one `s_g`, Eq. (4)."""
        return np.asarray(self.r_l[s_g][np.sort(states, axis=-1)].mean(axis=-1))


@dataclass(frozen=True, eq=False)
class StarMDP(Star):
    """A global agent and exchangeable local agents, given by kernels, rewards and a discount.

    P_g (G, A, G): P_g[s_g, a_g, s_g'].  P_l (G, S, S): P_l[s_g, s_i, s_i'].  r_g (G, A): r_g[s_g,
    a_g]. r_l (G, S): r_l[s_g, s_i].  gamma in (0, 1).  States and actions are indices from 0;
    `labels` may name them (keys "s_g", "s_i", "a_g"), and a label is then accepted wherever an
    index is, `stages` = (F, H), of shapes (G, S, M) and
    (G, M, S), may factor the local kernel, P_l[s_g] = F[s_g] H[s_g], which makes solving faster.
    Rows of kernels sum to 1 within 1e-9, or within 16 units in the last place of a narrower float
    type (2e-6 for float32), and are scaled to do so in double precision.
    Raises ValueError naming the argument, the index and the limit.  Source: Eq. (1)-(3), Section 2
    of the paper.

    >>> P_g = [[[1, 0], [0, 1]], [[1, 0], [0, 1]]]  # the action names the next s_g
    >>> P_l = [[[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]]
    >>> ssq.StarMDP(P_g, P_l, r_g=[[0, 0], [0, 0]], r_l=[[1, 0], [0, 1]], gamma=0.9)
    StarMDP(G=2, A=2, S=2, gamma=0.9)
    """

    P_g: Floats
    P_l: Floats
    r_g: Floats
    r_l: Floats
    gamma: float
    labels: Mapping[str, Sequence[Hashable]] = field(default_factory=dict, repr=False)
    stages: tuple[Floats, Floats] | None = field(default=None, repr=False)

    _moved: tuple[float, float] = field(default=(0.0, 0.0), init=False, repr=False)
    _mass: tuple[float, float] = field(default=(0.0, 0.0), init=False, repr=False)

    def __post_init__(self) -> None:
        P_g, *of_g = _kernel("P_g", self.P_g, "[s_g, a_g, s_g']")
        P_l, *of_l = _kernel("P_l", self.P_l, "[s_g, s_i, s_i']")
        checked = {
            "P_g": P_g,
            "P_l": P_l,
            "r_g": _array("r_g", self.r_g, 2, "[s_g, a_g]"),
            "r_l": _array("r_l", self.r_l, 2, "[s_g, s_i]"),
        }
        (g, a, _), s = checked["P_g"].shape, checked["P_l"].shape[1]
        shapes = {"P_g": (g, a, g), "P_l": (g, s, s), "r_g": (g, a), "r_l": (g, s)}
        for name, shape in shapes.items():
            if checked[name].shape != shape:
                raise ValueError(
                    f"{name} has shape {checked[name].shape}, but G={g} (axis 0 of P_g), A={a} "
                    f"(axis 1 of P_g) and S={s} (axis 1 of P_l) ask for {shape}"
                )
        given_gamma, gamma = self.gamma, check_number("gamma", self.gamma, "(0, 1)")
        object.__setattr__(self, "gamma", gamma)
        length = {"s_g": g, "s_i": s, "a_g": a}
        if not isinstance(self.labels, Mapping) or self.labels.keys() - length:
            raise ValueError(f"labels must be a dict of s_g, s_i, a_g; got {shown(self.labels)}")
        for name, names in self.labels.items():
            if not isinstance(names, (list, tuple)) or len(names) != length[name]:
                limit = f"a list of {length[name]} names"
                raise ValueError(f"labels[{name!r}] must be {limit}, got {shown(names)}")
            index_labels(f"labels[{name!r}]", names)
        if self.stages is not None:
            stages, off = self._check_stages(P_l)
            vars(self)["stages"] = stages
            of_l[0] += off
        of_g[1] += ROUNDOFF * bool(given_gamma != self.gamma)  # such as a fraction
        vars(self).update(checked, _moved=(of_g[0], of_l[0]), _mass=(of_g[1], of_l[1]))
        super().__post_init__()

    @classmethod
    def from_functions(
        cls,
        S_g: Sequence[Hashable],
        A_g: Sequence[Hashable],
        S_l: Sequence[Hashable],
        *,
        next_g: Callable[[Any, Any], Law],
        next_l: Callable[[Any, Any], Law],
        r_g: Callable[[Any, Any], float],
        r_l: Callable[[Any, Any], float],
        gamma: float,
    ) -> StarMDP:
        """Return the model of labelled states and actions, given by four functions of labels.

        `S_g`, `A_g`, `S_l`: the labels of global states, actions and local states, any hashable
        values that differ (an integer only as its own index). next_g(s_g, a_g) and
        next_l(s_i, s_g) return {label of the next state: probability}, r_g(s_g, a_g) and
        r_l(s_i, s_g) a number. Raises ValueError naming the call, and the nearest label for one
        that does not exist.

        >>> mdp = ssq.StarMDP.from_functions(
        ...     S_g=["low", "high"],
        ...     A_g=["low", "high"],
        ...     S_l=["empty", "full"],
        ...     next_g=lambda price, chosen: {chosen: 1},
        ...     next_l=lambda s, price: {"full": 1} if price == "low" else {"empty": 0.3, s: 0.7}
        ...     if s == "full"
        ...     else {s: 1},
        ...     r_g=lambda price, chosen: 0.4 * (price == "high"),
        ...     r_l=lambda s, price: -float(s == "empty"),
        ...     gamma=0.9,
        ... )
        >>> q = ssq.solve(mdp, k=2)
        >>> mdp.labels["a_g"][q.action("high", ["full", "empty"])]
        'low'
        """
        labels = {"s_g": list(S_g), "a_g": list(A_g), "s_i": list(S_l)}
        g, a, s = labels.values()
        of_g, of_l = index_labels("S_g", g), index_labels("S_l", s)
        P_g = tabulate(g, a, next_g, "next_g", of_g)
        P_l = tabulate(s, g, next_l, "next_l", of_l).transpose(1, 0, 2)
        global_reward, local = tabulate(g, a, r_g, "r_g"), tabulate(s, g, r_l, "r_l").T
        return cls(P_g, P_l, global_reward, local, gamma, labels)

    def _check_stages(self, P_l: Floats) -> tuple[tuple[Floats, Floats], float]:
        if not isinstance(self.stages, tuple) or len(self.stages) != 2:
            raise ValueError(f"stages must be a pair (F, H), got {shown(self.stages)}")
        F = _kernel("stages[0]", self.stages[0], "[s_g, s_i, middle]")[0]
        H = _kernel("stages[1]", self.stages[1], "[s_g, middle, s_i']")[0]
        (g, s, _), middle = P_l.shape, F.shape[2]
        wanted = (g, s, middle), (g, middle, s)
        if (F.shape, H.shape) != wanted:
            raise ValueError(f"stages have shapes {F.shape} and {H.shape}, expected {wanted}")
        off = np.abs(F @ H - P_l)
        if at := first(off > STAGE_TOLERANCE):
            limit = f"the limit is {STAGE_TOLERANCE}"
            raise ValueError(
                f"stages multiply to P_l only within {off.max()}, first at {at}; {limit}"
            )
        rounding = (middle + 2) * 2 * ROUNDOFF
        return (F, H), float(off.sum(axis=-1).max()) + rounding

    def distance(self, k: int) -> tuple[float, float]:
        """Return how far k agents' kernel rows lie from those given (L1), and their sums from 1.

        The rows used are those given, normalised, and may be the product of `stages`.
        """
        moved, mass = (
            expm1(k * log1p(of_l) + log1p(of_g)) for of_g, of_l in (self._moved, self._mass)
        )
        return moved, mass

    def __repr__(self) -> str:
        return f"StarMDP(G={self.G}, A={self.A}, S={self.S}, gamma={self.gamma:g})"

    @property
    def default_tolerance(self) -> float:
        """What a solution is certified to, where nothing is asked for and rounding allows it.

        1e-11 of the largest possible difference of two values, `reward_range` / (1 - gamma).
        """
        return RELATIVE_TOLERANCE * self.reward_range / (1 - self.gamma)

    @cached_property
    def tau(self) -> float:
        """Largest Dobrushin coefficient of P_l: the largest total variation of two of its rows."""
        largest = max(np.abs(rows[:, None] - rows[None]).sum(axis=-1).max() for rows in self.P_l)
        return min(float(largest) / 2, 1.0)

    @cached_property
    def type_of(self) -> Ints:
        """Conserved type of every local state, (S,); types are numbered by their smallest state."""
        graph = sparse.csr_array(self.P_l.max(axis=0))
        _, component = csgraph.connected_components(graph, directed=False)
        return number(component.tolist())

    @cached_property
    def classes(self) -> Grouping:
        """Row classes: states of one type whose rows of P_l[s_g] are equal."""
        return self._grouped(self.P_l + 0.0)  # no negative zeros

    @cached_property
    def _next_g(self) -> Floats:
        return distribution(self.P_g)

    @cached_property
    def _next_l(self) -> AliasTable:
        return AliasTable(self.P_l.reshape(-1, self.S))

    def next_g(self, s_g: Ints, a_g: Ints, rng: np.random.Generator) -> Ints:
        """Return sampled next global states for arrays of any equal shape; see `Oracle`."""
        return invert(self._next_g[s_g, a_g], rng.random(np.shape(s_g)))

    def next_l(self, s_i: Ints, s_g: Ints, rng: np.random.Generator) -> Ints:
        """Return sampled next local states for arrays of any equal shape; see `Oracle`."""
        return self._next_l.draw(s_g * self.S + s_i, rng.random(np.shape(s_i)))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of kernels, rewards and discount: names the model in saved files."""
        return self._digest(b"", self.P_g, self.P_l, self.r_g, self.r_l)


def check_model(mdp: StarMDP) -> None:
    """Raise ValueError unless `mdp` is a model with kernels."""
    if not isinstance(mdp, StarMDP) and hasattr(mdp, "next_l"):
        raise ValueError(
            "mdp is an oracle without kernels, which learn, execute, certify and gym_env take; "
            "this needs a StarMDP"
        )
    check_instance("mdp", mdp, StarMDP)


def check_same(mdp: Star, other: Star, name: str) -> None:
    """Raise ValueError unless `other`, of the argument `name`, has the numbers of `mdp`.

    An oracle, whose kernels nobody knows, is compared by sizes, rewards and discount alone.
    """
    known = isinstance(mdp, StarMDP) and isinstance(other, StarMDP)
    kind = "fingerprint" if known else "rewards_fingerprint"
    if getattr(mdp, kind) != getattr(other, kind):
        raise ValueError(f"{name} was made for another model than mdp")
