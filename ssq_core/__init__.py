"""SUB-SAMPLE-Q: global decision making in the presence of many local agents (arXiv 2403.00222).

`import ssq_core as ssq` brings in numpy and scipy alone; `ssq.bounds` loads sympy, and
`ssq.gym_env` gymnasium, when first touched. Every example of a docstring begins with this import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ssq_core.certificate import Certificate, certify
from ssq_core.evaluation import Gap, Value, optimality_gap, policy_value
from ssq_core.execution import Run, execute
from ssq_core.memory import TableTooLarge
from ssq_core.model import StarMDP
from ssq_core.oracle import Oracle, Simulator
from ssq_core.policy import SubsampledPolicy
from ssq_core.qtable import QTable, bellman_noise, load
from ssq_core.sample_size import Choice, choose_k
from ssq_core.systems.demand_response import demand_response
from ssq_core.value_iteration import learn, planned_bytes, solve

if TYPE_CHECKING:
    from ssq_core import mean_field
    from ssq_core.simulator import gym_env
    from ssq_core.systems import counterexamples, queueing
    from ssq_core.theory import bounds, concentration

__version__ = "0.1.0"
__all__ = [
    "Certificate",
    "Choice",
    "Gap",
    "Oracle",
    "QTable",
    "Run",
    "Simulator",
    "StarMDP",
    "SubsampledPolicy",
    "TableTooLarge",
    "Value",
    "bellman_noise",
    "bounds",
    "certify",
    "choose_k",
    "concentration",
    "counterexamples",
    "demand_response",
    "execute",
    "gym_env",
    "learn",
    "load",
    "mean_field",
    "optimality_gap",
    "planned_bytes",
    "policy_value",
    "queueing",
    "solve",
]

LAZY = {
    "bounds": "ssq_core.theory.bounds",
    "concentration": "ssq_core.theory.concentration",
    "counterexamples": "ssq_core.systems.counterexamples",
    "mean_field": "ssq_core.mean_field",
    "queueing": "ssq_core.systems.queueing",
}


def __getattr__(name: str) -> Any:
    if name == "gym_env":  # looks for gymnasium
        return importlib.import_module("ssq_core.simulator").gym_env
    if name in LAZY:
        return importlib.import_module(LAZY[name])
    raise AttributeError(f"module 'ssq_core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["__version__", *__all__]
