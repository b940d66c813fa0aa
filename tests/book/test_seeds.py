"""One seed gives many: reproducible, apart, and no neighbour's."""

from __future__ import annotations

import json
import re
from glob import glob
from pathlib import Path

import pytest

from ssq_book.common import spawn

ROOT = Path(__file__).parents[2]
HELPER = ROOT / "ssq_book" / "common.py"
STRING = re.compile(r'"[^"\n]*"')
FORBIDDEN = re.compile(
    r"generate_state|\b(?:run_)?seed\s*[-+*^]\s*\w|\w\)?\s*[-+*^]\s*(?:run_)?seed\b"
    r"|default_rng\([^()]*[-+*^][^()]*\)|np\.random\.(?:seed|RandomState|rand)\b"
)


def programs() -> dict[str, str]:
    """Return the code of the library, its benchmarks and its chapters, by name."""
    files = [
        ROOT / name
        for folder in ("ssq_core", "ssq_book", "benchmarks")
        for name in glob(f"{folder}/**/*.py", root_dir=ROOT, recursive=True)
    ]
    found = {str(p.relative_to(ROOT)): p.read_text() for p in files if p != HELPER}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found[path.name] = "\n".join(code)
    return {name: STRING.sub("''", text) for name, text in found.items()}


def test_seeds_are_reproducible_distinct_and_extend() -> None:
    assert spawn(3, 5) == spawn(3, 5)
    assert spawn(3, 8)[:5] == spawn(3, 5)
    every = [own for seed in range(50) for own in spawn(seed, 20)]
    assert len(set(every)) == len(every)
    assert max(every) < 2**63 <= 2 * max(every)  # a table holds them as integers, all bits used


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        spawn(-1, 2)


def test_seeds_are_spawned_never_computed() -> None:
    lines = [
        (name, line)
        for name, text in programs().items()
        for line in text.splitlines()
        if FORBIDDEN.search(line)
    ]
    assert lines == []
    assert all(map(FORBIDDEN.search, ("rng(seed + 1)", "1000 * seed", "default_rng(n * k)")))
    assert not any(map(FORBIDDEN.search, ("spawn(seed, 2)", "seed: int = 0", "default_rng(7)")))
