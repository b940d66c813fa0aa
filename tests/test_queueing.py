"""Queueing: the library's tables against ordered tuples, known values and exact laws."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from ssq_core import TableTooLarge, multisets
from ssq_core.companion.figures.queueing import queueing_gap
from ssq_core.systems.queueing import Dispatch, Estimate, Run, Table, difference, estimate
from ssq_core.systems.queueing.surrogate import Operator, fixed_point

MODELS = [
    dict(n=3, c=3, p=0.8, gamma=0.7, penalty="printed", load="paper"),
    dict(n=3, c=2, p=0.35, gamma=0.8, penalty="full", load="consistent"),
    dict(n=4, c=2, p=0.6, gamma=0.6, penalty="printed", load="consistent"),
    dict(n=3, c=2, p=1.0, gamma=0.7, penalty="full", load="paper"),
    dict(n=4, c=2, p=0.5, gamma=0.6, penalty="printed", load="literal"),
]


# --- the slow direct version: ordered tuples, the pointer as an index (`size` means nowhere) ---


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


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_solve_agrees_with_ordered_tuples(model, k):
    d = Dispatch(**model)
    table, V = d.solve(k, tol=1e-11), value_iteration(d, k, 150)
    for g, row, pointed, others in surrogate_states(d, k):
        assert table.value(pointed, others) == pytest.approx(V[g, row], abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_exact_gap_agrees_with_ordered_tuples(model, k):
    d = Dispatch(**model)
    for table in (d.solve(k), d.learn(k, m=3, iterations=40, seed=1)):
        gap = d.optimality_gap(table)
        expected = value_iteration(d, d.n, 150)[: d.n] - policy_value(d, table, 150)
        for row, s in enumerate(tuples(d, d.n)):
            for g in range(d.n):
                own = gap.at(s[g], [x for i, x in enumerate(s) if i != g])
                assert own == pytest.approx(expected[g, row], abs=1e-9)
        assert gap.max == pytest.approx(expected.max(), abs=1e-9)


def test_mean_gap_counts_every_pointed_length_and_multiset_once():
    d = Dispatch(3, 2, 0.8, 0.7, load="paper")
    gap = d.optimality_gap(1)
    pairs = [(x, o) for x in range(3) for o in multisets.unrank_all(2, 3).tolist()]
    assert gap.mean == pytest.approx(np.mean([gap.at(x, o) for x, o in pairs]), abs=1e-12)


@pytest.mark.parametrize("load", ["paper", "consistent", "literal"])
@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_learning_applies_the_operator_exactly_iterations_times(load, iterations):
    # with p = 1 nothing is random: every sample is the expectation
    d = Dispatch(3, 4, 1.0, 0.9, load=load)
    table, V = d.learn(2, m=2, iterations=iterations), value_iteration(d, 2, iterations)
    assert table.sweeps == iterations
    for g, row, pointed, others in surrogate_states(d, 2):
        assert table.value(pointed, others) == pytest.approx(V[g, row], abs=1e-12)


def test_learning_error_times_root_m_is_flat():
    d = Dispatch(4, 8, 0.8, 0.9, load="consistent")
    exact = d.solve(2).q.max(axis=1)
    scaled = []
    for m in (10, 90, 810):
        learned = [d.learn(2, m, 200, seed).q.max(axis=1) for seed in range(8)]
        scaled.append(np.mean([np.abs(q - exact).max() for q in learned]) * m**0.5)
    assert max(scaled) < 1.5 * min(scaled)


def test_learned_values_are_too_high_under_the_papers_load():
    d = Dispatch(50, 30, 0.8, 0.9, load="paper")
    exact = d.solve(2).q.max(axis=1)
    bias = [(d.learn(2, 10, 300, seed).q.max(axis=1) - exact).mean() for seed in range(10)]
    assert estimate(np.array(bias)).low > 0


def test_certified_error_bounds_hold():
    d = Dispatch(4, 6, 0.8, 0.9, load="consistent")
    sharp = d.solve(2, tol=1e-10)
    for tol in (1e-2, 1e-5):
        rough = d.solve(2, tol)
        assert d.gamma * np.abs(rough.q - sharp.q).max() <= rough.error_bound <= tol
    limit = d.learn(2, 5, 300, seed=3)
    for iterations in (2, 20):
        early = d.learn(2, 5, iterations, seed=3)
        assert d.gamma * np.abs(early.q - limit.q).max() <= early.error_bound + limit.error_bound


def test_a_row_of_samples_has_m_draws_of_the_exact_law():
    d = Dispatch(4, 3, 0.8, 0.9)
    operator = Operator.of(d, 2)
    sampled = operator.empirical(4000, np.random.default_rng(0))
    counts = sampled.law.toarray() * 4000
    np.testing.assert_allclose(counts.sum(axis=1), 4000)
    expected = operator.law.toarray()
    for seen, law in zip(counts, expected, strict=True):
        assert np.all(seen[law == 0] == 0)
        if (law > 0).sum() > 1:
            test = stats.chisquare(seen[law > 0], 4000 * law[law > 0] / law[law > 0].sum())
            assert test.pvalue > 1e-4


@pytest.mark.parametrize(
    ("penalty", "largest", "mean"),
    [
        ("printed", [4.2215, 2.4819, 0.8942, 0], [1.943, 1.103, 0.207, 0]),
        ("full", [6.0238, 2.8498, 1.1429, 0], [2.248, 0.675, 0.161, 0]),
    ],
)
def test_known_gaps_of_four_queues(penalty, largest, mean):
    d = Dispatch(4, 8, 0.8, 0.9, penalty=penalty, load="paper")
    gaps = [d.optimality_gap(k) for k in (1, 2, 3, 4)]
    np.testing.assert_allclose([g.max for g in gaps], largest, atol=5.1e-5)
    np.testing.assert_allclose([g.mean for g in gaps], mean, atol=5.1e-4)


def test_join_the_shortest_queue_is_optimal_if_full_queues_are_penalised_and_not_as_printed():
    gap = {
        penalty: Dispatch(4, 8, 0.8, 0.9, penalty=penalty).optimality_gap(("jsq", 4))
        for penalty in ("full", "printed")
    }
    assert abs(gap["full"].max) < 2e-10
    assert gap["printed"].max > 0.1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_consistent_load_learns_join_the_shortest_of_k(k):
    # with the full penalty in every state, as printed wherever no sampled queue is full
    for penalty, top in (("full", 31), ("printed", 29)):
        d = Dispatch(50, 30, 0.8, 0.9, penalty, "consistent")
        after, table = Operator.of(d, k).after, d.solve(k)
        rows = after[:, -1] <= top
        assert np.array_equal(table.good[rows], (after == after[:, :1])[rows])
    if k > 1:  # the free sink: a full queue draws the job even when the other is shorter
        assert table.action(None, [25] * (k - 1) + [30]) == 30


def test_ties_go_to_the_pointed_queue_then_to_the_shortest():
    d = Dispatch(50, 30, 0.8, 0.9, "full", "paper")
    table = d.solve(2)
    # under the paper's load 3 against 2 is a tie: both can be evened out before either is empty
    row = int(multisets.rank([2, 3]))
    assert np.ptp(table.q[row]) < 1e-9
    assert table.action(2, [2]) == "pointed"
    assert table.action(1, [3]) == "pointed"
    assert table.action(None, [2, 3]) == 2
    assert table.action(None, [3, 2]) == 2


def test_literal_reading_sends_the_job_out_of_sight_in_every_state():
    d = Dispatch(50, 30, 0.8, 0.9, load="literal")
    for k in (1, 2, 3):
        table = d.solve(k)
        assert np.all(table.first == k)
        assert not table.good[:, :k].any()
    assert table.action(0, [0, 0]) is None


def test_literal_reading_has_exactly_the_value_of_random_dispatch():
    d = Dispatch(4, 4, 0.8, 0.9, load="literal")
    blind = d.optimality_gap(1).table
    chance = Dispatch(4, 4, 0.8, 0.9, load="paper").optimality_gap(1).table
    np.testing.assert_allclose(blind, chance, atol=1e-9)
    for k in (2, 3):
        np.testing.assert_allclose(d.optimality_gap(k).table, chance, atol=1e-9)


def test_no_dispatch_moves_the_value_by_more_than_the_jobs_it_places():
    # by time t two rules have placed t-1 jobs of their own: gap <= sum_t gamma^t (t-1)/n
    for gamma in (0.1, 0.9):
        d = Dispatch(4, 8, 0.8, gamma)
        assert 0 < d.optimality_gap(1).max <= gamma**2 / ((1 - gamma) ** 2 * d.n)


# --- simulation ---


@pytest.mark.parametrize("rule", ["table", "jsq", "literal"])
def test_simulated_return_agrees_with_the_exact_value(rule):
    d = Dispatch(3, 3, 0.6, 0.8, "full", "literal" if rule == "literal" else "paper")
    table = d.solve(2) if rule != "jsq" else None
    gap = d.optimality_gap(table or ("jsq", 2))
    exact = d.solve(3).value(3, [0, 2]) - gap.at(3, [0, 2])
    run = d.simulate(table or ("jsq", 2), [0, 3, 2], horizon=120, runs=20000, seed=5, pointed=1)
    spread = run.returns.std(ddof=1) / len(run.returns) ** 0.5
    assert abs(run.returns.mean() - exact) < 4 * spread


def test_rules_share_starts_samples_and_services():
    d = Dispatch(20, 6, 0.8, 0.9, "full", "consistent")
    common = dict(start="uniform", horizon=30, runs=200, seed=7)
    # the tables of load="consistent" are JSQ(k): the same actions, so the same runs bit for bit
    for k in (1, 2, 3):
        same = d.simulate(("jsq", k), **common).returns
        np.testing.assert_array_equal(d.simulate(d.solve(k), **common).returns, same)
    first = d.simulate("random", **common).returns
    np.testing.assert_array_equal(d.simulate(("jsq", 1), **common).returns, first)
    table = Dispatch(20, 6, 0.8, 0.9, load="literal").solve(2)
    literal = d.simulate(("literal", 2), **common).returns
    np.testing.assert_array_equal(d.simulate(table, **common).returns, literal)
    assert not np.array_equal(d.simulate("random", **{**common, "seed": 8}).returns, first)


def test_common_random_numbers_make_the_difference_a_hundred_times_sharper():
    d = Dispatch(50, 30, 0.8, 0.9)
    best, other = (d.simulate(("jsq", k), "uniform", 100, 200, seed=1) for k in (50, 2))
    independent = d.simulate(("jsq", 2), "uniform", 100, 200, seed=2)
    paired = np.std(best.returns - other.returns)
    assert 50 * paired < np.std(best.returns - independent.returns)


def test_antithetic_starts_mirror_each_other():
    d = Dispatch(5, 6, 0.8, 0.9)
    run = d.simulate("random", "antithetic", horizon=1, runs=10, seed=0)
    assert run.pairs
    np.testing.assert_allclose(run.returns[:5] + run.returns[5:], -6)


def test_intervals_are_students_and_count_a_mirrored_pair_once():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    got = estimate(values)
    assert (got.low, got.high) == pytest.approx((low, high), abs=1e-12)
    assert got.half_width == pytest.approx((high - low) / 2, abs=1e-12)
    pairs = difference(Run(values, True), Run(np.zeros(4), True))
    low, high = stats.t.interval(0.95, 1, 3.75, stats.sem([2.5, 5.0]))
    assert (pairs.low, pairs.high) == pytest.approx((low, high), abs=1e-12)


def test_starts_are_what_they_say():
    d = Dispatch(4, 6, 0.8, 0.9)
    once = dict(horizon=1, runs=3, seed=0)
    assert np.all(d.simulate("random", "empty", **once).returns == 0)
    np.testing.assert_allclose(d.simulate("random", [1, 2, 3, 6], **once).returns, -3)
    each = np.array([[0, 0, 0, 4], [1, 1, 1, 1], [6, 6, 6, 6]])
    np.testing.assert_allclose(d.simulate("random", each, **once).returns, [-1, -1, -6])


@pytest.mark.parametrize(("k", "expected"), [(1, 0.808), (2, 0.529), (4, 0.285), (8, 0.118)])
def test_gap_of_sampled_queues_to_the_best_known_rule_at_fifty(k, expected):
    d = Dispatch(50, 30, 0.8, 0.9)
    best = d.simulate(("jsq", 50), "antithetic", 100, 2000, seed=0)
    gap = difference(best, d.simulate(("jsq", k), "antithetic", 100, 2000, seed=0))
    assert gap.mean == pytest.approx(expected, abs=0.01)
    assert gap.half_width < 0.01


def test_literal_reading_equals_random_dispatch_and_first_index_ties_herd():
    d = Dispatch(50, 30, 0.8, 0.9)
    chance = d.simulate("random", "antithetic", 100, 2000, seed=0)
    for k in (1, 5, 49):
        same = difference(chance, d.simulate(("literal", k), "antithetic", 100, 2000, seed=0))
        assert abs(same.mean) < 4 * same.half_width / 1.96
    herd = [
        difference(chance, d.simulate(("literal-first", k), "antithetic", 100, 2000, seed=0)).mean
        for k in (1, 10, 25)
    ]
    assert herd[0] > herd[1] > herd[2] > 0.1  # a trend in k that no reward put there


# --- bad input ---


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(n=0), "n must be at least 1"),
        (dict(c=0), "c must be at least 1"),
        (dict(p=0.0), r"p must lie in \(0, 1\], got 0.0"),
        (dict(p=float("nan")), "p must lie in"),
        (dict(gamma=1.0), r"gamma must lie in \(0, 1\), got 1.0"),
        (dict(penalty="none"), "penalty must be one of printed, full"),
        (dict(load="heavy"), "load must be one of paper, consistent"),
    ],
)
def test_bad_models_are_refused_by_name(change, words):
    with pytest.raises(ValueError, match=words):
        Dispatch(**{**dict(n=4, c=3, p=0.8, gamma=0.9), **change})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: d.solve(0), "k must be at least 1"),
        (lambda d: d.solve(5), "k must be at most 4"),
        (lambda d: d.solve(2, tol=0), "tol must be positive"),
        (lambda d: d.solve(2, tol=1e-16), "tol must be at least"),
        (lambda d: d.learn(2, 0, 5), "m must be at least 1"),
        (lambda d: d.learn(2, 1, 0), "iterations must be at least 1"),
        (lambda d: d.learn(2, 1, 1, seed=-1), "seed must be at least 0"),
        (lambda d: d.optimality_gap(5), "k must be at most 4"),
        (lambda d: d.optimality_gap(("fifo", 2)), "k must be an integer, a Table or"),
        (lambda d: d.optimality_gap(1).at(4, [0, 0, 0]), "pointed must be at most 3"),
        (lambda d: d.optimality_gap(1).at(1, [0, 0]), "others must hold 3 lengths"),
        (lambda d: d.solve(2).action(4, [0]), "pointed must be at most 3"),
        (lambda d: d.solve(2).action(0, [-1]), r"others\[0\] = -1 is outside 0..3"),
        (lambda d: d.solve(2).action(None, [0]), "others must hold 2 lengths"),
        (lambda d: d.solve(2).value(0, [0.5]), "others must hold integers"),
        (lambda d: d.simulate("fifo"), "rule must be"),
        (lambda d: d.simulate(("jsq", 5)), "k of the rule must be at most 4"),
        (lambda d: d.simulate(("literal", 4)), "k of the rule must be at most 3"),
        (lambda d: d.simulate("random", "full"), "start must be lengths"),
        (lambda d: d.simulate("random", [0, 0]), "start must have shape"),
        (lambda d: d.simulate("random", [0, 0, 0, 9]), r"start\[3\] = 9 is outside 0..3"),
        (lambda d: d.simulate("random", "antithetic", runs=3), "runs must be even"),
        (lambda d: d.simulate("random", horizon=0), "horizon must be at least 1"),
        (lambda d: d.simulate("random", pointed=4), "pointed must be at most 3"),
        (lambda d: d.simulate(Dispatch(4, 5, 0.8, 0.9).solve(1)), "the table is for c = 5"),
        (lambda d: d.simulate(Dispatch(9, 3, 0.8, 0.9).solve(5)), "k of the table must be"),
        (lambda d: d.simulate("random", runs=1).estimate, "2 independent runs"),
        (
            lambda d: difference(d.simulate("random", runs=4), d.simulate("random", runs=2)),
            "as many runs",
        ),
    ],
)
def test_bad_arguments_are_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call(Dispatch(4, 3, 0.8, 0.9))


def test_a_table_that_cannot_fit_is_refused_before_it_is_allocated():
    with pytest.raises(TableTooLarge) as refused:
        Dispatch(50, 30, 0.8, 0.9).solve(40)
    assert refused.value.needed > refused.value.available
    assert 1 <= refused.value.largest_k < 40


def test_a_stopped_iteration_is_certified_for_any_shift_equivariant_map():
    # x -> gamma P x + r has the fixed point (I - gamma P)^{-1} r
    rng = np.random.default_rng(0)
    P, r = rng.dirichlet(np.ones(6), size=6), rng.normal(size=6)
    x, error, _ = fixed_point(lambda x: r + 0.9 * (P @ x), np.zeros(6), 0.9, 1e-8)
    assert np.abs(x - np.linalg.solve(np.eye(6) - 0.9 * P, r)).max() <= error <= 1e-8


def test_a_table_can_be_executed_where_it_was_not_learned():
    small, large = Dispatch(5, 6, 0.8, 0.9, load="paper"), Dispatch(500, 6, 0.8, 0.9)
    table = small.solve(2)
    assert isinstance(table, Table)
    best, chance = (large.simulate(r, "uniform", 50, 100, seed=0) for r in (table, "random"))
    assert difference(best, chance).low > 0


def test_points_whose_interval_contains_zero_are_left_off_the_log_axis():
    curve = {
        1: Estimate(0.8, 0.7, 0.9),
        2: Estimate(0.1, 0.05, 0.15),
        4: Estimate(0.01, -0.01, 0.03),
    }
    (ax,) = queueing_gap({"rule": curve}, ceiling=1.6, n=8).axes
    (drawn,) = ax.containers
    assert drawn.lines[0].get_ydata().tolist() == [0.8, 0.1]
    assert ax.get_yscale() == "log"
