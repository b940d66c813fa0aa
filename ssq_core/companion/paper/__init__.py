"""Results at the paper's own scale, too long for the book's build: `make paper`.

`STUDIES` lists them all; `python -m ssq_core.companion.paper` runs them, `study.run` one of them.
"""

from ssq_core.companion.paper import demand_large as demand_large
from ssq_core.companion.paper import demand_response as demand_response
from ssq_core.companion.paper import demand_small as demand_small
from ssq_core.companion.paper import explorer as explorer
from ssq_core.companion.paper import queueing as queueing
from ssq_core.companion.paper.study import Study as Study
from ssq_core.companion.paper.study import read as read
from ssq_core.companion.paper.study import run as run
from ssq_core.companion.paper.study import write as write

STUDIES: tuple[Study, ...] = (
    *demand_response.STUDIES,
    *demand_small.STUDIES,
    *demand_large.STUDIES,
    *queueing.STUDIES,
    *explorer.STUDIES,
)
