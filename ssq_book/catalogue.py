"""The chapters, looked up by name: one module or folder of `ssq_book.chapters` for each notebook.

Each has `LIMITS`, those of its notebook's parameters, and `SWEEP`: the number that a sweep draws
unless another is asked for, and the seconds of a run with default values on one idle core. Some
have a module `studies`, of results at the paper's own scale.
"""

import importlib
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent / "chapters"
CHAPTERS = tuple(m.name for m in iter_modules([str(FOLDER)]) if m.name != "intro")
STUDIED = tuple(name for name in CHAPTERS if (FOLDER / name / "studies.py").exists())


def module(name: str) -> ModuleType:
    """Return the module of a chapter."""
    return importlib.import_module(f"ssq_book.chapters.{name}")


def studies() -> tuple[Any, ...]:
    """Return every `Study` of the chapters."""
    return tuple(study for name in STUDIED for study in module(f"{name}.studies").STUDIES)
