"""How wide an interval must be that may be read at any time: factors on the standard error.

`fixed`: 1.96, for one look at the planned end; before it nothing is told. `open`: the asymptotic confidence sequence,
right at all times at once, for ever (Waudby-Smith, Arbour, Sinha, Howard and Kennedy 2024, Annals of Statistics 52;
the mixture is Robbins' of 1970). `closed`: right at all looks up to a planned number of units, not after: a straight
line on the sum, which a Brownian motion crosses with the given chance (reflection). It asks for 2.24 errors at the
end, `open` for about 3, and it is so wide early that first looks at skewed data do no harm. A trial with a budget has
an end: then `closed`.
Time is counted in units whose outcome is known, both arms together.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import lambertw, log_ndtr, ndtr, ndtri

Floats = npt.NDArray[np.float64]
Boundary = Literal["fixed", "closed", "open"]


def factor(
    boundary: Boundary, units: npt.ArrayLike, *, planned_units: float, alpha: float
) -> npt.NDArray[np.float64]:
    """Half the width of a two-sided interval over the standard error, after `units` of `planned_units`.

    Infinite for `fixed` before the planned end: who reads it earlier reads another test.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"the chance of an error lies between 0 and 1: {alpha}")
    if not planned_units > 0:
        raise ValueError(f"a trial plans for more than {planned_units} units")
    passed = np.asarray(units, np.float64) / planned_units
    if boundary == "fixed":
        return np.asarray(np.where(passed >= 1.0, -ndtri(alpha / 2), np.inf))
    if boundary == "closed":
        return np.asarray(closed_line(alpha) / np.sqrt(np.minimum(passed, 1.0)))
    scaled = passed * narrowest_at(alpha)
    return np.asarray(np.sqrt((1 + 1 / scaled) * (np.log1p(scaled) - 2 * np.log(alpha))))


def closed_line(alpha: float) -> float:
    """The height that a Brownian motion leaves, up or down, before time 1 with a chance of `alpha` (a hair below).

    Reflection: 4 (1 - Phi(c)); the paths that reach both sides are counted twice, 1 in 10^8 at alpha 5 %.
    """
    return float(-ndtri(alpha / 4))


def narrowest_at(alpha: float) -> float:
    """Scaled time at which the mixture of `open` is narrowest: so it is tuned to the planned number of units.

    With x = units x rho^2 the width is least where x - log(1 + x) = -2 log alpha (its derivative; Lambert W).
    """
    return float(-lambertw(-(alpha**2) / np.e, -1).real) - 1


def reached(height: npt.ArrayLike, drift: npt.ArrayLike, time: npt.ArrayLike) -> Floats:
    """Chance that a Brownian motion with drift has reached `height`, above 0, by `time` (Bachelier, Levy)."""
    height, drift, time = np.asarray(height), np.asarray(drift), np.asarray(time)
    root = np.sqrt(time)
    back = 2 * drift * height + log_ndtr((-height - drift * time) / root)
    return np.asarray(ndtr((drift * time - height) / root) + np.exp(back))
