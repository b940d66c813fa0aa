"""What a page says of the verdicts is what the ledger says: words, counts, and every statement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssq_book import claims
from ssq_book.claims import graph, page
from ssq_book.sphinx_ext import verdicts
from tests.ledger import unchecked

ROOT = Path(__file__).parents[2]


def linked(html):
    return re.findall(r'href="c.html#([^"]+)"', html)


def rows(html):
    return re.findall(r"<tr><th.*?</tr>", html)[1:]


def test_every_statement_is_counted_and_linked_under_its_verdict():
    ledger = page.ledger_table(unchecked())
    by_words = {words: [] for words in page.ORDER}
    for claim in claims.ledger():
        by_words[page.verdict(vars(claim))[0]].append(verdicts.row(claim))
    by_words = {words: ids for words, ids in by_words.items() if ids}
    for (words, ids), shown in zip(by_words.items(), rows(verdicts.counts("c.html")), strict=True):
        assert f">{words}<" in shown
        assert f"<td>{len(ids)}</td>" in shown
        assert linked(shown) == ids
        assert all(f'id="{row}"' in ledger for row in ids)
    for status, words in page.WORDS.items():
        assert verdicts.counted(status) == len(by_words.get(words, []))
    assert verdicts.counted("all") == len(claims.ledger())
    assert verdicts.counted("errors") == len(claims.ERRORS)
    of_graph = [verdicts.counted(f"distinct {status}") for status in claims.STATUSES]
    assert sum(of_graph) == verdicts.counted("distinct") == len(claims.distinct())
    with pytest.raises(ValueError, match=r"verdict must be all or one of .*, got 'true'"):
        verdicts.counted("true")


def test_the_graph_has_every_distinct_claim_below_what_it_rests_on_and_links_to_its_row():
    html = graph.svg("c.html", "r.html")
    assert linked(html) == [verdicts.row(claim) for claim in claims.distinct()]
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
    notes = rows(verdicts.notes("fails", "c.html", "r.html"))
    for claim, told in zip(fails, notes, strict=True):
        assert linked(told) == [verdicts.row(claim)]
        assert f'r.html#{page.anchor(claim.correction)}"' in told
        assert page.typeset(claim.note) in told
        assert claims.REWARDS[claim.rewards] in told
        assert page.typeset(claim.scope) in told
        others = [claims.select(root)[0].name for root in claim.roots if root != claim.id]
        assert ("Root: itself" in told) == (claim.id in claim.roots)
        assert all(name in told for name in others)


def test_the_errors_are_listed_with_what_inherits_each():
    html = verdicts.errors("c.html")
    for item, root in zip(re.findall(r"<li>.*?</li>", html), claims.ERRORS, strict=True):
        assert linked(item) == [verdicts.row(c) for c in claims.inheriting(root)]
    assert all(f"#{verdicts.row(claims.select(root)[0])}" in html for root in claims.ASIDES)


def test_every_page_of_verdicts_names_the_text_that_is_judged():
    named = ("a novel generalization of the Dvoretzky-Kiefer-Wolfowitz inequality", "not compared")
    for path in ("README.md", "book/bibliography.md"):
        text = " ".join((ROOT / path).read_text().split())
        assert all(words in text for words in (*named, "https://arxiv.org/abs/2403.00222")), path
    for name in ("intro", "verdicts", "corrections", "reproduction"):
        assert "```{include} bibliography.md\n" in (ROOT / "book" / f"{name}.md").read_text(), name
    assert "{ref}`on its own page <the-text>`" in (ROOT / "notebooks/claims.ipynb").read_text()
