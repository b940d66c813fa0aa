"""The ledger of claims: complete, in order, as recorded; and every check can fail."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import ssq_core as ssq
from ssq_core.companion import claims, cli
from ssq_core.companion.claims.checks import body_action, body_examples
from ssq_core.companion.claims.exact_policies import gaps, states, stationary, value
from ssq_core.companion.claims.instances import random_systems
from ssq_core.companion.claims.text import render
from ssq_core.companion.claims.verdict import CHECKS, STATUSES, Verdict

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

MATCH = ssq.counterexamples.match(0.75, 0.5)
FALLING = random_systems(11, seed=1, sizes=(2,))[10]  # its largest gap falls at every k


def other_global(mdp):
    return replace(mdp, P_g=np.roll(mdp.P_g, 1, axis=2))


def other_local(mdp):
    return replace(mdp, P_l=np.roll(mdp.P_l, 1, axis=2))


def impatient(mdp):
    return replace(mdp, gamma=0.9 * mdp.gamma)


# For each check of the body and Appendix A: a changed instance, and the status it leads to.
ALTERED = {
    "abstract": ({"k": 50, "n": 50}, "holds"),
    "equation-1": ({"solved": other_global}, "fails"),
    "equation-2": ({"solved": other_local}, "fails"),
    "equation-3": ({"share": 0.5}, "fails"),
    "remark-2.1": ({"drift": 0.1}, "fails"),
    "assumption-2.1": ({"p": 1.0}, "holds"),
    "assumption-2.2": ({"signed": False}, "holds"),
    "definition-2.2": ({"horizon": 2}, "fails"),
    "example-2.3": ({"project": body_examples.clipped}, "holds"),
    "example-2.4": ({"jobs": 0}, "holds"),
    "equation-4": ({"uniform": False}, "fails"),
    "equation-5": ({"oracle": 0.6}, "fails"),
    "equation-6": ({"rule": "actions"}, "fails"),
    "algorithm-1": ({"first": 0}, "holds"),
    "algorithm-2": ({"executed": 3}, "fails"),
    "equation-7": ({"solved": impatient}, "fails"),
    "assumption-3.1": ({"samples": "fresh"}, "fails"),
    "equation-8": ({"samples": "fresh"}, "fails"),
    "theorem-3.2": ({"rule": "actions", "count": 2}, "fails"),
    "corollary-3.3": ({"noise": 0.0}, "fails"),
    "equation-9": ({"exponent": Fraction(3, 5)}, "fails"),
    "discussion-3.4": ({"expression": "L5", "m": 1}, "holds"),
    "discussion-3.5": ({"declared": 0.0}, "fails"),
    "definition-4.1": ({"as_set": True}, "fails"),
    "equation-11": ({"scale": (1, 1, 2)}, "fails"),
    "equation-12": ({"shared": False}, "fails"),
    "theorem-4.2": ({"k": 2, "other": 2}, "holds"),
    "theorem-4.3": ({"share": 0.1}, "fails"),
    "equation-13": ({"cells": [((5, 5), 9, 0.1)]}, "holds"),
    "theorem-4.4": (
        {"tree": body_action.tree_instance(w=0.3), "fork": body_action.fork_instance(delta=1e-3)},
        "holds",
    ),
    "figure-1a": ({"n": 6}, "holds"),
    "figure-1b": ({"weight": 1.5, "counterexample": FALLING}, "holds"),
    "figure-1c": ({"weight": 1.5, "largest": 3}, "holds"),
    "figure-2": ({"share": 1e-3, "runs": 50}, "fails"),
    "theorem-A.2": ({"complete": True}, "holds"),
    "equation-14": ({"discount": 0.9}, "fails"),
    "equation-15": ({"solved": impatient}, "fails"),
    "equation-16": ({"oracle": 0.6}, "fails"),
    "remark-A.6": ({"k": 1}, "fails"),
    "lemma-A.7": ({"share": 0.99}, "fails"),
    "remark-A.8": ({"share": 0.99}, "fails"),
    "lemma-A.9": ({"share": 0.99}, "fails"),
    "lemma-A.10": ({"common": False}, "fails"),
    "remark-A.11": ({"samples": "fresh"}, "fails"),
    "corollary-A.14": ({"share": 0.99}, "fails"),
    "equation-17": ({"share": 0.99}, "fails"),
    "equation-18": ({"share": 0.99}, "fails"),
    "equation-19": ({"share": 0.99}, "fails"),
    "equation-20": ({"share": 0.99}, "fails"),
    "remark-A.15": ({"rate": 0.99}, "fails"),
    "figure-3": ({"k": 2}, "holds"),
    "algorithm-3": ({"printed": False}, "holds"),
    "theorem-A.19": ({"p": 1.0, "T": 300}, "holds"),
    "theorem-A.20": ({"S": 8}, "holds"),
}

OWN = [row for row in claims.ledger() if row.id in ALTERED]
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
        if row.status in ("repaired", "fails", "misprint", "unrefuted"):
            assert row.note, row.id
        if row.status == "fails":
            assert row.correction.startswith("corrections-"), row.id


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


def test_every_check_of_the_body_and_appendix_a_has_an_altered_instance():
    own = [row.id for row in CHECKED if row.section not in ("B", "C", "D")]
    assert list(ALTERED) == own


@pytest.mark.parametrize("row", OWN, ids=lambda row: row.id)
def test_an_altered_instance_has_another_status(row):
    change, status = ALTERED[row.id]
    assert status != row.status
    assert CHECKS[row.id](**change).status == status


def test_a_correction_that_does_not_cover_leaves_a_row_undecided(monkeypatch):
    monkeypatch.setattr(ssq.bounds, "L4", ssq.bounds.L4 / 100)
    assert CHECKS["theorem-4.2"]().status == "unrefuted"
    monkeypatch.setattr(ssq.bounds, "L4_loss", ssq.bounds.L4_loss / 100)
    assert CHECKS["theorem-4.4"]().status == "unrefuted"
    monkeypatch.setattr(ssq.concentration, "tv_radius", ssq.concentration.tv_radius_paper)
    assert CHECKS["equation-13"]().status == "unrefuted"


@cache
def evidence(identity):
    return CHECKS[identity]().evidence


def test_the_exact_figures_of_the_counterexamples():
    lipschitz = evidence("theorem-4.2")
    assert lipschitz["left at T = 2"] == 0
    assert lipschitz["left at T = 3"] == Fraction(3, 128)
    assert lipschitz["left side"] == Fraction(3, 56)
    rules = evidence("equation-6")
    assert rules["P[action 0] by (6)"] == Fraction(2, 3)
    assert rules["by (26)"] == Fraction(1, 2)
    assert rules["largest gap by (6)"] == Fraction(25, 504)
    assert rules["largest gap by (26)"] == Fraction(25, 336)


@pytest.mark.parametrize(
    ("identity", "name", "expected", "tolerance"),
    [
        ("theorem-3.2", "fork, gap by (26)", 0.4925, 5e-5),
        ("theorem-3.2", "fork, bound", 0.3989, 5e-5),
        ("theorem-4.4", "tree, loss", 87.9, 0.05),
        ("theorem-4.4", "tree, right side", 61.75, 0.005),
        ("theorem-4.4", "tree, probability", 0.99, 0.005),
        ("theorem-4.4", "tree, claimed", 0.04, 1e-12),
        ("theorem-4.4", "fork, loss", 27.443, 5e-4),
        ("theorem-4.4", "fork, right side", 27.433, 5e-4),
        ("theorem-4.4", "fork, probability", 0.0016, 5e-5),
        ("equation-13", "n=4, |S_l|=2, k=1, delta=0.1: P[TV > radius]", 0.25, 1e-12),
        ("equation-13", "n=4, |S_l|=2, k=1, delta=0.1: radius", 0.679, 5e-4),
        ("equation-13", "n=4, |S_l|=4, k=2, delta=0.1: radius", 0.4532, 5e-5),
        ("equation-13", "n=50, |S_l|=5, k=25, delta=0.1: P[TV > radius]", 0.57, 0.005),
        ("equation-13", "n=1000, |S_l|=10, k=100, delta=0.1: P[TV > radius]", 0.91, 0.005),
        ("theorem-A.20", "error after T", 0.0366, 5e-5),
    ],
)
def test_the_figures_of_the_counterexamples(identity, name, expected, tolerance):
    assert evidence(identity)[name] == pytest.approx(expected, abs=tolerance)


def test_only_selects_rows_in_the_paper_s_order():
    table = claims.check_all(only=["algorithm-3", "abstract", "equation-10"])
    assert table["id"].tolist() == ["abstract", "equation-10", "algorithm-3"]
    assert table["status"].tolist() == ["misprint", "definition", "misprint"]
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
    assert out.endswith("2 checked: 1 holds, 1 misprint; all as recorded\n")
    recorded("equation-6", "fails")
    assert cli.main(["claims", "--only", "equation-6"]) == 1
    out = capsys.readouterr().out
    assert "NOT AS RECORDED (fails)" in out
    assert "1 not as recorded" in out
    assert cli.main(["claims", "--only", "theorem-9.9"]) == 2
    assert "theorem-9.9" in capsys.readouterr().err


def test_the_table_fits_the_terminal_and_counts_every_status(results):
    lines = render(results, columns=90).splitlines()
    assert len(lines) == len(PAPER) + 2
    assert max(map(len, lines[:-1])) <= 90
    for status, count in Counter(results["status"]).items():
        assert f"{count} {status}" in lines[-1]


def test_the_module_runs_as_the_command():
    command = [sys.executable, "-m", "ssq_core.companion.cli", "claims", "--only", "abstract"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:2] == ["abstract", "misprint"]
    assert done.stderr == ""


def test_a_verdict_shows_fractions_exactly_and_floats_to_six_digits():
    assert Verdict("holds", {"a": Fraction(3, 56), "b": 1 / 3}).text() == "a = 3/56; b = 0.333333"


@pytest.mark.parametrize("rule", ["subsets", "actions"])
@pytest.mark.parametrize(("k", "n"), [(1, 3), (2, 3), (3, 4)])
def test_exact_gaps_are_the_library_s(k, n, rule):
    for mdp in (MATCH, ssq.counterexamples.non_monotone()):
        gap = ssq.optimality_gap(mdp, k, n, tol=1e-10, rule=rule)
        for (s_g, h), own in gaps(mdp, k, n, rule).items():
            where = np.repeat(range(mdp.S), h)
            assert gap.at(s_g, where) == pytest.approx(float(own), abs=1e-8)


def test_an_exact_value_with_a_horizon_is_a_finite_sum():
    keep = stationary({key: key[0] for key in states(MATCH, 2)}, 2)  # hold s_g
    V = value(MATCH, 2, keep, horizon=1)
    assert V[0, (2, 0)] == 1 + Fraction(1, 2) * Fraction(3, 4)
    assert V[0, (1, 1)] == Fraction(1, 2) + Fraction(1, 2) * Fraction(1, 2)
