"""Every bad input in the table is refused by the exception and in the words that the page shows."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest

from ssq_core.companion import bad_inputs, limits
from ssq_core.companion.bad_inputs import page
from ssq_core.companion.bad_inputs.files import damaged
from ssq_core.companion.bad_inputs.refused import Refused

ROWS = bad_inputs.rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_bad_input_is_refused_in_these_words_and_by_name(row: Refused) -> None:
    outcome = row.outcome()
    assert row.agrees(outcome), f"{row.text}: {outcome!r}"
    assert row.argument in str(outcome)
    assert len(str(outcome)) < 400


@pytest.mark.parametrize("area", ["The command line", "Reruns", "Sweeps"])
def test_a_refused_command_starts_no_kernel_and_writes_nothing(
    area: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("something would have started")

    monkeypatch.setattr("jupyter_client.manager.KernelManager.start_kernel", start)
    monkeypatch.setattr("distributed.LocalCluster.__init__", start)
    monkeypatch.setattr("ssq_core.companion.provenance.write_bytes", start)
    monkeypatch.chdir(tmp_path)
    for row in bad_inputs.rows(area):
        assert row.agrees(row.outcome()), row.text
    assert list(tmp_path.iterdir()) == []


def test_there_are_many_rows_with_ids_and_calls_of_their_own() -> None:
    assert len(ROWS) >= 200
    for unique in ([row.id for row in ROWS], [row.text for row in ROWS]):
        assert Counter(unique).most_common(1)[0][1] == 1


def test_nothing_in_a_damaged_file_was_run() -> None:
    for name in ("pickle.npz", "object.npz"):
        assert damaged(name).exists()
    assert not damaged("made").exists()


def test_a_row_can_fail() -> None:
    def refuse() -> None:
        raise ValueError("k must be at least 1, got 0")

    row = Refused("id", "k", refuse, "k must be at …, got 0")
    assert row.agrees(row.outcome())
    for other in (
        Refused("id", "k", lambda: None, row.message),
        Refused("id", "k", refuse, "k must be at most 1, got 0"),
        Refused("id", "k", refuse, row.message, TypeError),
    ):
        assert not other.agrees(other.outcome())


def test_the_page_shows_every_call_and_what_it_says_and_marks_what_differs() -> None:
    html = page.table()
    assert html.count("<tr") == len(ROWS) + len(bad_inputs.AREAS)
    assert "ssq.solve(MATCH, k=0)" in html
    assert "k must be at least 1, got 0" in html
    assert tempfile.gettempdir() not in html
    assert "differs" not in html.split("</style>")[1]
    wrong = Refused("gamma-0", "gamma", ROWS[0].call, "no such words")
    assert "differs" in page._row(wrong)


def test_an_unknown_area_is_refused() -> None:
    with pytest.raises(ValueError, match=r"area must be one of The model, .*, or empty; got 'x'"):
        bad_inputs.rows("x")


def test_the_areas_are_the_choices_of_the_chapter() -> None:
    assert tuple(bad_inputs.AREAS) == limits.AREAS
