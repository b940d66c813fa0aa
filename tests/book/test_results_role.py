"""The role that puts stored numbers into the text: what it finds, and what it refuses."""

import io

import pandas as pd
import pytest

from ssq_book.sphinx_ext.results import number
from ssq_book.studies import study

CSV = "k,rule,gap\n1,jsq,0.80341\n2,jsq,0.53\n1,literal,-0.00001\n"


@pytest.fixture
def folder(tmp_path):
    frame = pd.read_csv(io.StringIO(CSV)).assign(**dict.fromkeys(study.NEEDED, 0))
    study.write(frame, tmp_path / "own.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("own:gap:.3f:k=1,rule=jsq", "0.803"),
        ("own:gap:.1%:k=2, rule=jsq", "53.0%"),
        ("own:gap:.2f:rule=literal", "0.00"),  # no negative zero
        ("own:gap:.0e:rule~lit", "-1e-05"),
    ],
)
def test_a_reference_to_one_row_is_its_number(folder, reference, text):
    assert number(reference, folder) == text


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("own", "is not file:column:format"),
        ("other:gap:.3f", "there is no stored result other.csv"),
        ("own:gap:.3f:n=1", "own.csv has no column 'n'"),
        ("own:gap:.3f:k=1", "2 rows of own.csv meet"),
        ("own:gap:.3f:k=3", "0 rows of own.csv meet"),
    ],
)
def test_any_other_reference_is_refused(folder, reference, message):
    with pytest.raises(ValueError, match=message):
        number(reference, folder)
