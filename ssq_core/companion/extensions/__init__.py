"""The extensions that the paper names and leaves out, each small enough for an exact answer.

`rewards`: the empirical operator with sampled rewards. `online`: Q-learning along one trajectory.
`fitted`: a regressor in place of the table. `tables`: Q-values as arrays, and back.
"""

from . import fitted as fitted
from . import online as online
from . import rewards as rewards
from . import tables as tables
