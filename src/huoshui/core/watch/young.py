"""What cohorts whose window is still open say: enough to warn and to slow, never enough to stop.

Their value so far is held against what cohorts of that age had brought before, by the campaign's own maturity curve.
That curve is off at times (a factor 15 % off alone gives 45 % false alarms), so its error counts as the signal's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.watch.values import GuardTerms, Rung

COHORTS_LEAST = 5
"""Matured cohorts that a curve is read from, at least."""
CURVE_ERROR = 0.15
"""Of the curve itself, as a share, beside what its cohorts show."""
SHARE_LEAST = 0.2
"""Ages at which less of the value has come say too little."""
USERS_LEAST = 50
WARN_Z, SLOW_Z, SLOWER_Z = -2.0, -2.5, -3.5
SignalState = Literal["unknown", "quiet", "warn", "slow", "slower"]


@dataclass(frozen=True, slots=True)
class MaturityCurve:
    """Mean share of the final clipped value that had come at the end of each age, 1 to W days."""

    shares_est: tuple[float, ...]
    cohorts: int
    error_est: float = CURVE_ERROR
    """Of the curve as a share; one borrowed from another campaign is less sure."""


@dataclass(frozen=True, slots=True)
class YoungCohort:
    """A cohort with an open window: clipped value so far and its sum of squares, of those who got the grant."""

    age_days: int
    users: int
    value_fen: int
    value_squares: float
    cost_fen: int


@dataclass(frozen=True, slots=True)
class YoungSignal:
    """How far young cohorts lie below the bar, in standard errors, and the rung they would slow to."""

    state: SignalState
    reason: Literal["", "no_curve", "too_few_users", "no_cost"]
    return_est: float | None = None
    z_est: float | None = None
    users: int = 0
    cohorts: int = 0

    @property
    def rung(self) -> Rung:
        """The rung that this asks for by itself."""
        if self.state == "slow":
            return "slow"
        return "slower" if self.state == "slower" else "watch"


def maturity_curve(by_age_fen: npt.NDArray[np.float64]) -> MaturityCurve | None:
    """From matured cohorts x age 1..W, their clipped value by the end of that age; None from too few, or no value."""
    if len(by_age_fen) < COHORTS_LEAST or by_age_fen[:, -1].sum() <= 0:
        return None
    totals = by_age_fen.sum(axis=0)
    return MaturityCurve(tuple((totals / totals[-1]).tolist()), len(by_age_fen))


def young_signal(
    cohorts: Sequence[YoungCohort], curve: MaturityCurve | None, terms: GuardTerms
) -> YoungSignal:
    """One reading over all cohorts old enough to say something."""
    if curve is None:
        return YoungSignal("unknown", "no_curve")
    told = [
        (cohort, curve.shares_est[cohort.age_days - 1])
        for cohort in cohorts
        if 1 <= cohort.age_days < terms.window_days and curve.shares_est[cohort.age_days - 1] >= SHARE_LEAST
    ]
    users = sum(cohort.users for cohort, _ in told)
    if users < USERS_LEAST:
        return YoungSignal("unknown", "too_few_users", users=users, cohorts=len(told))
    due = sum(share * terms.bar_est * cohort.cost_fen for cohort, share in told)
    if due <= 0:
        return YoungSignal("unknown", "no_cost", users=users, cohorts=len(told))
    value = sum(cohort.value_fen for cohort, _ in told)
    noise = sum(
        cohort.value_squares - cohort.value_fen**2 / cohort.users for cohort, _ in told if cohort.users
    )
    # Where hardly anybody has bought the spread is not seen; one buyer at the cap is the least that must count.
    noise = max(noise, float(terms.cap_fen) ** 2)
    z = (value - due) / sqrt(noise + (curve.error_est * due) ** 2)
    return YoungSignal(_state(z), "", value / due * terms.bar_est, z, users, len(told))


def _state(z: float) -> SignalState:
    if z > WARN_Z:
        return "quiet"
    if z > SLOW_Z:
        return "warn"
    return "slow" if z > SLOWER_Z else "slower"
