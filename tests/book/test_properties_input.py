"""Whatever text or bytes a file or a command line holds, it is read as meant or a ValueError."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssq_book.runs import parameters
from ssq_book.runs.points import Point, Store

KINDS = {"int": int, "float": float, "bool": bool, "str": str}
SOURCE = st.text(alphabet="k:=int 3#'\"\n()[]{}\\,.-+*\0é", max_size=40) | st.text(max_size=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("input")


@given(source=SOURCE)
def test_a_parameters_cell_is_plain_or_refused(source: str) -> None:
    try:
        found = parameters.parse(source)
    except ValueError:
        return
    assert all(type(own.default) is own.kind for own in found)
    assert all(own.name.isidentifier() for own in found)


@given(kind=st.sampled_from(list(KINDS)), text=st.text(alphabet="0123456789+-._e,naitruflsy \n\0²"))
def test_a_value_on_a_command_line_has_the_declared_type_or_is_refused_by_name(
    kind: str, text: str
) -> None:
    own = parameters.Parameter("x", KINDS[kind], KINDS[kind](), "")
    said, kinds = "x must", {KINDS[kind]}
    try:
        kinds = {type(value) for value in own.convert_all(text)}
    except ValueError as error:
        said = str(error)
    assert said.startswith("x must")
    assert kinds == {KINDS[kind]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(content=JSON)
def test_json_that_is_no_record_of_a_point_and_no_notebook_is_refused_by_name(
    folder: Path, content: object
) -> None:
    point, store = Point({"k": 1}, "key"), Store(folder)
    store.folder.mkdir(exist_ok=True)
    notebook = folder / "a.ipynb"
    for path in (store.path(point), notebook):
        path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=str(store.path(point))):
        store.load(point)
    with pytest.raises(ValueError, match=r"a\.ipynb is not a notebook"):
        parameters.read(str(notebook))
