"""Explorers: figures that follow sliders, with a kernel or without one.

An explorer is one object in two modes. *Live*, with a kernel behind it, its sliders recompute:
`live` is the one module that knows ipywidgets. *Static*, in the built page, they choose among
figures drawn beforehand: `page` writes plain HTML that needs no network and no server. The mode is
static where the environment variable SSQ_BUILD says that no kernel will stand behind the page.

`core` has the sliders and the two modes; each other module computes what one explorer shows.
"""

from .bound import optimality_bound as optimality_bound
from .core import BUILD_VARIABLE as BUILD_VARIABLE
from .core import Control as Control
from .core import Explorer as Explorer
from .core import Range as Range
from .core import View as View
from .core import in_build as in_build
from .demand import demand_response as demand_response
from .queues import queueing as queueing
from .sampling import concentration as concentration
