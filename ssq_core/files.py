"""Atomic writes: a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from ssq_core.checks import check_instance


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file beside `path` under a temporary name; rename it to `path` when all went well.

    Raises ValueError for a path without a file's name, and OSError of `path` for what cannot be.
    """
    check_instance("path", path, str, os.PathLike)
    target = Path(path)
    if not target.name:
        raise ValueError(f"path must name a file, got {os.fspath(path)!r}")
    temporary = target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:  # its mode follows the umask
            yield file
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.filename in (None, str(temporary)) and error.errno:
            raise OSError(error.errno, error.strerror, os.fspath(path)) from None
        raise
