"""The fixtures of every test that asks for them, and what was survived, told at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.pages import browser as browser
from tests.pages import site as site


@pytest.fixture
def survived(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Count what a test has survived: kills, cuts, flipped bits."""

    def add(what: str, number: int) -> None:
        request.node.user_properties.append((what, number))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was survived, in whatever process."""
    total: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for what, number in report.user_properties:
            total[what] += number
    if total:
        told = ", ".join(f"{number:,} {what}" for what, number in total.items())
        terminalreporter.write_line(f"survived: {told}")
