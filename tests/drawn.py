"""What properties are drawn from: small star-graph systems, dispatchers, numbers of any size."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ssq_core import StarMDP
from ssq_core.checks import MAX_COUNT
from ssq_core.systems.queueing import Dispatch
from tests.systems import KINDS, local_kernel, rows

GAMMAS = (0.1, 0.5, 0.8)
COUNTS = st.integers(1, 60) | st.integers(1, MAX_COUNT) | st.sampled_from([1, 2, 10**17, MAX_COUNT])
SHARES = st.floats(0, 1, exclude_min=True, exclude_max=True)
SHARES |= st.sampled_from([5e-324, 1e-300, 1 - 2**-53])
SIZES = st.floats(0, 1e100, exclude_min=True) | st.sampled_from([5e-324, 1e-300, 1.0, 1e100])


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int]:
    """Draw n and k, often k = n or next to it."""
    n = draw(COUNTS)
    return n, draw(st.integers(1, n) | st.sampled_from([1, max(1, n - 1), n]))


def kernel(rng: np.random.Generator, kind: str, G: int, S: int) -> tuple[np.ndarray, Any]:
    """A local kernel (G, S, S) of a kind, and its two stages if it has them."""
    if kind == "stages":
        middle = int(rng.integers(1, 4))
        first, second = rows(rng, "sparse", G, S, middle), rows(rng, "dense", G, middle, S)
        return first @ second, (first, second)
    if kind == "transient" and S > 1:  # the last state drains into the first and is never entered
        law = rows(rng, "sparse", G, S, S)
        law[..., 0] += law[..., -1]
        law[..., -1] = 0
        return law, None
    return local_kernel(rng, kind, G, S), None


@st.composite
def systems(draw: st.DrawFn, deterministic: bool = False) -> StarMDP:
    """A system of up to three global states, actions and local states; P_g certain or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    G, A, S = (draw(st.integers(1, 3)) for _ in range(3))
    kind = draw(st.sampled_from((*KINDS, "transient", "stages")))
    moves = "deterministic" if deterministic else draw(st.sampled_from(KINDS[:3]))
    P_l, stages = kernel(rng, kind, G, S)
    return StarMDP(
        rows(rng, moves, G, A, G), P_l, rng.normal(size=(G, A)), rng.normal(size=(G, S)),
        draw(st.sampled_from(GAMMAS)), stages=stages,
    )  # fmt: skip


@st.composite
def dispatchers(draw: st.DrawFn) -> Dispatch:
    """A dispatcher of two or three queues of capacity one or two, under any load."""
    return Dispatch(
        n=draw(st.sampled_from((3, 2))),
        c=draw(st.integers(1, 3)),
        p=draw(st.sampled_from((0.3, 0.8, 1.0))),
        gamma=draw(st.sampled_from((0.5, 0.7))),
        penalty=draw(st.sampled_from(("printed", "full"))),
        load=draw(st.sampled_from(("paper", "consistent", "literal"))),
    )


@st.composite
def agents(draw: st.DrawFn) -> tuple[int, int]:
    """k and n with 1 <= k <= n <= 4, k at most 3."""
    n = draw(st.integers(1, 4))
    return draw(st.integers(1, min(n, 3))), n
