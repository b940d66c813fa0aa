"""What decides if a result is still good: the code it runs, however far away, and no words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ssq_core.companion import provenance, sources
from ssq_core.companion.paper import STUDIES, study
from ssq_core.companion.rerun import identity
from ssq_core.companion.sources import PACKAGE

NOTEBOOKS = PACKAGE.parent / "notebooks"

PROGRAM = '''"""Doc

string."""

# why
x = (
    1,  # one

)

def f():
    "doc"
    return """a # b

    c"""
'''


def test_code_has_no_words_and_keeps_strings() -> None:
    lines = sources.code_lines(PROGRAM)
    assert list(lines) == [6, 7, 9, 11, 13, 14, 15]
    assert [lines[i] for i in (7, 13, 14)] == ["    1,", '    return """a # b', ""]


def test_the_hash_follows_the_code_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.py"

    def after(text: str) -> str:
        path.write_text(text)
        return sources.code_hash([path])

    first = after(PROGRAM)
    words = ("# why", "# because"), ("Doc", "Text"), ('    "doc"', '    "d"'), ("  # one\n\n", "\n")
    for old, new in words:
        assert after(PROGRAM.replace(old, new)) == first, old
    for old, new in ((" # b", ""), ("1,", "2,"), ('c"', ' c"'), ("f()", "g()")):
        assert after(PROGRAM.replace(old, new)) != first, old
    other = tmp_path / "two.py"
    other.write_text(PROGRAM)
    path.write_text(PROGRAM)
    assert sources.code_hash([path, other]) == sources.code_hash([other, path]) != first


QUEUEING = "systems/queueing/"


@pytest.mark.parametrize(
    ("name", "here", "not_here"),
    [
        ("demand_large", "companion/coupled mean_field alpha_vectors", "bounds " + QUEUEING),
        ("demand_small", "companion/demand_readings iteration checks", "mean_field " + QUEUEING),
        ("explorer", "companion/demand_response systems/demand_response", "bounds mean_field"),
        ("queueing", f"companion/queueing companion/seeds {QUEUEING}bias bounds", "mean_field"),
    ],
)  # fmt: skip
def test_a_study_comes_from_all_that_it_imports(name: str, here: str, not_here: str) -> None:
    found = sources.closure(
        [PACKAGE / "companion" / "paper" / f"{name}.py"], [Path(str(study.__file__))]
    )
    assert {PACKAGE / f"{part}.py" for part in here.split()} <= found
    names = [str(path.relative_to(PACKAGE).with_suffix("")) for path in found]
    assert not [own for own in names for part in not_here.split() if own.startswith(part)]
    assert "companion/paper/study" not in names  # it only keeps rows


def notebook(*cells: str) -> set[Path]:
    own = [{"cell_type": "code", "source": [cell]} for cell in cells]
    return sources.of_notebooks([json.dumps({"cells": own})])


def test_a_notebook_comes_from_what_its_cells_import_however_they_write_it() -> None:
    bounds = PACKAGE / "bounds.py"
    assert notebook("import numpy as np", "x = np.array(1)") == set()
    assert bounds not in notebook("import ssq_core as ssq", "ssq.solve")
    for cells in (
        ["import ssq_core as ssq", "ssq.bounds"],  # loaded when touched
        ["import ssq_core.bounds"],
        ["def f():\n    from ssq_core import bounds as b"],
        ["from ssq_core.concentration import dkw_bound"],  # which imports it in a function
    ):
        assert bounds in notebook(*cells), cells
    figures = notebook("from ssq_core.companion import figures")
    assert PACKAGE / "companion" / "figures" / "queueing.py" in figures  # by a relative import
    assert PACKAGE / "companion" / "cli.py" in notebook("%matplotlib inline")  # not Python: all
    assert PACKAGE / "systems" / "queueing" / "bias.py" in notebook("from ssq_core import queueing")


def test_tables_and_stored_results_count_where_they_are_read_and_pages_scripts_do_not() -> None:
    ledger = PACKAGE / "companion" / "claims" / "ledger" / "body.toml"
    check = PACKAGE / "companion" / "claims" / "checks" / "appendix_a.py"
    stored = provenance.RESULTS / "queueing_gap.csv"
    claims, queueing = ((NOTEBOOKS / f"{n}.ipynb").read_text() for n in ("claims", "queueing"))
    found = sources.of_notebooks([claims])
    assert {ledger, check} <= found
    assert stored not in found
    found = sources.of_notebooks([queueing])
    assert stored in found
    assert ledger not in found
    page = PACKAGE / "companion" / "page.py"  # with the style sheet of a rerun's page
    assert not {page, PACKAGE / "companion" / "explorer" / "page.js"} & found


def changed(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    code = sources._code
    monkeypatch.setattr(sources, "_code", lambda text: code(text.replace(old, new)))


def test_a_change_two_imports_away_changes_the_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    (own,) = (own for own in STUDIES if own.name == "demand_response_returns")
    before = own.origin()
    changed(monkeypatch, "argsort", "sort")  # coupled.py sorts
    assert own.origin()["sources"] != before["sources"]


def test_a_changed_relative_import_makes_a_point_old_and_another_style_sheet_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (NOTEBOOKS / "queueing.ipynb").read_text()
    before = identity(text)
    with monkeypatch.context() as patch:
        changed(patch, "margin: 2rem", "margin: 3rem")  # of companion/page.py
        assert identity(text) == before
    changed(monkeypatch, "def legend_below", "def legend_above")  # figures import it by `.style`
    assert identity(text) != before
