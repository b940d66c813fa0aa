"""A system known by sampling alone: the oracle that Algorithm 1 asks for, in place of kernels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ssq_core.checks import check_array, check_count, check_integers, check_number, first, shown
from ssq_core.model import MAX_ENTRY, Floats, Ints, Star, StarMDP

Sample = Callable[[Ints, Ints, np.random.Generator], Any]
Rewards = ArrayLike | Callable[[int, int], float]
MEMBERS = "G", "A", "S", "gamma", "r_g", "r_l", "next_g", "next_l"


class Oracle(Protocol):
    """What Algorithm 1 requires of a system: sizes, rewards, and samples of next states.

    G, A, S: numbers of global states, actions and local states, all indices from 0. `gamma` in
    (0, 1). r_g (G, A): r_g[s_g, a_g], or a function r_g(s_g, a_g).  r_l (G, S): r_l[s_g, s_i], or a
    function r_l(s_i, s_g). `next_g(s_g, a_g, rng)` and `next_l(s_i, s_g, rng)` take two integer
    arrays of one shape, whatever it is, and return an integer array of that shape: for each entry a
    next state, drawn independently of the others with `rng`, a numpy Generator, and with nothing
    else. A StarMDP is one. Source: Algorithm 1, Section 3.
    """

    @property
    def G(self) -> int: ...  # noqa: D102
    @property
    def A(self) -> int: ...  # noqa: D102
    @property
    def S(self) -> int: ...  # noqa: D102
    @property
    def gamma(self) -> float: ...  # noqa: D102
    @property
    def r_g(self) -> Any: ...  # noqa: D102
    @property
    def r_l(self) -> Any: ...  # noqa: D102
    def next_g(self, s_g: Ints, a_g: Ints, rng: np.random.Generator, /) -> Any: ...  # noqa: D102
    def next_l(self, s_i: Ints, s_g: Ints, rng: np.random.Generator, /) -> Any: ...  # noqa: D102


class _Sampler:
    """A sampler whose results are checked: next states of the kind of its first argument.

    One that leaves its generator untouched may be certain of what comes next, but then equal
    arguments have equal results. That is seen on the draws as they are: none is made to find out.
    """

    def __init__(self, name: str, sample: Sample, sizes: tuple[int, int]) -> None:
        if not callable(sample):
            raise ValueError(f"{name} must be a function, got {shown(sample)}")
        self.name, self.sample = name, sample
        self.certain = np.full(sizes, -1)  # the next state where no generator was needed

    def __call__(self, a: Ints, b: Ints, rng: np.random.Generator) -> Ints:
        """Return next states, (...) as the arguments; raise ValueError for what is none."""
        a, b = np.broadcast_arrays(a, b)
        before = _position(rng)
        given = self.sample(np.array(a), np.array(b), rng)  # copies: to write to them is harmless
        out = check_integers(f"{self.name}: next states", given, 0, len(self.certain) - 1)
        if out.shape != a.shape:
            raise ValueError(f"{self.name}: next states have shape {out.shape}, expected {a.shape}")
        if _position(rng) == before:
            known = self.certain[a, b]
            self.certain[a, b] = np.where(known < 0, out, known)
            if np.any(self.certain[a, b] != out):
                raise ValueError(
                    f"{self.name} ignores its generator: equal arguments gave different next "
                    "states, and nothing was drawn from rng"
                )
        return out


def _position(rng: np.random.Generator) -> tuple[Any, ...]:
    """Return where a generator stands, which any draw from it and any child moves."""
    bits = rng.bit_generator
    return repr(bits.state), getattr(bits.seed_seq, "n_children_spawned", 0)


class Simulator(Star):
    """An `Oracle` made of its parts, or a system of one global and many local agents by sampling.

    The arguments are those of `Oracle`; functions for rewards are called once per pair, with
    Python integers. Nobody tells which local states an agent can reach, so all are of one conserved
    type. Raises ValueError for a size below 1, a discount outside (0, 1), or rewards that have
    another shape or are not finite.

    >>> def stays(s_i, s_g, rng):  # with probability 3/4, else moves to the other state
    ...     return s_i ^ (rng.random(s_i.shape) >= 0.75)
    >>> def named(s_g, a_g, rng):  # the next s_g is the action
    ...     return a_g
    >>> r_g, r_l = (lambda s_g, a_g: 0), (lambda s_i, s_g: int(s_i == s_g))
    >>> oracle = ssq.Simulator(2, 2, 2, 0.5, r_g, r_l, named, stays)
    >>> q = ssq.learn(oracle, k=2, m=50, iterations=40, seed=1)
    >>> q.action(0, [1, 1]), q.oracle_calls
    (1, 1200)
    """

    def __init__(
        self,
        G: int,
        A: int,
        S: int,
        gamma: float,
        r_g: Rewards,
        r_l: Rewards,
        next_g: Sample,
        next_l: Sample,
    ) -> None:
        sizes = [check_count(name, size) for name, size in (("G", G), ("A", A), ("S", S))]
        self.labels: Mapping[str, Sequence[Hashable]] = {}
        self.gamma = check_number("gamma", gamma, "(0, 1)")
        self.r_g = _rewards("r_g", r_g, *sizes[:2])
        by_state = (lambda g, s: r_l(s, g)) if callable(r_l) else r_l
        self.r_l = _rewards("r_l", by_state, sizes[0], sizes[2])
        self.next_g = _Sampler("next_g", next_g, (self.G, self.A))
        self.next_l = _Sampler("next_l", next_l, (self.S, self.G))
        super().__post_init__()

    def __repr__(self) -> str:
        return f"Simulator(G={self.G}, A={self.A}, S={self.S}, gamma={self.gamma:g})"


def _rewards(name: str, given: Any, rows: int, columns: int) -> Floats:
    """Return rewards as an array (rows, columns)."""
    if callable(given):
        given = [[given(i, j) for j in range(columns)] for i in range(rows)]
    out = check_array(name, given).astype(float)
    if out.shape != (rows, columns):
        raise ValueError(f"{name} has shape {out.shape}, expected {(rows, columns)}")
    if at := first(~(np.abs(out) <= MAX_ENTRY)):
        raise ValueError(f"{name}{at} = {out[tuple(at)]} is not finite, at most {MAX_ENTRY}")
    return out


def check_system(name: str, given: object) -> StarMDP | Simulator:
    """Return a model, or an oracle as a `Simulator`; raise ValueError for what is neither."""
    if isinstance(given, (StarMDP, Simulator)):
        return given
    missing = [member for member in MEMBERS if not hasattr(given, member)]
    if len(missing) == len(MEMBERS):
        raise ValueError(f"{name} must be a StarMDP or an Oracle, got {shown(given)}")
    if missing:
        raise ValueError(f"{name} lacks {', '.join(missing)}, which an Oracle has")
    return Simulator(*(getattr(given, member) for member in MEMBERS))
