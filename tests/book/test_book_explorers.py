"""The explorers of the built pages: keyboard, read aloud, without scripts, from disk."""

import re
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.pages import DESKTOP, HTML, needs_the_book, open_page, resize

pytestmark = needs_the_book

SLIDERS = {
    "demand-response": ("k", "m"),
    "queueing": ("k", "load"),
    "concentration": ("n", "k", "size"),
    "optimality-bound": ("gamma", "k", "n"),
}
OWN_PAGE = {name: f"notebooks/{name.replace('-', '_')}" for name in SLIDERS}
DISK = f"{HTML.as_uri()}/"  # the book as it lies there; otherwise it is served
MAX_BYTES = 1_500_000  # of a page with its figures

SHOWN = """
const figure = arguments[0].closest(".explorer").querySelector("figure");
const image = figure.querySelector("img");
const drawn = image.complete && image.naturalWidth > 0 && image.offsetParent;
const text = figure.querySelector("figcaption").textContent;
return {picture: drawn ? image.src : "", alt: image.alt, text};
"""


def shown(browser: webdriver.Chrome, slider: WebElement) -> dict[str, str]:
    """What an explorer shows, and what is read aloud of the slider that has the focus."""
    spoken = {"name": slider.accessible_name, "value": slider.get_attribute("aria-valuetext") or ""}
    return browser.execute_script(SHOWN, slider) | spoken


def press(browser: webdriver.Chrome, slider: WebElement, key: str) -> dict[str, str]:
    browser.execute_script("arguments[0].focus()", slider)
    ActionChains(browser).send_keys(key).pause(0.05).perform()
    return shown(browser, slider)


def found(browser: webdriver.Chrome, name: str, slider: str) -> WebElement:
    return browser.find_element("id", f"explorer-{name}-{slider}")


@pytest.fixture(params=[(name, disk) for name in SLIDERS for disk in (False, True)])
def place(request: pytest.FixtureRequest, site: str) -> tuple[str, str]:
    """An explorer's name, and its page from the server or from the disk."""
    name, disk = request.param
    return name, f"{DISK if disk else site}{OWN_PAGE[name]}.html"


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
        moves = range(int(slider.get_attribute("max") or 0))
        steps = [start, *(press(browser, slider, Keys.ARROW_RIGHT) for _ in moves)]
        assert len(steps) >= 3
        assert {step["name"] for step in steps} == {start["name"]} != {""}
        for what in ("value", "text", "alt", "picture"):
            seen = [step[what] for step in steps]
            assert len(set(seen)) >= 3, what
            assert all(seen), what
        assert press(browser, slider, Keys.HOME) == start


def test_k_stays_at_most_n(browser: webdriver.Chrome, site: str) -> None:
    open_page(browser, f"{site}{OWN_PAGE['optimality-bound']}.html")
    k, n = (found(browser, "optimality-bound", slider) for slider in "kn")
    press(browser, n, Keys.END)
    press(browser, k, Keys.END)
    least = press(browser, n, Keys.HOME)
    assert "k = 25 of n = 50" in least["text"]
    assert shown(browser, k)["value"] == "25"
    last = press(browser, k, Keys.END)
    assert (last["value"], last["picture"]) == ("25", least["picture"])


def test_a_pinned_figure_stays_until_it_is_taken_away(
    browser: webdriver.Chrome, place: tuple[str, str]
) -> None:
    name, page = place
    open_page(browser, page)
    slider = found(browser, name, SLIDERS[name][0])
    inside = slider.find_element("xpath", "ancestor::*[@class='explorer']")
    button = inside.find_element("css selector", "button")
    browser.execute_script("arguments[0].click()", button)
    before = press(browser, slider, Keys.HOME)
    after = press(browser, slider, Keys.END)
    texts = [own.text for own in inside.find_elements("css selector", "figcaption")]
    assert texts[0] == after["text"] != before["text"]
    assert texts[1].startswith("Pinned: ")
    browser.execute_script("arguments[0].click()", button)
    assert len(inside.find_elements("css selector", "figure")) == 1


@pytest.mark.usefixtures("_no_scripts")
def test_without_scripts_the_first_figure_is_there_with_its_words(
    browser: webdriver.Chrome, place: tuple[str, str]
) -> None:
    name, page = place
    browser.get(page)
    slider = found(browser, name, SLIDERS[name][0])
    image = slider.find_element("xpath", "ancestor::*[@class='explorer']//img")
    assert image.is_displayed()
    assert int(image.get_property("naturalWidth")) > 500
    assert len(image.get_attribute("alt") or "") > 50
    assert not slider.is_displayed()


@pytest.mark.parametrize("page", OWN_PAGE.values())
def test_a_page_with_its_figures_weighs_little(page: str) -> None:
    place = HTML / f"{page}.html"
    figures = set(re.findall(r'src="([^"]*_images/[^"]+)"', place.read_text()))
    figures = {figure for figure in figures if "-dark" not in figure}  # one theme is loaded
    assert figures
    whole = [place, *((place.parent / figure).resolve() for figure in figures)]
    assert sum(file.stat().st_size for file in whole) <= MAX_BYTES
