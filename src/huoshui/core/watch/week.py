"""The shop's own week: how much more users of one weekday bring than those of another, so that a Monday is no alarm.

Bets are made day after day, and five weekdays below the bar would win much before the weekend gives it back. So the bar
follows the week: bar x factor of the weekday, 1 in the mean over users. Factors are read from days before the campaign
and stay fixed; each is drawn to 1 as far as days of one weekday differ among themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

WEEKS_LEAST = 4
FACTOR_LEAST, FACTOR_MOST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class DayWorth:
    """Users of a day (granted, or any who came) and the clipped value that they brought within the window."""

    day: date
    users: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven factors, Monday first, 1 in the mean over users; all 1 where the days do not tell."""

    state: Literal["known", "even", "too_few_days", "no_value"]
    factors: tuple[float, ...]


EVEN = (1.0,) * 7


def week_of(days: Sequence[DayWorth]) -> Week:
    """From the shop's days. even: weekdays differ no more than days of one weekday do."""
    own = [day for day in days if day.users > 0]
    by_weekday = [[day for day in own if day.day.weekday() == weekday] for weekday in range(7)]
    if min(len(same) for same in by_weekday) < WEEKS_LEAST:
        return Week("too_few_days", EVEN)
    users = np.array([sum(day.users for day in same) for same in by_weekday], np.float64)
    worth = np.array([sum(day.value_fen for day in same) for same in by_weekday], np.float64) / users
    mean = float((worth * users).sum() / users.sum())
    if mean <= 0:
        return Week("no_value", EVEN)
    errors = np.array(
        [np.var([day.value_fen / day.users for day in same], ddof=1) / len(same) for same in by_weekday]
    )
    between = float(np.var(worth, ddof=1)) - float(errors.mean())
    if between <= 0:
        return Week("even", EVEN)
    # One error for all: of four days a weekday's own spread is mostly chance.
    kept = between / (between + float(errors.mean()))
    factors = (1 + kept * (worth / mean - 1)).clip(FACTOR_LEAST, FACTOR_MOST)
    factors *= users.sum() / (factors * users).sum()
    return Week("known", tuple(factors.tolist()))
