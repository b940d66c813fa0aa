"""The two ways of a solution: block by block, and all blocks of a small problem at once."""

import pytest

from ssq_core import policy_iteration


@pytest.fixture(params=["block by block", "jointly"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test both ways."""
    if request.param == "block by block":
        monkeypatch.setattr(policy_iteration, "ENTRIES", 0)
