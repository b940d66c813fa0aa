"""axe-core finds nothing on any page that is not the theme's own."""

from __future__ import annotations

from typing import Any

import pytest
from selenium import webdriver

from tests.pages import DESKTOP, PAGES, PHONE, ROOT, needs_the_book, open_page, resize

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    needs_the_book,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run `npm ci`"),
]

# Every violation: its rule, the element, and if that lies in the article, which is ours.
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => done(
  violations.flatMap(({ id, nodes }) => nodes.map(node => {
    const element = document.querySelector(node.target[0]);
    return [id, node.html.slice(0, 200), !!element?.closest("main article")];
  }))), error => done([["axe", String(error), true]]));
"""

SET_THEME = """
const still = document.createElement("style");
still.textContent = "* { transition: none !important; }";  // a colour on its way is no colour
document.head.append(still);
document.documentElement.dataset.theme = arguments[0];
"""

# The theme's own, outside the article: rule, element, and why it is not ours to mend.
THEME = {
    ("label-content-name-mismatch", "search-button"): "the button's name leaves out its shortcut",
    ("region", "logo__"): "the logo above the contents is in no landmark",
}


def violations(browser: webdriver.Chrome) -> list[tuple[str, str]]:
    found: list[Any] = browser.execute_async_script(RUN)
    return [
        (rule, html)
        for rule, html, ours in found
        if ours or not any(rule == own and part in html for own, part in THEME)
    ]


@pytest.fixture(scope="module", params=[(p, w) for p in PAGES for w in (DESKTOP, PHONE)])
def page(request: pytest.FixtureRequest, browser: webdriver.Chrome, site: str) -> tuple[str, int]:
    """A page opened at a width, with axe in it."""
    name, width = request.param
    resize(browser, width)
    open_page(browser, f"{site}{name}.html")
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return name, width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_that_is_not_the_theme_s_own(
    browser: webdriver.Chrome, page: tuple[str, int], theme: str
) -> None:
    browser.execute_script(SET_THEME, theme)
    assert violations(browser) == []
