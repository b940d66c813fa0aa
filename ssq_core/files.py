"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ssq_core.checks import check_instance


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file beside `path` under a temporary name; rename it to `path` when all went well."""
    check_instance("path", path, str, os.PathLike)
    target = Path(path)
    handle, name = tempfile.mkstemp(".tmp", f".{target.name}.", target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(name, 0o644)  # a temporary file is private; a result is not
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
