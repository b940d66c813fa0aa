"""What the properties are drawn from: small star-graph systems of every kind, and dispatchers."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ssq_core import StarMDP
from ssq_core.systems.queueing import Dispatch
from tests.systems import rows

KINDS = ("dense", "sparse", "deterministic", "types", "equal rows", "transient", "stages")
GAMMAS = (0.1, 0.5, 0.8)


def local_kernel(rng: np.random.Generator, kind: str, G: int, S: int) -> tuple[np.ndarray, Any]:
    """A kernel (G, S, S) of a kind, and its two stages if it has them."""
    if kind == "stages":
        middle = int(rng.integers(1, 4))
        first, second = rows(rng, "sparse", G, S, middle), rows(rng, "dense", G, middle, S)
        return first @ second, (first, second)
    if kind == "types":  # every state a type of its own, but for the last two
        law = np.broadcast_to(np.eye(S), (G, S, S)).copy()
        law[:, -2:, -2:] = rows(rng, "dense", G, min(S, 2), min(S, 2))
        return law, None
    if kind == "transient":  # the last state drains into those before it and is never entered
        law = rows(rng, "sparse", G, S, S)
        if S > 1:
            law[:, :, :-1] /= law[:, :, :-1].sum(axis=2, keepdims=True).clip(1e-9)
            law[:, :, -1] = 0
            law[..., 0] += 1 - law.sum(axis=2)
        return law, None
    law = rows(rng, kind if kind in ("dense", "sparse", "deterministic") else "dense", G, S, S)
    if kind == "equal rows":
        law[:, -1] = law[:, 0]
    return law, None


@st.composite
def systems(draw: st.DrawFn, deterministic: bool = False) -> StarMDP:
    """A system of up to three global states, actions and local states; P_g certain or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    G, A, S = (draw(st.integers(1, 3)) for _ in range(3))
    kind = draw(st.sampled_from(KINDS))
    moves = "deterministic" if deterministic else draw(st.sampled_from(KINDS[:3]))
    P_l, stages = local_kernel(rng, kind, G, S)
    return StarMDP(
        rows(rng, moves, G, A, G), P_l, rng.normal(size=(G, A)), rng.normal(size=(G, S)),
        draw(st.sampled_from(GAMMAS)), stages=stages,
    )  # fmt: skip


@st.composite
def dispatchers(draw: st.DrawFn) -> Dispatch:
    """A dispatcher of two or three queues of capacity one or two, under any load."""
    return Dispatch(
        n=draw(st.sampled_from((3, 2))),
        c=draw(st.integers(1, 2)),
        p=draw(st.sampled_from((0.3, 0.8, 1.0))),
        gamma=draw(st.sampled_from((0.5, 0.7))),
        penalty=draw(st.sampled_from(("printed", "full"))),
        load=draw(st.sampled_from(("paper", "consistent", "literal"))),
    )
