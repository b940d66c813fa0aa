"""What the Makefile installs is what a lock lists, and what it checks is the project's own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What came with Python 3.11.0; later releases of 3.11 brought newer ones.
OLDEST_PIP = "1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab"  # pip 22.3


def wheel(folder: Path, name: str, version: str, *lines: str) -> str:
    """Invent a release, with no file but its metadata, and return its line of a lock."""
    info, path = f"{name}-{version}.dist-info", folder / f"{name}-{version}-py3-none-any.whl"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    metadata = ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{info}/METADATA", "\n".join(metadata))
        file.writestr(f"{info}/WHEEL", tags)
        file.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile, an empty environment and an index of invented releases."""
    clone = tmp_path / "my dir é"
    (clone / "benchmarks").mkdir(parents=True)
    (clone / "index").mkdir()
    shutil.copy(ROOT / "Makefile", clone)
    venv.create(clone / ".venv")
    lock = wheel(clone / "index", "reporter", "1.0", "Requires-Dist: measurer[toml]>=1.0")
    lock += wheel(clone / "index", "measurer", "1.0", "Provides-Extra: toml")
    (clone / "benchmarks" / "requirements.lock").write_text(lock)
    return clone


def install(clone: Path, pip: Path) -> subprocess.CompletedProcess[str]:
    """Install a lock by the Makefile's own rule, with the pip that lies there."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    told |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "index"}
    return subprocess.run(
        ("make", "-o", ".venv/.ready", ".venv/.bench", "VENV=.venv"),
        cwd=clone, env=told | {"PYTHONPATH": str(pip)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


def installed(clone: Path) -> set[str]:
    return {path.stem for path in clone.glob(".venv/lib/*/site-packages/*er-*.dist-info")}


@pytest.fixture
def own_pip(tmp_path: Path) -> Path:
    """Where the pip of this environment lies, and nothing else: the one that this Python brings."""
    found = find_spec("pip")
    assert found is not None
    assert found.origin is not None
    (tmp_path / "pip").symlink_to(Path(found.origin).parent)
    return tmp_path


@pytest.fixture
def oldest_pip(tmp_path: Path) -> Path:
    """Where the oldest pip of Python 3.11 lies: in its wheel, which runs as it is."""
    (tmp_path / "pip.txt").write_text(f"pip==22.3 --hash=sha256:{OLDEST_PIP}")
    words = "download --quiet --no-deps --require-hashes -r pip.txt"
    subprocess.run((sys.executable, "-m", "pip", *words.split()), cwd=tmp_path, check=True)
    return next(tmp_path.glob("pip-22.3-*.whl"))


OLDEST = pytest.param(
    "oldest_pip",
    marks=[
        pytest.mark.slow,  # asks an index for it
        pytest.mark.skipif(sys.version_info >= (3, 12), reason="pip 22.3 needs an older Python"),
    ],
)


@pytest.mark.parametrize("which", ["own_pip", OLDEST])
def test_a_newer_release_on_the_index_changes_nothing(
    clone: Path, which: str, request: pytest.FixtureRequest
) -> None:
    wheel(clone / "index", "measurer", "2.0", "Provides-Extra: toml")
    run = install(clone, request.getfixturevalue(which))
    assert run.returncode == 0, run.stdout
    assert installed(clone) == {"reporter-1.0", "measurer-1.0"}


def test_a_lock_that_lacks_something_is_refused(clone: Path, own_pip: Path) -> None:
    lock = clone / "benchmarks" / "requirements.lock"
    lock.write_text(lock.read_text().splitlines()[0])
    run = install(clone, own_pip)
    assert run.returncode != 0
    assert "reporter 1.0 requires measurer, which is not installed" in run.stdout
    assert not (clone / ".venv" / ".bench").exists()


def recipe(target: str) -> str:
    """Return what `make` would run for a target on a fresh clone."""
    words = ("make", "--dry-run", "--always-make", "VENV=.venv", target)
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_gate_asks_no_advisory_service() -> None:
    assert "tests/audit.py" in recipe("audit")
    assert "audit" not in recipe("test-all")


IGNORED = ("out.ipynb", "out/run.py", "_build/page.md", "ssq_core/.ipynb_checkpoints/x.py")

WRONG = "import os # {}\n".format("receive".replace("ei", "ie"))  # to all three


def read(clone: Path) -> list[int]:
    """Run in a clone what `make test` reads all sources with, and return the exit codes."""
    lines = [line for line in recipe("test").splitlines() if re.search("ruff|codespell", line)]
    return [subprocess.run(["sh", "-c", line], cwd=clone, check=False).returncode for line in lines]


def test_what_gitignore_names_is_no_source_for_any_check(tmp_path: Path) -> None:
    clone = tmp_path / "my dir é"
    for name in IGNORED:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(WRONG)
    for name in (".gitignore", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    (clone / ".venv").symlink_to(sys.prefix)
    subprocess.run(("git", "init", "--quiet"), cwd=clone, check=True)
    assert read(clone) == [0, 0, 0]
    (clone / "new.py").write_text(WRONG)
    assert all(read(clone))
