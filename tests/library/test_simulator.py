"""The n-agent system in Gymnasium: its checker, and its returns."""

import sys

import numpy as np
import pytest

import ssq_core as ssq
from tests.systems import random_system

gymnasium = pytest.importorskip("gymnasium")

MDP = ssq.demand_response(1.5)
START = (2, np.bincount([0, 7, 30, 49], minlength=50))


def oracle_of(mdp: ssq.StarMDP) -> ssq.Simulator:
    return ssq.Simulator(mdp.G, mdp.A, mdp.S, mdp.gamma, mdp.r_g, mdp.r_l, mdp.next_g, mdp.next_l)


@pytest.mark.parametrize("observe", ["counts", 3])
@pytest.mark.parametrize("system", [MDP, oracle_of(MDP)], ids=["model", "oracle"])
def test_the_checker_passes(system: ssq.StarMDP | ssq.Simulator, observe: str | int) -> None:
    from gymnasium.utils.env_checker import check_env

    check_env(ssq.gym_env(system, START, 20, observe))


@pytest.mark.parametrize("mdp", [MDP, random_system(4, S=3)], ids=["certain", "stochastic"])
def test_an_episode_is_a_run_of_algorithm_2_draw_for_draw(mdp: ssq.StarMDP) -> None:
    start = (0, np.bincount([0, 1, mdp.S - 1, mdp.S - 1], minlength=mdp.S))
    q, rewards, over = ssq.solve(mdp, 2, 1e-6), [], False
    env = ssq.gym_env(mdp, start, 30, observe=2)
    seen, _ = env.reset(seed=5)
    while not over:
        seen, reward, ended, over, _ = env.step(q.action(seen["s_g"], seen["states"]))
        rewards.append(reward)
        assert not ended
    assert np.array_equal(rewards, ssq.execute(mdp, q, start, 30, 1, seed=5).rewards[0])


def test_eight_at_once_see_counts_or_samples() -> None:
    for observe, shape in (("counts", (8, 50)), (3, (8, 3))):
        make = [lambda o=observe: ssq.gym_env(MDP, START, 5, o)] * 8
        envs = gymnasium.vector.SyncVectorEnv(make)
        seen, _ = envs.reset(seed=0)
        assert seen["s_g"].shape == (8,)
        assert seen["counts" if observe == "counts" else "states"].shape == shape
        for _ in range(12):  # beyond the horizon they start anew
            seen, reward, *_ = envs.step(envs.action_space.sample())
            assert np.isfinite(reward).all()


def test_n_may_be_a_billion() -> None:
    env = ssq.gym_env(MDP, (0, np.full(50, 2 * 10**7)), 3)
    env.reset(seed=0)
    seen = env.step(0)[0]
    assert seen["counts"].sum() == 10**9


def test_what_is_no_action_and_a_step_too_many_are_refused() -> None:
    env = ssq.gym_env(MDP, START, 1)
    with pytest.raises(ValueError, match="call reset first"):
        env.step(0)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"action = 3 is outside 0\.\.2"):
        env.step(3)


def test_without_gymnasium_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ssq_core.simulator", raising=False)
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match=r"^gym_env needs gymnasium: .*\[gym\]$"):
        ssq.gym_env(MDP, START, 5)
    monkeypatch.delitem(sys.modules, "ssq_core.simulator")
