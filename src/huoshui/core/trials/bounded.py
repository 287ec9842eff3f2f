"""The mean of what lies between nothing and a cap, exact at any time, of any shape, from the first unit on.

Betting confidence sequence (Waudby-Smith and Ramdas 2024, doi 10.1093/jrsssb/qkad009): a mean m is ruled out from
below when bets on "more than m" have won 2 / alpha, from above when bets on "less" have. All that is kept is how many
units had which value, in steps of the cap: so shards and days add up exactly. Values between two steps count at the
lower one for the lower end and at the upper one for the upper: the interval only grows.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STEPS = 500
"""Steps of the cap for amounts; yes and no need one."""
_BETS = np.geomspace(1e-5, 0.95, 32)
_HALVINGS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many units had which value. `cells` (2 steps + 1,): even ones hold values on a step, odd ones the rest."""

    most: int
    cells: Ints

    def __add__(self, other: Self) -> Self:
        if (self.most, len(self.cells)) != (other.most, len(other.cells)):
            raise ValueError("counts of one cap and one number of steps add up")
        return type(self)(self.most, self.cells + other.cells)

    @property
    def units(self) -> int:
        """All of them."""
        return int(self.cells.sum())


def counts_of(values: Ints, most: int, *, steps: int = STEPS) -> Counts:
    """Count whole values from 0 to `most`; any other is an error, for the cap is a promise."""
    whole = np.asarray(values, np.int64)
    if len(whole) and (whole.min() < 0 or whole.max() > most):
        raise ValueError(f"values from 0 to {most} are wanted: {whole.min()} to {whole.max()}")
    scaled, rest = np.divmod(whole * steps, most)
    return Counts(most, np.bincount(2 * scaled + (rest > 0), minlength=2 * steps + 1).astype(np.int64))


def mean_between(counts: Counts, *, alpha: float) -> tuple[float, float]:
    """An interval of the mean that holds at all times at once with a chance of 1 - alpha, in units of the values."""
    steps = len(counts.cells) // 2
    taken = np.flatnonzero(counts.cells)
    many = counts.cells[taken].astype(np.float64)
    lower, upper = taken // 2 / steps, (taken + 1) // 2 / steps
    low = _least_not_ruled_out(lower, many, alpha)
    high = 1 - _least_not_ruled_out(1 - upper, many, alpha)
    return low * counts.most, high * counts.most


def difference_between(treated: Counts, control: Counts, *, alpha: float) -> tuple[float, float]:
    """An interval of treated less control, each arm's holding with half of alpha."""
    low_treated, high_treated = mean_between(treated, alpha=alpha / 2)
    low_control, high_control = mean_between(control, alpha=alpha / 2)
    return low_treated - high_control, high_treated - low_control


def log_wealth(values: Floats, many: Floats, mean: float) -> Floats:
    """Logarithm (...) of what bets on more than `mean` have won, of `many` (..., V) units with each of `values` (V,).

    All between 0 and 1. A bet of c multiplies by 1 - c + c x / mean: the larger the mean, the less it wins.
    """
    logs = many @ np.log1p(_BETS * (values[:, None] / mean - 1))
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logs - top[..., None]).mean(axis=-1)))


def _least_not_ruled_out(values: Floats, many: Floats, alpha: float) -> float:
    """The least mean against which bets on more have not won 2 / alpha, found by halving."""
    if not len(values) or not values.max() > 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if log_wealth(values, many, middle) >= np.log(2 / alpha):
            low = middle
        else:
            high = middle
    return low
