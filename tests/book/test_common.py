"""What every chapter uses: checks that are shown, and seeds that are no neighbour's."""

import pytest

from ssq_book.common import checked, spawn


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


def test_seeds_are_reproducible_distinct_and_extend() -> None:
    assert spawn(3, 8)[:5] == spawn(3, 5)
    every = [own for seed in range(50) for own in spawn(seed, 20)]
    assert len(set(every)) == len(every)
    assert max(every) < 2**63 <= 2 * max(every)  # a table holds them as integers, all bits used
