"""The two modes of an explorer, and which of them a notebook gets.

*Live*, with a kernel behind it, its sliders recompute. *Static*, in the built page, they choose
among figures drawn beforehand. The mode is static where the environment variable SSQ_BUILD says
that no kernel will stand behind the page.
"""

from __future__ import annotations

import os
from typing import Any

from ssq_book.explorers.core import Explorer
from ssq_book.explorers.live import LiveExplorer
from ssq_book.explorers.page import BUILD_VARIABLE, StaticExplorer


def is_live(live: bool | None) -> bool:
    """Return `live`, where None means: live but in a build."""
    return os.environ.get(BUILD_VARIABLE, "") in ("", "0") if live is None else live


def explorer(*parts: Any, live: bool | None = None, **more: Any) -> Explorer:
    """Return an `Explorer` made of its parts, in the mode that `is_live` tells."""
    return (LiveExplorer if is_live(live) else StaticExplorer)(*parts, **more)
