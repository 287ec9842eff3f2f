"""What an arm brings beyond control, and its error: means a user, with and without what was known before.

CUPED (Deng, Xu, Kohavi and Walker 2013): the difference of the time before, which only chance can have made, is taken
out with its slope on the outcome, read from both arms together.

The error is that of the arms apart, or of all units together where that is more. A small arm that lacks the few large
orders of a shop has a low mean and little spread at once, and would be called a loss: with 5 % of units treated,
5 % of them buying, every tenth test of nothing at all would end so (bench/trials.py).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from huoshui.core.trials.sums import Sums


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated less control, in units of the outcome a user, and its standard error; NaN where there are too few units.

    `plain_error_est` is the error without what was known before; `slope_est` how far that was used, 0 for not.
    """

    value_est: float
    error_est: float
    plain_error_est: float
    slope_est: float
    units: int

    @property
    def saved_est(self) -> float:
        """Share of the users who are needless for knowing the time before; NaN where no error is known."""
        if not self.plain_error_est > 0:
            return float("nan")
        return 1 - (self.error_est / self.plain_error_est) ** 2


def difference(treated: Sums, control: Sums, *, adjusted: bool = True) -> Difference:
    """Treated against control. A constant added to the outcome of every user changes nothing, to the last bit."""
    both = treated + control
    if min(treated.units, control.units) < 2 or min(treated.m, control.m) < 1:
        nan = float("nan")
        return Difference(nan, nan, nan, 0.0, both.units)
    raw = _gap(treated.y, treated.m, control.y, control.m)
    plain = _error(treated, control, 0.0)
    known = both.spread("x", "x")
    if not adjusted or not known > 0:
        return Difference(float(raw), plain, plain, 0.0, both.units)
    slope = both.spread("y", "x") / known
    value = float(raw) - slope * float(_gap(treated.x, treated.m, control.x, control.m))
    return Difference(value, _error(treated, control, slope), plain, slope, both.units)


def _gap(one: int, of_one: int, other: int, of_other: int) -> Fraction:
    return Fraction(one, of_one) - Fraction(other, of_other)


def _error(treated: Sums, control: Sums, slope: float) -> float:
    both = treated + control
    apart = _spread(treated, slope) + _spread(control, slope)
    together = _spread(both, slope) * both.units * (1 / treated.units + 1 / control.units)
    return sqrt(max(apart, together, 0.0))


def _spread(sums: Sums, slope: float) -> float:
    spread = sums.spread()
    if slope:
        spread += slope * (slope * sums.spread("x", "x") - 2 * sums.spread("y", "x"))
    return spread
