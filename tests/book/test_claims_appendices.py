"""Every check of Appendices B, C and D can fail: a changed instance changes what it computes."""

from fractions import Fraction

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import claims
from ssq_book.claims.checks import appendix_c
from ssq_book.claims.checks.body_action import fork_instance, raised_tree, tree_instance
from ssq_book.claims.verdict import CHECKS
from ssq_core import bounds
from ssq_core import concentration as con

PARTS = ("B", "C", "D")
ROWS = [row for row in claims.ledger() if row.section in PARTS]
CHECKED = [row for row in ROWS if row.status != "definition"]


def by_position(mdp, s_g, a, states):
    """A step that no kernel of single agents explains: agent i goes to state i."""
    law = mdp.P_g[s_g, a]
    for i in range(len(states)):
        law = np.multiply.outer(law, np.eye(mdp.S)[i % mdp.S])
    return law


def mixing():
    half = np.full((2, 2, 2), 0.5)
    return ssq.StarMDP(half, half, np.zeros((2, 2)), np.eye(2), 0.5)


SMALL = {"tree": tree_instance(q=5), "raised": raised_tree(q=5)}  # k = n: nothing is lost

ALTERED = {
    "theorem-B.2": ({"other": (1, 0)}, "holds"),
    "lemma-B.3": ({"other": (1, 0)}, "holds"),
    "remark-B.4": ({"joint": by_position}, "fails"),
    "equation-22": ({"joint": by_position}, "fails"),
    "lemma-B.5": ({"joint": by_position}, "fails"),
    "lemma-B.6": ({"joint": by_position}, "fails"),
    "lemma-B.7": ({"joint": by_position}, "fails"),
    "remark-B.8": ({"mdp": mixing()}, "holds"),
    "lemma-B.9": ({"other": (1, 0), "coin_h": (0, 0, 0, 1)}, "holds"),
    "lemma-B.10": ({"joint": by_position}, "fails"),
    "lemma-B.11": ({"square": np.square}, "fails"),
    "lemma-B.12": ({"bound": lambda mdp, T: 0.0}, "fails"),
    "remark-C.1": ({"uniform": False}, "fails"),
    "theorem-C.2": ({"bound": lambda n, k, eps: 0.1 * np.exp(-2 * k * eps**2)}, "fails"),
    "lemma-C.3": ({"population": (1, 1)}, "holds"),
    "lemma-C.4": ({"bound": lambda n, k, eps: con.serfling_bound(n, k, 1.5 * eps)}, "fails"),
    "theorem-C.5": ({"bound": lambda n, k, S, eps: con.dkw_bound(n, k, S, 2 * eps)}, "fails"),
    "theorem-C.6": ({"counts": (4, 0), "m": 1, "agents": 1}, "holds"),
    "equation-24": ({"eps": Fraction(3, 4)}, "holds"),
    "lemma-C.7": ({"bound": lambda n, k: 0.99 * (1 - k / n)}, "fails"),
    "lemma-D.1": ({"counts": (4, 0), "raised": raised_tree(q=5)}, "holds"),
    "equation-26": ({"n": 1}, "holds"),
    "theorem-D.2": ({"sign": -1}, "fails"),
    "theorem-D.3": ({"expr": bounds.theorem_D_3 / 100}, "fails"),
    "lemma-D.4": ({"n": 200} | SMALL, "holds"),
    "lemma-D.5": (SMALL | {"fork": fork_instance(majority=60)}, "holds"),
    "corollary-D.6": ({"expr": bounds.theorem_3_2 / 100}, "fails"),
    "corollary-D.7": ({"expr": 2 * bounds.theorem_3_2}, "fails"),
}


def test_every_row_with_a_computation_has_an_altered_instance():
    assert {row.id for row in CHECKED} == ALTERED.keys()


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.id)
def test_the_computed_status_is_the_recorded_one(row):
    assert CHECKS[row.id]().status == row.status


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.id)
def test_an_altered_instance_has_another_status(row):
    change, status = ALTERED[row.id]
    assert status != row.status
    assert CHECKS[row.id](**change).status == status


def test_the_counterexamples_are_the_exact_fractions():
    evidence = {row.id: CHECKS[row.id]().evidence for row in CHECKED if row.status == "fails"}
    assert evidence["theorem-B.2"]["left at T = 2"] == 0
    assert evidence["theorem-B.2"]["left at T = 3"] == Fraction(3, 128)
    assert evidence["theorem-B.2"]["left side"] == Fraction(3, 56)
    thirds = [evidence["lemma-B.3"][f"left at T = {T}"] for T in (1, 2, 3, 4)]
    assert thirds == [0, 0, Fraction(15, 512), Fraction(183, 4096)]
    assert evidence["lemma-B.9"]["match: left side"] == Fraction(3, 64)
    assert evidence["lemma-B.9"]["match: right side"] == 0
    assert evidence["lemma-C.3"]["with replacement"] == Fraction(3, 2)
    assert evidence["lemma-D.1"]["absorbing: left side"] == Fraction(1, 4)


def test_the_gaps_of_equations_6_and_26_are_exact_fractions():
    evidence = CHECKS["equation-26"]().evidence
    assert evidence["Eq. 6, largest gap"] == Fraction(25, 504)
    assert evidence["Eq. 26, largest gap"] == Fraction(25, 336)


def test_a_correction_that_does_not_cover_leaves_a_counterexample_undecided(monkeypatch):
    monkeypatch.setattr(bounds, "L4_any", bounds.L4_any / 100)
    assert CHECKS["theorem-B.2"]().status == "unrefuted"


def test_populations_are_the_partitions():
    assert len(list(appendix_c.populations(6))) == 1 + 2 + 3 + 5 + 7 + 11
