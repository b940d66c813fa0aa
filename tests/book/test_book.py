"""The built pages: formulas, images, requests, errors, widths, and what axe-core finds."""

import os
import re
from typing import Any

import nbformat
import pytest
from jupyter_cache import get_cache
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from ssq_book.runs.execution import execute
from tests.pages import (
    BUILT,
    DESKTOP,
    HTML,
    PAGES,
    PHONE,
    ROOT,
    messages,
    needs_the_book,
    open_page,
    prefer,
    resize,
)

pytestmark = needs_the_book

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
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


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_fault_dark_on_a_phone_and_light_on_a_desktop_from_its_file(
    browser: webdriver.Chrome, site: str, page: str
) -> None:
    for log in ("browser", "performance"):
        browser.get_log(log)  # what an earlier page left there
    faults = []
    for theme, width, place in (("dark", PHONE, site), ("light", DESKTOP, f"{HTML.as_uri()}/")):
        resize(browser, width)
        prefer(browser, theme)
        open_page(browser, f"{place}{page}.html")
        assert browser.execute_script("return document.documentElement.dataset.theme") == theme
        faults += failed_requests(browser, site) + errors(browser)
        for script in (FORMULAS, IMAGES_WITHOUT_ALT, TOO_WIDE):
            faults += browser.execute_script(script)
        browser.execute_script(AXE.read_text(encoding="utf-8"))
        faults += violations(browser)
    assert faults == []
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


FILTERS = """
return [...document.querySelectorAll(".bd-article img")].map(i => getComputedStyle(i).filter);
"""


def test_figures_are_inverted_in_the_dark_and_as_they_are_drawn_in_the_light(
    browser: webdriver.Chrome, site: str
) -> None:
    for theme, shown in (("dark", "invert(0.93) hue-rotate(180deg)"), ("light", "none")):
        prefer(browser, theme)
        open_page(browser, f"{site}notebooks/concentration.html")
        assert set(browser.execute_script(FILTERS)) == {shown}


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
    first = f"{site}{PAGES[0]}.html"
    WebDriverWait(browser, 10).until(lambda driver: driver.current_url == first)


def test_links_to_other_hosts_are_the_few_that_are_known() -> None:
    pages = [(HTML / f"{page}.html").read_text(encoding="utf-8") for page in PAGES]
    found = {
        link for page in pages for link in re.findall(r'(?:href|src)="(https?://[^"]+)"', page)
    }
    assert found == HOSTS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["learning", "model"])
def test_a_chapter_run_again_from_nothing_has_the_same_numbers_words_and_figures(
    name: str,
) -> None:
    path = ROOT / "notebooks" / f"{name}.ipynb"
    (cache,) = BUILT.parent.glob("cache/*")
    _, built = get_cache(cache).merge_match_into_notebook(nbformat.read(path, 4))
    before = dict(os.environ)
    again = execute(path.read_text(), {}, str(path.parent))
    assert dict(os.environ) == before
    outputs = [[cell.get("outputs") for cell in book.cells] for book in (built, again)]
    assert any(outputs[0])
    assert outputs[0] == outputs[1]
