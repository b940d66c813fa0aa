"""The queueing system the slow direct way: ordered tuples, the pointer as an index.

An index equal to the number of queues means that the pointer is outside the sample.
"""

from itertools import combinations, product

import numpy as np


def tuples(d, size):
    return list(product(range(d.c + 1), repeat=size))


def kernels(d, size):
    """P[g, s, s'] over ordered tuples, written from Section 5 agent by agent."""
    states = tuples(d, size)
    P = np.zeros((size + 1, len(states), len(states)))
    for g, (row, s) in product(range(size + 1), enumerate(states)):
        for served in product((0, 1), repeat=size):
            nxt = tuple(
                min(d.c, max(0, x + (g == i) - b))
                for i, (x, b) in enumerate(zip(s, served, strict=True))
            )
            weight = np.prod([d.p if b else 1 - d.p for b in served])
            P[g, row, states.index(nxt)] += weight
    return P


def rewards(d, size):
    level = d.c if d.penalty == "full" else d.c + 1
    return np.array([-np.mean([x + 10 * (x >= level) for x in s]) for s in tuples(d, size)])


def value_iteration(d, size, iterations):
    """V[g, s] of the surrogate system on ordered tuples, the `iterations`-th iterate from zero."""
    P, r = kernels(d, size), rewards(d, size)
    V = np.zeros(P.shape[:2])
    for _ in range(iterations):
        E = np.einsum("gst,at->gas", P, V)
        inside, outside = E[:, :size], E[:, size:]
        if size < d.n and d.load == "consistent":
            inside = size / d.n * inside + (1 - size / d.n) * outside
        if size < d.n and d.load == "literal":
            inside = E
        V = r + d.gamma * inside.max(axis=1)
    return V


def surrogate_states(d, k):
    """Every ordered surrogate state as (g, row, pointed, others)."""
    for row, s in enumerate(tuples(d, k)):
        yield k, row, None, list(s)
        for g in range(k):
            yield g, row, s[g], [x for i, x in enumerate(s) if i != g]


def policy_value(d, table, iterations):
    """V[g, s] of the greedy rule on all n queues: Eq. (6) by listing the samples."""
    n, k = d.n, table.k
    P, r, states = kernels(d, n)[:n], rewards(d, n), tuples(d, n)
    pi = np.zeros((n, len(states), n))
    for (g, (row, s)), sample in product(
        product(range(n), enumerate(states)), combinations(range(n), k)
    ):
        others = [s[i] for i in sample if i != g]
        answer = table.action(s[g] if g in sample else None, others)
        if answer == "pointed":
            chosen = [g]
        elif answer is None:
            chosen = [i for i in range(n) if i not in sample]
        else:
            chosen = [i for i in sample if i != g and s[i] == answer][:1]
        for i in chosen:
            pi[g, row, i] += 1 / len(chosen)
    pi /= pi.sum(axis=2, keepdims=True)
    V = np.zeros((n, len(states)))
    for _ in range(iterations):
        V = r + d.gamma * np.einsum("gsa,gst,at->gs", pi, P, V)
    return V
