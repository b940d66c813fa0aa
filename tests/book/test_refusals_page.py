"""The table of refusals in the library's page says what its calls say."""

import re
import shlex
from pathlib import Path

import pytest

import ssq_core as ssq
from ssq_book import __main__ as cli

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "book" / "api.md").read_text().split("## What is refused, and in which words")[1]
ROWS = re.findall(r"^\| `(.*)` \| `(.*)` \|$", SECTION, re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    """What the page's code names."""
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    made: dict[str, object] = {"ssq": ssq}
    exec(code, made)
    return made


def test_the_table_has_twenty_rows() -> None:
    assert len(ROWS) == len(re.findall(r"^\| `", SECTION, re.MULTILINE)) == 20


@pytest.mark.parametrize(("call", "message"), ROWS)
def test_a_call_of_the_page_says_its_message(
    call: str,
    message: str,
    names: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    if call.startswith(".venv/bin/ssq "):
        assert cli.main(shlex.split(call)[1:]) == 2
        said = capsys.readouterr().err.rstrip("\n")
    else:
        with pytest.raises(ValueError, match=r"^\w") as refusal:
            eval(call, names)
        said = str(refusal.value)
    assert re.fullmatch(".*".join(map(re.escape, message.split("…"))), said)
