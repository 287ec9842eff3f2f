"""How large a trial must be, how long it takes, and what being allowed to look every day costs.

In units of the planned trial the sum of differences is a Brownian motion with a drift: the effect in standard errors of
the end. So one number tells everything of a boundary: the drift at which it finds the effect with the wanted chance.
`closed` has a formula (first passage of a line); `open` is followed look by look (Armitage, McPherson and Rowe 1969).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from huoshui.core.trials.boundaries import Boundary, factor, reached

Floats = npt.NDArray[np.float64]
LOOKS = 200
"""Looks that a plan counts with; more change the third digit."""
_GRID = 160
"""Places of the sum that are followed from look to look."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """A trial that finds an effect with a wanted chance. Units of all arms together; days include the window.

    `units_mean_est`, `days_mean_est`: when it ends on average if the effect is there. `price_est`: its units over those
    of a test that may be read once, at the end. `effect_est` is a user's, in the unit of `spread_est`.
    """

    boundary: Boundary
    effect_est: float
    units: int
    units_by_arm: tuple[int, ...]
    days: int | None
    units_mean_est: float
    days_mean_est: float | None
    price_est: float


def plan_trial(
    effect_est: float,
    *,
    spread_est: float,
    shares: Sequence[Fraction],
    boundary: Boundary = "closed",
    alpha: float = 0.05,
    power: float = 0.8,
    explained_est: float = 0.0,
    units_per_day_est: float | None = None,
    window_days: int = 14,
) -> TrialPlan:
    """The units and days that find `effect_est` in the arm with the fewest units, control first in `shares`.

    `spread_est`: standard deviation of a unit's outcome; `explained_est`: share of its variance that the time before
    tells (squared correlation), which CUPED saves. Several arms share `alpha` (Bonferroni).
    """
    each, per_unit = _drift_and_share(shares, boundary, alpha, power)
    deviation = spread_est * sqrt(1 - explained_est)
    if not (effect_est > 0 and deviation > 0):
        raise ValueError(f"an effect and a spread above 0 are wanted: {effect_est}, {deviation}")
    units = ceil((each * deviation / effect_est) ** 2 * per_unit)
    fixed = _drift("fixed", alpha / (len(shares) - 1), power)
    early = mean_end(boundary, each, alpha=alpha / (len(shares) - 1))
    by_arm = tuple(ceil(units * share) for share in shares)
    days = days_mean = None
    if units_per_day_est:
        days = ceil(units / units_per_day_est) + window_days
        days_mean = units * early / units_per_day_est + window_days
    return TrialPlan(
        boundary=boundary,
        effect_est=effect_est,
        units=sum(by_arm),
        units_by_arm=by_arm,
        days=days,
        units_mean_est=units * early,
        days_mean_est=days_mean,
        price_est=(each / fixed) ** 2,
    )


def least_effect(
    units: int,
    *,
    spread_est: float,
    shares: Sequence[Fraction],
    boundary: Boundary = "closed",
    alpha: float = 0.05,
    power: float = 0.8,
    explained_est: float = 0.0,
) -> float:
    """The least effect that a trial of so many units, all arms together, finds with the wanted chance."""
    each, per_unit = _drift_and_share(shares, boundary, alpha, power)
    return each * spread_est * sqrt((1 - explained_est) * per_unit / units)


def power_of(boundary: Boundary, drift: float, *, alpha: float) -> float:
    """Chance of finding an effect of `drift` standard errors of the planned end, at the end or before."""
    return float(_found_by(boundary, drift, alpha)[-1])


def mean_end(boundary: Boundary, drift: float, *, alpha: float) -> float:
    """Mean share of the planned units at which the trial ends, found or not."""
    if boundary == "fixed":
        return 1.0
    return float(1 - _found_by(boundary, drift, alpha)[:-1].mean())


def _drift_and_share(
    shares: Sequence[Fraction], boundary: Boundary, alpha: float, power: float
) -> tuple[float, float]:
    """The drift that each comparison needs, and its variance a unit: of the smallest arm against control."""
    if len(shares) < 2 or min(shares) <= 0 or sum(shares) != 1:
        raise ValueError(f"shares of two arms or more that add up to 1 are wanted: {shares}")
    return _drift(boundary, alpha / (len(shares) - 1), power), float(1 / shares[0] + 1 / min(shares[1:]))


@cache
def _drift(boundary: Boundary, alpha: float, power: float) -> float:
    if not alpha < power < 1:
        raise ValueError(f"a chance between {alpha} and 1 is wanted: {power}")
    if boundary == "fixed":
        return float(ndtri(1 - alpha / 2) + ndtri(power))
    # Here, not above: it takes 37 MB, and the report needs the rest of this package.
    from scipy.optimize import brentq

    return float(brentq(lambda drift: power_of(boundary, drift, alpha=alpha) - power, 0.0, 10.0, xtol=1e-4))


def _found_by(boundary: Boundary, drift: float, alpha: float) -> Floats:
    """Chance of having crossed the boundary, up or down, by each of LOOKS even looks."""
    looks = np.arange(1, LOOKS + 1) / LOOKS
    height = factor(boundary, looks, planned_units=1.0, alpha=alpha) * np.sqrt(looks)
    if boundary == "fixed":
        found = np.zeros(LOOKS)
        found[-1] = ndtr(drift - height[-1]) + ndtr(-drift - height[-1])
        return found
    if boundary == "closed":
        return reached(height[0], drift, looks) + reached(height[0], -drift, looks)
    return _followed(height, drift)


def _followed(height: Floats, drift: float) -> Floats:
    """The density of the sum among those who have not crossed, from look to look, by the middles of even steps."""
    step = 1 / len(height)
    inside = np.ones(1)
    places = np.zeros(1)
    found = []
    for reach in height:
        new = np.linspace(-reach, reach, 2 * _GRID + 1)[1::2]
        width = 2 * reach / _GRID
        gap = (new[:, None] - places[None, :] - drift * step) / sqrt(step)
        inside = (np.exp(-(gap**2) / 2) @ inside) * width / sqrt(2 * np.pi * step)
        places = new
        found.append(1 - inside.sum())
    return np.asarray(np.clip(found, 0, 1))
