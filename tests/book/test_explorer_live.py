"""An explorer with a kernel: what sliders and interrupts do."""

from __future__ import annotations

import asyncio
import html
import os
import signal
from math import inf
from typing import Any

import pytest

from ssq_book.explorers import Explorer, View, live
from tests.book.test_explorer import CALLS, drawn, toy


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


def test_moving_a_slider_recomputes() -> None:
    shown = toy(True).shown
    assert html.escape('"k" = 1, m = inf, c < 7') in shown.picture.value
    shown.sliders["k"].value = 2
    assert html.escape('"k" = 2, m = inf') in shown.picture.value
    shown.sliders["m"].value = 10
    assert html.escape("m = 10, c < 7") in shown.picture.value
    assert 'alt="a line for k = 2 &amp; m = 10"' in shown.picture.value
    shown.sliders["c"].value = 0.5
    assert CALLS[-1] == {"k": 2, "m": 10, "c": 0.5}


def test_an_impossible_value_is_answered_in_place() -> None:
    shown = toy(True).shown
    shown.sliders["k"].value = 3
    assert 'role="alert"' in shown.picture.value
    assert "k must be at most 2, got 3 &lt; &#x27;4&#x27; &amp; 5" in shown.picture.value
    assert "<img" not in shown.picture.value
    assert "Not computed" in shown.status.value
    shown.sliders["k"].value = 2
    assert "<img" in shown.picture.value
    assert "Computed in" in shown.status.value


def test_the_busy_mark_is_shown_while_computing() -> None:
    seen: list[str] = []
    boxes: list[live.Widgets] = []

    def watched(**values: Any) -> View:
        seen.extend(box.status.value for box in boxes)
        return drawn(**values)

    own = toy(True)
    boxes.append(Explorer(own.name, own.title, own.controls, watched, True).shown)
    boxes[0].sliders["k"].value = 2
    assert len(seen) == 1
    assert "Computing" in seen[0]
    assert 'aria-busy="true"' in seen[0]


def test_of_many_moves_the_position_where_they_end_is_computed_and_no_other() -> None:
    shown = toy(True).shown
    CALLS.clear()

    async def moves() -> None:  # as a kernel hears of them: one after the other, before it computes
        for k in (2, 4, 5, 2):
            shown.sliders["k"].value = k
        shown.sliders["c"].value = 8
        assert CALLS == []
        while not CALLS:
            await asyncio.sleep(0.01)

    asyncio.run(moves())
    assert [{"k": 2, "m": inf, "c": 8}] == CALLS
    assert html.escape("m = inf, c < 8") in shown.picture.value


def test_what_takes_long_says_so_first_and_too_long_is_refused_but_at_the_start() -> None:
    said: list[str] = []
    boxes: list[live.Widgets] = []

    def watched(**values: Any) -> View:
        said.extend(box.status.value for box in boxes)
        return drawn(**values)

    own = toy(True, k=5)
    boxes.append(
        Explorer("toy", "A toy", own.controls, watched, True, lambda k, m, c: 4.0 * k).shown
    )
    assert {"k": 5, "m": inf, "c": 7} in CALLS  # 20 s
    boxes[0].sliders["k"].value = 2
    assert len(said) == 1
    assert ">Computing, about 8 s; interrupt the kernel to stop it …<" in said[0]
    CALLS.clear()
    boxes[0].sliders["k"].value = 4
    assert CALLS == []
    assert "this would take about 16 s, where sliders may lead to 10 s" in boxes[0].picture.value
    assert "Not computed." in boxes[0].status.value


def test_an_interrupt_stops_what_is_computed_and_nothing_else() -> None:
    before = signal.getsignal(signal.SIGINT)

    def long(k: int, m: float, c: int) -> View:
        if k == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return drawn(k, m, c)

    own = toy(True)
    shown = Explorer(own.name, own.title, own.controls, long, True).shown
    picture = shown.picture.value
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a kernel between its messages
    try:
        shown.sliders["k"].value = 4
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Stopped" in shown.status.value
    assert shown.picture.value == picture
    shown.sliders["k"].value = 2
    assert "Computed in" in shown.status.value


def test_sliders_reach_from_the_start_over_the_whole_range() -> None:
    k, m, c = toy(True, k=8).shown.sliders.values()
    assert (k.min, k.max, k.value) == (0, 8, 8)
    assert dict(m.options) == {"3": 3, "10": 10, "∞": inf}
    assert (c.min, c.max, c.step, c.value) == (0.5, 9, 0.5, 7)
