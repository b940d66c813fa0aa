"""The queueing chapter's rows say what the library says, and its check of stored rows can fail."""

import numpy as np
import pandas as pd
import pytest

from ssq_book.chapters.queueing import experiments as experiment
from ssq_book.chapters.queueing import tables
from ssq_book.chapters.queueing.studies import GAP, LOADED
from ssq_core.systems.queueing import Dispatch, Estimate, difference

SMALL = {"n": 8, "c": 5, "p": 0.7, "gamma": 0.8, "m": 5, "iterations": 40, "horizon": 20}
ONCE = {"runs": 200, "seed": 3, "run_seed": 4}


def simulated(rule, penalty="printed", runs=200):
    d = Dispatch(8, 5, 0.7, 0.8, penalty)
    return d.simulate(rule, "antithetic", 20, runs, 4)


def columns(row, name):
    return Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"])


@pytest.mark.parametrize("penalty", ["printed", "full"])
@pytest.mark.parametrize("load", ["consistent", "paper"])
def test_gap_and_loss_are_paired_differences_of_the_rules_named(load, penalty):
    d = Dispatch(8, 5, 0.7, 0.8, penalty, load)
    best, jsq = simulated(("jsq", 8), penalty), simulated(("jsq", 2), penalty)
    for rule, table in (("exact", d.solve(2)), ("learned", d.learn(2, 5, 40, seed=3))):
        row = experiment.gap(rule, load, 2, penalty=penalty, **SMALL, **ONCE)
        run = simulated(table, penalty)
        assert columns(row, "gap") == difference(best, run)
        assert columns(row, "loss") == difference(jsq, run)
    if penalty == "printed":  # the literal rule is held against random dispatch
        row = experiment.gap("literal", "literal", 3, penalty=penalty, **SMALL, **ONCE)
        assert columns(row, "loss") == difference(simulated("random"), simulated(("literal", 3)))


def test_a_slope_leaves_out_points_whose_interval_contains_zero():
    point = SMALL | ONCE | {"penalty": "printed"}
    row = experiment.slope("jsq", "-", 1, 5, **point | {"runs": 30})
    best = simulated(("jsq", 8), runs=30)
    gaps = {k: difference(best, simulated(("jsq", k), runs=30)) for k in (1, 2, 3, 4, 5)}
    kept = {k: gap.mean for k, gap in gaps.items() if gap.low > 0}
    assert row["points"] == len(kept) < 5
    fit = np.polyfit(np.log(list(kept)), np.log(list(kept.values())), 1)
    assert row["slope"] == pytest.approx(fit[0], abs=1e-12)
    few = experiment.slope("jsq", "-", 4, 5, **point | {"runs": 4})
    assert few["points"] < 2
    assert np.isnan(few["slope"])


def test_the_choice_map_is_what_the_table_does():
    for load in ("consistent", "paper"):
        d = Dispatch(50, 30, 0.8, 0.9, load=load)
        choice, table = tables.choice_map(d), d.solve(2)
        for a, b in np.ndindex(31, 31):
            went = table.action(None, [a, b])
            expected = 1 if a == b else 0 if choice[a, b] < 2 else 2  # a tie goes to the shorter
            assert went == (max(a, b) if expected == 2 else min(a, b))
        assert np.all(np.diag(choice) == 1)
        assert (choice == 2).any()  # the free sink


def test_stored_rows_are_shown_where_they_cover_the_live_ones():
    point = {"arrivals": "same step", "jobs": 20, "d": 2}
    stored = tables.stored(LOADED, **point).iloc[0]
    live = pd.DataFrame([point | experiment.columns("gap", columns(stored, "gap"))])
    both = tables.confirmed(LOADED, live, "arrivals jobs d", "gap", n=50)
    assert set(both.jobs) > {20}
    for other in (live.assign(jobs=21), pd.concat([live, live.assign(jobs=21)])):
        assert tables.confirmed(LOADED, other, "arrivals jobs d", "gap", n=50) is other
    few = live.assign(gap=np.nan)  # no interval: nothing is said
    assert len(tables.confirmed(LOADED, few, "arrivals jobs d", "gap", n=50)) == len(both)
    with pytest.raises(AssertionError, match="stored"):
        tables.confirmed(LOADED, live.assign(gap=9.0, gap_low=8.9, gap_high=9.1), "jobs d", "gap")


def test_stored_gaps_of_the_shortest_of_k_are_within_a_hundredth_of_the_known_ones():
    jsq = tables.stored(GAP, rule="jsq", penalty="printed").set_index("k")
    for k, known in {1: 0.808, 2: 0.529, 4: 0.285, 8: 0.118, 16: 0.035, 32: 0.005}.items():
        assert jsq.gap[k] == pytest.approx(known, abs=0.01)
        assert jsq.gap_high[k] - jsq.gap_low[k] < 0.01
