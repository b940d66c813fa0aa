"""The fixtures of every test that asks for them, and what was survived, told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.pages import browser as browser
from tests.pages import site as site

SURVIVED: Counter[str] = Counter()


@pytest.fixture
def survived() -> Callable[[str, int], None]:
    """Count what a test has survived: kills, cut points, flipped bits."""

    def add(what: str, number: int) -> None:
        SURVIVED[what] += number

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SURVIVED:
        told = ", ".join(f"{number:,} {what}" for what, number in SURVIVED.items())
        terminalreporter.write_line(f"survived: {told}")
