"""Results at the paper's own scale, too long for the book's build: `make paper`.

A study (`study`) is a table in results/, and belongs to a chapter. `catalogue` finds them all,
`python -m ssq_book.studies` computes what is missing, `verify` holds some against a recomputation.
"""

from ssq_book.studies.study import Study as Study
from ssq_book.studies.study import read as read
from ssq_book.studies.study import run as run
from ssq_book.studies.study import write as write
