"""Sweeps: their points and whose record is one, their figure, and the folder that they write to."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import PngImagePlugin

import ssq_core
from ssq_book.common import spawn
from ssq_book.runs import figures, parameters, sweep
from ssq_book.runs.execution import identity
from ssq_book.runs.points import Store, points
from ssq_book.runs.rerun import rerun
from ssq_book.studies import provenance
from tests import tiny

OWN = {"version": "0", "library": "abc"}


@pytest.fixture
def chapter(tmp_path: Path) -> parameters.Chapter:
    return parameters.read(str(tiny.write(tmp_path)))


# -- its points ------------------------------------------------------------------------------------


def test_the_points_are_the_grid_in_its_order_with_the_same_seeds_everywhere(chapter):
    axes = chapter.axes(["k=1..2", "m=0.5,2"])
    found = [point.values for point in points(chapter, axes, 2, OWN)]
    a, b = spawn(0, 2)
    assert [(v["k"], v["m"], v["seed"]) for v in found] == [
        (k, m, seed) for k in (1, 2) for m in (0.5, 2.0) for seed in (a, b)
    ]


def test_a_key_depends_on_all_that_numbers_depend_on_and_on_no_layout(chapter, tmp_path):
    def key(chapter, setting="k=1", own=OWN):
        return points(chapter, chapter.axes([setting]), None, own)[0].key

    laid_out = parameters.Chapter(
        "tiny", chapter.path, json.dumps(json.loads(chapter.text)), chapter.parameters
    )
    assert key(laid_out) == key(chapter)
    other = parameters.read(str(tiny.write(tmp_path, tiny.PARAMETERS + "  # another")))
    keys = [key(chapter), key(chapter, "k=2"), key(chapter, own=OWN | {"library": "x"}), key(other)]
    assert len(set(keys)) == 4


def test_a_record_counts_only_for_its_own_parameters(chapter, tmp_path):
    one, two = points(chapter, chapter.axes(["k=1,2"]), None, OWN)
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


# -- the figure ------------------------------------------------------------------------------------


def test_the_figure_has_a_line_of_means_with_students_intervals_for_each_setting():
    rows = [(1, 5, 1.0), (1, 5, 2.0), (1, 5, 6.0), (2, 5, 5.0), (1, 6, 0.0), (2, 6, 0.5)]
    table = pd.DataFrame(rows, columns=["k", "m", "value"])
    (ax,) = figures.plot(table, "k", ["m"], "gap").axes
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["m = 5", "m = 6"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("k", "gap")
    line, _, (bars,) = ax.containers[0].lines
    assert line.get_ydata().tolist() == [3.0, 5.0]
    low, high = bars.get_segments()[0][:, 1]
    assert high - 3 == pytest.approx(3 - low)
    assert high - 3 == pytest.approx(4.302653 * np.std([1, 2, 6], ddof=1) / 3**0.5)


def test_a_figure_says_where_it_comes_from_in_the_picture_and_beside_it(chapter, tmp_path):
    table = pd.DataFrame(
        {"k": [1, 2, 3, 4], "m": [5] * 4, "seed": [7] * 4, "name": ["gap"] * 4, "value": [4.0] * 4}
    )
    axes = {"k": [1, 2, 3, 4]}
    path = figures.draw(chapter, table, axes, "gap", tmp_path)
    said = PngImagePlugin.PngImageFile(path).text["Description"]
    library = identity(chapter.text)["sources"]
    assert said == (
        f"Origin: {chapter.source}; k = 1 … 4, m = 5, seed = 7; "
        f"ssq_core {ssq_core.__version__}, content {library}"
    )


# -- one folder ------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., sweep.Outcome]:
    """Sweep without workers: every point has the number gap = 1."""

    def own(chapter: parameters.Chapter, out: Path, setting: str) -> sweep.Outcome:
        record = {"numbers": {"gap": 1.0}, "seconds": 1.0, "identity": identity(chapter.text)}
        monkeypatch.setattr(
            sweep, "_run",
            lambda chapter, missing, store, *_: [
                store.save(chapter.name, point, record) for point in missing
            ] and [],
        )  # fmt: skip
        return sweep.sweep(chapter, chapter.axes([setting]), None, out, tell=lambda line: None)

    return own


def test_a_larger_grid_replaces_a_table_and_nothing_else_does(chapter, tmp_path, run):
    out = tmp_path / "out"
    run(chapter, out, "k=1..2")
    before = (out / "results.csv").read_bytes()
    for name in ("results.csv", "seconds.csv"):
        assert pd.read_csv(out / name)["chapter"].tolist() == ["tiny", "tiny"]
    with pytest.raises(ValueError, match=r"holds 1 points that this grid has not; give another"):
        run(chapter, out, "k=2..3")
    other = replace(chapter, name="other")
    with pytest.raises(ValueError, match=r"is of no sweep of other; give another"):
        run(other, out, "k=1..2")
    with pytest.raises(ValueError, match=r"results.csv is of no rerun of tiny; give another"):
        rerun(chapter, {}, out)
    assert (out / "results.csv").read_bytes() == before
    run(chapter, out, "k=1..3")
    assert len(pd.read_csv(out / "results.csv")) == 3


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff"])
def test_a_table_of_something_else_is_not_replaced(chapter, tmp_path, run, data):
    path = tmp_path / "results.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"results.csv is of no sweep of tiny"):
        run(chapter, tmp_path, "k=1")
    assert path.read_bytes() == data


def test_a_folder_that_another_run_holds_is_refused_and_one_of_a_killed_run_is_not(
    chapter, tmp_path
):
    out = tmp_path / "below" / "out"
    with provenance.held(out):
        for again in (lambda: sweep.sweep(chapter, {}, None, out), lambda: rerun(chapter, {}, out)):
            with pytest.raises(ValueError, match=f"^--out: another run is at work in {out}$"):
                again()
    assert not out.parent.exists()  # nothing came of it
    out.mkdir(parents=True)
    with provenance.held(out):
        pass
    assert out.exists()
