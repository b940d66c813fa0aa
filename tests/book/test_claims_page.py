"""The ledger's page, and what other pages say of the verdicts: words, counts, every statement."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ssq_book import claims
from ssq_book.chapters import claims as chapter
from ssq_book.claims import graph, page, quotes
from ssq_book.sphinx_ext import verdicts as roles
from tests.ledger import unchecked
from tests.pages import no_browser

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


def test_the_figure_counts_every_statement_once_and_no_figure_of_the_paper():
    table = unchecked()
    (ax,) = chapter.verdicts(table).axes
    drawn = Counter()
    for bars in ax.containers:
        drawn[bars.get_label()] += sum(bar.get_width() for bar in bars)
    told = [page.verdict(row)[0] for row in table.to_dict("records") if not row["figure"]]
    assert drawn == Counter(told)


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


def linked(html):
    return re.findall(r'href="c.html#([^"]+)"', html)


def rows(html):
    return re.findall(r"<tr><th.*?</tr>", html)[1:]


def test_every_statement_is_counted_and_linked_under_its_verdict():
    ledger = page.ledger_table(unchecked())
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
    with pytest.raises(ValueError, match=r"verdict must be all or one of .*, got 'true'"):
        roles.counted("true")


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
def test_the_table_sorts_and_filters_in_a_browser(tmp_path, browser):
    file = tmp_path / "ledger.html"
    head = "<!doctype html><meta charset=utf-8><body>"
    file.write_text(head + page.ledger_table(unchecked()), "utf-8")
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
