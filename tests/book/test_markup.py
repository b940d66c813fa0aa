"""A page's article is mended where its writers leave it unclear to a screen reader."""

import pytest

from ssq_book.numerals import numerals
from ssq_book.sphinx_ext.markup import mended


@pytest.mark.parametrize(
    ("written", "clear"),
    [
        ("<th></th>", "<td></td>"),
        ('<th class="blank">&nbsp;</th>', '<td class="blank"></td>'),
        ('<th class="head"><p></p></th>', '<td class="head"></td>'),
        ('<summary aria-label="Toggle hidden content">\n<p>Show</p>', "<summary>\n<p>Show</p>"),
        (
            '<span class="pasted-text">-2e-08</span>',
            '<span class="pasted-text">−2·10⁻⁸</span>',
        ),
        ('<td class="a">-1.2e+03</td>', '<td class="a">−1.2·10³</td>'),
        (
            '<p class="admonition-title" id="a"><span class="caption-number">Lemma </span>'
            "Stars (Eq. (1))</p>",
            '<p class="admonition-title">Lemma. Stars (Eq. (1))</p>',
        ),
        (
            '<p class="admonition-title" id="a"><span class="caption-number">Lemma </span>'
            "Optimism lemma</p>",
            '<p class="admonition-title">Optimism lemma</p>',
        ),
        ('<div id="a" role="doc-biblioentry">', '<div id="a" role="listitem">'),
    ],
)
def test_what_is_unclear_is_mended(written: str, clear: str) -> None:
    assert mended(f"<p>x</p>{written}<p>y</p>") == f"<p>x</p>{clear}<p>y</p>"


def test_the_names_of_an_index_stand_over_their_columns() -> None:
    head = "<thead>\n<tr><th></th><th></th><th>gap</th></tr>\n<tr>{}<th></th></tr></thead>"
    joined = "<thead>\n<tr><th>k</th><th>m</th><th>gap</th></tr></thead>"
    assert mended(head.format("<th>k</th><th>m</th>")) == joined
    nameless = mended(head.format("<th></th><th>m</th>"))  # a head that is more than such names
    assert nameless.count("<tr") == 2
    clear = "<thead><tr><th>n</th><th>50</th></tr><tr><th>policy</th><td></td></tr></thead>"
    assert mended(clear) == clear


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("-0.46", "−0.46"),
        ("3.9e+13", "3.9·10¹³"),
        ("1e-08", "10⁻⁸"),
        ("-3/56", "−3/56"),
        ("(-1, -.5)", "(−1, −.5)"),
        ("2024-05-01, x-1, 1.e5b, JSQ-2", "2024-05-01, x-1, 1.e5b, JSQ-2"),
    ],
)
def test_a_number_is_printed_with_a_minus_and_a_power_of_ten(written: str, printed: str) -> None:
    assert numerals(written) == printed
