"""Bad arguments of reruns, of papermill and of verification: refused before a kernel starts."""

from __future__ import annotations

import shlex
from pathlib import Path

from ssq_core.companion import limits, parameters, verify
from ssq_core.companion.bad_inputs.command import Ended, shell
from ssq_core.companion.bad_inputs.refused import Refused
from ssq_core.companion.limits import Value


def _typed(text: str) -> Value:
    """Return a word as papermill's command line does: a number where it is one, else text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def papermill(line: str) -> None:
    """Check the values of a papermill command line as the chapter's first cell does."""
    _, notebook, _, *words = shlex.split(line)
    chapter = parameters.read(Path(notebook).stem)
    given = {words[i + 1]: _typed(words[i + 2]) for i in range(0, len(words), 3)}
    limits.check(chapter.name, **(chapter.defaults | given))


RERUN = [
    Refused(
        "rerun-nothing",
        "NOTEBOOK",
        lambda: shell("ssq rerun"),
        "exit 2: ssq rerun: error: the following arguments are required: NOTEBOOK",
        Ended,
    ),
    Refused(
        "rerun-chapter",
        "notebook",
        lambda: shell("ssq rerun queuing"),
        "exit 2: ssq: notebook 'queuing' is neither a file nor a chapter's name; the nearest "
        "chapter is queueing",
        Ended,
    ),
    Refused(
        "rerun-unlike",
        "notebook",
        lambda: shell("ssq rerun nosuch"),
        "exit 2: ssq: notebook 'nosuch' is neither a file nor a chapter's name; the chapters are "
        "model, learning, …",
        Ended,
    ),
    Refused(
        "rerun-name",
        "kk",
        lambda: shell("ssq rerun queueing -p kk=2"),
        "exit 2: ssq: queueing has no parameter kk; the nearest is k",
        Ended,
    ),
    Refused(
        "rerun-no-value",
        "k",
        lambda: shell("ssq rerun queueing -p k"),
        "exit 2: ssq: -p takes name=value, got 'k'",
        Ended,
    ),
    Refused(
        "rerun-no-name",
        "-p",
        lambda: shell("ssq rerun queueing -p =3"),
        "exit 2: ssq: -p takes name=value, got '=3'",
        Ended,
    ),
    Refused(
        "rerun-twice",
        "k",
        lambda: shell("ssq rerun queueing -p k=1 -p k=2"),
        "exit 2: ssq: k must be given once, got it twice",
        Ended,
    ),
    Refused(
        "rerun-fraction",
        "k",
        lambda: shell("ssq rerun queueing -p k=2.0"),
        "exit 2: ssq: k must be an integer, got '2.0'",
        Ended,
    ),
    Refused(
        "rerun-range",
        "k",
        lambda: shell("ssq rerun queueing -p k=1..3"),
        "exit 2: ssq: k must be an integer, got '1..3'",
        Ended,
    ),
    Refused(
        "rerun-code",
        "k",
        lambda: shell("ssq rerun queueing -p \"k=__import__('os').system('touch X')\""),
        "exit 2: ssq: k must be an integer, got …__import__…",
        Ended,
    ),
    Refused(
        "rerun-digits",
        "k",
        lambda: shell("ssq rerun queueing -p k=11111111112222222222333333333344444444445"),
        "exit 2: ssq: k must be an integer, got '1111111111222222222233333333334444444444…'",
        Ended,
    ),
    Refused(
        "rerun-high",
        "k",
        lambda: shell("ssq rerun queueing -p k=9"),
        "exit 2: ssq: k must be at most 5, got 9",
        Ended,
    ),
    Refused(
        "rerun-nan",
        "p",
        lambda: shell("ssq rerun queueing -p p=nan"),
        "exit 2: ssq: p must be finite, got nan",
        Ended,
    ),
    Refused(
        "rerun-overflow",
        "gamma",
        lambda: shell("ssq rerun queueing -p gamma=1e999"),
        "exit 2: ssq: gamma must be finite, got inf",
        Ended,
    ),
    Refused(
        "rerun-odd",
        "runs",
        lambda: shell("ssq rerun queueing -p runs=5"),
        "exit 2: ssq: runs must be a multiple of 2, got 5",
        Ended,
    ),
    Refused(
        "rerun-sum",
        "n1 + n2",
        lambda: shell("ssq rerun demand_response -p n1=5 -p n2=5"),
        "exit 2: ssq: n1 + n2 must be at most 6, got 10",
        Ended,
    ),
    Refused(
        "rerun-choice",
        "area",
        lambda: shell("ssq rerun bad_inputs -p area=Cooking"),
        "exit 2: ssq: area must be one of …, got Cooking",
        Ended,
    ),
    Refused(
        "rerun-out",
        "--out",
        lambda: shell("ssq rerun queueing --out /dev/null"),
        "exit 2: ssq: --out must be a folder, /dev/null is a file",
        Ended,
    ),
    Refused(
        "papermill-low",
        "k",
        lambda: papermill("papermill notebooks/queueing.ipynb out.ipynb -p k 0"),
        "k must be at least 1, got 0",
    ),
    Refused(
        "papermill-fraction",
        "m",
        lambda: papermill("papermill notebooks/queueing.ipynb out.ipynb -p m 2.0"),
        "m must be an integer, got 2.0",
    ),
    Refused(
        "papermill-code",
        "k",
        lambda: papermill("papermill notebooks/queueing.ipynb out.ipynb -p k '__import__(\"os\")'"),
        "k must be an integer, got '__import__(\"os\")'",
    ),
    Refused(
        "papermill-both",
        "k",
        lambda: papermill("papermill notebooks/model.ipynb out.ipynb -p n 4 -p k 5"),
        "k must be at most n = 4, got 5",
    ),
    Refused(
        "papermill-seed",
        "seed",
        lambda: papermill("papermill notebooks/learning.ipynb out.ipynb -p seed -1"),
        "seed must be at least 0, got -1",
    ),
]

VERIFY = [
    Refused(
        "verify-share-text",
        "share",
        lambda: verify.verify("all"),
        "share must lie in (0, 1], got 'all'",
    ),
    Refused(
        "verify-nothing",
        "share",
        lambda: shell("ssq verify --share 0"),
        "exit 2: ssq: share must lie in (0, 1], got 0.0",
        Ended,
    ),
    Refused(
        "verify-more",
        "share",
        lambda: shell("ssq verify --share 1.5"),
        "exit 2: ssq: share must lie in (0, 1], got 1.5",
        Ended,
    ),
    Refused(
        "verify-nan",
        "share",
        lambda: shell("ssq verify --share nan"),
        "exit 2: ssq: share must lie in (0, 1], got nan",
        Ended,
    ),
    Refused(
        "verify-word",
        "--share",
        lambda: shell("ssq verify --share half"),
        "exit 2: ssq verify: error: argument --share: invalid float value: 'half'",
        Ended,
    ),
    Refused(
        "verify-seed",
        "seed",
        lambda: shell("ssq verify --seed -1"),
        "exit 2: ssq: seed must be at least 0, got -1",
        Ended,
    ),
    Refused(
        "verify-table",
        "only",
        lambda: shell("ssq verify --only queuing_gap"),
        "exit 2: ssq: only must name studies (…queueing_gap…), got 'queuing_gap'",
        Ended,
    ),
]
