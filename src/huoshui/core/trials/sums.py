"""All that has to be kept of an arm: ten sums of whole numbers. Shards and days add up exactly, in any order.

Each unit of an arm enters once, when its window has passed, with its size m (users in it; 1 for a user alone), its
outcome y, and what is known from before, x (the value of the time before the assignment, say). Outcomes are whole
numbers (fen, orders), so that sums of products are exact, and so is every difference of them.
"""

from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
VALUE_MOST = 1 << 40
"""A unit's outcome is below this: ten billion yuan."""
_HALF = 20
_ROWS_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the units of one arm. `events` counts the units whose outcome is not 0."""

    units: int = 0
    events: int = 0
    m: int = 0
    y: int = 0
    x: int = 0
    mm: int = 0
    my: int = 0
    mx: int = 0
    yy: int = 0
    yx: int = 0
    xx: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def mean(self) -> float:
        """Outcome a user (not a unit); NaN without users."""
        return self.y / self.m if self.m else float("nan")

    def spread(self, one: str = "y", other: str = "y") -> float:
        """Covariance of the arm's means a user of two of 'y' and 'x', from one unit to another; NaN below two units.

        Where units differ in size the mean is a ratio, and its error that of the residuals y - mean x m (Taylor).
        """
        if self.units < 2 or self.m == 0:
            return float("nan")
        a, b = getattr(self, one), getattr(self, other)
        am, bm = getattr(self, f"m{one}"), getattr(self, f"m{other}")
        ab = self.yy if one == other == "y" else self.xx if one == other == "x" else self.yx
        residuals = self.m * self.m * ab - self.m * (a * bm + b * am) + a * b * self.mm
        return float(self.units * residuals / ((self.units - 1) * self.m**4))


def sums_of(
    outcome: Ints, *, before: Ints | None = None, size: Ints | None = None, events: Ints | None = None
) -> Sums:
    """The sums of units (N,), a row a unit. Values are whole numbers below VALUE_MOST, on either side of 0.

    `events`: not 0 for who did anything, where an outcome other than 0 does not say so (net of cost, say).
    """
    y = _checked(outcome)
    x = np.zeros_like(y) if before is None else _checked(before)
    m = np.ones_like(y) if size is None else _checked(size)
    did = y if events is None else events
    if not len(y) == len(x) == len(m) == len(did):
        raise ValueError("outcome, before, size and events are of the same units")
    return Sums(
        units=len(y),
        events=int(np.count_nonzero(did)),
        m=_total(m),
        y=_total(y),
        x=_total(x),
        mm=_products(m, m),
        my=_products(m, y),
        mx=_products(m, x),
        yy=_products(y, y),
        yx=_products(y, x),
        xx=_products(x, x),
    )


def sums_by_arm(
    arm: npt.NDArray[np.int8],
    arms: int,
    outcome: Ints,
    *,
    before: Ints | None = None,
    size: Ints | None = None,
    events: Ints | None = None,
) -> tuple[Sums, ...]:
    """The sums of each arm, control first; who is in none counts nowhere."""

    def of(own: npt.NDArray[np.bool_]) -> Sums:
        known, sizes, did = (None if column is None else column[own] for column in (before, size, events))
        return sums_of(outcome[own], before=known, size=sizes, events=did)

    return tuple(of(arm == number) for number in range(arms))


def folded(
    unit: npt.NDArray[np.uint64], *columns: Ints
) -> tuple[npt.NDArray[np.uint64], tuple[Ints, ...], Ints]:
    """Rows of users as rows of units: the units' keys, each column summed by unit, and how many users a unit has."""
    keys, place = np.unique(unit, return_inverse=True)
    summed = []
    for column in columns:
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, place, column)
        summed.append(total)
    return keys, tuple(summed), np.bincount(place, minlength=len(keys)).astype(np.int64)


def _checked(values: npt.NDArray[np.generic]) -> Ints:
    if not np.issubdtype(values.dtype, np.integer) and values.dtype != np.bool_:
        raise TypeError(f"whole numbers are wanted (fen, orders), not {values.dtype}")
    whole = values.astype(np.int64)
    if len(whole) and int(np.abs(whole).max()) >= VALUE_MOST:
        raise ValueError(f"a unit's value is below {VALUE_MOST}: {int(np.abs(whole).max())}")
    return whole


def _products(one: Ints, other: Ints) -> int:
    """Sum of products, exact however large: values are cut into halves of 20 bits, whose products cannot overflow."""
    total = 0
    for start in range(0, len(one), _ROWS_AT_ONCE):
        a, b = one[start : start + _ROWS_AT_ONCE], other[start : start + _ROWS_AT_ONCE]
        a_high, b_high = a >> _HALF, b >> _HALF
        a_low, b_low = a & ((1 << _HALF) - 1), b & ((1 << _HALF) - 1)
        total += int(a_high @ b_high) << 2 * _HALF
        total += (int(a_high @ b_low) + int(a_low @ b_high)) << _HALF
        total += int(a_low @ b_low)
    return total


def _total(values: Ints) -> int:
    return (int((values >> _HALF).sum()) << _HALF) + int((values & ((1 << _HALF) - 1)).sum())
