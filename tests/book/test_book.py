"""The built pages: formulas, images, requests, errors and widths."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from ssq_book.sphinx_ext import links
from tests.pages import (
    DESKTOP,
    HTML,
    PAGES,
    PHONE,
    TOC,
    messages,
    needs_the_book,
    open_page,
    prefer,
    resize,
)

pytestmark = needs_the_book

HOSTS = {"https://arxiv.org/abs/2403.00222", "https://distributed.dask.org"}

# The formulas that the page has, those left as source or drawn as errors, and TeX left in the text.
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
return [all.length, raw.concat(wrong).map(e => e.textContent.trim()).concat(tex)];
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


@dataclass(frozen=True)
class Visit:
    """What one page showed, asked for and said: light and dark, on a desktop and a phone."""

    formulas: int
    broken_formulas: list[str]
    failures: list[str]
    errors: list[str]
    images_without_alt: list[str]
    too_wide: list[str]


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
def visit(request: pytest.FixtureRequest, browser: webdriver.Chrome, site: str) -> Visit:
    for log in ("browser", "performance"):
        browser.get_log(log)  # what an earlier page left there
    images, too_wide = [], []
    for theme, width in product(("dark", "light"), (PHONE, DESKTOP)):
        resize(browser, width)
        prefer(browser, theme)
        open_page(browser, f"{site}{request.param}.html")
        assert browser.execute_script("return document.documentElement.dataset.theme") == theme
        images += browser.execute_script(IMAGES_WITHOUT_ALT)
        too_wide += [f"{theme}, {width}: {e}" for e in browser.execute_script(TOO_WIDE)]
    formulas, broken = browser.execute_script(FORMULAS)
    return Visit(
        formulas=formulas,
        broken_formulas=broken,
        failures=failed_requests(browser, site),
        errors=errors(browser),
        images_without_alt=images,
        too_wide=too_wide,
    )


def test_every_formula_of_a_page_is_typeset(visit: Visit) -> None:
    assert not visit.broken_formulas


def test_a_page_asks_for_nothing_that_fails_or_lies_outside_the_book(visit: Visit) -> None:
    assert not visit.failures


def test_a_page_logs_no_error(visit: Visit) -> None:
    assert not visit.errors


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opened_from_its_file_logs_no_error_and_has_its_icons(
    browser: webdriver.Chrome, page: str
) -> None:
    errors(browser)  # what an earlier page left there
    open_page(browser, (HTML / f"{page}.html").as_uri())
    assert errors(browser) == []
    assert browser.execute_script(ICONS)


def test_every_image_of_a_page_has_alternative_text(visit: Visit) -> None:
    assert not visit.images_without_alt


def test_nothing_on_a_page_is_wider_than_its_window(visit: Visit) -> None:
    assert not visit.too_wide


def test_formulas_are_drawn_from_the_book_itself(browser: webdriver.Chrome, site: str) -> None:
    open_page(browser, f"{site}notebooks/model.html")
    formulas, broken = browser.execute_script(FORMULAS)
    assert formulas > 0
    assert not broken


def test_the_front_door_leads_to_the_first_page(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}index.html")
    first = f"{site}{TOC['root']}.html"
    WebDriverWait(browser, 10).until(lambda driver: driver.current_url == first)


def test_every_link_image_and_script_of_a_page_leads_somewhere() -> None:
    assert links.broken(HTML, PAGES) == []


def test_a_page_with_an_altered_link_is_caught(tmp_path: Path) -> None:
    for path in HTML.iterdir():
        if path.name != "book":
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(HTML / "book", tmp_path / "book")
    page = tmp_path / "book" / "verdicts.html"
    row = "claims.html#claim-theorem-4-2"
    text = page.read_text(encoding="utf-8")
    assert row in text
    page.write_text(text.replace(row, f"{row}-and-more"), encoding="utf-8")
    (found,) = links.broken(tmp_path, PAGES)
    assert f"{row}-and-more" in found


def test_links_to_other_hosts_are_the_few_that_are_known() -> None:
    assert set(links.external(HTML, PAGES)) == HOSTS
