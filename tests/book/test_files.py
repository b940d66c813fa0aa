"""What is written is whole, under the name that was given, and as private as the user wants."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

import ssq_core as ssq
from ssq_book.studies import provenance
from ssq_core.files import atomic_write

MATCH = ssq.counterexamples.match(0.75, 0.5)


@pytest.mark.parametrize(
    ("name", "kind"), [("nowhere/q.npz", FileNotFoundError), (".", ValueError), ("", ValueError)]
)
def test_a_path_that_cannot_be_written_is_named_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: type[Exception]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=f"(?<![^ ])'{re.escape(name)}'$"):
        ssq.solve(MATCH, 1).save(name)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match=r"'file/q\.npz'$"):
        ssq.solve(MATCH, 1).save("file/q.npz")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match=r": 'folder'$"):
        ssq.solve(MATCH, 1).save("folder")
    assert {p.name for p in tmp_path.iterdir()} == {"file", "folder"}


def test_a_full_disk_names_the_file_and_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "q.npz"
    with pytest.raises(OSError, match=rf"No space left on device: '{path}'$"), atomic_write(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_the_umask_leaves(
    tmp_path: Path, mask: int, mode: int
) -> None:
    before = os.umask(mask)
    try:
        ssq.solve(MATCH, 1).save(tmp_path / "q.npz")
        provenance.write_text("k", tmp_path / "folder" / "k.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "q.npz").stat().st_mode & 0o777 == mode
    assert (tmp_path / "folder" / "k.csv").stat().st_mode & 0o777 == mode
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o777 & ~mask
