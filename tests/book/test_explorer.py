"""An explorer shows what it computes: as a page, with a kernel, and in four chapters."""

import asyncio
import html
import json
import os
import re
import signal
from collections.abc import Callable
from itertools import product
from math import inf
from typing import Any

import matplotlib.pyplot as plt
import pytest

from ssq_book.chapters.concentration import explorer as concentration
from ssq_book.chapters.demand_response import explorer as demand_response
from ssq_book.chapters.optimality_bound import explorer as optimality_bound
from ssq_book.chapters.queueing import explorer as queueing
from ssq_book.explorers.core import Control, Explorer, Range, View
from ssq_book.explorers.live import LiveExplorer
from ssq_book.explorers.page import StaticExplorer

CALLS: list[dict[str, Any]] = []


def drawn(k: int, m: float, c: int) -> View:
    """A view as fast as can be; k = 3 is refused."""
    CALLS.append({"k": k, "m": m, "c": c})
    if k == 3:
        raise ValueError("k must be at most 2, got 3 < '4' & 5")
    figure, ax = plt.subplots(figsize=(6, 1))
    plt.close(figure)
    ax.plot([k, 1 / m])
    return View(figure, f"a line for k = {k} & m = {m:g}", f'"k" = {k}, m = {m:g}, c < {c}')


def toy(
    live: bool, k: int = 1, compute: Callable[..., View] = drawn, **more: Callable[..., float]
) -> Explorer:
    controls = (
        Control("k", "agents <k>", k, (1, 2, 3), Range(0, 5)),
        Control("m", "samples", inf, (3,), (3, 10), lambda m: "∞" if m == inf else str(m)),
        Control("c", "hidden", 7, (), Range(0.5, 9, 0.5)),
    )
    kind = LiveExplorer if live else StaticExplorer
    return kind("toy", "A toy", controls, compute, **more)


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


# -- the page --------------------------------------------------------------------------------------


def test_a_page_holds_a_view_for_every_position_in_the_sliders_order() -> None:
    page = toy(False).shown
    (script,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.S)
    assert "<" not in script  # nothing in it can end the script
    data, sliders = json.loads(script), re.findall(r"<input [^>]*>", page)
    assert data["positions"] == [["1", "2", "3"], ["3", "∞"]]
    assert [{"k": k, "m": m, "c": 7} for k, m in product((1, 2, 3), (3, inf))] == CALLS
    texts = [view["text"] for view in data["views"]]
    assert texts[1:3] == ['"k" = 1, m = inf, c < 7', '"k" = 2, m = 3, c < 7']
    assert len({view["src"] for view in data["views"] if "src" in view}) == 4
    assert len(sliders) == 2  # a control with one position has none
    assert data["places"] == [0, 1, 2, 3, 2, 3]  # what is refused leads to the k below
    assert len(data["views"][0]["src"]) < 27_000  # of 20 kB WebP in base 64
    with pytest.raises(ValueError, match="k must be at most 2"):  # a start that is refused
        _ = toy(False, k=3).shown


# -- with a kernel ---------------------------------------------------------------------------------


def test_a_build_gets_the_page_and_a_notebook_the_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, expected in (("1", False), ("", True), ("0", True)):
        monkeypatch.setenv("SSQ_BUILD", variable)
        assert type(queueing.queueing()) is (LiveExplorer if expected else StaticExplorer)
    page, widgets = toy(False), toy(True)
    assert page._repr_mimebundle_()["text/html"] == page.shown
    bundle = widgets._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    assert bundle["model_id"] == widgets.shown.box.model_id


def test_moving_a_slider_recomputes_and_what_is_impossible_is_answered_in_place() -> None:
    shown = toy(True).shown
    assert html.escape('"k" = 1, m = inf, c < 7') in shown.picture.value
    shown.sliders["k"].value = 3
    assert 'role="alert"' in shown.status.value
    assert "k must be at most 2, got 3 &lt; &#x27;4&#x27; &amp; 5" in shown.status.value
    assert html.escape('"k" = 1, m = inf, c < 7') in shown.picture.value  # still
    assert "an earlier position" in shown.status.value
    shown.sliders["k"].value = 2
    shown.sliders["m"].value = 10
    assert html.escape("m = 10, c < 7") in shown.picture.value
    assert 'alt="a line for k = 2 &amp; m = 10"' in shown.picture.value
    assert "Computed in" in shown.status.value
    shown.sliders["c"].value = 0.5
    assert CALLS[-1] == {"k": 2, "m": 10, "c": 0.5}
    k, m, c = toy(True, k=8).shown.sliders.values()  # a start joins what a slider reaches
    assert (k.min, k.max, k.value) == (0, 8, 8)
    assert dict(m.options) == {"3": 3, "10": 10, "∞": inf}
    assert (c.min, c.max, c.step, c.value) == (0.5, 9, 0.5, 7)


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


def test_what_takes_long_says_so_first_and_too_long_is_refused_but_at_the_start() -> None:
    said: list[str] = []
    boxes: list[Any] = []

    def watched(**values: Any) -> View:
        said.extend(box.status.value for box in boxes)
        return drawn(**values)

    shown = toy(True, 5, watched, cost=lambda k, m, c: 4.0 * k).shown
    boxes.append(shown)
    assert {"k": 5, "m": inf, "c": 7} in CALLS  # 20 s
    shown.sliders["k"].value = 2
    (busy,) = said
    assert 'aria-busy="true">Computing, about 8 s; interrupt the kernel to stop it …<' in busy
    shown.sliders["k"].value = 4
    assert len(said) == 1
    assert "this would take about 16 s, where sliders may lead to 10 s" in shown.status.value


def test_an_interrupt_stops_what_is_computed_and_nothing_else() -> None:
    def long(k: int, m: float, c: int) -> View:
        if k == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return drawn(k, m, c)

    shown = toy(True, compute=long).shown
    picture = shown.picture.value
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a kernel between its messages
    try:
        shown.sliders["k"].value = 4
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Stopped" in shown.status.value
    assert shown.picture.value == picture
    shown.sliders["k"].value = 2
    assert "Computed in" in shown.status.value


# -- the four --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        demand_response.demand_response, concentration.concentration, queueing.queueing,
        optimality_bound.optimality_bound,
    ],
)  # fmt: skip
def test_k_above_n_is_refused(make: Callable[..., Explorer]) -> None:
    page = make()
    with pytest.raises(ValueError, match=r"k .*got 2000"):
        page.compute(**{control.name: control.start for control in page.controls} | {"k": 2000})


def test_the_bound_s_numbers_are_those_of_the_expressions() -> None:
    text = optimality_bound.view(gamma=0.9, k=25, n=1_000_000, size=50, actions=3).text
    assert "P-3.2 is below that from k = 985 on, L5 from k = 45 on." in text
    assert "no two policies differ by more than 20." in text
    whole = optimality_bound.view(gamma=0.9, k=50, n=50, size=50, actions=3).text
    assert "P-3.2 is below that at no k" in whole
    assert "L5 0, " in whole


def test_concentration_says_that_equation_13_is_broken_and_the_corrected_radius_is_not() -> None:
    # truth by hand: one of four agents differs; a sample of one that finds it is off by 3/4
    broken = concentration.view(n=4, k=2, size=4, eps=0.4, delta=0.1).text
    assert "promises TV ≤ 0.453 with probability 0.9, and is broken with probability 1;" in broken
    assert "the corrected radius 0.5 with 0." in broken


def test_a_walk_that_is_too_large_is_replaced_by_monte_carlo_with_its_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = concentration.failure(30, 6, 3, 0.2, "sup")
    assert exact.low == exact.high
    monkeypatch.setattr("ssq_core.theory.sample_distance.MAX_UPDATES", 0)
    concentration.failure.cache_clear()
    estimate = concentration.failure(30, 6, 3, 0.2, "sup")
    concentration.failure.cache_clear()
    assert estimate.low < exact.value < estimate.high
