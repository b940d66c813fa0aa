"""Every example of a docstring may use `ssq`, as after `import ssq_core as ssq`."""

from typing import Any

import pytest

import ssq_core


@pytest.fixture(autouse=True, scope="session")
def _ssq(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace["ssq"] = ssq_core
