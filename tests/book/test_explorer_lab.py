"""The explorers in what `make lab` opens, with a kernel: moving a slider recomputes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.pages import ROOT, no_browser, resize
from tests.sweeping import wait_for

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

# The handle of the first slider for k.
HANDLE = "//label[text()='sampled users k']/..//*[contains(@class, 'noUi-handle')]"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of what `make lab` starts, without a token, and where nothing is saved."""
    settings = {
        "ServerApp": {"allow_root": True, "ip": "127.0.0.1", "open_browser": False, "port": 0},
        "IdentityProvider": {"token": ""},
        "LabApp": {
            "expose_app_in_browser": True, "extension_manager": "readonly", "news_url": None,
            "user_settings_dir": str(tmp_path / "settings"),
        },
    }  # fmt: skip
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_config.json").write_text(json.dumps(settings))
    documents = tmp_path / "settings" / "@jupyterlab" / "docmanager-extension"
    documents.mkdir(parents=True)
    (documents / "plugin.jupyterlab-settings").write_text('{"autosave": false}')
    own = {
        f"JUPYTER_{name}_DIR": str(tmp_path / name.lower())
        for name in ("CONFIG", "DATA", "RUNTIME")
    }
    environment = {**os.environ, **own, "SSQ_BUILD": ""}
    environment.pop("PYTHONPATH", None)  # the kernel must find the library by itself
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            ("make", "lab"), cwd=ROOT, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(lambda: ADDRESS.search(log.read_text()) or server.poll() is not None)
        found = ADDRESS.search(log.read_text())
        assert found, log.read_text()
        yield found[0]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def figures(browser: webdriver.Chrome) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = browser.execute_script(FIGURES)
    return shown


def test_moving_k_recomputes_and_an_impossible_value_is_answered_in_place(
    lab: str, browser: webdriver.Chrome
) -> None:
    resize(browser, 1300)
    browser.set_script_timeout(WAIT)
    browser.get(f"{lab}lab?reset")
    wait = WebDriverWait(browser, WAIT)
    wait.until(lambda b: b.execute_script("return !!window.jupyterapp"))
    assert browser.execute_async_script(RUN_ALL) == ""
    wait.until(lambda b: len(figures(b)) == 4)
    before, handle = figures(browser)[0], browser.find_element("xpath", HANDLE)
    assert before["text"].startswith("k = 2 of n = 4 users")

    def press(key: str) -> None:
        browser.execute_script("arguments[0].focus()", handle)
        ActionChains(browser).send_keys(key).perform()

    press(Keys.ARROW_RIGHT)
    wait.until(lambda b: figures(b)[0]["text"].startswith("k = 3 of n"))
    after = figures(browser)[0]
    assert after["picture"] != before["picture"]
    assert after["picture"].startswith("data:image/webp;base64,")
    status = browser.find_element("css selector", ".jp-OutputArea [role='status']")  # comes last
    wait.until(lambda b: re.fullmatch(r"Computed in \d+\.\d s\.", status.text))
    press(Keys.END)
    wait.until(lambda b: b.find_elements("css selector", ".jp-OutputArea [role='alert']"))
    (alert,) = browser.find_elements("css selector", ".jp-OutputArea [role='alert']")
    assert alert.text.startswith("k must be at most 4, got 8. The figure is that of an earlier")
