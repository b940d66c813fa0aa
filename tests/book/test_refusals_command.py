"""What the command refuses: it ends with status 2 and this last line, and starts nothing.

`…` in a line stands for anything.
"""

import re
import shlex
from pathlib import Path

import pytest

from ssq_book import __main__ as cli
from ssq_book.catalogue import CHAPTERS

LINES = [
    ("ssq", "ssq: error: a command is required: claims, params, rerun, sweep, verify"),
    ("ssq solve", "ssq: error: argument command: invalid choice: 'solve' (choose from …claims…)"),
    ("ssq claims --only 'f()'", "ssq: only: 'f()' is no id of the ledger; …"),
    ("ssq claims --only 'Theorem 4.2'", "ssq: only: …; did you mean theorem-4.2…?"),
    ("ssq rerun models", "ssq: notebook 'models' is …; the nearest chapter is model"),
    ("ssq params nosuch", f"ssq: …; the chapters are {', '.join(sorted(CHAPTERS))}"),
    ("ssq rerun model -p kk=2", "ssq: model has no parameter kk; the nearest is k"),
    ("ssq sweep model -p k=13", "ssq: k must be at most n = 12, got 13"),
    ("ssq rerun model -p k", "ssq: -p takes name=value, got 'k'"),
    ("ssq rerun queueing -p k=1 -p k=2", "ssq: k must be given once, got it twice"),
    ("ssq rerun queueing -p k=1..3", "ssq: k must be an integer, got '1..3'"),
    (f"ssq rerun queueing -p k={'1' * 41}", f"ssq: k must be an integer, got '{'1' * 40}…'"),
    ("ssq rerun queueing -p p=nan", "ssq: p must be finite, got nan"),
    ("ssq rerun queueing -p p=0", "ssq: p must be above 0, got 0.0"),
    ("ssq rerun queueing -p p=1", "ssq: p must be below 1, got 1.0"),
    (
        "ssq rerun mean_field -p k_max=9",
        "ssq: k_max must be one of 8, 16, 32, 64, 128, 256, got 9",
    ),
    ("ssq rerun model -p k=0", "ssq: k must be at least 1, got 0"),
    ("ssq rerun queueing -p runs=5", "ssq: runs must be a multiple of 2, got 5"),
    ("ssq rerun demand_response -p n1=5 -p n2=5", "ssq: n1 + n2 must be at most 6, got 10"),
    ("ssq verify --share 0", "ssq: share must lie in (0, 1], got 0.0"),
    ("ssq verify --seed -1", "ssq: seed must be at least 0, got -1"),
    ("ssq sweep queueing -p k=3..1", "ssq: k must rise in a range, got 3..1"),
    ("ssq sweep queueing -p m=10,,30", "ssq: m must be an integer, got ''"),
    (
        "ssq sweep queueing --seeds 1000000000",
        "ssq: a sweep has at most 100,000 points, -p and --seeds ask 1,000,000,000",
    ),
    (
        "ssq sweep queueing -p seed=1,2 --seeds 3",
        "ssq: seed must be one value beside --seeds, got 2",
    ),
    ("ssq sweep performance --seeds 3", "ssq: performance has no parameter seed; …"),
    ("ssq sweep queueing --seeds 0", "ssq: --seeds must be at least 1, got 0"),
    ("ssq sweep queueing --workers 0", "ssq: --workers must be at least 1, got 0"),
    (
        "ssq sweep queueing --workers 2 --scheduler tcp://host:8786",
        "ssq sweep: error: argument --scheduler: not allowed with argument --workers",
    ),
    (
        "ssq sweep model --plot model-sample",
        "ssq: --plot must be a number that the chapter glues, got 'model-sample'; the nearest is …",
    ),
    ("ssq sweep queueing --out /dev/null/x", "ssq: --out must be a folder, /dev/null is a file"),
]


@pytest.mark.parametrize(("line", "said"), LINES, ids=[line for line, _ in LINES])
def test_a_refused_command_says_why_and_starts_and_writes_nothing(
    line: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("something would have started")

    monkeypatch.setattr("jupyter_client.manager.KernelManager.start_kernel", start)
    monkeypatch.setattr("distributed.LocalCluster.__init__", start)
    monkeypatch.setattr("ssq_book.studies.provenance.write_all", start)
    monkeypatch.chdir(tmp_path)
    try:
        status: object = cli.main(shlex.split(line)[1:])
    except SystemExit as end:
        status = end.code
    assert status == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(".*".join(map(re.escape, said.split("…"))), last)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert cli.main(["sweep", "model", "--out", str(tmp_path / "new")]) == 2
    assert "--out must be a folder that can be written to" in capsys.readouterr().err
