"""Whether a campaign that used to be worth it no longer is: a detector of change on the difference of arms, by week.

Null: in every week the treated bring at least what they cost. A doubter supposes that they bring less by some part of
the cost, and his e-value of a week is the likelihood of its difference under that, over that under none (normal, as the
trial's own interval is). Bets begun anew every week are added up (Shiryaev-Roberts, as in e_process.py): alarms by
mistake are `WEEKS_BETWEEN` weeks apart in the mean, so that within 60 days at most one campaign in 20 sees one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite, sqrt

import numpy as np

from huoshui.core.trials.difference import Difference, difference
from huoshui.core.trials.sums import Sums
from huoshui.core.trials.verdict import UNITS_LEAST

WEEKS_BETWEEN = 1_200 / 7
"""The guard's drift detector allows one mistake in 1,200 days (docs/spec/watch.md)."""
SHORTFALLS = np.array([0.25, 0.5, 0.75, 1.0])
"""What the doubters suppose to be missing, as shares of the cost: 1 is a campaign that brings nothing."""
Arms = tuple[Sums, Sums]


@dataclass(frozen=True, slots=True)
class WornOut:
    """The alarm came with part `seen`; the likeliest change is before part `since`.

    `value_est`: net of cost a user from then on, up to the last part given; `before_est`: of all before.
    """

    seen: int
    since: int
    value_est: float
    before_est: float


def worn_out(parts: Sequence[Arms], *, cost_est: float) -> WornOut | None:
    """Of treated and control by week, oldest first; sums of outcomes net of cost. `cost_est`: of a treated user.

    None where nothing was seen, or where it had not been worth it before, or is again.
    """
    sums = np.zeros(len(SHORTFALLS))
    best: np.ndarray[tuple[int], np.dtype[np.float64]] = np.zeros((0,))
    for place, logs in enumerate(_weeks(parts, cost_est)):
        with np.errstate(over="ignore"):
            sums = (1 + sums) * np.exp(logs)
        best = np.append(best, 0.0) + logs.max()
        if sums.mean() >= WEEKS_BETWEEN:
            since = int(best.argmax())
            return _told(parts, place, since)
    return None


def _weeks(parts: Sequence[Arms], cost_est: float) -> list["np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Log likelihood ratios of each week, one a shortfall; 0 of a week with too few users.

    The error of a week is that of all users so far: in a week without large orders its own would be too small.
    """
    told = []
    for own, so_far in zip(parts, accumulate(parts, _plus), strict=True):
        nothing = np.zeros(len(SHORTFALLS))
        if min(own[0].units, own[1].units) < UNITS_LEAST or not cost_est > 0:
            told.append(nothing)
            continue
        found, known = difference(*own), difference(*so_far)
        error = _error(known, so_far, own)
        if not (isfinite(found.value_est) and error > 0):
            told.append(nothing)
            continue
        missing = SHORTFALLS * cost_est
        told.append((-missing * found.value_est - missing**2 / 2) / error**2)
    return told


def _error(known: Difference, so_far: Arms, own: Arms) -> float:
    def spread(arms: Arms) -> float:
        return 1 / arms[0].units + 1 / arms[1].units

    return known.error_est * sqrt(spread(own) / spread(so_far))


def _told(parts: Sequence[Arms], seen: int, since: int) -> WornOut | None:
    if since == 0:
        return None
    before, after = (difference(*_sum(part)).value_est for part in (parts[:since], parts[since:]))
    if not (before > 0 > after):
        return None
    return WornOut(seen, since, after, before)


def _sum(parts: Sequence[Arms]) -> Arms:
    return list(accumulate(parts, _plus))[-1]


def _plus(one: Arms, other: Arms) -> Arms:
    return one[0] + other[0], one[1] + other[1]
