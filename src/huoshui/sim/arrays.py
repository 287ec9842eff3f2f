"""Array types of the simulated platform, and the few draws that every subject needs.

Time inside the simulation is whole seconds since midnight of the first day; before the files it is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Names = list[str | None]
"""A text column; None where the shop has nothing."""

DAY_S = 86_400
_RATE_UNIT = 10_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows across arrays of equal length; subclasses name the arrays."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, where: Flags | Ints) -> Self:
        """The rows at `where`, in that order."""
        return type(self)(*(getattr(self, field.name)[where] for field in fields(self)))

    def with_changes(self, **changed: Ints | Flags) -> Self:
        """The same rows with some columns replaced."""
        return type(self)(*(changed.get(field.name, getattr(self, field.name)) for field in fields(self)))

    @classmethod
    def chained(cls, parts: Sequence[Self]) -> Self:
        """All rows of `parts`, one part after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def choose(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` positions drawn with probability in proportion to `weights`."""
    edges = np.cumsum(weights)
    drawn = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weights) - 1), dtype=np.int64)


def choose_by_row(rng: np.random.Generator, table: Floats, rows: Ints) -> Ints:
    """One position for each of `rows`, drawn by the weights in that row of `table`."""
    edges = np.cumsum(table, axis=1)
    drawn = rng.random(len(rows)) * edges[rows, -1]
    position = (edges[rows] <= drawn[:, None]).sum(axis=1)
    return np.asarray(np.minimum(position, table.shape[1] - 1), dtype=np.int64)


def labels(prefix: str, numbers: Ints, width: int) -> list[str]:
    """`SIM-<prefix>000123` of each number: what every id looks like, so that simulated data names itself."""
    if not len(numbers):
        return []
    distinct, position = np.unique(numbers, return_inverse=True)
    pattern = f"SIM-{prefix}%0{width}d"
    names = [pattern % number for number in distinct.tolist()]
    return [names[index] for index in position.tolist()]


def pick(names: Sequence[str | None], codes: Ints) -> Names:
    """The name of each code; None for a negative code."""
    return [names[code] if code >= 0 else None for code in codes.tolist()]


def share_of(amount_fen: Ints, rate: float | Floats) -> Ints:
    """`amount_fen` x `rate` in whole fen, halves to even; exact for rates of at most four decimals."""
    exact = amount_fen * np.rint(np.asarray(rate) * _RATE_UNIT).astype(np.int64)
    whole, rest = np.divmod(exact, _RATE_UNIT)
    up = (2 * rest > _RATE_UNIT) | ((2 * rest == _RATE_UNIT) & (whole % 2 == 1))
    return np.asarray(whole + up, dtype=np.int64)
