"""The ledger of claims: complete, in order, as recorded; its command, its page and its roles."""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from ssq_book import __main__ as cli
from ssq_book import claims
from ssq_book.chapters import claims as chapter
from ssq_book.claims import graph, page
from ssq_book.claims.text import render
from ssq_book.claims.verdict import Margin, Verdict, closest
from ssq_book.sphinx_ext import verdicts as roles
from tests.pages import no_browser

ROOT = Path(__file__).parents[2]
# Written from the paper, number by number, in its order.
NUMBERS = """
abstract equation-1 equation-2 equation-3 remark-2.1 assumption-2.1 assumption-2.2 definition-2.2
example-2.3 example-2.4 equation-4 equation-5 equation-6 algorithm-1 algorithm-2 remark-3.1
equation-7 assumption-3.1 equation-8 theorem-3.2 corollary-3.3 equation-9 discussion-3.4
discussion-3.5 definition-4.1 equation-10 equation-11 equation-12 theorem-4.2 theorem-4.3
equation-13 theorem-4.4 figure-1a figure-1b figure-1c figure-2
definition-A.1 theorem-A.2 definition-A.3 equation-14 definition-A.4 equation-15 definition-A.5
equation-16 remark-A.6 lemma-A.7 remark-A.8 lemma-A.9 lemma-A.10 remark-A.11 definition-A.12
definition-A.13 corollary-A.14 equation-17 equation-18 equation-19 equation-20 remark-A.15
definition-A.16 definition-A.17 definition-A.18 figure-3 algorithm-3 theorem-A.19 theorem-A.20
definition-A.21 figure-4
definition-B.1 equation-21 theorem-B.2 lemma-B.3 remark-B.4 equation-22 lemma-B.5 lemma-B.6
lemma-B.7 remark-B.8 lemma-B.9 lemma-B.10 lemma-B.11 lemma-B.12
remark-C.1 theorem-C.2 lemma-C.3 lemma-C.4 theorem-C.5 equation-23 theorem-C.6 equation-24
lemma-C.7 equation-25
lemma-D.1 equation-26 theorem-D.2 theorem-D.3 lemma-D.4 lemma-D.5 corollary-D.6 corollary-D.7
"""

PAPER = NUMBERS.split()


@pytest.fixture
def unchecked():
    """The ledger as `check_all` returns it, had every check found what is recorded."""
    computed = {"evidence": "left = 3/64; note = a < b", "seconds": 0.0}
    return pd.DataFrame(
        [vars(row) | {"recorded": row.status} | computed for row in claims.ledger()]
    )


def test_every_numbered_item_has_one_row_in_the_paper_s_order_and_all_but_definitions_a_check():
    rows = claims.ledger()
    assert [row.id for row in rows] == PAPER
    assert {row.id for row in rows if row.status != "definition"} == claims.CHECKS.keys()


@pytest.mark.parametrize("row", claims.ledger(), ids=lambda row: row.id)
def test_a_row_has_what_its_status_asks_for(row):
    assert row.section in ("Abstract", "2", "3", "4", "5", "A", "B", "C", "D")
    assert row.statement
    assert all(text.count("$") % 2 == 0 for text in (row.statement, row.note, row.scope))
    assert row.status in claims.STATUSES
    assert row.note or row.status in ("holds", "definition")  # whatever a slip of the copy is
    assert "rint" not in row.copy  # the copy has it so; what was printed is not known
    fails = row.status == "fails"
    assert {bool(x) for x in (row.roots, row.rewards, row.scope)} == {fails}
    assert set(row.roots) <= {*claims.ERRORS, *claims.ASIDES}
    assert row.rewards in ("", *claims.REWARDS)
    assert not fails or row.correction.startswith("corrections-")


def test_four_independent_errors_have_all_that_fails_but_two_asides():
    inherited = {root: [row.id for row in claims.inheriting(root)] for root in claims.ERRORS}
    both = ["theorem-4.4", "theorem-C.6", "lemma-D.1", "lemma-D.4", "lemma-D.5"]
    expected = {
        "lemma-B.9": {"theorem-4.2", "theorem-B.2", "lemma-B.3", *both},
        "equation-24": {"equation-13", *both},
        "lemma-D.4": set(),
        "theorem-A.20": set(),
    }
    assert [first for first, *_ in inherited.values()] == list(inherited)
    assert {root: set(rest) for root, (_, *rest) in inherited.items()} == expected
    fails = {row.id for row in claims.ledger() if row.status == "fails"}
    assert fails == {*claims.ASIDES, *(i for ids in inherited.values() for i in ids)}


def test_the_command_exits_0_and_1(capsys, monkeypatch):
    assert cli.main(["claims", "--only", "equation-6", "abstract"]) == 0
    out = capsys.readouterr().out
    assert out.index("abstract") < out.index("equation-6")
    assert "by (6) = 2/3" in out
    assert out.endswith("2 checked: 1 holds, 1 definition; all as recorded\n")
    rows = tuple(replace(row, status="definition") for row in claims.ledger())
    monkeypatch.setattr(claims, "ledger", lambda: rows)
    assert cli.main(["claims", "--only", "equation-6"]) == 1
    out = capsys.readouterr().out
    assert "NOT AS RECORDED (definition)" in out
    assert "1 not as recorded" in out


def test_the_table_fits_the_terminal_and_counts_every_status(unchecked):
    lines = render(unchecked, columns=90).splitlines()
    assert max(map(len, lines[:-1])) <= 90
    told = lines.index("fails as printed:")
    assert told == len(PAPER) + 1
    for row in claims.ledger():
        below = [line for line in lines[told:] if line.startswith(f"{row.id}: root: ")]
        assert len(below) == (row.status == "fails")
    for status, count in Counter(row.status for row in claims.ledger()).items():
        assert f"{count} {status}" in lines[-1]


def test_a_verdict_shows_fractions_exactly_and_floats_to_six_digits():
    assert Verdict("holds", {"a": Fraction(3, 56), "b": 1 / 3}).text() == "a = 3/56; b = 0.333333"


def test_the_closest_pair_is_the_largest_ratio_and_a_bound_of_zero_is_kept():
    assert closest([1.0, 3.0, 0.0], [2.0, 4.0, 0.0]) == Margin(3.0, 4.0)
    assert Margin(3.0, 4.0).ratio == 0.75
    assert closest([1.0, 0.1], [2.0, 0.0]).ratio == float("inf")


def test_every_row_is_linked_to_opened_and_judged_in_words_and_the_network_is_left_alone(unchecked):
    html = page.ledger_table(unchecked)
    rows = re.findall(r'<tr id="claim-([^"]*)".*?<span class="verdict ([^"]*)">([^<]*)<', html)
    told = [page.verdict(vars(row)) for row in claims.ledger()]
    assert rows == [
        (page.anchor(row.id), style, words)
        for row, (words, style) in zip(claims.ledger(), told, strict=True)
    ]
    assert html.count("<details>") == html.count("</details>") == len(claims.CHECKS)
    assert "note = a &lt; b" in html
    assert not re.search(r"""import\(|(src|href)=["']?(https?:)?//""", html)
    unchecked.loc[unchecked["id"] == "lemma-B.9", "status"] = "holds"
    assert "holds (recorded: fails as printed)" in page.ledger_table(unchecked)


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


def test_the_figure_counts_every_statement_once_and_no_figure_of_the_paper(unchecked):
    (ax,) = chapter.verdicts(unchecked).axes
    drawn = Counter()
    for bars in ax.containers:
        drawn[bars.get_label()] += sum(bar.get_width() for bar in bars)
    told = [page.verdict(row)[0] for row in unchecked.to_dict("records") if not row["figure"]]
    assert drawn == Counter(told)


def test_formulas_code_and_signs_become_html():
    assert page.typeset("a < b, `x_1` and $y<z$") == (
        "a &lt; b, <code>x_1</code> and "
        '<span class="math notranslate nohighlight">\\(y&lt;z\\)</span>'
    )


def linked(html):
    return re.findall(r'href="c.html#([^"]+)"', html)


def rows(html):
    return re.findall(r"<tr><th.*?</tr>", html)[1:]


def test_every_statement_is_counted_and_linked_under_its_verdict(unchecked):
    ledger = page.ledger_table(unchecked)
    by_words = {words: [] for words in page.ORDER}
    for claim in claims.ledger():
        by_words[page.verdict(vars(claim))[0]].append(roles.row(claim))
    by_words = {words: ids for words, ids in by_words.items() if ids}
    for (words, ids), shown in zip(by_words.items(), rows(roles.counts("c.html")), strict=True):
        assert f">{words}<" in shown
        assert f"<td>{len(ids)}</td>" in shown
        assert linked(shown) == ids
        assert all(f'id="{row}"' in ledger for row in ids)
    for status, words in page.WORDS.items():
        assert roles.counted(status) == len(by_words.get(words, []))
    assert roles.counted("all") == len(claims.ledger())
    assert roles.counted("errors") == len(claims.ERRORS)
    of_graph = [roles.counted(f"distinct {status}") for status in claims.STATUSES]
    assert sum(of_graph) == roles.counted("distinct") == len(claims.distinct())


def test_the_graph_has_every_distinct_claim_below_what_it_rests_on_and_links_to_its_row():
    html = graph.svg("c.html", "r.html")
    assert linked(html) == [roles.row(claim) for claim in claims.distinct()]
    assert 'href="r.html#corrections-l5"' in html
    assert {graph.label(claim) for claim in claims.distinct()} | {"L5"} == set(graph.AT)
    edges = list(graph.edges())
    assert all(graph.AT[used][1] < graph.AT[user][1] for used, user, _ in edges if used != "L5")
    assert [edge[:2] for edge in edges if edge[2] == "broken"] == [("D.4", "D.3")]
    assert ("L5", "D.3", "proof") in edges
    fails = {graph.label(claim) for claim in claims.distinct() if claim.status == "fails"}
    reached = {graph.label(claims.select(root)[0]) for root in claims.ERRORS}
    for _ in edges:
        reached |= {user for used, user, kind in edges if kind == "error" and used in reached}
    assert reached == fails
    assert all(f'aria-label="P-{name}: fails as printed"' in html for name in fails)
    assert all(sign in html for sign in graph.SIGNS.values())


def test_what_fails_is_told_with_its_correction_roots_sign_of_rewards_and_scope():
    fails = [claim for claim in claims.ledger() if claim.status == "fails"]
    notes = rows(roles.notes("fails", "c.html", "r.html"))
    for claim, told in zip(fails, notes, strict=True):
        assert linked(told) == [roles.row(claim)]
        assert f'r.html#{page.anchor(claim.correction)}"' in told
        assert page.typeset(claim.note) in told
        assert claims.REWARDS[claim.rewards] in told
        assert page.typeset(claim.scope) in told
        others = [claims.select(root)[0].name for root in claim.roots if root != claim.id]
        assert ("Root: itself" in told) == (claim.id in claim.roots)
        assert all(name in told for name in others)


def test_the_errors_are_listed_with_what_inherits_each():
    html = roles.errors("c.html")
    for item, root in zip(re.findall(r"<li>.*?</li>", html), claims.ERRORS, strict=True):
        assert linked(item) == [roles.row(c) for c in claims.inheriting(root)]
    assert all(f"#{roles.row(claims.select(root)[0])}" in html for root in claims.ASIDES)


def test_every_page_of_verdicts_names_the_text_that_is_judged():
    named = ("a novel generalization of the Dvoretzky-Kiefer-Wolfowitz inequality", "not compared")
    for path in ("README.md", "book/bibliography.md"):
        text = " ".join((ROOT / path).read_text().split())
        assert all(words in text for words in (*named, "https://arxiv.org/abs/2403.00222")), path
    for name in ("intro", "verdicts", "corrections", "reproduction"):
        assert "```{include} bibliography.md\n" in (ROOT / "book" / f"{name}.md").read_text(), name
    assert "{ref}`on its own page <the-text>`" in (ROOT / "notebooks/claims.ipynb").read_text()


@pytest.mark.skipif(bool(no_browser()), reason=no_browser())
def test_the_table_sorts_and_filters_in_a_browser(unchecked, tmp_path, browser):
    file = tmp_path / "ledger.html"
    head = "<!doctype html><meta charset=utf-8><body>"
    file.write_text(head + page.ledger_table(unchecked), "utf-8")
    browser.get(f"{file.as_uri()}#claim-lemma-b-9")

    def elements(which=""):
        return browser.find_elements("css selector", f"tbody tr{which}")

    def visible():
        return [row.get_attribute("id") for row in elements(":not([hidden])")]

    everything = visible()
    assert len(everything) == len(claims.ledger())
    assert elements("#claim-lemma-b-9 details[open]")
    statement, verdict = browser.find_elements("css selector", "th button")
    verdict.click()
    told = [row.get_attribute("data-verdict") for row in elements()]
    assert told == sorted(told, key=page.ORDER.index)
    statement.click()
    assert visible() == everything
    browser.find_element("css selector", "select").send_keys("fails")
    browser.find_element("css selector", "input").send_keys("remark b.8")
    assert visible() == ["claim-remark-b-8"]
    assert browser.find_element("css selector", "output").text.startswith("1 of ")
