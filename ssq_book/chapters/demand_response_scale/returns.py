"""Demand response with many users: what n = 50 or more of them earn, could earn and lose."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

import ssq_core as ssq
from ssq_book.chapters.demand_response.policies import constant_target
from ssq_book.common import interval
from ssq_core import mean_field
from ssq_core.execution import SamplePolicy
from ssq_core.model import Ints
from ssq_core.systems.demand_response import LEVELS

# Rewards of Figure 1c read off a picture in the first author's public repository RL_sampling, which
# is another version of the experiment: approximate.
PUBLIC_REWARDS = {2: 36.8, 7: 38.0, 13: 38.9, 24: 39.3, 33: 39.7, 49: 40.1}


def start_agents(
    mdp: ssq.StarMDP, type_counts: tuple[int, ...], runs: int, seed: int
) -> tuple[Ints, Ints]:
    """Return starts (s_g (R,), states (R, n)): every agent uniform over the states of its type.

    s_g is uniform as well, and stratified: each in turn. Its share of the noise is gone.
    """
    rng = np.random.default_rng(seed)
    s_g = np.arange(runs) % mdp.G
    agents = [rng.choice(t, (runs, c)) for t, c in zip(mdp.types, type_counts, strict=True)]
    return s_g, np.concatenate(agents, axis=1)


def start_counts(
    mdp: ssq.StarMDP, type_counts: tuple[int, ...], runs: int, seed: int
) -> tuple[Ints, Ints]:
    """Return starts (s_g (R,), counts (R, S)) of the same law, for any number of agents."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((runs, mdp.S), dtype=np.int64)
    for members, c in zip(mdp.types, type_counts, strict=True):
        even = np.full(len(members), 1 / len(members))
        counts[:, members] = rng.multinomial(c, even, size=runs)
    return np.arange(runs) % mdp.G, counts


def policies(
    tables: Mapping[int, ssq.QTable], limit: mean_field.MeanField, ks: Iterable[int]
) -> dict[str, SamplePolicy]:
    """Return policies by name: "table k", "limit k" for `ks`, "constant c" for c = 1..5."""
    out: dict[str, SamplePolicy] = {f"table {k}": q for k, q in tables.items()}
    out |= {f"limit {k}": mean_field.LimitPolicy(limit, k) for k in ks}
    smallest = next(iter(tables.values()))
    return out | {f"constant {c}": constant_target(smallest, c) for c in LEVELS}


def limit_at_start(
    limit: mean_field.MeanField, start: tuple[Ints, Ints], ks: Iterable[int], seed: int
) -> dict[str, float]:
    """Return "V_inf k": the limit's mean value at the histograms of k agents of every start."""
    s_g, states = start
    mixed = np.random.default_rng(seed).permuted(states, axis=1)  # the first k are a sample of k
    out = {}
    for k in ks:
        F = np.zeros((len(s_g), limit.mdp.S))
        np.add.at(F, (np.arange(len(s_g))[:, None], mixed[:, :k]), 1 / k)
        values = [limit.at(g, F[s_g == g]).max(axis=-1) for g in range(limit.mdp.G)]
        out[f"V_inf {k}"] = float(np.concatenate(values).mean())
    return out


def judged(
    policies: Mapping[str, SamplePolicy],
    judges: Mapping[int, ssq.QTable],
    start: tuple[Ints, Ints],
    horizon: int,
    seed: int,
) -> pd.DataFrame:
    """Return policy, j, loss, half (95 %) and upper of `ssq.certify`, on the same moves for all."""
    rows = []
    for name, policy in policies.items():
        for j, judge in judges.items():
            mdp, runs = judge.mdp, len(start[0])
            c = ssq.certify(mdp, policy, judge, start, horizon, runs, seed, progress=False)
            loss, half = interval(c.losses, strata=mdp.G)
            rows.append((name, j, loss, half, c.upper))
    return pd.DataFrame(rows, columns=["policy", "j", "loss", "half", "upper"])
