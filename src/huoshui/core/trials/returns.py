"""What a fen of cost brought beyond control, with an interval that holds on any day: value less r x cost, for every r.

A return r is inside where the mean of value - r cost is not told from 0 by the boundary of the trial (Fieller's idea,
by inversion, so that it holds at every look as the boundary does, and may be unbounded).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Self

from huoshui.core.trials.difference import difference
from huoshui.core.trials.sums import Ints, Sums, sums_of

STEPS = 1_000
"""A return is told to a thousandth."""
RETURN_MOST = 1_000
"""No end of an interval is looked for beyond."""


@dataclass(frozen=True, slots=True)
class ReturnSums:
    """Exact sums of one arm: of value, of cost, and of both added, which hold their products. Parts add up."""

    value: Sums = field(default_factory=Sums)
    cost: Sums = field(default_factory=Sums)
    both: Sums = field(default_factory=Sums)

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + other.value, self.cost + other.cost, self.both + other.both)

    def net(self, steps: int) -> Sums:
        """Sums of STEPS x value - steps x cost: whole numbers still."""
        value, cost = self.value, self.cost
        products = (self.both.yy - value.yy - cost.yy) // 2
        return Sums(
            units=value.units,
            events=value.events,
            m=value.m,
            y=STEPS * value.y - steps * cost.y,
            x=value.x,
            mm=value.mm,
            my=STEPS * value.my - steps * cost.my,
            mx=value.mx,
            yy=STEPS * STEPS * value.yy - 2 * STEPS * steps * products + steps * steps * cost.yy,
            yx=STEPS * value.yx - steps * cost.yx,
            xx=value.xx,
        )


@dataclass(frozen=True, slots=True)
class EachReading:
    """Value a fen of cost, both beyond control. None: cost is not above nothing, or no end of the interval exists."""

    value_est: float | None
    low_est: float | None
    high_est: float | None


def return_sums_of(value: Ints, cost: Ints, *, before: Ints, size: Ints, events: Ints) -> ReturnSums:
    """The sums of units (N,), a row a unit, as of `sums_of`."""

    def of(outcome: Ints) -> Sums:
        return sums_of(outcome, before=before, size=size, events=events)

    return ReturnSums(of(value), of(cost), of(value + cost))


def return_between(treated: ReturnSums, control: ReturnSums, *, factor: float) -> EachReading:
    """The return of the treated, with the interval of `factor` standard errors."""
    value, cost = difference(treated.value, control.value), difference(treated.cost, control.cost)
    if not (isfinite(value.error_est) and isfinite(factor) and cost.value_est > factor * cost.error_est):
        return EachReading(None, None, None)
    point = value.value_est / cost.value_est

    def inside(steps: int) -> bool:
        found = difference(treated.net(steps), control.net(steps))
        return abs(found.value_est) <= factor * found.error_est

    middle = round(point * STEPS)
    return EachReading(point, _end(inside, middle, -1), _end(inside, middle, 1))


def _end(inside: Callable[[int], bool], middle: int, side: int) -> float | None:
    """The last return inside, from the middle to one side: steps that double, then halves."""
    reach = 1
    while inside(middle + side * reach):
        reach *= 2
        if reach > RETURN_MOST * STEPS:
            return None
    within, beyond = reach // 2, reach
    while beyond - within > 1:
        between = (within + beyond) // 2
        within, beyond = (between, beyond) if inside(middle + side * between) else (within, between)
    return (middle + side * beyond) / STEPS
