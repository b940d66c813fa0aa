"""What a stored result was made on, and how it is written: whole or not at all."""

import contextlib
import fcntl
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from ssq_book.studies.sources import RESULTS as RESULTS
from ssq_core.files import atomic_write

LEFT_SECONDS = 86_400  # no file takes so long to write


def _processor() -> str:
    """Return the processor's name; `platform` alone does not know it on Linux."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name")).partition(": ")[2]
    return platform.processor()


def machine() -> dict[str, Any]:
    """Return what a time depends on: processor, count of processors, versions, and BLAS."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone
    config: dict[str, Any] = np.show_config(mode="dicts") or {}  # type: ignore[assignment]
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return {
        "processor": _processor(),
        "cpus": len(affinity(0)) if affinity else os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
    }


def peak_bytes() -> int:
    """Return the most memory this process has held since `reset_peak`, in bytes (Unix alone)."""
    try:  # getrusage would count what the process was before it became this program
        status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak  # kilobytes but for macOS


def reset_peak() -> None:
    """Let `peak_bytes` count from now on, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


@contextlib.contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold a folder of results against other runs, which end, for as long as this one runs.

    The folder is made, and removed if nothing came of it. Raises ValueError for one that is held.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    folder = os.open(out, os.O_RDONLY)  # the lock ends with the process, however it ends
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(f"--out: another run is at work in {out}") from None
        yield
    finally:
        os.close(folder)
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()


def tidy(folder: Path) -> None:
    """Remove what a killed program left of a file it was writing: temporaries older than a day."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(FileNotFoundError):  # another program tidies too
            if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write files, all of them or none: each under a temporary name until all are there."""
    with contextlib.ExitStack() as together:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            file = together.enter_context(atomic_write(path))
            file.write(content if isinstance(content, bytes) else content.encode())
            file.flush()


def write_text(text: str, path: Path) -> None:
    """Write `text` to `path` in UTF-8 under a temporary name, then rename it."""
    write_all({path: text})


def csv(frame: pd.DataFrame) -> str:
    """Return a table without its index as the text of a file."""
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text
