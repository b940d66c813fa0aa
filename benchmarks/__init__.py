"""Measurements side by side with peers, and growth with k, |S_l|, m and n: `make bench`.

Every contender gets one thread: BLAS, OpenMP and numba read these variables when they are loaded.
"""

import os

THREADS = {
    name: os.environ.setdefault(name, "1")
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
}
