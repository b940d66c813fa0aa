"""What a page says of the verdicts is what the ledger says: words, counts, and every statement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssq_book import claims
from ssq_book.claims import page
from ssq_book.sphinx_ext import verdicts
from tests.ledger import unchecked

ROOT = Path(__file__).parents[2]


def linked(html):
    return re.findall(r'href="c.html#([^"]+)"', html)


def rows(html):
    return re.findall(r"<tr><th.*?</tr>", html)[1:]


def test_every_statement_is_counted_and_linked_under_its_verdict():
    for status, shown in zip(claims.STATUSES, rows(verdicts.counts("c.html")), strict=True):
        ids = [verdicts.row(c) for c in claims.ledger() if c.status == status]
        assert page.WORDS[status] in shown
        assert f"<td>{len(ids)}</td>" in shown
        assert linked(shown) == ids
        assert verdicts.counted(status) == len(ids)
        ledger = page.ledger_table(unchecked())
        assert all(f'id="{row}"' in ledger for row in ids)
    assert verdicts.counted("all") == len(claims.ledger())
    with pytest.raises(ValueError, match=r"verdict must be all or one of .*, got 'true'"):
        verdicts.counted("true")


def test_what_fails_is_told_with_its_correction_roots_sign_of_rewards_and_scope():
    fails = [claim for claim in claims.ledger() if claim.status == "fails"]
    notes = rows(verdicts.notes("fails", "c.html", "r.html"))
    failing = rows(verdicts.failing("c.html", "r.html"))
    for claim, note, told in zip(fails, notes, failing, strict=True):
        assert page.typeset(" ".join(page.remarks(vars(claim)))) in note
        for shown in (note, told):
            assert linked(shown) == [verdicts.row(claim)]
            assert f'r.html#{page.anchor(claim.correction)}"' in shown
        assert claims.REWARDS[claim.rewards] in told
        assert page.typeset(claim.scope) in told
        others = [claims.select(root)[0].number for root in claim.roots if root != claim.id]
        assert ("from itself" in told) == (claim.id in claim.roots)
        assert all(number in told for number in others)


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
