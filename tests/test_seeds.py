"""One seed gives many: reproducible, apart, and no neighbour's."""

import pytest

from ssq_core.companion.seeds import spawn


def test_seeds_are_reproducible_distinct_and_extend() -> None:
    assert spawn(3, 5) == spawn(3, 5)
    assert spawn(3, 8)[:5] == spawn(3, 5)
    every = [own for seed in range(50) for own in spawn(seed, 20)]
    assert len(set(every)) == len(every)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        spawn(-1, 2)
