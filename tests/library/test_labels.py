"""A model from functions of labels, and labels wherever an index is."""

import numpy as np
import pytest

import ssq_core as ssq

PRICES, ACTIONS, BATTERIES = ["low", "high"], ["keep", "switch"], [("car", 0), ("car", 1), "gone"]


def next_g(price: str, action: str) -> dict[str, float]:
    other = PRICES[1 - PRICES.index(price)]
    return {price: 1.0} if action == "keep" else {price: 0.25, other: 0.75}


def next_l(battery: object, price: str) -> dict[object, float]:
    if battery == "gone":
        return {("car", 0): 0.5, "gone": 0.5}
    if battery == ("car", 0) and price == "low":
        return {("car", 1): 1}
    return {battery: 0.5, "gone": 0.5}


def r_l(battery: object, price: str) -> float:
    return -float(battery == ("car", 0)) * (2 if price == "high" else 1)


def r_g(price: str, action: str) -> float:
    return 0.3 * (price == "high") - 0.1 * (action == "switch")


def made(**change: object) -> ssq.StarMDP:
    functions = {"next_g": next_g, "next_l": next_l, "r_g": r_g, "r_l": r_l}
    return ssq.StarMDP.from_functions(
        PRICES, ACTIONS, BATTERIES, **(functions | {"gamma": 0.9} | change)
    )


MDP = made()
Q = ssq.solve(MDP, 2)


def test_a_model_of_functions_has_their_kernels_and_rewards() -> None:
    np.testing.assert_array_equal(MDP.P_g[0], [[1, 0], [0.25, 0.75]])
    np.testing.assert_array_equal(MDP.P_g[1], [[0, 1], [0.75, 0.25]])
    np.testing.assert_array_equal(MDP.P_l[0], [[0, 1, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]])
    np.testing.assert_array_equal(MDP.P_l[1, 0], [0.5, 0, 0.5])
    np.testing.assert_array_equal(MDP.r_l, [[-1, 0, 0], [-2, 0, 0]])
    np.testing.assert_allclose(MDP.r_g, [[0, -0.1], [0.3, 0.2]])
    assert MDP.labels["s_i"] == tuple(BATTERIES)
    assert MDP.labels["a_g"] == tuple(ACTIONS)


def test_labels_are_accepted_wherever_an_index_is() -> None:
    states, indices = ["gone", ("car", 1)], [2, 1]
    np.testing.assert_array_equal(Q.at("high", states), Q.at(1, indices))
    assert Q.value("high", states) == Q.value(1, np.array(indices))
    assert Q.action("low", states) == Q.action("low", indices) == Q.action(0, states)
    five = [*states, "gone", 0, "gone"]
    numbers = [*indices, 2, 0, 2]
    pi = ssq.SubsampledPolicy(Q, 5)
    law = pi.action_probabilities("low", five)
    np.testing.assert_array_equal(law, pi.action_probabilities(0, numbers))
    value, gap = ssq.policy_value(MDP, pi), ssq.optimality_gap(MDP, 2, 5)
    assert value.at("high", five) == value.at(1, numbers)
    assert gap.at("high", five) == gap.at(1, numbers)


def test_a_frame_has_a_row_for_every_multiset_and_labels() -> None:
    frame = Q.to_frame()
    assert frame.columns.tolist() == ["s_g", "s_1", "s_2", *ACTIONS, "greedy"]
    assert len(frame) == 2 * 6
    for price, *states, keep, switch, greedy in frame.itertuples(index=False):
        np.testing.assert_array_equal([keep, switch], Q.at(price, states))
        assert greedy == ACTIONS[Q.action(price, states)]
    block = ssq.solve(ssq.demand_response(1.5), 2, type_counts=(1, 1)).to_frame()
    assert block.shape == (5 * 25 * 25, 7)


def test_runs_start_from_labels_and_a_dictionary_of_counts() -> None:
    counts = {"gone": 30, ("car", 0): 12}
    named = ssq.execute(MDP, Q, ("high", counts), 20, 3)
    numbered = ssq.execute(MDP, Q, (1, [12, 0, 30]), 20, 3)
    np.testing.assert_array_equal(named.rewards, numbered.rewards)
    each = ssq.execute(MDP, Q, (["high", "low", "high"], counts), 20, 3, trace=True)
    assert each.s_g[:, 0].tolist() == [1, 0, 1]
    assert each.counts[:, 0].tolist() == [[12, 0, 30]] * 3


def test_the_limit_takes_a_label_for_s_g() -> None:
    mdp = made(next_g=lambda price, action: {PRICES[action == "switch"]: 1})
    limit, F = ssq.mean_field.solve(mdp), [0.2, 0.3, 0.5]
    assert limit.value("high", F) == limit.value(1, F)
    bounds = ssq.mean_field.sandwich(limit, ssq.solve(mdp, 1), "high", ["gone", ("car", 0)])
    assert bounds == ssq.mean_field.sandwich(limit, ssq.solve(mdp, 1), 1, [2, 0])


def named(labels: list[object]) -> ssq.StarMDP:
    return ssq.StarMDP(MDP.P_g, MDP.P_l, MDP.r_g, MDP.r_l, 0.9, {"s_g": labels})


def run(s_g: object, counts: object) -> ssq.Run:
    return ssq.execute(MDP, Q, (s_g, counts), 1, 1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Q.at("hihg", [0, 0]), "s_g = 'hihg' is no label; the nearest is 'high'"),
        (lambda: Q.action("low", ["gone", "goen"]), r"states\[1\] = 'goen' .* nearest is 'gone'"),
        (lambda: Q.value("low", [("car", 2), 0]), r"states\[0\] = \('car', 2\) .* \('car', [01]\)"),
        (lambda: Q.at(None, [0, 0]), "s_g = None is no label"),
        (lambda: run("lo", [1, 1, 1]), "start: s_g = 'lo' .* 'low'"),
        (lambda: run("low", {"gon": 3}), "start: counts: .*'gon' .* 'gone'"),
        (lambda: run("low", {7: 3}), r"start: counts: 7 is outside 0\.\.2"),
        (lambda: run("low", {"gone": -1}), r"counts\[2\] = -1 is outside"),
        (
            lambda: made(next_g=lambda s, a: {"hgh": 1}),
            r"next_g\('low', 'keep'\): label = 'hgh' .* 'high'",
        ),
        (
            lambda: made(next_g=lambda s, a: {"high": 0.5}),
            r"next_g\('low', 'keep'\) sums to 0.5, not to 1",
        ),
        (
            lambda: made(next_g=lambda s, a: {"high": -1, "low": 2}),
            r"next_g\('low', 'keep'\)\['high'\] must",
        ),
        (
            lambda: made(next_l=lambda s, g: "gone"),
            r"next_l\(\('car', 0\), 'low'\) must be a Mapping",
        ),
        (lambda: made(next_l=lambda s, g: {5: 1}), r"next_l\(.*\): label 5 is none"),
        (lambda: made(r_g=lambda s, a: None), r"r_g\('low', 'keep'\) must lie in \(-inf, inf\)"),
        (lambda: made(r_l=lambda s, g: float("nan")), r"r_l\(\('car', 0\), 'low'\) must lie in"),
        (lambda: named(["a", "a"]), r"labels\['s_g'\]\[1\] = 'a' is the label of 0 already"),
        (lambda: named([1, 0]), r"labels\['s_g'\]\[0\] = 1 is an integer, which means an index"),
        (lambda: named(["a", ["b"]]), r"labels\['s_g'\]\[1\] = .* is no label: it must be hash"),
    ],
)
def test_a_wrong_label_is_answered_with_its_place_and_the_nearest_right_one(ask, message) -> None:
    with pytest.raises(ValueError, match=message):
        ask()


def test_integers_from_0_are_their_own_labels() -> None:
    assert ssq.solve(named([0, 1]), 1).value(1, [2]) == ssq.solve(MDP, 1).value("high", ["gone"])


def test_a_trace_holds_the_states_that_earned_the_rewards() -> None:
    run = ssq.execute(MDP, Q, (0, [3, 3, 4]), 15, 6, trace=True)
    plain = ssq.execute(MDP, Q, (0, [3, 3, 4]), 15, 6)
    np.testing.assert_array_equal(run.rewards, plain.rewards)
    local = np.einsum("rts,rts->rt", run.counts, MDP.r_l[run.s_g]) / 10
    np.testing.assert_allclose(MDP.r_g[run.s_g, run.actions] + local, run.rewards)
    assert plain.s_g is plain.counts is None
