"""Two builds from nothing say the same: the same numbers, words and figures, bit for bit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.builds import OF_THE_MOMENT, differences, pages, pictures

ROOT = Path(__file__).parents[2]
CHAPTERS = ("concentration", "model", "queueing")
PAGES = [f"notebooks/{name}.html" for name in CHAPTERS]


def build(tree: Path) -> Path:
    """Build the book in a copy of this tree, only CHAPTERS run; return its pages."""
    tree.mkdir()
    for name in (
        "_config.yml",
        "_toc.yml",
        "requirements.txt",
        "ssq_core",
        "ssq_book",
        "book",
        "notebooks",
    ):
        source = ROOT / name
        if source.is_dir():
            skip = shutil.ignore_patterns("__pycache__", "vendor")
            shutil.copytree(source, tree / name, ignore=skip)
        else:
            shutil.copy(source, tree)
    shutil.copytree(ROOT / "results", tree / "results")
    (tree / "book" / "vendor").mkdir()
    config = yaml.safe_load((tree / "_config.yml").read_text())
    others = {path.stem for path in (tree / "notebooks").glob("*.ipynb")} - set(CHAPTERS)
    config["execute"]["exclude_patterns"] = [f"notebooks/{name}.ipynb" for name in sorted(others)]
    (tree / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    command = (Path(sys.prefix, "bin", "jupyter-book"), "build", ".")
    subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return tree / "_build" / "html"


@pytest.mark.slow
def test_two_cold_builds_of_three_chapters_are_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as side_by_side:
        one, other = side_by_side.map(build, (tmp_path / "one", tmp_path / "other"))
    assert differences(one, other, PAGES) == []
    assert all(len(pictures(one, page)) >= 1 for page in PAGES)


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Two builds of a page with times and a page without."""
    for name in ("one", "other"):
        for page in ("notebooks/model.html", "notebooks/execution.html"):
            path = tmp_path / name / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('<p>gap 0.25 in 3.1 s <img src="../_images/a.png"></p>')
        (tmp_path / name / "_images").mkdir()
        (tmp_path / name / "_images" / "a.png").write_bytes(b"figure")
    return [tmp_path / "one", tmp_path / "other"]


def test_another_number_figure_or_word_is_found(two: list[Path]) -> None:
    assert differences(*two, pages(two[0])) == []
    (two[1] / "_images" / "a.png").write_bytes(b"another")
    assert differences(*two, pages(two[0])) == ["notebooks/model.html: figures"]
    for page in pages(two[0]):
        path = two[1] / page
        path.write_text(path.read_text().replace("0.25", "0.26"))
    found = ["notebooks/model.html: content", "notebooks/model.html: figures"]
    assert differences(*two, pages(two[0])) == found
    timed = two[1] / "notebooks/execution.html"
    timed.write_text(timed.read_text().replace("gap", "loss"))
    assert differences(*two, pages(two[0])) == ["notebooks/execution.html: words", *found]


def test_what_is_of_the_moment_is_none_of_the_three() -> None:
    assert not set(PAGES) & set(OF_THE_MOMENT)
