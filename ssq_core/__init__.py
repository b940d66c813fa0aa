"""SUB-SAMPLE-Q: global decision making in the presence of many local agents (arXiv 2403.00222).

`import ssq_core as ssq` brings in numpy and scipy alone; `ssq.bounds` loads sympy when first
touched.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from ssq_core.evaluation import Gap as Gap
from ssq_core.evaluation import Value as Value
from ssq_core.evaluation import optimality_gap as optimality_gap
from ssq_core.evaluation import policy_value as policy_value
from ssq_core.execution import Run as Run
from ssq_core.execution import execute as execute
from ssq_core.iteration import learn as learn
from ssq_core.iteration import solve as solve
from ssq_core.memory import TableTooLarge as TableTooLarge
from ssq_core.model import StarMDP as StarMDP
from ssq_core.planning import planned_bytes as planned_bytes
from ssq_core.policy import SubsampledPolicy as SubsampledPolicy
from ssq_core.qtable import QTable as QTable
from ssq_core.qtable import load as load
from ssq_core.systems.demand_response import demand_response as demand_response

__version__ = "0.1.0"


_LAZY = {
    "bounds": "ssq_core.bounds",
    "concentration": "ssq_core.concentration",
    "counterexamples": "ssq_core.systems.counterexamples",
    "mean_field": "ssq_core.mean_field",
    "queueing": "ssq_core.systems.queueing",
}


def __getattr__(name: str) -> ModuleType:
    if name in _LAZY:
        return importlib.import_module(_LAZY[name])
    raise AttributeError(f"module 'ssq_core' has no attribute {name!r}")
