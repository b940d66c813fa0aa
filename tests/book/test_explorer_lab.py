"""The explorers in what `make lab` opens, with a kernel: moving a slider recomputes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.pages import ROOT, no_browser, resize

LAB = Path(sys.prefix, "lab", ".ready")
NO_LAB = "JupyterLab is not installed: run `make test-all`"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(no_browser()), reason=no_browser()),
    pytest.mark.skipif(not LAB.exists(), reason=NO_LAB),
]
WAIT = 180  # seconds, for a kernel to start and to run the notebook on a busy machine

RUN_ALL = """
const done = arguments[arguments.length - 1];
const app = window.jupyterapp;
app.restored.then(() => app.commands.execute("docmanager:open", { path: "explorer.ipynb" }))
  .then(panel => panel.context.ready.then(() => panel.sessionContext.ready))
  .then(() => app.commands.execute("notebook:run-all-cells")).then(() => done(""),
    error => done(String(error)));
"""

FIGURES = """
return [...document.querySelectorAll(".jp-OutputArea figure")].map(figure => ({
  picture: figure.querySelector("img").src, text: figure.querySelector("figcaption").textContent,
}));
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of what `make lab` starts, without a token, and where nothing is saved."""
    home = tmp_path_factory.mktemp("lab")
    settings = {
        "ServerApp": {"allow_root": True, "ip": "127.0.0.1", "open_browser": False, "port": 0},
        "IdentityProvider": {"token": ""},
        "LabApp": {
            "expose_app_in_browser": True, "extension_manager": "readonly", "news_url": None,
            "user_settings_dir": str(home / "settings"),
        },
    }  # fmt: skip
    (home / "config").mkdir()
    (home / "config" / "jupyter_config.json").write_text(json.dumps(settings))
    documents = home / "settings" / "@jupyterlab" / "docmanager-extension"
    documents.mkdir(parents=True)
    (documents / "plugin.jupyterlab-settings").write_text('{"autosave": false}')
    own = {
        f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    environment = {**os.environ, **own, "SSQ_BUILD": ""}
    environment.pop("PYTHONPATH", None)  # the kernel must find the library by itself
    log = home / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            ("make", "lab"), cwd=ROOT, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield address(server, log)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the server to say where it is."""
    for _ in range(10 * WAIT):
        if found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()):
            return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def notebook(lab: str, browser: webdriver.Chrome) -> webdriver.Chrome:
    """The explorers' notebook after all its cells have run."""
    resize(browser, 1300)
    browser.set_script_timeout(WAIT)
    browser.get(f"{lab}lab?reset")
    WebDriverWait(browser, WAIT).until(lambda b: b.execute_script("return !!window.jupyterapp"))
    assert browser.execute_async_script(RUN_ALL) == ""
    WebDriverWait(browser, WAIT).until(lambda b: len(figures(b)) == 4)
    return browser


def figures(browser: webdriver.Chrome) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = browser.execute_script(FIGURES)
    return shown


def handle(browser: webdriver.Chrome, label: str) -> WebElement:
    """The handle of the first slider with this label."""
    path = f"//label[text()='{label}']/..//*[contains(@class, 'noUi-handle')]"
    return browser.find_element("xpath", path)


def press(browser: webdriver.Chrome, slider: WebElement, key: str) -> None:
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", slider)
    browser.execute_script("arguments[0].focus()", slider)
    ActionChains(browser).send_keys(key).perform()


def test_moving_k_recomputes_and_an_impossible_value_is_answered_in_place(
    notebook: webdriver.Chrome,
) -> None:
    wait, before = WebDriverWait(notebook, WAIT), figures(notebook)[0]
    assert before["text"].startswith("k = 2 of n = 4 users")
    press(notebook, handle(notebook, "sampled users k"), Keys.ARROW_RIGHT)
    wait.until(lambda b: figures(b)[0]["text"].startswith("k = 3 of n"))
    after = figures(notebook)[0]
    assert after["picture"] != before["picture"]
    assert after["picture"].startswith("data:image/webp;base64,")
    status = notebook.find_element("css selector", ".jp-OutputArea [role='status']")  # comes last
    wait.until(lambda b: re.fullmatch(r"Computed in \d+\.\d s\.", status.text))
    press(notebook, handle(notebook, "sampled users k"), Keys.END)
    wait.until(lambda b: b.find_elements("css selector", ".jp-OutputArea [role='alert']"))
    (alert,) = notebook.find_elements("css selector", ".jp-OutputArea [role='alert']")
    assert alert.text.startswith("k must be at most 4, got 8. The figure is that of an earlier")
