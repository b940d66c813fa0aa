"""What the tests of the built pages share: a browser for which no host exists but this machine."""

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from ssq_book.sphinx_ext import pdf

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
BUILT = ROOT / "_build" / ".built"  # touched by `make book` when a build has passed

INDICES = ("genindex", "search", "py-modindex")  # made by the build
PAGES = [*pdf.pages(ROOT / "_toc.yml"), *INDICES]

PHONE, DESKTOP = 360, 1300  # widths in CSS pixels

SETTLE = """
const done = arguments[arguments.length - 1];
const wait = () => document.readyState === "complete"
  ? Promise.resolve(window.MathJax?.startup?.promise).then(() => setTimeout(done, 100))
  : setTimeout(wait, 20);
wait();
"""


def no_browser() -> str:
    """Why no page can be opened here, or an empty string."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        return "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)"
    return ""


NO_BOOK = no_browser() or ("" if BUILT.exists() else "the book is not built: run `make book`")
needs_the_book = pytest.mark.skipif(bool(NO_BOOK), reason=NO_BOOK)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built book, served from this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=HTML))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium without a window, to which every host but this machine is unknown."""
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
    driver.set_script_timeout(120)
    driver.get("about:blank")  # away from the browser's own first page, which asks for much
    yield driver
    driver.quit()


def resize(browser: webdriver.Chrome, width: int) -> None:
    """Give the window a width in CSS pixels."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(browser: webdriver.Chrome, theme: str) -> None:
    """Let the reader's system prefer the "light" or the "dark" theme, which a page follows."""
    preferred = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [preferred]})


def open_page(browser: webdriver.Chrome, url: str) -> None:
    """Open a page and wait until its formulas are typeset."""
    browser.get(url)
    browser.execute_async_script(SETTLE)


def messages(browser: webdriver.Chrome) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the parameters of every network event since the last call."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        yield message["method"], message["params"]
