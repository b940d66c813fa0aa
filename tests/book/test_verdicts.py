"""What a page says of the verdicts is what the ledger says: words, counts, and every statement."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from ssq_book import claims
from ssq_book.chapters import intro as figures
from ssq_book.claims import page
from ssq_book.sphinx_ext import verdicts
from ssq_book.studies.provenance import RESULTS

ROOT = Path(__file__).parents[2]
COUNTS = Counter(claim.status for claim in claims.ledger())


def test_the_counts_are_those_of_the_ledger() -> None:
    assert {s: verdicts.counted(s) for s in claims.STATUSES} == {
        s: COUNTS[s] for s in claims.STATUSES
    }
    assert verdicts.counted("all") == len(claims.ledger())
    with pytest.raises(ValueError, match=r"verdict must be all or one of .*, got 'true'"):
        verdicts.counted("true")


def test_the_table_of_counts_has_every_statement_under_its_verdict_and_leads_to_its_row() -> None:
    rows = re.findall(r"<tr><th.*?</tr>", verdicts.counts("c.html"))[1:]
    assert len(rows) == len(claims.STATUSES)
    for status, own in zip(claims.STATUSES, rows, strict=True):
        assert page.WORDS[status] in own
        assert f"<td>{COUNTS[status]}</td>" in own
        linked = re.findall(r'href="c.html#([^"]+)"', own)
        assert linked == [verdicts.row(c) for c in claims.ledger() if c.status == status]


def test_a_row_s_id_is_the_one_that_the_ledger_gives_it() -> None:
    table = [claims.ledger()[0]]
    frame = [vars(c) | {"recorded": c.status, "evidence": "", "seconds": 0.0} for c in table]
    assert f'id="{verdicts.row(table[0])}"' in page.ledger_table(pd.DataFrame(frame))


def test_the_notes_say_what_is_wrong_and_lead_to_the_correction() -> None:
    html = verdicts.notes("fails", "c.html", "r.html")
    for claim in claims.ledger():
        there = f'c.html#{verdicts.row(claim)}"' in html
        assert there == (claim.status == "fails")
        if there:
            assert page.typeset(" ".join(page.remarks(vars(claim)))) in html
            assert f'r.html#{page.anchor(claim.correction)}"' in html


def test_the_errors_are_listed_with_what_inherits_each() -> None:
    html = verdicts.errors("c.html")
    items = re.findall(r"<li>.*?</li>", html)
    assert len(items) == len(claims.ERRORS) == 4
    for item, root in zip(items, claims.ERRORS, strict=True):
        linked = re.findall(r'href="c.html#([^"]+)"', item)
        assert linked == [verdicts.row(c) for c in claims.inheriting(root)]
    assert all(f"#{verdicts.row(claims.select(root)[0])}" in html for root in claims.ASIDES)


def test_what_fails_is_listed_with_roots_sign_of_rewards_and_scope() -> None:
    rows = re.findall(r"<tr><th.*?</tr>", verdicts.failing("c.html", "r.html"))[1:]
    fails = [claim for claim in claims.ledger() if claim.status == "fails"]
    for own, claim in zip(rows, fails, strict=True):
        assert claims.REWARDS[claim.rewards] in own
        assert page.typeset(claim.scope) in own
        others = [claims.select(root)[0].number for root in claim.roots if root != claim.id]
        assert ("from itself" in own) == (claim.id in claim.roots)
        assert all(number in own for number in others)


def test_every_page_of_verdicts_names_the_text_that_is_judged() -> None:
    named = ("a novel generalization of the Dvoretzky-Kiefer-Wolfowitz inequality", "not compared")
    for path in ("README.md", "book/bibliography.md"):
        text = " ".join((ROOT / path).read_text().split())
        assert all(words in text for words in (*named, "https://arxiv.org/abs/2403.00222")), path
    for name in ("intro", "verdicts", "corrections", "reproduction"):
        assert "```{include} bibliography.md\n" in (ROOT / "book" / f"{name}.md").read_text(), name
    assert "{ref}`on its own page <the-text>`" in (ROOT / "notebooks/claims.ipynb").read_text()


def test_no_page_counts_slips_or_charges_them() -> None:
    pages = [
        *(ROOT / "book").glob("*.md"),
        *(ROOT / "notebooks").glob("*.ipynb"),
        ROOT / "README.md",
    ]
    assert [p.name for p in pages if re.search("misprint", p.read_text(), re.IGNORECASE)] == []


def test_every_verdict_that_a_page_asks_for_is_in_the_ledger() -> None:
    pages = sorted((ROOT / "book").glob("*.md"))
    asked = [i for p in pages for i in re.findall(r"\{verdict\}`([^`]+)`", p.read_text())]
    assert len(asked) > 10
    assert len(claims.select(asked)) == len(set(asked))


def test_the_first_picture_is_drawn_from_the_stored_gaps() -> None:
    gaps = pd.read_csv(RESULTS / "demand_response_n8.csv")
    (ax,) = figures.gap_at_a_glance(gaps).axes
    largest, mean, order = ax.lines
    assert list(largest.get_ydata()) == list(gaps["largest"])
    assert list(mean.get_ydata()) == list(gaps["mean"])
    assert order.get_ydata()[0] == gaps["largest"][0]
