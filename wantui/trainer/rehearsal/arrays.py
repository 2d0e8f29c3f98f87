"""numpy on one thread: the matrices are small here, and several jobs share the processors.

The rehearsal's modules take numpy from here: its linear algebra reads these variables once, when it is imported.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  after the variables that it reads
from numpy.typing import NDArray  # noqa: E402

__all__ = ["Array", "np"]

Array = NDArray[np.float64]
