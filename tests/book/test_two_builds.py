"""Two builds from nothing say the same: the same numbers, words and figures, bit for bit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHAPTERS = ("concentration", "model", "queueing")


def build(tree: Path) -> Path:
    """Build the book in a copy of this tree, only CHAPTERS run; return its pages."""
    tree.mkdir()
    for name in ("_config.yml", "_toc.yml", "requirements.txt"):
        shutil.copy(ROOT / name, tree)
    skip = shutil.ignore_patterns("__pycache__", "vendor")
    for name in ("ssq_core", "ssq_book", "book", "notebooks", "results"):
        shutil.copytree(ROOT / name, tree / name, ignore=skip)
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


def said(html: Path) -> dict[str, bytes]:
    """Return the pages of CHAPTERS and their figures, by name."""
    pages = [html / "notebooks" / f"{name}.html" for name in CHAPTERS]
    figures = {name for page in pages for name in re.findall(r"_images/[^\"]+", page.read_text())}
    assert len(figures) >= len(CHAPTERS)
    return {path.name: path.read_bytes() for path in (*pages, *(html / n for n in figures))}


@pytest.mark.slow
def test_two_cold_builds_of_three_chapters_are_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as side_by_side:
        one, other = side_by_side.map(build, (tmp_path / "one", tmp_path / "other"))
    assert said(one) == said(other)
