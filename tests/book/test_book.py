"""The built pages: formulas, images, requests, errors, widths, and what axe-core finds."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from ssq_book.sphinx_ext import links
from tests.pages import (
    DESKTOP,
    HTML,
    PAGES,
    PHONE,
    ROOT,
    TOC,
    messages,
    needs_the_book,
    open_page,
    prefer,
    resize,
)

pytestmark = needs_the_book

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
KINDS = (
    "formulas", "requests", "errors", "images without alternative text", "wider than the window",
    "axe",
)  # fmt: skip
Faults = dict[str, list[str]]
HOSTS = {
    "https://arxiv.org/abs/2403.00222",
    "https://arxiv.org/abs/2602.16196",
    "https://distributed.dask.org",
    "https://openreview.net/forum?id=THOgGo8SX7",
}

# Formulas left as source or drawn as errors, and TeX left in the text.
FORMULAS = r"""
const all = [...document.querySelectorAll(".math")];
const raw = all.filter(e => !e.querySelector("mjx-container"));
const wrong = [...document.querySelectorAll(
  "mjx-merror, [data-mjx-error], mjx-container mjx-mtext[style*='red']")];
const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
const tex = [];
for (let node; (node = walker.nextNode());)
  if (!node.parentElement.closest("pre, code, script, style, mjx-container")
      && /\\\(|\\\[|\\begin\{|\$\$|\$[^\s$][^$]*\$/.test(node.data)) tex.push(node.data.trim());
return raw.concat(wrong).map(e => e.textContent.trim()).concat(tex);
"""

ICONS = """
return [...document.fonts].some(f => /Awesome/.test(f.family) && f.status === "loaded");
"""

IMAGES_WITHOUT_ALT = """
return [...document.images].filter(i => !(i.alt || "").trim()).map(i => i.outerHTML.slice(0, 200));
"""

# What reaches beyond the window and does not scroll within itself.
TOO_WIDE = """
const scrolls = e => e && e.tagName !== "BODY" &&
  (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
const hidden = e => !e.checkVisibility({ visibilityProperty: true })
  || e.closest("mjx-assistive-mml, .visually-hidden");
const wide = [...document.querySelectorAll("main *")].filter(e =>
  e.getBoundingClientRect().right > innerWidth + 1 && !hidden(e) && !scrolls(e.parentElement));
const page = document.documentElement.scrollWidth;
return wide.map(e => e.outerHTML.slice(0, 120)).concat(page > innerWidth ? [`page: ${page}`] : []);
"""

# Every violation: its rule, the element, and if that lies in the article, which is ours.
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => done(
  violations.flatMap(({ id, nodes }) => nodes.map(node => {
    const element = document.querySelector(node.target[0]);
    return [id, node.html.slice(0, 200), !!element?.closest("main article")];
  }))), error => done([["axe", String(error), true]]));
"""

# The theme's own, outside the article: rule, element, and why it is not ours to mend.
THEME = {
    ("label-content-name-mismatch", "search-button"): "the button's name leaves out its shortcut",
    ("region", "logo__"): "the logo above the contents is in no landmark",
}


def violations(browser: webdriver.Chrome) -> list[str]:
    """What axe-core finds on the page that is not the theme's own."""
    found: list[Any] = browser.execute_async_script(RUN_AXE)
    return [
        f"{rule}: {html}"
        for rule, html, ours in found
        if ours or not any(rule == own and part in html for own, part in THEME)
    ]


def failed_requests(browser: webdriver.Chrome, site: str) -> list[str]:
    """Requests that failed, and requests to anywhere but the book itself."""
    failures = []
    for method, params in messages(browser):
        if method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if url.startswith(("http", "ws")) and not url.startswith(site):
                failures.append(f"leaves the book: {url}")
        elif method == "Network.loadingFailed":
            failures.append(f"{params['errorText']}: {params['type']}")
        elif method == "Network.responseReceived":
            response = params["response"]
            failures += [f"{response['status']}: {response['url']}"] * (response["status"] >= 400)
    return failures


def errors(browser: webdriver.Chrome) -> list[str]:
    """Errors in the browser's console since the last call."""
    return [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]


@pytest.fixture(scope="module", params=PAGES)
def faults(request: pytest.FixtureRequest, browser: webdriver.Chrome, site: str) -> Faults:
    """What is wrong with one page, by kind: in light and dark, on a desktop and a phone."""
    for log in ("browser", "performance"):
        browser.get_log(log)  # what an earlier page left there
    found: Faults = {kind: [] for kind in KINDS}
    for theme, width in product(("dark", "light"), (PHONE, DESKTOP)):
        resize(browser, width)
        prefer(browser, theme)
        open_page(browser, f"{site}{request.param}.html")
        assert browser.execute_script("return document.documentElement.dataset.theme") == theme
        found["images without alternative text"] += browser.execute_script(IMAGES_WITHOUT_ALT)
        too_wide = browser.execute_script(TOO_WIDE)
        found["wider than the window"] += [f"{theme}, {width}: {e}" for e in too_wide]
        if AXE.exists():
            browser.execute_script(AXE.read_text(encoding="utf-8"))
            found["axe"] += [f"{theme}, {width}: {e}" for e in violations(browser)]
    found["formulas"] = browser.execute_script(FORMULAS)
    found["requests"], found["errors"] = failed_requests(browser, site), errors(browser)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_no_fault(faults: Faults, kind: str) -> None:
    if kind == "axe" and not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci`")
    assert faults[kind] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opened_from_its_file_logs_no_error_and_has_its_icons(
    browser: webdriver.Chrome, page: str
) -> None:
    errors(browser)  # what an earlier page left there
    open_page(browser, (HTML / f"{page}.html").as_uri())
    assert errors(browser) == []
    assert browser.execute_script(ICONS)


VISIBLE = """
const seen = css => [...document.querySelectorAll(css)].some(e => e.checkVisibility());
return ["div.cell:not(.tag_hide-input) > .cell_input", "p.checked, .cell_output img",
        ".tag_hide-input .cell_input", ".tag_hide-input > .hide > summary"].map(seen);
"""


def test_the_switch_shows_text_code_or_all_code_and_is_remembered(
    browser: webdriver.Chrome, site: str
) -> None:
    def switch() -> Select:
        return Select(
            browser.find_element(By.CSS_SELECTOR, "select[aria-label='Code on the page']")
        )

    resize(browser, PHONE)
    open_page(browser, f"{site}notebooks/model.html")
    assert browser.execute_script(VISIBLE) == [True, True, False, False]
    switch().select_by_visible_text("+ checks")
    assert browser.execute_script(VISIBLE) == [True, True, True, False]
    switch().select_by_visible_text("Text")
    open_page(browser, f"{site}notebooks/concentration.html")
    assert switch().first_selected_option.text == "Text"
    assert browser.execute_script(VISIBLE) == [False, True, False, False]
    switch().select_by_visible_text("+ code")


DRAWN = (
    "return [...document.querySelectorAll('img.drawn')].map(i => [i.className, i.offsetWidth > 0])"
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_is_shown_as_it_is_drawn_for_the_theme(
    browser: webdriver.Chrome, site: str, theme: str
) -> None:
    resize(browser, PHONE)
    prefer(browser, theme)
    open_page(browser, f"{site}notebooks/concentration.html")
    shown = browser.execute_script(DRAWN)
    assert {name for name, seen in shown if seen} == {f"drawn {theme}"}
    assert sum(seen for _, seen in shown) == len(shown) / 2


SCROLLS = """
return [...document.querySelectorAll(".bd-article table")].some(table =>
  table.querySelectorAll("thead th").length <= 4
  && table.scrollWidth > table.parentElement.clientWidth);
"""


def test_a_table_of_few_columns_is_stacked_on_a_phone_and_whole_again_on_a_desktop(
    browser: webdriver.Chrome, site: str
) -> None:
    resize(browser, PHONE)
    open_page(browser, f"{site}book/api.html")
    stacked = "return document.querySelectorAll('table.stacked td[data-head]').length"
    assert browser.execute_script(stacked)
    assert not browser.execute_script(SCROLLS)
    resize(browser, DESKTOP)
    WebDriverWait(browser, 10).until(
        lambda driver: not driver.execute_script("return document.querySelector('table.stacked')")
    )


def test_the_front_door_leads_to_the_first_page(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}index.html")
    first = f"{site}{TOC['root']}.html"
    WebDriverWait(browser, 10).until(lambda driver: driver.current_url == first)


def test_every_link_image_and_script_of_a_page_leads_somewhere() -> None:
    assert links.broken(HTML, PAGES) == []


def test_links_to_other_hosts_are_the_few_that_are_known() -> None:
    pages = [(HTML / f"{page}.html").read_text(encoding="utf-8") for page in PAGES]
    found = {
        link for page in pages for link in re.findall(r'(?:href|src)="(https?://[^"]+)"', page)
    }
    assert found == HOSTS
