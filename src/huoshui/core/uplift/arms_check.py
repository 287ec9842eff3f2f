"""Whether a feature could tell the arm: what was known before a draw by chance is the same in all arms, but for chance.

A feature that differs by more was written after the assignment, or the draw was none. It is left out and told of, for a
model that sees the arm finds differences between users where there are none.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from huoshui.core.uplift.rows import Floats, TrialRows

FALSE_ALARMS = 0.01
"""So often a sound set of features loses one, over all features and campaigns looked at."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Uneven:
    """A feature whose mean differs between the treated and control by more than chance, in standard errors."""

    name: str
    errors_est: float


def uneven_features(rows: TrialRows, *, looks: int = 1) -> tuple[Uneven, ...]:
    """Features that tell the arm; `looks`: campaigns looked at."""
    if not rows.control.any() or rows.control.all():
        return ()
    bound = float(-ndtri(FALSE_ALARMS / (2 * max(1, looks) * len(rows.names))))
    table = np.nan_to_num(rows.features.astype(np.float64))
    errors = _errors_apart(table, rows)
    return tuple(
        Uneven(name, float(apart))
        for name, apart in zip(rows.names, errors, strict=True)
        if abs(apart) > bound
    )


def _errors_apart(table: Floats, rows: TrialRows) -> Floats:
    """(F,): Hajek difference of the means of treated and control, over its standard error."""
    apart, squares = np.zeros(table.shape[1]), np.zeros(table.shape[1])
    for arm, sign in ((~rows.control, 1.0), (rows.control, -1.0)):
        weight = 1 / rows.probability[arm]
        weight /= weight.sum()
        mean = weight @ table[arm]
        apart += sign * mean
        squares += weight**2 @ (table[arm] - mean) ** 2
    # What is the same for everybody differs by rounding alone; what is the arm itself has no spread within one.
    rounding = ROUNDING * (1 + np.abs(table).max(axis=0, initial=0.0))
    apart[np.abs(apart) <= rounding] = 0.0
    return np.asarray(apart / np.maximum(np.sqrt(squares), rounding))
