"""Array types of the simulated platform, and the few draws that every subject needs.

Time inside the simulation is whole seconds since midnight of the first day; before the files it is negative.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Names = list[str | None]
"""A text column; None where the shop has nothing."""

DAY_S = 86_400


def choose(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` positions drawn with probability in proportion to `weights`."""
    edges = np.cumsum(weights)
    drawn = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.minimum(drawn, len(weights) - 1).astype(np.int64)


def choose_by_row(rng: np.random.Generator, table: Floats, rows: Ints) -> Ints:
    """One position for each of `rows`, drawn by the weights in that row of `table`."""
    edges = np.cumsum(table, axis=1)
    drawn = rng.random(len(rows)) * edges[rows, -1]
    return np.minimum((edges[rows] <= drawn[:, None]).sum(axis=1), table.shape[1] - 1).astype(np.int64)


def labels(prefix: str, numbers: Ints, width: int) -> list[str]:
    """`SIM-<prefix>000123` of each number: what every id looks like, so that simulated data names itself."""
    return [f"SIM-{prefix}{number:0{width}d}" for number in numbers.tolist()]


def pick(names: Sequence[str | None], codes: Ints) -> Names:
    """The name of each code; None for a negative code."""
    return [names[code] if code >= 0 else None for code in codes.tolist()]


def share_of(amount_fen: Ints, rate: float | Floats) -> Ints:
    """`amount_fen` x `rate` in whole fen, halves to even."""
    return np.asarray(np.rint(amount_fen * rate), dtype=np.int64)
