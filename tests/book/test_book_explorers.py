"""The explorers of the built pages: keyboard, read aloud, without scripts, from disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.pages import DESKTOP, HTML, messages, needs_the_book, open_page, resize

pytestmark = needs_the_book

GATHERED = "notebooks/explorer"
SLIDERS = {
    "demand-response": ("k", "m"),
    "queueing": ("k", "load"),
    "concentration": ("n", "k", "size"),
    "optimality-bound": ("gamma", "k", "n"),
}
OWN_PAGE = {name: f"notebooks/{name.replace('-', '_')}" for name in SLIDERS}
PAGES = [*OWN_PAGE.values(), GATHERED]
DISK = f"{HTML.as_uri()}/"  # the book as it lies there; otherwise it is served
MEGABYTE = 1_000_000

SHOWN = """
const figure = arguments[0].closest(".explorer").querySelector("figure");
const image = figure.querySelector("img");
const drawn = !image.hidden && image.complete && image.naturalWidth > 0 && image.offsetParent;
return [drawn ? image.src : "", image.alt, figure.querySelector("figcaption").textContent];
"""


@dataclass(frozen=True)
class Shown:
    """What an explorer shows, and what is read aloud of the slider that has the focus."""

    picture: str
    alt: str
    text: str
    name: str
    value: str


def shown(browser: webdriver.Chrome, slider: WebElement) -> Shown:
    picture, alt, text = browser.execute_script(SHOWN, slider)
    value = slider.get_attribute("aria-valuetext") or ""
    return Shown(picture, alt, text, slider.accessible_name, value)


def press(browser: webdriver.Chrome, slider: WebElement, key: str) -> Shown:
    browser.execute_script("arguments[0].focus()", slider)
    ActionChains(browser).send_keys(key).pause(0.05).perform()
    return shown(browser, slider)


def found(browser: webdriver.Chrome, name: str, slider: str) -> WebElement:
    return browser.find_element("id", f"explorer-{name}-{slider}")


@pytest.fixture(params=[(name, disk) for name in SLIDERS for disk in (False, True)])
def place(request: pytest.FixtureRequest, site: str) -> tuple[str, str]:
    """An explorer's name, and its own page from the server or the gathering page from the disk."""
    name, disk = request.param
    return name, f"{DISK}{GATHERED}.html" if disk else f"{site}{OWN_PAGE[name]}.html"


@pytest.fixture
def _no_scripts(browser: webdriver.Chrome) -> Iterator[None]:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_every_slider_changes_its_figure_by_keyboard_and_is_read_aloud(
    browser: webdriver.Chrome, place: tuple[str, str]
) -> None:
    name, page = place
    resize(browser, DESKTOP)
    open_page(browser, page)
    for own in SLIDERS[name]:
        slider = found(browser, name, own)
        assert slider.aria_role == "slider"
        start = press(browser, slider, Keys.HOME)
        steps = [start]
        for _ in range(int(slider.get_attribute("max") or 0)):
            steps.append(press(browser, slider, Keys.ARROW_RIGHT))
        assert len(steps) >= 3
        assert {step.name for step in steps} == {start.name} != {""}
        for what in ("value", "text", "alt"):
            assert len({getattr(step, what) for step in steps}) == len(steps), what
        pictures = [step.picture for step in steps if step.picture]
        assert len(set(pictures)) == len(pictures) >= 2
        assert press(browser, slider, Keys.HOME) == start


def test_what_is_impossible_is_answered_in_the_figure_s_place(
    browser: webdriver.Chrome, site: str
) -> None:
    open_page(browser, f"{site}{GATHERED}.html")
    press(browser, found(browser, "optimality-bound", "n"), Keys.HOME)
    answer = press(browser, found(browser, "optimality-bound", "k"), Keys.END)
    assert answer.picture == ""
    assert answer.text == "No figure: k must be at most n = 50, got 1000."
    assert press(browser, found(browser, "optimality-bound", "n"), Keys.END).picture


@pytest.mark.usefixtures("_no_scripts")
def test_without_scripts_the_first_figure_is_there_with_its_words(
    browser: webdriver.Chrome, place: tuple[str, str]
) -> None:
    name, page = place
    browser.get(page)
    slider = found(browser, name, SLIDERS[name][0])
    image = slider.find_element("xpath", "ancestor::*[contains(@class, 'explorer')]//img")
    assert image.is_displayed()
    assert int(image.get_property("naturalWidth")) > 500
    assert len(image.get_attribute("alt") or "") > 50
    assert not slider.is_displayed()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_weighs_less_than_six_megabytes_and_the_gathering_page_than_twelve(
    browser: webdriver.Chrome, site: str, page: str
) -> None:
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    list(messages(browser))
    open_page(browser, f"{site}{page}.html")
    sizes = [p["encodedDataLength"] for m, p in messages(browser) if m == "Network.loadingFinished"]
    assert len(sizes) > 5
    assert sum(sizes) < (12 if page == GATHERED else 6) * MEGABYTE
