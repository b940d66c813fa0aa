"""What a user meets first: a light import, the names, one line for each thing at a prompt."""

import re
import subprocess
import sys

import pytest

import ssq_core as ssq
from ssq_core import mean_field
from tests.systems import random_system

DEMAND = ssq.demand_response()
Q = ssq.solve(DEMAND, 2)
MATCH = ssq.counterexamples.match(0.75, 0.5)
MATCH_Q = ssq.solve(MATCH, 2)
QUEUES = ssq.queueing.Dispatch(n=3, c=30)


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (DEMAND, r"StarMDP\(G=5, A=3, S=50, gamma=0.9\)"),
        (Q, r"QTable\(k=2, 1,275 multisets × 5 × 3, exact to \S+\)"),
        (
            ssq.learn(DEMAND, 1, 2, 40),
            r"QTable\(k=1, 50 multisets × 5 × 3, within \S+ of the empirical .*, not of Q\*\)",
        ),
        (
            ssq.learn(DEMAND, 1, 2, 4, samples="fresh", type_counts=(1, 0)),
            r"QTable\(k=1, 25 multisets × 5 × 3, no certified error\)",
        ),
        (ssq.SubsampledPolicy(Q, 4), r"SubsampledPolicy\(k=2 of n=4, rule='subsets'\)"),
        (ssq.optimality_gap(DEMAND, 1, 2), r"Gap\(n=2, 1,275 multisets × 5, max \S+, exact .*\)"),
        (
            ssq.policy_value(DEMAND, ssq.SubsampledPolicy(Q, 2)),
            r"Value\(n=2, 1,275 multisets × 5, exact to \S+\)",
        ),
        (
            ssq.execute(DEMAND, Q, (0, [1] * 50), 3, 1000),
            r"Run\(1,000 runs × 3 steps, mean return \d.*\)",
        ),
        (
            mean_field.LimitPolicy(mean_field.solve(random_system(1, 3), 1e-2), 9),
            r"LimitPolicy\(k=9, MeanField\(\d+ vectors of 3, exact to .*\)\)",
        ),
        (
            ssq.certify(MATCH, MATCH_Q, MATCH_Q, (0, [5 * 10**8] * 2), 30, 100),
            r"Certificate\(n=1,000,000,000, j=2: loss \S+ ± \S+, at most .* 100 runs × 30 steps\)",
        ),
        (
            ssq.choose_k(MATCH, (0, [1, 1]), loss=1e9, runs=10),
            r"Choice\(k=1 for a loss of 1e\+09, 1 rows, reached\)",
        ),
        (QUEUES.solve(2), r"Table\(k=2, 527 multisets × 2, within \S+ of its fixed point\)"),
        (QUEUES.optimality_gap(2), r"Gap\(n=3, 5,456 multisets, max \S+, exact to \S+\)"),
        (QUEUES.simulate("random", runs=9), r"Run\(9 runs, mean return -\d.*\)"),
        (ssq.queueing.supermarket.simulate(2, 0.5, 1, 1.0), r"Stationary\(32 replicas, .*\)"),
        (ssq.queueing.Dispatch(), r"Dispatch\(n=50, c=30, p=0.8, gamma=0.9, .*\)"),
    ],
)
def test_a_prompt_shows_one_line(thing: object, said: str) -> None:
    assert re.fullmatch(said, repr(thing))
    assert len(repr(thing)) < 100
    assert not hasattr(thing, "_repr_html_")


def test_the_names_of_the_library_are_those_of_its_users() -> None:
    listed = dir(ssq)
    assert {"solve", "bounds", "concentration", "counterexamples", "mean_field"} < set(listed)
    assert "queueing" in listed
    assert not {"annotations", "importlib", "ModuleType", "checks"} & set(listed)
    star: dict[str, object] = {}
    exec("from ssq_core import *", star)
    assert set(ssq.__all__) <= set(star)
    assert set(listed) == {*ssq.__all__, "__version__"}


def test_importing_the_library_brings_in_numpy_and_scipy_alone_until_bounds_is_touched() -> None:
    heavy = ["sympy", "matplotlib", "pandas", "seaborn", "ipywidgets", "papermill", "psutil"]
    heavy += ["scipy.stats", "scipy.signal", "scipy.optimize"]  # half a second and more
    code = f"import sys, ssq_core as ssq; print([m for m in {heavy!r} if m in sys.modules]);"
    code += "ssq.bounds.theorem_3_2; assert 'sympy' in sys.modules"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
