"""The ledger as a page: every row with its verdict in words and a way to its evidence."""

import re
import shutil
from pathlib import Path

import pytest

from ssq_book import claims
from ssq_book.claims import page, quotes
from ssq_core import bounds
from tests.ledger import unchecked

ROOT = Path(__file__).parents[2]
CORRECTIONS = (ROOT / "book" / "corrections.md").read_text("utf-8")
LABELS = set(re.findall(r"^\((corrections-[^)]+)\)=$", CORRECTIONS, flags=re.MULTILINE))


def test_every_row_is_linked_to_opened_and_judged_in_words_and_the_network_is_left_alone():
    table = unchecked()
    html = page.ledger_table(table)
    rows = re.findall(r'<tr id="claim-([^"]*)".*?<span class="verdict ([^"]*)">([^<]*)<', html)
    told = [page.verdict(vars(row)) for row in claims.ledger()]
    assert rows == [
        (page.anchor(row.id), style, words)
        for row, (words, style) in zip(claims.ledger(), told, strict=True)
    ]
    assert html.count("<details>") == html.count("</details>") == len(claims.CHECKS)
    assert "note = a &lt; b" in html
    assert not re.search(r"""import\(|(src|href)=["']?(https?:)?//""", html)
    table.loc[table["id"] == "lemma-B.9", "status"] = "holds"
    assert "holds (recorded: fails as printed)" in page.ledger_table(table)


def test_a_figure_has_the_verdict_of_the_page_of_reproduction_and_no_statement_s():
    table = (ROOT / "book" / "reproduction.md").read_text("utf-8").partition("{list-table}")[2]
    for row in claims.ledger():
        assert (row.kind == "figure") == bool(row.figure)
        if row.figure:
            number = row.id.removeprefix("figure-")
            of_figure = re.search(rf"^\* - \[?{number}\b.*\n  - (.*)$", table, flags=re.MULTILINE)
            assert f"**{row.figure}**" in of_figure[1]
            assert page.verdict(vars(row))[0] == row.figure not in page.WORDS.values()
        if row.kind == "definition":
            assert page.verdict(vars(row))[0] == page.WORDS["definition"]


def test_every_correction_leads_to_a_label_of_the_page_of_corrections():
    wanted = {row.correction for row in claims.ledger() if row.correction}
    assert wanted <= LABELS
    assert {f"corrections-L{i}" for i in range(1, 7)} | {"corrections-E"} <= LABELS


def test_formulas_code_and_signs_become_html():
    assert page.typeset("a < b, `x_1` and $y<z$") == (
        "a &lt; b, <code>x_1</code> and "
        '<span class="math notranslate nohighlight">\\(y&lt;z\\)</span>'
    )


def test_what_the_corrections_quote_is_published_and_nothing_else():
    quoted = set(re.findall(r"^```\{glue\} claims-(\S+)$", CORRECTIONS, flags=re.MULTILINE))
    assert quoted == quotes.formulas().keys()
    numbers = set(re.findall(r"claims\.ipynb::claims-([^`:]+)", CORRECTIONS))
    numbers -= {"rate", "systems", "reacting-kernels", "reacting-rewards"}  # the chapter's own
    assert numbers == {f"{row}-{name}" for row, names in quotes.quoted().items() for name in names}


def test_what_is_quoted_is_what_is_computed(monkeypatch):
    before = quotes.formulas()["L6"]
    monkeypatch.setattr(bounds, "L6", bounds.L6 * 3)
    assert quotes.formulas()["L6"] != before
    some = {"theorem-B.2": {"T3": "left at T = 3"}, "lemma-C.7": {"n": "n up to"}}
    monkeypatch.setattr(quotes, "quoted", lambda: some)
    assert dict(quotes.numbers()) == {"theorem-B.2-T3": "3/128", "lemma-C.7-n": 8}


@pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="chromium and chromedriver are not installed",
)
def test_the_table_sorts_and_filters_in_a_browser(tmp_path):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    file = tmp_path / "ledger.html"
    head = "<!doctype html><meta charset=utf-8><body>"
    file.write_text(head + page.ledger_table(unchecked()), "utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    for flag in (*flags, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    try:
        driver.get(f"{file.as_uri()}#claim-lemma-b-9")
        visible = "return [...document.querySelectorAll('tbody tr:not([hidden])')].map(r => r.id)"
        everything = driver.execute_script(visible)
        assert len(everything) == len(claims.ledger())
        assert driver.execute_script(
            "return document.getElementById('claim-lemma-b-9').querySelector('details').open"
        )
        driver.find_elements("css selector", "th button")[1].click()
        by_verdict = driver.execute_script(
            "return [...document.querySelectorAll('tbody tr')].map(r => r.dataset.verdict)"
        )
        assert by_verdict == sorted(by_verdict, key=page.ORDER.index)
        driver.find_elements("css selector", "th button")[0].click()
        assert driver.execute_script(visible) == everything
        driver.find_elements("css selector", "select")[0].send_keys("fails")
        driver.find_element("css selector", "input").send_keys("remark b.8")
        assert driver.execute_script(visible) == ["claim-remark-b-8"]
        assert driver.find_element("css selector", "output").text.startswith("1 of ")
    finally:
        driver.quit()
