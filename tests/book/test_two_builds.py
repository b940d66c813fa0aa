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

from tests.builds import differences, pictures

ROOT = Path(__file__).parents[2]
CHAPTERS = ("concentration", "model", "queueing")
PAGES = [f"notebooks/{name}.html" for name in CHAPTERS]


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


@pytest.mark.slow
def test_two_cold_builds_of_three_chapters_are_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as side_by_side:
        one, other = side_by_side.map(build, (tmp_path / "one", tmp_path / "other"))
    assert differences(one, other, PAGES) == []
    assert all(len(pictures(one, page)) >= 1 for page in PAGES)
