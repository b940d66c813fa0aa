"""Draws: exact at the edges of the unit interval, whatever rounding does to the sums of rows."""

import numpy as np
from scipy import sparse

from ssq_core.draws import distribution, invert, invert_sparse

ROWS = np.array([[0.1] * 10 + [0.0], [0.0, 0.5, 0.0, 0.5] + [0.0] * 7])  # ten times .1 is below 1
EDGE = np.nextafter(1.0, 0.0)


def test_no_number_below_1_leaves_the_support() -> None:
    functions = distribution(ROWS)
    assert invert(functions[0], np.array([0.0, EDGE])).tolist() == [0, 9]
    assert invert(functions, np.array([EDGE, EDGE])).tolist() == [9, 3]
    assert invert(functions, np.array([0.0, 0.0])).tolist() == [0, 1]
    law = sparse.csr_array(ROWS)
    assert invert_sparse(law, np.array([[0.0, EDGE]] * 2)).tolist() == [[0, 9], [1, 3]]
