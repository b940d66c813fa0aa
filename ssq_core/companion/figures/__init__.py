"""One function per figure; each returns a matplotlib figure and computes nothing that matters."""

from .bound import bounds_over_k as bounds_over_k
from .bound import gap_beside_bounds as gap_beside_bounds
from .bound import objective_over_delta as objective_over_delta
from .concentration import coverage_over_k as coverage_over_k
from .concentration import failure_over_eps as failure_over_eps
from .concentration import failure_over_k as failure_over_k
from .demand_response import demand_response_gap as demand_response_gap
from .demand_response import demand_response_map as demand_response_map
from .demand_response import demand_response_samples as demand_response_samples
from .demand_response import demand_response_view as demand_response_view
from .demand_response import demand_response_weight as demand_response_weight
from .execution import policy_gaps as policy_gaps
from .execution import simulated_returns as simulated_returns
from .execution import step_cost as step_cost
from .learning import analysis_flow as analysis_flow
from .learning import contraction as contraction
from .learning import error_against_m as error_against_m
from .learning import learning_rates as learning_rates
from .model import star_graph as star_graph
from .model import table_sizes as table_sizes
from .queueing import queueing_control as queueing_control
from .queueing import queueing_gap as queueing_gap
from .queueing import queueing_loss as queueing_loss
