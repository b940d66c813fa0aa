"""The README keeps its word: its example prints what its comments say, its commands exist."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_example_prints_what_its_comments_say() -> None:
    (example,) = blocks("python")
    promised = re.findall(r"^print\(.*\)  # (.*)$", example, re.MULTILINE)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    assert promised
    assert printed.getvalue().splitlines() == promised


def test_every_make_target_and_notebook_named_exists() -> None:
    commands = "".join(blocks("sh"))
    targets = re.findall(r"^make (\w+)", commands, re.MULTILINE)
    notebooks = re.findall(r"notebooks/\w+\.ipynb", commands)
    assert targets
    assert notebooks
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    assert all((ROOT / notebook).exists() for notebook in notebooks)
