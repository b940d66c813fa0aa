"""What the tables of demand response cost."""

from math import comb

import pandas as pd

import ssq_core as ssq
from ssq_book.chapters.performance import measurements


def costs() -> pd.DataFrame:
    """Return entries, seconds and memory of the tables of demand response, by k, as measured."""
    table = measurements.measurements()
    rows = table[table.group == "growth in k"].set_index("k")
    mdp, ks = ssq.demand_response(), rows.index
    states = mdp.G * mdp.A
    entries = {
        "entries, tuples": [states * mdp.S**k for k in ks],
        "entries, histograms": [states * comb(k + mdp.S - 1, k) for k in ks],
    }
    used = {"seconds, exact": rows.seconds, "peak MB, exact": rows.bytes / 1e6}
    return pd.DataFrame(entries, index=ks).assign(**used)
