"""The ledger of claims: complete, in order, as recorded; and its command."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction

import pytest

from ssq_book import __main__ as cli
from ssq_book import claims
from ssq_book.claims.text import render
from ssq_book.claims.verdict import Margin, Verdict, closest
from tests.ledger import unchecked

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


def test_every_numbered_item_has_one_row_in_the_paper_s_order_and_all_but_definitions_a_check():
    rows = claims.ledger()
    assert [row.id for row in rows] == PAPER
    assert {row.id for row in rows if row.status != "definition"} == claims.CHECKS.keys()


@pytest.mark.parametrize("row", claims.ledger(), ids=lambda row: row.id)
def test_a_row_has_what_its_status_asks_for(row):
    kind, _, number = row.id.partition("-")
    assert row.kind == kind
    named = f"Eq. ({number})" if kind == "equation" else f"{kind.capitalize()} {number}"
    assert not number or row.number == named
    assert row.section in ("Abstract", "2", "3", "4", "5", "A", "B", "C", "D")
    assert row.statement
    assert all(text.count("$") % 2 == 0 for text in (row.statement, row.note, row.scope))
    assert row.status in ("holds", "repaired", "fails", "unrefuted", "definition")
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


def test_only_selects_rows_in_the_paper_s_order_and_compares_with_the_record(monkeypatch):
    ids = ["algorithm-3", "abstract", "equation-10"]
    told = []
    monkeypatch.setattr(claims, "reporter", lambda progress: nullcontext(told.append))
    table = claims.check_all(ids)
    assert table["id"].tolist() == ["abstract", "equation-10", "algorithm-3"]
    assert table["status"].tolist() == ["definition", "definition", "holds"]
    assert table.columns[:4].tolist() == ["id", "status", "evidence", "seconds"]
    assert told[0] == "3 statements"
    assert told[-1] == "2 checked, now algorithm-3"
    assert claims.disagreements(table).empty
    table.loc[table["id"] == "algorithm-3", "recorded"] = "fails"
    assert claims.disagreements(table)["id"].tolist() == ["algorithm-3"]


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


def test_the_table_fits_the_terminal_and_counts_every_status():
    lines = render(unchecked(), columns=90).splitlines()
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
