"""Multisets of size k over d states in colex order, and the linear maps between their tables.

A multiset is written as its sorted tuple a_0 <= ... <= a_{k-1} of states 0..d-1. Its colex rank is

    rank(a) = sum_i C(a_i + i, i + 1),

so the multisets whose largest element is at most s are the first C(k+s, k), whatever d is: they
form a prefix, and a table over d states begins with the table over fewer states. Two facts carry
the library. The k agents of a subsystem move independently, so the expectation over their next
multiset is the *symmetric power* of one agent's kernel (`symmetric_power`). Leaving out one agent
at random is the averaging map `removal`, and its iterates sample without replacement.

Building blocks of inner loops, these trust their arguments, which the callers have checked.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb, lgamma

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def size(k: int, d: int) -> int:
    """Return the number of multisets of size `k` over `d` states, C(k+d-1, k)."""
    return comb(k + d - 1, k) if d else int(k == 0)


@lru_cache(maxsize=8)
def log_factorials(n: int) -> Floats:
    """Return ln i! for i = 0..n."""
    out = np.array([lgamma(i + 1) for i in range(n + 1)])
    out.setflags(write=False)
    return out


def log_comb(n: ArrayLike, k: ArrayLike) -> Floats:
    """Return ln C(n, k) for integer arrays that broadcast, 0 <= k <= n."""
    n, k = np.asarray(n), np.asarray(k)
    log = log_factorials(int(n.max(initial=0)))
    return np.asarray(log[n] - log[k] - log[n - k])


@lru_cache(maxsize=64)
def rank_terms(k: int, d: int) -> Ints:
    """Return the table C(s + i, i + 1) of shape (k, d), the summands of the colex rank."""
    rows = [[min(comb(s + i, i + 1), 2**63 - 1) for s in range(d)] for i in range(k)]
    table = np.array(rows, dtype=np.int64).reshape(k, d)  # cut where no multiset is stored
    table.setflags(write=False)
    return table


def rank(states: ArrayLike) -> Ints:
    """Return the colex rank of sorted multisets.

    `states` is an integer array (..., k), ascending along the last axis; the result drops that
    axis.
    """
    a = np.asarray(states, dtype=np.int64)
    k = a.shape[-1]
    top = int(a.max(initial=0)) + 1
    return np.asarray(rank_terms(k, top)[np.arange(k), a].sum(axis=-1))


@lru_cache(maxsize=64)
def unrank_all(k: int, d: int) -> Ints:
    """Return all multisets of size `k` over `d` states in colex order, (N, k) with sorted rows."""
    out = np.zeros((1, 0), dtype=np.int64)
    for j in range(k):
        # largest element s: any of the shorter multisets without an element above s before it
        before = [out[: size(j, s + 1)] for s in range(d)]
        last = np.repeat(np.arange(d), [len(rows) for rows in before])
        out = np.column_stack([np.concatenate(before), last])
    out.setflags(write=False)
    return out


@lru_cache(maxsize=64)
def add_one(k: int, d: int) -> Ints:
    """Return the table (size(k, d), d): [r, s] ranks the r-th multiset of size `k` plus state s."""
    out = np.empty((size(k, d), d), dtype=np.int64)
    if k == 0:
        out[0] = np.arange(d)
    else:
        shorter, start = add_one(k - 1, d), 0
        top = rank_terms(k + 1, d)[k]  # what the largest of k+1 elements adds to the rank
        for t in range(d):  # the multisets with largest element t
            count = size(k - 1, t + 1)
            rows = slice(start, start + count)
            out[rows, :t] = shorter[:count, :t] + top[t]
            out[rows, t:] = np.arange(start, start + count)[:, None] + top[t:]
            start += count
    out.setflags(write=False)
    return out


@lru_cache(maxsize=64)
def counts(k: int, d: int) -> Ints:
    """Return the histogram of every multiset of size `k` in colex order, an (N, d) array."""
    out, left = np.zeros((1, 0), dtype=np.int64), np.array([k])
    for _ in range(d - 1):  # colex order is lexicographic in the counts, the last state's first
        row = np.repeat(np.arange(len(left)), left + 1)
        last = np.arange(len(row)) - (np.cumsum(left + 1) - left - 1)[row]
        out, left = np.column_stack([last, out[row]]), left[row] - last
    out = np.column_stack([left, out])
    out.setflags(write=False)
    return out


def symmetric_power(kernel: ArrayLike, k: int) -> sparse.csr_array:
    """Return the law of the next multiset of `k` independent agents as a stochastic CSR matrix.

    `kernel` is a (C, D) stochastic matrix, rectangular if classes change; entry [h, h'] of the
    result (size(k, C), size(k, D)) is the probability of next multiset h' from multiset h. Agents
    are added one by one: row(h + e_c) = sum_d kernel[c, d] row(h) shifted by one agent in state d.
    """
    K = np.asarray(kernel, dtype=float)
    n_rows, n_cols = K.shape
    if k == 0 or n_cols == 1:
        return sparse.csr_array(np.ones((size(k, n_rows), 1)))
    support = K != 0
    pointer = np.zeros(n_rows + 1, dtype=np.int32)
    np.cumsum(support.sum(axis=1), out=pointer[1:])
    nonzero = np.nonzero(support)[1].astype(np.int32)
    step = sparse.csr_array((K[support], nonzero, pointer), shape=K.shape)
    power = step
    for j in range(1, k):
        table = add_one(j, n_cols)
        kept = [size(j, c + 1) for c in range(n_rows)]  # of the others, none is above class c
        ends = [int(power.indptr[rows]) for rows in kept]
        small = max(sum(ends), len(table) * max(n_rows, step.nnz)) < 2**31
        index = np.int32 if small else np.int64
        starts = np.cumsum([0, *ends[:-1]], dtype=index)
        # row (c, h): the others have moved to r, the added agent is still in c; column r n_rows + c
        data = np.concatenate([power.data[:end] for end in ends])
        columns = [power.indices[:e].astype(index) * n_rows + c for c, e in enumerate(ends)]
        pointers = [power.indptr[1 : r + 1] + s for r, s in zip(kept, starts, strict=True)]
        others = (data, np.concatenate(columns), np.concatenate([power.indptr[:1], *pointers]))
        # row r n_rows + c: from there to r + e_d with probability kernel[c, d]
        rows = np.arange(len(table), dtype=index)[:, None]
        added = (
            np.tile(step.data, len(table)),
            table[:, step.indices].ravel().astype(index),
            np.append(step.indptr[:1], rows * step.nnz + step.indptr[1:]),
        )
        middle = len(table) * n_rows
        before = sparse.csr_array(others, shape=(size(j + 1, n_rows), middle))
        power = before @ sparse.csr_array(added, shape=(middle, size(j + 1, n_cols)))
    return power


@lru_cache(maxsize=64)
def removal(k: int, d: int) -> sparse.csr_array:
    """Return the law of a multiset of size `k` less one of its elements, chosen uniformly.

    A stochastic CSR matrix (size(k, d), size(k-1, d)): from h to h - e_s with probability h_s / k.
    """
    table = add_one(k - 1, d)
    weight = (counts(k - 1, d) + 1) / k
    columns = np.repeat(np.arange(len(table)), d)
    shape = (size(k, d), size(k - 1, d))
    return sparse.csr_array((weight.ravel(), (table.ravel(), columns)), shape=shape)
