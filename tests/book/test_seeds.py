"""One seed gives many: reproducible, apart, and no neighbour's."""

from ssq_book.common import spawn


def test_seeds_are_reproducible_distinct_and_extend() -> None:
    assert spawn(3, 8)[:5] == spawn(3, 5)
    every = [own for seed in range(50) for own in spawn(seed, 20)]
    assert len(set(every)) == len(every)
    assert max(every) < 2**63 <= 2 * max(every)  # a table holds them as integers, all bits used
