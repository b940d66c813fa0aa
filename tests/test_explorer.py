"""The explorer shows what the library computes, with and without a kernel."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

import ssq_core as ssq
from ssq_core import memory
from ssq_core.companion import explorer
from ssq_core.companion.demand_response import (
    CHANGE,
    TOL,
    Setting,
    constant_target,
    describe,
    execution_map,
    point,
    policy_gap,
    policy_map,
)
from ssq_core.systems.demand_response import local_state

SMALL = Setting(type_counts=(1, 1))
MS = (3, None)


@pytest.fixture(scope="module")
def mdp() -> ssq.StarMDP:
    return ssq.demand_response(weight=1.5)


def alt(shown: Any) -> str:
    found = re.search(r'<img alt="([^"]*)"', shown.value)
    assert found
    return html.unescape(found[1])


def numbers(gap: ssq.Gap) -> str:
    largest, mean = (f"{x:.3f}" if x > gap.error_bound else "0" for x in (gap.max, gap.mean))
    return f"largest gap {largest}, mean gap {mean}."


# -- what is computed ------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_gap_of_an_exact_table_is_the_library_s_optimality_gap(
    mdp: ssq.StarMDP, k: int
) -> None:
    optimum = ssq.solve(mdp, 3, type_counts=(2, 1))
    own = policy_gap(mdp, ssq.SubsampledPolicy(ssq.solve(mdp, k), 3), optimum, (2, 1), 1e-9)
    direct = ssq.optimality_gap(mdp, k, 3, type_counts=(2, 1))
    for a, b in zip(own.tables, direct.tables, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=own.error_bound + direct.error_bound)
    assert own.mean == pytest.approx(direct.mean, abs=own.error_bound + direct.error_bound)


def test_the_gap_of_a_learned_table_is_the_difference_of_the_values(mdp: ssq.StarMDP) -> None:
    pi = ssq.SubsampledPolicy(ssq.learn(mdp, 2, 5, 100), 3)
    optimum = ssq.solve(mdp, 3, type_counts=(2, 1))
    gap = policy_gap(mdp, pi, optimum, (2, 1))
    value = ssq.policy_value(mdp, pi, TOL, type_counts=(2, 1))
    rng = np.random.default_rng(0)
    for s_g in range(mdp.G):
        states = [*rng.integers(25, size=2).tolist(), 25 + int(rng.integers(25))]
        difference = optimum.value(s_g, states) - value.at(s_g, states)
        assert gap.at(s_g, states) == pytest.approx(difference, abs=1e-12)
    assert gap.mean > gap.error_bound
    assert min(float(table.min()) for table in gap.tables) >= -gap.error_bound


def test_a_gap_to_the_optimum_of_another_number_of_agents_is_refused(mdp: ssq.StarMDP) -> None:
    q = ssq.solve(mdp, 1)
    with pytest.raises(ValueError, match="optimum has k = 1, but pi has n = 2"):
        policy_gap(mdp, ssq.SubsampledPolicy(q, 2), q)


@pytest.mark.parametrize(
    ("k", "largest", "mean"), [(1, 0.9584, 0.2854), (2, 0.4046, 0.0463), (3, 0.2854, 0.0157)]
)
def test_the_gaps_of_four_agents_at_weight_one_and_a_half(
    k: int, largest: float, mean: float
) -> None:
    gap = point(Setting(type_counts=(2, 2)), k, None).gap
    assert gap.max == pytest.approx(largest, abs=2e-4)
    assert gap.mean == pytest.approx(mean, abs=2e-4)


def test_the_printed_weight_makes_every_map_lower_then_hold() -> None:
    p = point(Setting(weight=15.0, type_counts=(1, 1)), 1, None)
    assert np.all(p.greedy[:, 0] == 1)
    assert np.all(p.greedy[:, 1:] == 0)
    assert p.gap.max <= p.gap.error_bound
    assert "largest gap 0, mean gap 0." in describe(p)


def test_one_sampled_agent_is_executed_in_proportion_to_the_types(mdp: ssq.StarMDP) -> None:
    q = ssq.learn(mdp, 1, 3, 100)
    greedy = policy_map(q)
    executed = execution_map(ssq.SubsampledPolicy(q, 3), (2, 1))
    for g, y, x in np.ndindex(executed.shape):
        mixed = (2 * CHANGE[greedy[0, g, x, x]] + CHANGE[greedy[1, g, y, y]]) / 3
        assert executed[g, y, x] == pytest.approx(mixed, abs=1e-12)


def test_with_all_agents_sampled_execution_is_the_greedy_action(mdp: ssq.StarMDP) -> None:
    q = ssq.solve(mdp, 2)
    executed = execution_map(ssq.SubsampledPolicy(q, 2), (1, 1))
    for g, y, x in np.ndindex(executed.shape):
        states = [local_state(1, x + 1, x + 1), local_state(2, y + 1, y + 1)]
        assert executed[g, y, x] == CHANGE[q.action(g, states)]


def test_a_constant_target_is_reached_and_held(mdp: ssq.StarMDP) -> None:
    q = constant_target(ssq.solve(mdp, 1), 3)
    assert [int(actions[0]) for actions in q.greedy] == [2, 2, 1, 0, 0]
    assert all(len(np.unique(actions)) == 1 for actions in q.greedy)
    with pytest.raises(ValueError, match="target"):
        constant_target(q, 6)


# -- static ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def links() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture(scope="module")
def static(links: list[tuple[Any, ...]]) -> explorer.Explorer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widgets, "jslink", lambda *ends: links.append(ends))
        return explorer.demand_response(SMALL, k=2, m=None, ms=MS, live=False)


def test_the_stack_has_a_figure_for_every_position_of_the_sliders(
    static: explorer.Explorer,
) -> None:
    assert list(static.controls["k"].options) == ["1", "2"]
    assert list(static.controls["m"].options) == ["3", "∞"]
    assert [len(row.children) for row in static.picture.children] == [2, 2]


@pytest.mark.parametrize("i", [0, 1])
@pytest.mark.parametrize("j", [0, 1])
def test_the_alternative_text_has_the_numbers_of_the_library(
    static: explorer.Explorer, mdp: ssq.StarMDP, i: int, j: int
) -> None:
    k, m = i + 1, MS[j]
    if m is None:
        gap = ssq.optimality_gap(mdp, k, 2, type_counts=(1, 1))
    else:
        pi = ssq.SubsampledPolicy(ssq.learn(mdp, k, m, SMALL.iterations, SMALL.seed), 2)
        gap = policy_gap(mdp, pi, ssq.solve(mdp, 2, type_counts=(1, 1)), (1, 1))
    text = alt(static.picture.children[i].children[j])
    assert f"k = {k} of n = 2 agents, m = {'∞' if m is None else m}" in text
    assert numbers(gap) in text
    assert text in html.unescape(
        static.picture.children[i].children[j].value.split("figcaption")[1]
    )


def test_every_position_shows_another_picture_of_a_page_s_width(static: explorer.Explorer) -> None:
    sources = [
        re.findall(r"base64,([^\"]*)", page.value)
        for row in static.picture.children
        for page in row.children
    ]
    assert len({source for (source,) in sources}) == 4
    for (source,) in sources:
        image = Image.open(io.BytesIO(base64.b64decode(source)))
        assert image.format == "PNG"
        assert 600 <= image.width <= 1000


def test_the_sliders_are_linked_to_the_stacks_in_the_browser(
    static: explorer.Explorer, links: list[tuple[Any, ...]]
) -> None:
    k, m, stack = static.controls["k"], static.controls["m"], static.picture
    wanted = [((m, "index"), (row, "selected_index")) for row in stack.children]
    assert links == [*wanted, ((k, "index"), (stack, "selected_index"))]
    assert (k.index, m.index) == (stack.selected_index, stack.children[0].selected_index) == (1, 1)
    assert set(static.box.children) == {k, m, stack}


def test_every_control_has_a_name(static: explorer.Explorer) -> None:
    live = explorer.demand_response(SMALL, k=1, live=True)
    for control in (*static.controls.values(), *live.controls.values()):
        assert control.description


def test_a_page_shows_the_explorer_as_a_widget(static: explorer.Explorer) -> None:
    bundle = static._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == static.box.model_id


# -- live ------------------------------------------------------------------------------------------


@pytest.fixture
def live() -> explorer.Explorer:
    return explorer.demand_response(SMALL, k=1, m=None, live=True)


def test_moving_a_slider_recomputes(live: explorer.Explorer) -> None:
    assert alt(live.picture) == describe(point(SMALL, 1, None))
    live.controls["k"].value = 2
    assert alt(live.picture) == describe(point(SMALL, 2, None))
    live.controls["m"].value = "10"
    assert alt(live.picture) == describe(point(SMALL, 2, 10))
    live.controls["seed"].value = 1
    assert alt(live.picture) == describe(point(Setting(type_counts=(1, 1), seed=1), 2, 10))
    live.controls["weight"].value = 15.0
    assert "k = 2 of n = 2 agents, m = 10" in alt(live.picture)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("n1", 0, "k must be at most 1, got 2"), ("seed", -1, "seed must be at least 0, got -1")],
)
def test_an_impossible_value_is_answered_in_place(name: str, value: int, message: str) -> None:
    live = explorer.demand_response(SMALL, k=2, m=3, live=True)
    possible = live.controls[name].value
    live.controls[name].value = value
    assert 'role="alert"' in live.picture.value
    assert message in live.picture.value
    assert "<img" not in live.picture.value
    live.controls[name].value = possible
    assert alt(live.picture) == describe(point(SMALL, 2, 3))


def test_a_table_that_cannot_fit_is_answered_in_place(
    live: explorer.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1000)
    live.controls["weight"].value = 7.25
    assert "1,000" in live.picture.value
    assert "<img" not in live.picture.value


def test_the_busy_mark_is_shown_while_computing(
    live: explorer.Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = live.box.children[-2]
    seen: list[str] = []
    original: Callable[..., Any] = explorer.point

    def watched(*args: Any) -> Any:
        seen.append(status.value)
        return original(*args)

    monkeypatch.setattr(explorer, "point", watched)
    live.controls["k"].value = 2
    assert "Computing" in seen[0]
    assert "Computed in" in status.value
    live.controls["n2"].value = 0
    assert "Not computed" in status.value


# -- which mode ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variable", "kind"), [("1", widgets.Stack), ("", widgets.HTML)])
def test_a_build_gets_the_static_mode_and_a_notebook_the_live_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, kind: type
) -> None:
    monkeypatch.setenv(explorer.BUILD_VARIABLE, variable)
    shown = explorer.demand_response(SMALL, k=1, m=None, ks=(1,), ms=(None,)).picture
    assert isinstance(shown, kind)


def test_a_static_explorer_of_an_impossible_k_is_refused() -> None:
    with pytest.raises(ValueError, match="k must be at most 2, got 3"):
        explorer.demand_response(SMALL, k=3, live=False)
