"""Explorers: figures that follow sliders, with a kernel or without one.

An explorer is one object in two modes. *Live*, with a kernel behind it, its sliders recompute:
`live` is the one module that knows ipywidgets. *Static*, in the built page, they choose among
figures drawn beforehand: `page` writes plain HTML that needs no network and no server. The mode is
static where the environment variable SSQ_BUILD says that no kernel will stand behind the page.

`core` has the sliders and the choice between the modes; what an explorer shows is computed in
`explorer` of its chapter.
"""

from ssq_book.explorers.core import BUILD_VARIABLE as BUILD_VARIABLE
from ssq_book.explorers.core import Control as Control
from ssq_book.explorers.core import Explorer as Explorer
from ssq_book.explorers.core import Range as Range
from ssq_book.explorers.core import View as View
from ssq_book.explorers.core import in_build as in_build
