"""Bad arguments of the command line: the command ends with status 2 and says why on stderr."""

from __future__ import annotations

import io
import shlex
from contextlib import redirect_stderr

from ssq_core.companion import cli
from ssq_core.companion.bad_inputs.refused import Refused


class Ended(SystemExit):
    """A command that ended with a status other than 0; its message is the last line of stderr."""

    def __str__(self) -> str:
        return str(self.args[0])


def shell(line: str) -> None:
    """Run an `ssq` command line in this process; raise Ended if it ends with another status."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            status: object = cli.main(shlex.split(line)[1:])
    except SystemExit as end:
        status = end.code
    if status:
        last = said.getvalue().strip().splitlines() or [""]
        raise Ended(f"exit {status}: {last[-1]}")


COMMAND = [
    Refused(
        "command-none",
        "command",
        lambda: shell("ssq"),
        "exit 2: ssq: error: a command is required: claims, params, rerun, sweep, verify",
        Ended,
    ),
    Refused(
        "command-unknown",
        "command",
        lambda: shell("ssq solve"),
        "exit 2: ssq: error: argument command: invalid choice: 'solve' (choose from …claims…)",
        Ended,
    ),
    Refused(
        "claims-option",
        "--fast",
        lambda: shell("ssq claims --fast"),
        "exit 2: ssq: error: unrecognized arguments: --fast",
        Ended,
    ),
    Refused(
        "claims-only-nothing",
        "--only",
        lambda: shell("ssq claims --only"),
        "exit 2: ssq claims: error: argument --only: expected at least one argument",
        Ended,
    ),
    Refused(
        "claims-only-unknown",
        "only",
        lambda: shell("ssq claims --only lemma-B.99"),
        "exit 2: ssq: only: 'lemma-B.99' is no id of the ledger; did you mean lemma-B.9, …?",
        Ended,
    ),
    Refused(
        "claims-only-number",
        "only",
        lambda: shell("ssq claims --only 4.2"),
        "exit 2: ssq: only: '4.2' is no id of the ledger; did you mean theorem-4.2?",
        Ended,
    ),
    Refused(
        "claims-only-code",
        "only",
        lambda: shell("ssq claims --only '__import__(\"os\")'"),
        "exit 2: ssq: only: '__import__(\"os\")' is no id of the ledger; …",
        Ended,
    ),
]
