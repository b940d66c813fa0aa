"""The line under a figure that says what it was made from."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import ssq_core
from ssq_book.studies import study
from ssq_book.studies.sources import RESULTS


def stored(name: str, folder: Path = RESULTS) -> str:
    """Return when and by which command `name`.csv was made; ValueError for a damaged table."""
    path = folder / f"{name}.csv"
    if path.with_suffix(".json").exists():  # `make bench` describes its table beside it
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        made, command = str(about["date"]), "make bench"
    else:
        table = study.read(path)
        moment = datetime.fromisoformat(str(table["made"].max()))
        made, command = f"{moment:%Y-%m-%d %H:%M} UTC", str(table["command"].iloc[0])
    return f"results/{name}.csv, made {made} by {command}"


def line(
    source: str, values: Mapping[str, object], content: str, results: Iterable[str] = ()
) -> str:
    """Return what made a figure: source, parameters, version, hash `content`, stored results."""
    given = ", ".join(f"{name} = {value}" for name, value in values.items())
    parts = [source, *([given] if given else [])]
    parts.append(f"ssq_core {ssq_core.__version__}, content {content}")
    return "Origin: " + "; ".join([*parts, *map(stored, results)])
