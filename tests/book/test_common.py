"""What every chapter uses."""

from __future__ import annotations

import pytest

from ssq_book.common import checked


def test_a_check_shows_a_line_and_stops_the_chapter_where_it_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    checked("the largest difference", 3e-13, 1e-9)
    checked("a < b for all agents", True)
    for value, limit in ((2e-9, 1e-9), (float("nan"), 1e-9), (False, None)):
        with pytest.raises(AssertionError, match="not so: the difference"):
            checked("the difference", value, limit)
    shown = capsys.readouterr().out
    assert "checked: the largest difference: 3e-13, at most 1e-09" in shown
    assert "checked: a < b for all agents" in shown
