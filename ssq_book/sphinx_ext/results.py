"""A Sphinx role that puts a number of a stored result into the text, so that none is typed.

    {result}`demand_response_n8:largest:.4f:k=2`

reads the column `largest` of results/demand_response_n8.csv in the one row with k = 2 and writes it
with Python's format `.4f`. More conditions are separated by commas; `name~text` asks that a cell
begin with the text. A file, column or row that is not there, a damaged file, or a condition that
more than one row meets, is an error of the build.
"""

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd
from sphinx.application import Sphinx

from ssq_book.numerals import numerals
from ssq_book.sphinx_ext.roles import Role
from ssq_book.studies import study
from ssq_book.studies.provenance import RESULTS


@lru_cache(maxsize=32)
def _read(path: Path) -> pd.DataFrame:
    return study.read(path)


def _equal(column: pd.Series, text: str) -> pd.Series:
    try:
        return column == float(text)
    except ValueError:
        return column.astype(str) == text


def number(reference: str, folder: Path = RESULTS) -> str:
    """Return the number that `file:column:format:conditions` names, formatted."""
    parts = reference.split(":")
    if len(parts) not in (3, 4):
        raise ValueError(
            f"{reference!r} is not file:column:format or file:column:format:conditions"
        )
    name, column, how = parts[:3]
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise ValueError(f"there is no stored result {path.name}")
    rows = _read(path)
    for condition in parts[3].split(",") if len(parts) == 4 else []:
        key, sign, value = (part.strip() for part in re.split("([=~])", condition, maxsplit=1))
        if key not in rows:
            raise ValueError(f"{path.name} has no column {key!r}")
        begins = rows[key].astype(str).str.startswith(value)
        rows = rows[begins if sign == "~" else _equal(rows[key], value)]
    if column not in rows:
        raise ValueError(f"{path.name} has no column {column!r}")
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} rows of {path.name} meet {reference!r}, not 1")
    value = rows[column].iloc[0]
    text = format(value, how)
    return text.lstrip("-") if float(value) != 0 and not text.strip("-0.,%") else text


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the role (called by Sphinx, which finds it in `_config.yml`)."""
    _read.cache_clear()
    app.add_role("result", Role(lambda role: numerals(number(role.text))))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
