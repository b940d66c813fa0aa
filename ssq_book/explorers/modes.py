"""The two modes of an explorer, and which of them a notebook gets.

*Live*, with a kernel behind it, its sliders recompute. *Static*, in the built page, they choose
among figures drawn beforehand. The mode is static where the environment variable SSQ_BUILD says
that no kernel will stand behind the page.
"""

from __future__ import annotations

import os

from ssq_book.explorers.core import Explorer
from ssq_book.explorers.live import LiveExplorer
from ssq_book.explorers.page import BUILD_VARIABLE, StaticExplorer


def mode(live: bool | None = None) -> type[Explorer]:
    """Return the kind of explorer that a notebook gets; None: live but in a build."""
    if live is None:
        live = os.environ.get(BUILD_VARIABLE, "") in ("", "0")
    return LiveExplorer if live else StaticExplorer
