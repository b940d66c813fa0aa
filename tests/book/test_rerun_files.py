"""What a rerun leaves: all of its files or none, of this environment's kernel and no other."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import nbformat
import pytest

import ssq_core
from ssq_book import __main__ as cli
from tests import tiny
from tests.book.test_rerun import ROOT, SSQ, ssq


def test_a_full_disk_is_said_in_a_line_that_names_the_file_and_nothing_is_left(
    capsys, tmp_path, monkeypatch
):
    done = nbformat.read(tiny.write(tmp_path), 4)
    done.metadata["papermill"] = {"duration": 1.0}
    monkeypatch.setattr("ssq_book.runs.rerun.execute", lambda *_: done)
    out, before = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, before[1]))  # room for the notebook alone
    try:
        assert cli.main(["rerun", str(tmp_path / "tiny.ipynb"), "--out", str(out)]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = capsys.readouterr().err
    assert said == f"ssq: [Errno 27] File too large: '{out / 'tiny.html'}'\n"
    assert not out.exists()


def test_a_run_is_of_this_environments_kernel_and_another_library_in_it_is_refused(
    tmp_path: Path,
) -> None:
    tiny.write(tmp_path, light=True)
    notebook = nbformat.read(tmp_path / "tiny.ipynb", 4)
    notebook.cells.append(nbformat.v4.new_code_cell("import ssq_core\nssq_core.solve", id="own"))
    nbformat.write(notebook, tmp_path / "tiny.ipynb")
    kernel = tiny.other_kernel(tmp_path / "kernel")
    done = ssq("rerun", "tiny.ipynb", "--out", "out", folder=tmp_path, **kernel)
    assert done.returncode == 0, done.stderr
    assert "places" not in (tmp_path / "out" / "tiny.ipynb").read_text()  # what asked the kernel
    path, here = tiny.other_path(tmp_path / "path"), Path(ssq_core.__file__)
    for command in ("rerun", "sweep"):
        done = ssq(command, "tiny.ipynb", "--out", command, folder=tmp_path, **path)
        assert done.returncode == 1
        there = tmp_path / "path" / "library" / "ssq_core" / "__init__.py"
        said = f"the kernel has another ssq_core, {there}; here it is {here}"
        assert said in done.stderr.splitlines()[-1]
        assert not list((tmp_path / command).rglob("*.json"))


@pytest.mark.slow
def test_a_rerun_killed_midway_leaves_nothing_half_written(tmp_path):
    tiny.write(tmp_path)
    command = (*SSQ, "rerun", "tiny.ipynb", "-p", "gate=never", "--out", "out")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    while not (tmp_path / "out").exists():
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "out", "tiny.ipynb"
    ]  # fmt: skip
