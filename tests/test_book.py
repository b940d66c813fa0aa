"""The built pages in a headless browser for which no host exists but this machine."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
BUILT = ROOT / "_build" / ".built"  # touched by `make book` when a build has passed
SOURCES = ("_config.yml", "_toc.yml", "requirements.txt", "book", "notebooks", "ssq_core")
SOURCE_SUFFIXES = (".bib", ".css", ".ipynb", ".js", ".md", ".py", ".svg", ".txt", ".yml")

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
PAGES = [TOC["root"], *CHAPTERS, "genindex", "search"]

PHONE, DESKTOP = 360, 1280  # widths in CSS pixels

SETTLE = """
const done = arguments[arguments.length - 1];
const widgets = "script[type='application/vnd.jupyter.widget-view+json']";
const settled = () => document.readyState === "complete" &&
  [...document.querySelectorAll(widgets)].every(s =>
    s.parentElement.querySelector(".jupyter-widgets"));
const wait = () => settled()
  ? Promise.resolve(window.MathJax?.startup?.promise).then(() => setTimeout(done, 100))
  : setTimeout(wait, 50);
wait();
"""

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

VISIBLE_FIGURES = """
return [...document.querySelectorAll(".jupyter-widgets img")]
  .filter(i => i.offsetParent && i.naturalWidth).map(i => i.alt + i.src);
"""


def reason_to_skip() -> str:
    """Why the pages cannot be tested here, or an empty string."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        return "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)"
    if not BUILT.exists():
        return "the book is not built: run `make book`"
    files = [f for source in SOURCES for f in (ROOT / source, *(ROOT / source).rglob("*"))]
    changed = [f for f in files if f.suffix in SOURCE_SUFFIXES and f.is_file()]
    if max(f.stat().st_mtime for f in changed) > BUILT.stat().st_mtime:
        return "the built book is older than its sources: run `make book`"
    return ""


pytestmark = pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=HTML))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    driver.get("about:blank")  # away from the browser's own first page, which asks for much
    yield driver
    driver.quit()


@dataclass(frozen=True)
class Visit:
    """What one page showed, asked for and said."""

    formulas: int
    broken_formulas: list[str]
    failures: list[str]
    errors: list[str]
    images_without_alt: list[str]
    too_wide: list[str]


def resize(browser: webdriver.Chrome, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def open_page(browser: webdriver.Chrome, url: str) -> None:
    browser.get(url)
    browser.execute_async_script(SETTLE)


def failed_requests(browser: webdriver.Chrome, site: str) -> list[str]:
    """Requests that failed, and requests to anywhere but the book itself."""
    failures = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        params = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if url.startswith(("http", "ws")) and not url.startswith(site):
                failures.append(f"leaves the book: {url}")
        elif message["method"] == "Network.loadingFailed":
            failures.append(f"{params['errorText']}: {params['type']}")
        elif message["method"] == "Network.responseReceived":
            response = params["response"]
            failures += [f"{response['status']}: {response['url']}"] * (response["status"] >= 400)
    return failures


@pytest.fixture(scope="module", params=PAGES)
def visit(request: pytest.FixtureRequest, browser: webdriver.Chrome, site: str) -> Visit:
    for log in ("browser", "performance"):
        browser.get_log(log)  # what an earlier page left there
    resize(browser, DESKTOP)
    open_page(browser, f"{site}{request.param}.html")
    formulas, broken = browser.execute_script(FORMULAS)
    images = browser.execute_script(IMAGES_WITHOUT_ALT)
    resize(browser, PHONE)
    open_page(browser, f"{site}{request.param}.html")
    too_wide = browser.execute_script(TOO_WIDE)
    return Visit(
        formulas=formulas,
        broken_formulas=broken,
        failures=failed_requests(browser, site),
        errors=[e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"],
        images_without_alt=images,
        too_wide=too_wide,
    )


def test_every_formula_of_a_page_is_typeset(visit: Visit) -> None:
    assert not visit.broken_formulas


def test_a_page_asks_for_nothing_that_fails_or_lies_outside_the_book(visit: Visit) -> None:
    assert not visit.failures


def test_a_page_logs_no_error(visit: Visit) -> None:
    assert not visit.errors


def test_every_image_of_a_page_has_alternative_text(visit: Visit) -> None:
    assert not visit.images_without_alt


def test_nothing_on_a_page_is_wider_than_a_phone(visit: Visit) -> None:
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


def press(browser: webdriver.Chrome, handle: WebElement, key: str) -> tuple[list[str], str]:
    """Focus a slider's handle and press a key: the figures then shown, and what is read aloud."""
    browser.execute_script("arguments[0].focus()", handle)
    ActionChains(browser).send_keys(key).pause(0.3).perform()
    shown: list[str] = browser.execute_script(VISIBLE_FIGURES)
    return shown, f"{handle.accessible_name}: {handle.get_attribute('aria-valuetext')}"


@pytest.mark.parametrize("slider", [0, 1], ids=["k", "m"])
def test_a_slider_of_the_explorer_changes_its_figure_by_keyboard(
    browser: webdriver.Chrome, site: str, slider: int
) -> None:
    resize(browser, DESKTOP)
    open_page(browser, f"{site}notebooks/explorer.html")
    handle = browser.find_elements("css selector", ".noUi-handle")[slider]
    before, said_before = press(browser, handle, Keys.HOME)
    after, said_after = press(browser, handle, Keys.ARROW_RIGHT)
    assert before
    assert after
    assert before != after
    name, value = said_before.split(": ")
    assert name
    assert value
    assert said_after.startswith(f"{name}: ")
    assert said_after != said_before
    assert press(browser, handle, Keys.ARROW_LEFT) == (before, said_before)
