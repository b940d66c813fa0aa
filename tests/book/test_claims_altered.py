"""Every check of the body and Appendix A can fail: changed instances, exact figures."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import ssq_core as ssq
from ssq_book import claims
from ssq_book.claims.checks import body_action, body_examples
from ssq_book.claims.instances import random_systems
from ssq_book.claims.verdict import CHECKS

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
    "algorithm-1": ({"learned": 5}, "fails"),
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
        {
            "tree": body_action.tree_instance(w=0.3),
            "raised": body_action.raised_tree(q=5),
            "fork": body_action.fork_instance(delta=1e-3),
        },
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
    "algorithm-3": ({"delay": 1}, "fails"),
    "theorem-A.19": ({"p": 1.0, "T": 300}, "holds"),
    "theorem-A.20": ({"S": 8}, "holds"),
}


OWN = [row for row in claims.ledger() if row.id in ALTERED]


CHECKED = [row for row in claims.ledger() if row.status != "definition"]


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
        ("theorem-4.4", "tree: left side", 87.9, 0.05),
        ("theorem-4.4", "tree: right side", 61.75, 0.005),
        ("theorem-4.4", "tree: probability of the loss", 0.99, 0.005),
        ("theorem-4.4", "tree: probability promised", 0.04, 1e-12),
        ("theorem-4.4", "fork: left side", 36.30, 5e-3),
        ("theorem-4.4", "fork: right side", 28.67, 5e-3),
        ("theorem-4.4", "fork: probability of the loss", 8.6e-6, 5e-8),
        ("theorem-4.4", "fork: probability promised", 4e-6, 1e-15),
        ("theorem-4.4", "tree + 1/2: left side", 950.0, 0.05),
        ("theorem-4.4", "tree + 1/2: right side", 714.8, 0.05),
        ("lemma-D.4", "mean over Delta, tree + 1/2: right side", 754.8, 0.05),
        ("lemma-D.1", "tree + 1/2: radius", 357.4, 0.05),
        ("lemma-D.1", "tree + 1/2: least reward", 0.0, 0.0),
        ("equation-13", "n=4, |S_l|=2, k=1, delta=0.1: P[TV > radius]", 0.25, 1e-12),
        ("equation-13", "n=4, |S_l|=2, k=1, delta=0.1: radius", 0.679, 5e-4),
        ("equation-13", "n=4, |S_l|=4, k=2, delta=0.1: radius", 0.4532, 5e-5),
        ("equation-13", "n=50, |S_l|=5, k=25, delta=0.1: P[TV > radius]", 0.57, 0.005),
        ("equation-13", "n=1000, |S_l|=10, k=100, delta=0.1: P[TV > radius]", 0.91, 0.005),
        ("theorem-A.20", "error after T", 0.0366, 5e-5),
        ("theorem-A.20", "printed T suffices for eps from", 2 * np.exp(-4), 1e-12),
        ("remark-B.8", "recurrent classes", 8, 0),
        ("remark-B.8", "its recurrent classes under a_g = s_1", 3, 0),
    ],
)
def test_the_figures_of_the_counterexamples(identity, name, expected, tolerance):
    assert evidence(identity)[name] == pytest.approx(expected, abs=tolerance)
