"""Small systems on which printed statements of the paper fail, and closed forms for large ones.

Each raises ValueError for an argument outside its range; `gamma` lies in (0, 1).
"""

from ssq_core.systems.counterexamples.closed_forms import fork_error as fork_error
from ssq_core.systems.counterexamples.closed_forms import fork_gap as fork_gap
from ssq_core.systems.counterexamples.closed_forms import fork_loss as fork_loss
from ssq_core.systems.counterexamples.closed_forms import mean_imbalance as mean_imbalance
from ssq_core.systems.counterexamples.closed_forms import overfit_difference as overfit_difference
from ssq_core.systems.counterexamples.closed_forms import tree_entry as tree_entry
from ssq_core.systems.counterexamples.closed_forms import tree_loss as tree_loss
from ssq_core.systems.counterexamples.constructors import absorbing as absorbing
from ssq_core.systems.counterexamples.constructors import fork as fork
from ssq_core.systems.counterexamples.constructors import match as match
from ssq_core.systems.counterexamples.constructors import non_monotone as non_monotone
from ssq_core.systems.counterexamples.constructors import overfit as overfit
from ssq_core.systems.counterexamples.constructors import tree as tree
