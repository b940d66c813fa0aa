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
    ("limit", "use", "dropped"),
    [
        ("memory.max", "memory.current", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ],
)
def test_a_containers_limit_counts_but_not_the_files_that_were_read_in_it(
    monkeypatch, tmp_path, limit: str, use: str, dropped: str
) -> None:
    monkeypatch.setattr(memory, "CONTAINER", str(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    assert memory.available() > 2000  # no limit, none counts
    for most, left in (("3000", 2000), ("500", 0), ("max", None)):
        (tmp_path / limit).write_text(most)
        (tmp_path / use).write_text("1000")
        assert memory.available() == left if left is not None else memory.available() > 2000
    (tmp_path / limit).write_text("3000")
    statistics = f"active_file 90\n{dropped} 700\nslab 5\n"
    (tmp_path / limit).with_suffix(".stat").write_text(statistics)
    assert memory.available() == 3000 - 1000 + 700


PEAK = """
import re, sys, ssq_core as ssq
from tests.systems import levels
def held(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
mdp = ssq.demand_response()
ssq.optimality_gap(mdp, 1, 2), ssq.learn(mdp, 1, 2, 2)  # what is imported late is there
lines = []
open("/proc/self/clear_refs", "w").write("5")  # the peak counts from now on
before = held("VmRSS")
{call}
print(held("VmHWM") - before, lines[0])
"""
NOISE = 5e6  # bytes: of the interpreter, of caches and of the allocator


CALLS = [
    "ssq.solve(mdp, 5, 1e-2, progress=lines.append)",
    "ssq.learn(mdp, 3, 20, 3, progress=lines.append)",
    "ssq.optimality_gap(mdp, 2, 5, 1e-1, progress=lines.append)",
]
MORE = [
    "ssq.solve(mdp, 2, 1e-2, progress=lines.append)",
    "ssq.solve(mdp, 6, iterations=2, type_counts=(6, 0), progress=lines.append)",
    "ssq.learn(mdp, 3, 9, 2, samples='fresh', progress=lines.append)",
    "ssq.optimality_gap(levels(6), 1, 10, 1e-1, progress=lines.append)",
    "pi = ssq.SubsampledPolicy(ssq.solve(mdp, 2), 5);"
    "ssq.policy_value(mdp, pi, 1e-1, progress=lines.append)",
]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read from /proc")
@pytest.mark.parametrize(
    "call", [*CALLS, *(pytest.param(call, marks=pytest.mark.slow) for call in MORE)]
)
def test_the_plan_told_before_a_solution_is_within_a_quarter_of_the_measured_peak(call) -> None:
    code = PEAK.format(call=call)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, line = out.stdout.split(" ", 1)
    planned = 1e6 * float(line.split("about ")[1].split(" MB")[0])
    assert abs(int(peak) - planned) <= planned / 4 + NOISE


def test_what_is_planned_is_what_is_told_and_less_for_one_block() -> None:
    mdp, lines = ssq.demand_response(), []
    for k, block in ((1, None), (3, None), (4, (2, 2))):
        ssq.solve(mdp, k, 1e-1, type_counts=block, progress=lines.append)
        planned = ssq.planned_bytes(mdp, k, block)
        assert f"k = {k}: about {planned / 1e6:,.1f} MB" in lines
    assert planned < ssq.planned_bytes(mdp, 4)


def test_a_gap_asks_for_memory_once_and_all_of_it_before_the_optimum_is_there(monkeypatch) -> None:
    mdp = ssq.demand_response()
    lines: list[str] = []
    ssq.optimality_gap(mdp, 1, 3, 1e-2, progress=lines.append)
    need = 1e6 * float(lines[0].split("about ")[1].split(" MB")[0]) + 1e5  # it is told rounded
    optimum = 8 * mdp.A * sum(ssq.solve(mdp, 3, 1e-2).layout.entries(g) for g in range(mdp.G))
    free = iter([need, need - optimum, 0])
    monkeypatch.setattr(memory, "available", lambda: next(free))
    ssq.optimality_gap(mdp, 1, 3, 1e-2)
    assert next(free) == need - optimum
    monkeypatch.setattr(memory, "available", lambda: need - 3e5)
    with pytest.raises(ssq.TableTooLarge, match="largest n that fits is 2; execute estimates"):
        ssq.optimality_gap(mdp, 1, 3, 1e-2)
