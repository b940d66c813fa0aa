"""What decides if a result is still good: the code it runs, however far away, and no words."""

import json
from pathlib import Path

import pytest

from ssq_book import catalogue
from ssq_book.runs.execution import identity
from ssq_book.studies import sources
from ssq_book.studies.sources import ROOT

NOTEBOOKS = ROOT / "notebooks"

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


CHAPTERS, QUEUEING = "ssq_book/chapters/", "ssq_core/systems/queueing/"


def test_a_study_comes_from_all_that_it_imports() -> None:
    found = sources.closure([ROOT / CHAPTERS / "demand_response" / "studies.py"], stored=False)
    names = {str(path.relative_to(ROOT).with_suffix("")) for path in found}
    for module in (
        f"{CHAPTERS}demand_response/readings",
        "ssq_core/value_iteration",
        "ssq_core/checks",
    ):
        assert module in names
    for module in ("ssq_core/mean_field", QUEUEING, "ssq_book/studies/study"):  # it only keeps rows
        assert not [name for name in names if name.startswith(module)]


def notebook(*cells: str) -> set[Path]:
    own = [{"cell_type": "code", "source": [cell]} for cell in cells]
    return sources.of_notebooks([json.dumps({"cells": own})])


def test_a_notebook_comes_from_what_its_cells_import_however_they_write_it() -> None:
    bounds = ROOT / "ssq_core" / "theory" / "bounds.py"
    assert notebook("import numpy as np", "x = np.array(1)") == set()
    assert bounds not in notebook("import ssq_core as ssq", "ssq.solve")
    for cells in (
        ["import ssq_core as ssq", "ssq.bounds"],  # loaded when touched
        ["import ssq_core.theory.bounds"],
        ["def f():\n    from ssq_core import bounds as b"],
        ["from ssq_core.theory.concentration import dkw_bound"],  # which imports it in a function
    ):
        assert bounds in notebook(*cells), cells
    assert ROOT / "ssq_book" / "__main__.py" in notebook("%matplotlib inline")  # not Python: all
    assert ROOT / QUEUEING / "loaded.py" in notebook("from ssq_core import queueing")


def test_tables_and_stored_results_count_where_they_are_read_and_pages_scripts_do_not() -> None:
    ledger = ROOT / "ssq_book" / "claims" / "ledger" / "body.toml"
    check = ROOT / "ssq_book" / "claims" / "checks" / "appendix_a.py"
    stored = sources.RESULTS / "queueing_gap.csv"
    claims, queueing = ((NOTEBOOKS / f"{n}.ipynb").read_text() for n in ("claims", "queueing"))
    found = sources.of_notebooks([claims])
    assert {ledger, check} <= found
    assert stored not in found
    found = sources.of_notebooks([queueing])
    assert stored in found
    assert ledger not in found
    assert ROOT / "ssq_book" / "explorers" / "page.js" not in found


def test_a_change_far_away_makes_results_old_and_a_style_sheet_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def changed(old: str, new: str) -> None:
        code = sources._code
        monkeypatch.setattr(sources, "_code", lambda text: code(text.replace(old, new)))

    (study,) = (s for s in catalogue.studies() if s.name == "demand_response_returns")
    text = (NOTEBOOKS / "queueing.ipynb").read_text()
    origin, before = study.origin(), identity(text)
    changed("margin: 2rem", "margin: 3rem")  # of the page of a rerun
    assert (study.origin(), identity(text)) == (origin, before)
    changed("argsort", "sort")  # of common random numbers, two imports away
    assert study.origin()["sources"] != origin["sources"]
    changed("def legend_below", "def legend_above")  # of figures' style
    assert identity(text)["sources"] != before["sources"]
