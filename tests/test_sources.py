"""What decides if a result is still good: the code it runs, however far away, and no words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssq_core.companion import sources
from ssq_core.companion.paper import STUDIES
from ssq_core.companion.sources import PACKAGE

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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "demand_large",
            "paper/demand_large paper/demand_response coupled demand_response demand_scale seeds",
        ),
        (
            "demand_small",
            "paper/demand_small paper/demand_response demand_readings demand_response",
        ),
        ("explorer", "paper/explorer demand_response"),
        ("queueing", "paper/queueing queueing seeds"),
        ("demand_response", "paper/demand_response"),
    ],
)  # fmt: skip
def test_a_study_comes_from_all_that_it_imports(name: str, expected: str) -> None:
    found = sources.companions(PACKAGE / "companion" / "paper" / f"{name}.py")
    wanted = {PACKAGE / "companion" / f"{part}.py" for part in expected.split()}
    assert found == wanted


def test_a_change_two_imports_away_changes_the_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    (study,) = (own for own in STUDIES if own.name == "demand_response_returns")
    before, code = study.origin(), sources._code
    monkeypatch.setattr(sources, "_code", lambda text: code(text.replace("argsort", "sort")))
    after = study.origin()
    assert before["study"] != after["study"]  # coupled.py sorts
