"""The memory guard: what is available, and the largest k that fits."""

import subprocess
import sys
from pathlib import Path

import pytest

import ssq_core as ssq
from ssq_core import memory


def test_the_largest_k_that_fits_is_named(monkeypatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1000)
    memory.require(9, lambda k: 100 * k)
    with pytest.raises(memory.TableTooLarge, match="the largest k that fits is 10") as refusal:
        memory.require(12, lambda k: 100 * k)
    assert (refusal.value.needed, refusal.value.available) == (1200, 1000)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    ("limit", "use"),
    [
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ],
)
def test_a_container_limit_counts(monkeypatch, tmp_path, limit: str, use: str) -> None:
    monkeypatch.setattr(memory, "CONTAINER", str(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    free = memory.available()
    assert free > 2000  # no limit, none counts
    for most, left in (("3000", 2000), ("500", 0), ("max", None)):
        (tmp_path / limit).write_text(most)
        (tmp_path / use).write_text("1000")
        assert memory.available() == left if left is not None else memory.available() > 2000


def test_importing_the_library_brings_in_numpy_and_scipy_alone() -> None:
    heavy = ["sympy", "matplotlib", "pandas", "seaborn", "ipywidgets", "papermill", "psutil"]
    heavy += ["scipy.stats", "scipy.signal", "scipy.optimize"]  # half a second and more
    code = f"import sys, ssq_core; print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_the_plan_is_within_a_quarter_of_the_measured_peak() -> None:
    code = """
import re, ssq_core as ssq
def peak(): return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
mdp = ssq.demand_response()
ssq.solve(mdp, 2)
before = peak()
ssq.solve(mdp, 6, tol=1e-2, type_counts=(6, 0))
print((peak() - before) / ssq.planned_bytes(mdp, 6, (6, 0)))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.75 <= float(out.stdout) <= 1.25


def test_a_plan_for_one_block_is_smaller_than_for_all_and_refuses_wrong_counts() -> None:
    mdp = ssq.demand_response()
    assert ssq.planned_bytes(mdp, 4, (2, 2)) < ssq.planned_bytes(mdp, 4)
    with pytest.raises(ValueError, match="type_counts must sum to 4"):
        ssq.planned_bytes(mdp, 4, (2, 1))
