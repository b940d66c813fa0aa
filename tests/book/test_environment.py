"""What the Makefile installs is what a lock lists, and what it checks is the project's own."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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
    """A folder with the Makefile, an environment with pip and an index of invented releases."""
    clone = tmp_path / "my dir é"
    (clone / "benchmarks").mkdir(parents=True)
    (clone / "index").mkdir()
    shutil.copy(ROOT / "Makefile", clone)
    venv.create(clone / ".venv", with_pip=True)
    lock = wheel(clone / "index", "reporter", "1.0", "Requires-Dist: measurer[toml]>=1.0")
    lock += wheel(clone / "index", "measurer", "1.0", "Provides-Extra: toml")
    (clone / "benchmarks" / "requirements.lock").write_text(lock)
    return clone


# What came with Python 3.11.0, in its wheel, which runs as it is.
OLDEST = "pip==22.3 --hash=sha256:1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab"


def oldest_pip(folder: Path) -> Path:
    """Return where the wheel of the oldest pip lies: it is asked of an index."""
    (folder / "pip.txt").write_text(OLDEST)
    words = "download --quiet --no-deps --require-hashes -r pip.txt"
    subprocess.run((sys.executable, "-m", "pip", *words.split()), cwd=folder, check=True)
    return next(folder.glob("pip-22.3-*.whl"))


def install(clone: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Install a lock by the Makefile's own rule, with the pip of the environment or another."""
    told = {n: value for n, value in os.environ.items() if not n.startswith(("PIP_", "PYTHONPATH"))}
    told |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "index"}
    told |= more
    return subprocess.run(
        ("make", "-o", ".venv/.ready", ".venv/.bench", "VENV=.venv"),
        cwd=clone, env=told, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.parametrize(
    "oldest",
    [
        False,
        pytest.param(
            True,
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(sys.version_info >= (3, 12), reason="it wants an older Python"),
            ],
        ),
    ],
)
def test_a_lock_is_installed_as_it_is_whatever_is_newer_and_refused_where_it_lacks_something(
    clone: Path, tmp_path: Path, oldest: bool
) -> None:
    pip = {"PYTHONPATH": str(oldest_pip(tmp_path))} if oldest else {}
    wheel(clone / "index", "measurer", "2.0", "Provides-Extra: toml")
    lock = clone / "benchmarks" / "requirements.lock"
    whole = lock.read_text()
    lock.write_text(whole.splitlines()[0])
    run = install(clone, **pip)
    assert run.returncode != 0
    assert "reporter 1.0 requires measurer, which is not installed" in run.stdout
    assert not (clone / ".venv" / ".bench").exists()
    lock.write_text(whole)
    run = install(clone, **pip)
    assert run.returncode == 0, run.stdout
    installed = {path.stem for path in clone.glob(".venv/lib/*/site-packages/*er-*.dist-info")}
    assert installed == {"reporter-1.0", "measurer-1.0"}


def recipe(target: str) -> str:
    """Return what `make` would run for a target on a fresh clone."""
    words = ("make", "--dry-run", "--always-make", "VENV=.venv", target)
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_gate_asks_no_advisory_service() -> None:
    assert "pip-audit" in recipe("audit")
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
