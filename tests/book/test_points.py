"""The points of a sweep: which they are, and a record counts only if it is whole and its own."""

import json
from pathlib import Path

import pytest

from ssq_book.common import spawn
from ssq_book.runs import parameters, points
from ssq_book.runs.points import Store
from tests import tiny

OWN = {"version": "0", "library": "abc"}


@pytest.fixture
def chapter(tmp_path: Path) -> parameters.Chapter:
    return parameters.read(str(tiny.write(tmp_path)))


def test_the_points_are_the_grid_in_its_order_with_the_same_seeds_everywhere(chapter):
    axes = chapter.axes(["k=1..2", "m=0.5,2"])
    found = [point.values for point in points.points(chapter, axes, 2, OWN)]
    a, b = spawn(0, 2)
    assert [(v["k"], v["m"], v["seed"]) for v in found] == [
        (k, m, seed) for k in (1, 2) for m in (0.5, 2.0) for seed in (a, b)
    ]


def test_a_key_depends_on_all_that_numbers_depend_on_and_on_no_layout(chapter, tmp_path):
    def key(chapter, setting="k=1", own=OWN):
        return points.points(chapter, chapter.axes([setting]), None, own)[0].key

    laid_out = parameters.Chapter(
        "tiny", chapter.path, json.dumps(json.loads(chapter.text)), chapter.parameters
    )
    assert key(laid_out) == key(chapter)
    other = parameters.read(str(tiny.write(tmp_path, tiny.PARAMETERS + "  # another")))
    keys = [key(chapter), key(chapter, "k=2"), key(chapter, own=OWN | {"library": "x"}), key(other)]
    assert len(set(keys)) == 4


def test_a_record_counts_only_for_its_own_parameters(chapter, tmp_path):
    one, two = points.points(chapter, chapter.axes(["k=1,2"]), None, OWN)
    store = Store(tmp_path)
    store.save("tiny", one, {"numbers": {"tiny-mean": 0.1}, "seconds": 1.0})
    assert [own for own, _ in store.finished([one, two])] == [one]
    assert store.load(one)["numbers"] == {"tiny-mean": 0.1}
    store.path(one).rename(store.path(two))
    said: list[str] = []
    assert store.finished([one, two], said.append) == []
    (line,) = said
    assert line.startswith(str(store.path(two)))
    assert line.endswith("; it is run again")
