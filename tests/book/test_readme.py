"""The README keeps its word: its example prints what its comments say, its commands exist."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import ssq_core as ssq
from ssq_core import systems

ROOT = Path(__file__).parents[2]
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


def test_what_the_readme_names_of_the_library_is_there() -> None:
    rows = [line.split("|")[2] for line in README.splitlines() if line.startswith("| ")][2:]
    named = {
        name for row in rows for code in re.findall(r"`([^`]+)`", row)
        for name in re.findall(r"^[A-Za-z_][\w.]*(?=\(|$)", code)
    }  # fmt: skip
    places = (systems, ssq.concentration, ssq.counterexamples)
    there = {name: value for place in places for name, value in vars(place).items()}
    there |= {name: getattr(ssq, name) for name in ssq.__all__}
    assert len(named) > 15
    for name in named:
        eval(name, there, {"mdp": ssq.demand_response()})
