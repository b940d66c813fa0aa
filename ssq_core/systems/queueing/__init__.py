"""Queueing: the surrogate system, its exact gap and its simulation (Example 2.4, Section 5).

Queueing is no `StarMDP`: the transition of a queue depends on whether it is the pointed one, so the
pointed queue is marked and Q is equivariant, not invariant, under permutations.
"""

from ssq_core.systems.queueing import loaded as loaded
from ssq_core.systems.queueing import supermarket as supermarket
from ssq_core.systems.queueing.dispatch import Dispatch as Dispatch
from ssq_core.systems.queueing.exact import Gap as Gap
from ssq_core.systems.queueing.statistics import Estimate as Estimate
from ssq_core.systems.queueing.statistics import Run as Run
from ssq_core.systems.queueing.statistics import difference as difference
from ssq_core.systems.queueing.statistics import estimate as estimate
from ssq_core.systems.queueing.statistics import log_slope as log_slope
from ssq_core.systems.queueing.statistics import relative_gap as relative_gap
from ssq_core.systems.queueing.surrogate import Table as Table
