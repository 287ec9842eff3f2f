"""Normal numbers that look drawn and are computed: core knows no chance, and the same seed gives the same figures."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def normals(seed: int, stream: int, rows: int, columns: int) -> npt.NDArray[np.float64]:
    """(rows, columns) standard normal numbers of a seed; each stream has its own.

    The counter's hash (splitmix64: Steele, Lea, Flood 2014) through the inverse of the normal distribution.
    """
    start = ((seed << 32) + stream) * _STEP & _MASK
    start = int(_mixed(np.array([start], np.uint64))[0])
    counter = np.arange(1, rows * columns + 1, dtype=np.uint64) * np.uint64(_STEP) + np.uint64(start)
    uniform = ((_mixed(counter) >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(ndtri(uniform).reshape(rows, columns))


def _mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
