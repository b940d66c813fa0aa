"""Closed-form values of the counterexamples, at sizes that no table can hold.

`overfit`, `tree` and `fork` are played once: after the decision nothing that matters moves, so a
value is a discount times an expectation over one sample.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, sqrt

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft2
from scipy.stats import binom, hypergeom

from ssq_core import memory
from ssq_core.checks import check_count, check_number, check_option
from ssq_core.systems.counterexamples.constructors import tree_depth

Number = float | Fraction
MAX_TYPES = 100_000  # beyond it a fraction has millions of digits


def mean_imbalance(m: int, k: int) -> Fraction:
    """Return E Z_k, Z_k = sum_j |F(j, 0) - F(j, 1)|, for k types drawn independently, uniformly.

    There are 2m types (j, c). The number t of agents with a given j is binomial with probability
    1/m, and given t the imbalance is a fair walk's, E|S_t| = t C(t-1, floor((t-1)/2)) / 2^(t-1).
    m and k lie in 1..100,000.

    >>> ssq.counterexamples.mean_imbalance(m=2, k=3)
    Fraction(5, 8)
    """
    check_count("m", m, 1, MAX_TYPES)
    check_count("k", k, 1, MAX_TYPES)
    # C(k, t) 2^t (2m-2)^(k-t) on the denominator (2m)^k, times t C(t-1, floor((t-1)/2)) / 2^(t-1)
    others, share = 2 * m - 2, (2 * m - 2) ** k
    middle, total = 1, 0  # C(t-1, floor((t-1)/2))
    for t in range(1, k + 1):
        share = share * (k - t + 1) // (others * t) if others else int(t == k)
        if t > 1:
            middle = middle * (t - 1) // (t // 2)
        total += 2 * t * share * middle
    return Fraction(m * total, k * (2 * m) ** k)


def overfit_difference(m: int, k: int, n: int, gamma: Number) -> Number:
    """Return Q_k* - Q_n* of `overfit(m, gamma)` with all agents at the root, for every s_g and a_g.

    It is gamma^2/(1-gamma) (E Z_k - E Z_n)/2, a Fraction if `gamma` is one. Source: the types are
    known from step 1 on, and the bits bet on them pay from step 2 on. m, k, n <= 100,000.

    >>> from fractions import Fraction
    >>> ssq.counterexamples.overfit_difference(m=2, k=1, n=3, gamma=Fraction(1, 2))
    Fraction(3, 32)
    """
    check_count("n", n, 1, MAX_TYPES)
    check_number("gamma", gamma, "(0, 1)")
    return (mean_imbalance(m, k) - mean_imbalance(m, n)) / 2 * (gamma**2 / (1 - gamma))


def tree_entry(m: int, q: int, k: int, w: float) -> float:
    """Return the probability that k agents, drawn without replacement, would enter the tree.

    The population holds `q` agents of each of the 2m types; a sample enters iff Z/2 > `w`, where
    Z = sum_j |F(j, 0) - F(j, 1)|. Absolute error about 1e-11. A `w` within one part in 10^9 of a
    ratio of small integers counts as that ratio. 1 <= k <= 2mq.

    >>> round(ssq.counterexamples.tree_entry(m=2, q=3, k=2, w=0.3), 6)
    0.727273
    """
    check_count("m", m)
    check_count("q", q)
    check_count("k", k, 1, 2 * m * q)
    check_number("w", w, "[0, inf)")
    limit = floor(2 * k * Fraction(w).limit_denominator(10**9))  # enters iff sum_j |x - y| > limit
    if limit >= k:
        return 0.0
    # x and y of one j are binomial with any probability, here k/n, given that all sum to k
    share = k / (2 * m * q)
    far = ceil(10 * sqrt(k * (1 - share))) + 70  # the sum strays so far with less than 1e-20
    shape = (next_fast_len(far), next_fast_len(k + 1))  # [x + y, |x - y|], wrapped around
    memory.require(k, lambda j: 24 * shape[0] * (j + 1) + 160 * (min(q, j) + 1) ** 2)
    law = binom.pmf(np.arange(min(q, k) + 1), q, share)
    x, y = np.indices((len(law), len(law)))
    pair = np.zeros(shape)
    np.add.at(pair, ((x + y) % shape[0], abs(x - y)), np.outer(law, law))
    turn = np.exp(2j * np.pi * k / shape[0] * np.arange(shape[0]))
    total = irfft(turn @ rfft2(pair) ** m / shape[0], shape[1])  # of m pairs, the sum being k
    stays = float(total[: limit + 1].sum())
    return min(1.0, max(0.0, 1 - stays / float(binom.pmf(k, 2 * m * q, share))))


def tree_loss(m: int, actions: int, w: Number, gamma: Number) -> Number:
    """Return gamma^(d+1) w/(1-gamma): what `tree` loses by entering, its population being balanced.

    d = ceil(m / log2 actions); every leaf then pays 0 where safe would pay `w` for ever.

    >>> ssq.counterexamples.tree_loss(m=2, actions=2, w=0.25, gamma=0.5)
    0.0625
    """
    check_count("m", m, 1, MAX_TYPES)
    check_number("gamma", gamma, "(0, 1)")
    depth = tree_depth(m, check_count("actions", actions, 2))
    return gamma ** (depth + 1) * w / (1 - gamma)


def fork_loss(n: int, majority: int, gamma: Number) -> Number:
    """Return gamma/(1-gamma) (2 majority/n - 1): what `fork` loses by going to the minority's side.

    `majority` of the n agents share a state, n/2 <= majority <= n.

    >>> ssq.counterexamples.fork_loss(n=4, majority=3, gamma=0.5)
    0.5
    """
    check_count("n", n)
    check_count("majority", majority, -(-n // 2), n)
    check_number("gamma", gamma, "(0, 1)")
    return gamma / (1 - gamma) * (Fraction(2 * majority, n) - 1)


def fork_error(n: int, majority: int, k: int) -> float:
    """Return the probability that the minority is larger in a sample of k agents.

    Ties go to the majority, as they do if it is in state 0. 1 <= k <= n.

    >>> round(ssq.counterexamples.fork_error(n=4, majority=3, k=1), 6)
    0.25
    """
    check_count("n", n)
    check_count("majority", majority, -(-n // 2), n)
    check_count("k", k, 1, n)
    return float(hypergeom.sf(k // 2, n, n - majority, k))


def fork_gap(n: int, majority: int, k: int, gamma: Number, rule: str = "subsets") -> float:
    """Return V* - V of the k-agent policy at the root of `fork`; the majority is in state 0.

    `rule` "subsets" is Eq. (6): the loss times the probability of a wrong sample. With "actions",
    Eq. (26), one wrong sample among all makes both actions equally likely.

    >>> round(ssq.counterexamples.fork_gap(n=4, majority=3, k=1, gamma=0.5), 6)
    0.125
    """
    check_option("rule", rule, ("subsets", "actions"))
    loss = float(fork_loss(n, majority, gamma))
    if rule == "subsets":
        return loss * fork_error(n, majority, k)
    wrong_exists = 2 * min(n - majority, check_count("k", k, 1, n)) > k
    right_exists = 2 * max(k - majority, 0) <= k
    return loss / (1 + right_exists) if wrong_exists else 0.0
