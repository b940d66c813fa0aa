"""The ledger of claims: complete, in order, as recorded; and its command."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import pytest

from ssq_book import __main__ as cli
from ssq_book import claims
from ssq_book.claims.text import render
from ssq_book.claims.verdict import STATUSES, Verdict

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


CHECKED = [row for row in claims.ledger() if row.status != "definition"]


COLUMNS = ["id", "status", "evidence", "seconds"]


@pytest.fixture(scope="module")
def results():
    return claims.check_all()


@pytest.fixture
def recorded(monkeypatch):
    """Change the recorded status of a row."""

    def change(identity, status):
        rows = tuple(
            replace(row, status=status) if row.id == identity else row for row in claims.ledger()
        )
        monkeypatch.setattr(claims, "ledger", lambda: rows)

    return change


def test_every_numbered_item_of_the_paper_has_one_row_in_the_paper_s_order():
    assert [row.id for row in claims.ledger()] == PAPER
    assert len(set(PAPER)) == len(PAPER)


def test_ids_numbers_and_kinds_belong_together():
    for row in claims.ledger():
        kind, _, number = row.id.partition("-")
        assert row.kind == kind
        if kind == "equation":
            assert row.number == f"Eq. ({number})"
        elif number:
            assert row.number == f"{kind.capitalize()} {number}"
        assert row.section in ("Abstract", "2", "3", "4", "5", "A", "B", "C", "D")
        assert row.statement
        assert row.statement.count("$") % 2 == 0
        assert row.note.count("$") % 2 == 0


def test_a_row_that_does_not_hold_as_printed_says_what_is_wrong():
    for row in claims.ledger():
        if row.status in ("repaired", "fails", "unrefuted"):
            assert row.note, row.id
        if row.status == "fails":
            assert row.correction.startswith("corrections-"), row.id


def test_a_slip_of_the_copy_is_no_status_and_no_charge():
    assert STATUSES == ("holds", "repaired", "fails", "unrefuted", "definition")
    read = [row for row in claims.ledger() if row.copy]
    assert len(read) > 10
    for row in read:  # what does not hold as printed does not for the copy's sake
        assert row.status in ("holds", "definition") or row.note, row.id
        assert "rint" not in row.copy, row.id  # the copy has it so; what was printed is not known
    for identity in ("algorithm-1", "algorithm-2", "algorithm-3", "remark-C.1"):
        assert claims.select(identity)[0].status == "holds"
    assert claims.select("abstract")[0].status == "definition"  # not judged


def test_what_fails_and_nothing_else_says_root_sign_of_rewards_and_scope():
    for row in claims.ledger():
        told = (row.roots, row.rewards, row.scope)
        assert (all if row.status == "fails" else any)(told) == (row.status == "fails"), row.id
        assert row.scope.count("$") % 2 == 0


def test_four_independent_errors_have_all_that_fails_but_two_asides():
    assert set(claims.ERRORS) == {"lemma-B.9", "equation-24", "lemma-D.4", "theorem-A.20"}
    inherited = {root: [row.id for row in claims.inheriting(root)] for root in claims.ERRORS}
    both = ["theorem-4.4", "theorem-C.6", "lemma-D.1", "lemma-D.4", "lemma-D.5"]
    assert inherited["lemma-B.9"][0] == "lemma-B.9"
    assert set(inherited["lemma-B.9"]) == {
        "lemma-B.9", "theorem-4.2", "theorem-B.2", "lemma-B.3", *both
    }  # fmt: skip
    assert set(inherited["equation-24"]) == {"equation-24", "equation-13", *both}
    assert inherited["lemma-D.4"] == ["lemma-D.4"]
    assert inherited["theorem-A.20"] == ["theorem-A.20"]
    fails = {row.id for row in claims.ledger() if row.status == "fails"}
    assert fails == {*claims.ASIDES, *(i for own in inherited.values() for i in own)}


def test_every_computed_status_is_the_recorded_one(results):
    assert results["id"].tolist() == PAPER
    assert results.columns[:4].tolist() == COLUMNS
    assert set(results["status"]) <= set(STATUSES)
    assert claims.disagreements(results).empty
    computed = results[results["recorded"] != "definition"]
    assert (computed["evidence"] != "").all()


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.id)
def test_another_recorded_status_is_a_disagreement(results, row):
    other = next(s for s in ("holds", "fails") if s != row.status)
    table = results.copy()
    table.loc[table["id"] == row.id, "recorded"] = other
    assert claims.disagreements(table)["id"].tolist() == [row.id]


def test_only_selects_rows_in_the_paper_s_order():
    table = claims.check_all(only=["algorithm-3", "abstract", "equation-10"])
    assert table["id"].tolist() == ["abstract", "equation-10", "algorithm-3"]
    assert table["status"].tolist() == ["definition", "definition", "holds"]
    assert claims.check_all(only="abstract")["id"].tolist() == ["abstract"]


def test_an_unknown_id_is_refused_with_what_resembles_it():
    with pytest.raises(ValueError, match=r"'lemma-B\.99' is no id .* did you mean lemma-B\.9"):
        claims.check_all(only="lemma-B.99")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"id": "x", "status": "true"}, "incomplete"),
        ({"id": "x", "colour": "red"}, r"unknown keys \['colour'\]"),
        (
            {k: "x" for k in ("id", "number", "section", "kind", "statement", "status")},
            "status 'x'",
        ),
        (
            {k: "x" for k in ("id", "number", "section", "kind", "statement")}
            | {"status": "fails", "rewards": "none", "scope": "y"},
            r"wrong \['roots'\]",
        ),
        (
            {k: "x" for k in ("id", "number", "section", "kind", "statement")}
            | {"status": "fails", "roots": ["abstract"], "rewards": "none", "scope": "y"},
            "unknown roots",
        ),
    ],
)
def test_a_malformed_row_is_refused(entry, message):
    with pytest.raises(ValueError, match=message):
        claims._claim("body", entry)


def test_the_command_exits_0_1_and_2(capsys, recorded):
    assert cli.main(["claims", "--only", "equation-6", "abstract"]) == 0
    out = capsys.readouterr().out
    assert out.index("abstract") < out.index("equation-6")
    assert "by (6) = 2/3" in out
    assert out.endswith("2 checked: 1 holds, 1 definition; all as recorded\n")
    recorded("equation-6", "fails")
    assert cli.main(["claims", "--only", "equation-6"]) == 1
    out = capsys.readouterr().out
    assert "NOT AS RECORDED (fails)" in out
    assert "1 not as recorded" in out
    assert cli.main(["claims", "--only", "theorem-9.9"]) == 2
    assert "theorem-9.9" in capsys.readouterr().err


def test_the_table_fits_the_terminal_and_counts_every_status(results):
    lines = render(results, columns=90).splitlines()
    assert max(map(len, lines[:-1])) <= 90
    told = lines.index("fails as printed:")
    assert told == len(PAPER) + 1
    for row in claims.ledger():
        below = [line for line in lines[told:] if line.startswith(f"{row.id}: root: ")]
        assert len(below) == (row.status == "fails")
    for status, count in Counter(results["status"]).items():
        assert f"{count} {status}" in lines[-1]


def test_the_module_runs_as_the_command():
    command = [sys.executable, "-m", "ssq_book.__main__", "claims", "--only", "abstract"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:2] == ["abstract", "definition"]
    assert done.stderr == ""


def test_a_verdict_shows_fractions_exactly_and_floats_to_six_digits():
    assert Verdict("holds", {"a": Fraction(3, 56), "b": 1 / 3}).text() == "a = 3/56; b = 0.333333"


def test_the_checks_tell_a_person_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    @contextmanager
    def reporter(progress: bool) -> Iterator[Callable[[str], None]]:
        assert progress is True
        yield told.append

    monkeypatch.setattr(claims, "reporter", reporter)
    claims.check_all(["theorem-4.2", "lemma-B.9"])
    assert told == ["2 statements", "0 checked, now theorem-4.2", "1 checked, now lemma-B.9"]
