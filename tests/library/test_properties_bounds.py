"""Wherever a bound is asked for, it is a finite number, or what is out of range is named."""

from __future__ import annotations

import contextlib
import math
from functools import partial

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from ssq_core import bounds
from ssq_core import concentration as con
from ssq_core.checks import MAX_COUNT


def _formula(name: str, own: object) -> bool:
    return isinstance(own, sp.Expr) and not own.is_Symbol and not name.startswith("_")


NAMES = sorted(name for name, own in vars(bounds).items() if _formula(name, own))
COUNTS = st.integers(1, 60) | st.integers(1, MAX_COUNT) | st.sampled_from([1, 2, 10**17, MAX_COUNT])
SHARES = st.floats(0, 1, exclude_min=True, exclude_max=True)
SHARES |= st.sampled_from([5e-324, 1e-300, 1 - 2**-53])
SIZES = st.floats(0, 1e100, exclude_min=True) | st.sampled_from([5e-324, 1e-300, 1.0, 1e100])


def parameter(name: str) -> st.SearchStrategy[float]:
    """Draw what a parameter may be: a count, a probability or a size."""
    if getattr(bounds.symbols, name).is_integer:
        return COUNTS
    return SHARES if name in ("gamma", "delta", "delta_2", "tau", "tv") else SIZES


@st.composite
def samples(draw: st.DrawFn) -> tuple[int, int]:
    """Draw n and k, often k = n or next to it."""
    n = draw(COUNTS)
    edges = [1, max(1, n - 1), n]
    return n, draw(st.integers(1, n) | st.sampled_from(edges))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), sample=samples())
def test_an_expression_has_a_finite_value_in_its_whole_domain_or_names_the_limit(
    name: str, data: st.DataObject, sample: tuple[int, int]
) -> None:
    n, k = sample
    others = {own: data.draw(parameter(own), own) for own in vars(bounds.symbols)}
    given_numbers = others | {"n": n, "k": k}
    if name == "tv_union" and others["size"] == 1:
        with pytest.raises(ValueError, match="size must be at least 2, got 1"):
            bounds.value(bounds.tv_union, **given_numbers)
    else:
        assert math.isfinite(bounds.value(getattr(bounds, name), **given_numbers))


@given(sample=samples(), size=COUNTS, share=SHARES, distance=SIZES)
def test_radii_and_probabilities_are_numbers_in_their_whole_domain(
    sample: tuple[int, int], size: int, share: float, distance: float
) -> None:
    for radius in (con.dkw_radius, con.tv_radius, con.tv_radius_paper):
        assert 0 <= radius(*sample, size, share) < math.inf
    for bound in (con.serfling_bound, con.bardenet_maillard_bound):
        assert 0 <= bound(*sample, distance) <= 1
    for bound in (con.dkw_bound, con.dkw_with_replacement_bound):
        assert 0 <= bound(*sample, size, distance) <= 1


@given(
    counts=st.lists(st.integers(0, 6) | st.integers(0, 10**11), min_size=1, max_size=4).filter(any),
    data=st.data(),
    eps=SIZES,
    distance=st.sampled_from(["sup", "tv"]),
    replace=st.booleans(),
)
def test_a_failure_probability_is_one_or_its_argument_is_named(
    counts: list[int], data: st.DataObject, eps: float, distance: con.Distance, replace: bool
) -> None:
    n = sum(counts)
    k = data.draw(st.sampled_from([1, n]) | st.integers(1, min(n, 40)))
    said = f"k = {k} of n = {n} is too large"
    with contextlib.suppress(ValueError):
        assert 0 <= con.failure_probability(counts, k, eps, distance, replace=replace) <= 1
        said = ""
    if said:
        with pytest.raises(ValueError, match=said):
            con.failure_probability(counts, k, eps, distance, replace=replace)
    drawn = partial(
        con.failure_probability, counts, k, eps, distance, "monte_carlo", draws=20, replace=replace
    )
    if n >= 10**9:
        with pytest.raises(ValueError, match="counts must sum to less than 1e9"):
            drawn()
    else:
        assert 0 <= drawn().low <= drawn().value <= drawn().high <= 1


def test_what_is_a_difference_of_counts_is_not_rounded_away() -> None:
    n = 10**17
    assert bounds.value(bounds.lemma_C_7, n=n, k=n - 9) == pytest.approx(math.sqrt(9 / n), 1e-12)
    assert bounds.value(bounds.tv_complement, n=n, k=n - 9) == pytest.approx(9 / n, 1e-12)
    assert con.serfling_bound(n, n, 1e-17) == pytest.approx(2 * math.exp(-2), 1e-12)
    few = con.dkw_radius(10, 2, 3, 1e-300) ** 2 - con.dkw_radius(10, 2, 3, 1e-200) ** 2
    assert few == pytest.approx(9 / 40 * 100 * math.log(10), 1e-12)
