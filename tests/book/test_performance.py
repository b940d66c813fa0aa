"""The chapter on performance reads the stored measurements right; its figures name their axes."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import ssq_core as ssq
from benchmarks.naive import Printed
from ssq_book.chapters.performance import measurements as performance


def grown() -> pd.DataFrame:
    """Return measurements whose time is 3 x^2 and whose predicted work is 7 x, but for small x."""
    rows = []
    for group, column in performance.GROWTH.items():
        for x in (1, 10, 20, 40):
            seconds = 5.0 if x == 1 else 3.0 * x**2
            rows.append({"group": group, "part": "total", column: x, "seconds": seconds})
            rows[-1]["work"] = 7 * x
    return pd.DataFrame(rows)


def test_exponents_are_those_of_a_power_law_over_the_largest_points() -> None:
    found = performance.exponents(grown()).set_index("varies")
    assert found.index.tolist() == ["k", "states", "m", "n"]
    assert np.allclose(found.fitted, 2)
    assert np.allclose(found.predicted, 1)
    assert found["from"].tolist() == [10.0] * 4


def test_ratios_are_of_the_peers_to_this_library_and_name_the_fastest() -> None:
    rows = [("ssq", 1, 2.0), ("quantecon mpi", 1, 3.0), ("quantecon pi", 1, 1.0)]
    rows += [("ssq", 2, 2.0), ("quantecon mpi", 2, 8.0), ("quantecon pi", 2, np.nan)]
    table = pd.DataFrame(rows, columns=["contender", "k", "seconds"])
    table = table.assign(group="solvers", part="total", weight=15.0)
    found = performance.ratios(table, [15.0])
    assert found.loc[(15.0, 1)].tolist() == [1.5, 0.5, "quantecon pi"]
    assert found.loc[(15.0, 2)].tolist() == [4.0, 4.0, "ssq"]
    assert performance.totals(table, 15.0).index[0] == "ssq"  # the fastest at the largest k


def test_the_printed_loops_that_are_timed_give_the_tables_of_the_library() -> None:
    still = ssq.counterexamples.match(1.0, 0.9)  # nothing is random: a sweep is an application
    loops = Printed(still, 2, 1)
    for _ in range(4):
        old, new = loops.Q, {}
        for s_g, *sample, a in product(loops.G, loops.S, loops.S, loops.A):
            loops.Q = dict(old)
            loops.update(s_g, sample, a, eta=1.0)
            new[s_g, *sample, a] = loops.Q[s_g, *sample, a]
        loops.Q = new
    learned = ssq.learn(still, 2, 1, 4)
    assert len(loops.Q) == loops.entries
    for (s_g, *sample, a), value in loops.Q.items():
        assert learned.at(s_g, sample)[a] == pytest.approx(value, abs=1e-12)
