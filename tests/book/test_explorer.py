"""An explorer shows what its library function computes, with and without a kernel."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Callable
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from ssq_book import explorers as explorer
from ssq_book.chapters.concentration import explorer as sampling
from ssq_book.chapters.optimality_bound import explorer as bound
from ssq_book.explorers import Control, Explorer, Range, View, core

CALLS: list[dict[str, Any]] = []
ALL: dict[str, Callable[..., Explorer]] = {
    "demand-response": explorer.demand_response,
    "concentration": explorer.concentration,
    "queueing": explorer.queueing,
    "optimality-bound": explorer.optimality_bound,
}


def drawn(k: int, m: float, c: int) -> View:
    """A view as fast as can be; k = 3 is refused."""
    CALLS.append({"k": k, "m": m, "c": c})
    if k == 3:
        raise ValueError("k must be at most 2, got 3 < '4' & 5")
    figure, ax = plt.subplots(figsize=(6, 1))
    plt.close(figure)
    ax.plot([k, 1 / m])
    return View(figure, f"a line for k = {k} & m = {m:g}", f'"k" = {k}, m = {m:g}, c < {c}')


def toy(is_live: bool, k: int = 1) -> Explorer:
    controls = (
        Control("k", "agents <k>", k, (1, 2, 3), Range(0, 5)),
        Control("m", "samples", inf, (3,), (3, 10), lambda m: "∞" if m == inf else str(m)),
        Control("c", "hidden", 7, (), Range(0.5, 9, 0.5)),
    )
    return Explorer("toy", "A toy", controls, drawn, is_live)


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


# -- the page --------------------------------------------------------------------------------------


def parts(page: str) -> tuple[dict[str, Any], list[str]]:
    """The data of a page's script, and its sliders."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1]), re.findall(r"<input [^>]*>", page)


def test_a_page_holds_a_view_for_every_position_in_the_sliders_order() -> None:
    data, sliders = parts(toy(False).shown)
    assert data["positions"] == [["1", "2", "3"], ["3", "∞"]]
    assert [{"k": k, "m": m, "c": 7} for k, m in product((1, 2, 3), (3, inf))] == CALLS
    texts = [view["text"] for view in data["views"]]
    assert texts[1] == '"k" = 1, m = inf, c < 7'
    assert texts[2] == '"k" = 2, m = 3, c < 7'
    assert len({view["src"] for view in data["views"] if "src" in view}) == 4
    assert len(sliders) == 2  # a control with one position has none


def test_a_position_that_is_refused_holds_its_message_and_a_start_that_is_refused_raises() -> None:
    data, _ = parts(toy(False).shown)
    assert data["views"][4] == {"text": "No figure: k must be at most 2, got 3 < '4' & 5."}
    with pytest.raises(ValueError, match="k must be at most 2"):
        _ = toy(False, k=3).shown


def test_in_a_build_a_view_is_drawn_once_for_all_pages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(explorer.BUILD_VARIABLE, str(tmp_path / "views"))
    first = toy(False).shown
    assert len(CALLS) == 6
    assert toy(False).shown == first
    assert toy(False, k=2).shown != first  # it starts elsewhere, on the same views
    assert len(CALLS) == 6
    with pytest.raises(ValueError, match="k must be at most 2"):
        _ = toy(False, k=3).shown


def test_a_page_shows_its_first_view_without_scripts() -> None:
    page = toy(False, k=2).shown
    before = page[: page.index("<script")]
    data, _ = parts(page)
    first = data["views"][3]
    assert first["src"] in before
    assert f'alt="{html.escape(first["alt"])}"' in before
    assert f">{html.escape(first['text'])}</figcaption>" in before
    assert '<div class="explorer-sliders" hidden>' in before
    assert "<noscript>" in before


def test_a_slider_of_a_page_has_a_label_and_says_its_value() -> None:
    page = toy(False, k=2).shown
    assert '<label for="explorer-toy-k" style="flex:0 0 14rem">agents &lt;k&gt;</label>' in page
    k, m = parts(page)[1]
    assert 'type="range"' in k
    assert 'id="explorer-toy-k" min="0" max="2" step="1" value="1" aria-valuetext="2"' in k
    assert 'aria-valuetext="∞"' in m


def test_nothing_in_the_data_can_end_its_script() -> None:
    script = toy(False).shown.split('<script type="application/json">')[1].split("</script>")[0]
    assert "<" not in script


def test_a_picture_is_a_png_of_a_page_s_width_and_few_colours() -> None:
    source = parts(toy(False).shown)[0]["views"][0]["src"]
    image = Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/png;base64,"))))
    assert (image.format, image.mode, image.width) == ("PNG", "P", 600)


# -- which mode ------------------------------------------------------------------------------------


def test_a_build_gets_the_page_and_a_notebook_the_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, expected in (("1", False), ("", True), ("0", True)):
        monkeypatch.setenv(explorer.BUILD_VARIABLE, variable)
        assert core.is_live(None) is expected
        assert core.is_live(True)
        assert not core.is_live(False)
        assert explorer.queueing().live is expected


def test_a_notebook_shows_either_as_a_cell_s_result() -> None:
    static, own = toy(False), toy(True)
    assert static._repr_mimebundle_()["text/html"] == static.shown
    bundle = own._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    assert bundle["model_id"] == own.shown.box.model_id


# -- the four --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_every_slider_of_a_page_moves_what_is_shown_and_has_a_name(name: str) -> None:
    own = ALL[name](live=False)
    start = {control.name: control.start for control in own.controls}
    first = own.compute(**start)
    moved = [control for control in own.controls if len(control.grid) > 1]
    assert len(moved) >= 2
    for control in own.controls:
        assert control.label
        assert control.start in control.grid
    for control in moved:
        other = own.compute(**start | {control.name: control.grid[0]})
        assert (other.text, other.alt) != (first.text, first.alt)
        assert core.png(other.figure) != core.png(first.figure)


@pytest.mark.parametrize("name", ALL)
def test_k_above_n_is_refused_and_named(name: str) -> None:
    own = ALL[name](live=True)
    start = {control.name: control.start for control in own.controls}
    with pytest.raises(ValueError, match=r"k .*got 2000"):
        own.compute(**start | {"k": 2000})


def test_the_bound_s_numbers_are_those_of_the_expressions() -> None:
    text = bound.view(gamma=0.9, k=25, n=1_000_000, size=50, actions=3).text
    assert "Theorem 3.2 is below that from k = 985 on, L5 from k = 45 on." in text
    assert "no two policies differ by more than 20." in text
    whole = bound.view(gamma=0.9, k=50, n=50, size=50, actions=3).text
    assert "Theorem 3.2 is below that at no k" in whole
    assert "L5 0, " in whole


def test_concentration_says_that_equation_13_is_broken_and_the_corrected_radius_is_not() -> None:
    # truth by hand: one of four agents differs; a sample of one that finds it is off by 3/4
    broken = sampling.view(n=4, k=2, size=4, eps=0.4, delta=0.1).text
    assert "promises TV ≤ 0.453 with probability 0.9, and is broken with probability 1;" in broken
    assert "the corrected radius 0.5 with 0." in broken


def test_a_walk_that_is_too_large_is_replaced_by_monte_carlo_with_its_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact, is_exact = sampling.failure(30, 6, 3, 0.2, "sup")
    assert is_exact
    assert exact.low == exact.value == exact.high
    monkeypatch.setattr("ssq_core.theory.sample_distance.MAX_UPDATES", 0)
    sampling.failure.cache_clear()
    estimate, is_exact = sampling.failure(30, 6, 3, 0.2, "sup")
    sampling.failure.cache_clear()
    assert not is_exact
    assert estimate.low < exact.value < estimate.high
