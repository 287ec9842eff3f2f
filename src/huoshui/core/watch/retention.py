"""Who came back: of cohorts seen long enough, with Wilson's interval; and whether the newer do worse than the older."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

Z_95 = 1.959964
Z_99 = 2.575829
USERS_LEAST = 30


@dataclass(frozen=True, slots=True)
class CohortBack:
    """A day's or week's users: of how many one could be sure `age_days` on, and how many of them had come back.

    Retention: active in the period that ends at that age. Repeat purchase: a second order by that age.
    """

    day: date
    age_days: int
    users: int
    back: int

    def __post_init__(self) -> None:
        if not 0 <= self.back <= self.users:
            raise ValueError(f"{self.back} of {self.users} came back")


@dataclass(frozen=True, slots=True)
class BackReading:
    """Share of users who came back, of cohorts at least `age_days` old as of a day; None with its reason."""

    state: Literal["known", "immature", "too_few"]
    share_est: float | None
    low_est: float | None
    high_est: float | None
    users: int
    users_waiting: int
    """Users of cohorts that are not old enough yet, left out."""
    change: Literal["unknown", "none", "rose", "fell"]
    """Newer half of the cohorts against the older, at 1 %."""
    older_est: float | None = None
    newer_est: float | None = None


def retention(cohorts: Sequence[CohortBack], *, as_of: date, age_days: int) -> BackReading:
    """Of cohorts judged at `age_days`: those old enough as of `as_of`, the day up to which orders are known."""
    own = sorted((c for c in cohorts if c.age_days == age_days), key=lambda cohort: cohort.day)
    ripe = [cohort for cohort in own if (as_of - cohort.day).days >= age_days]
    waiting = sum(cohort.users for cohort in own) - sum(cohort.users for cohort in ripe)
    users, back = sum(cohort.users for cohort in ripe), sum(cohort.back for cohort in ripe)
    if not users:
        return BackReading("immature", None, None, None, 0, waiting, "unknown")
    if users < USERS_LEAST:
        return BackReading("too_few", None, None, None, users, waiting, "unknown")
    change, older, newer = _change(ripe, users)
    return BackReading("known", back / users, *wilson(back, users), users, waiting, change, older, newer)


def wilson(count: int, of: int, *, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927); right near 0 and 1 too."""
    share, weight = count / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    # At none and at all the ends are exact, but for the rounding.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _change(
    ripe: Sequence[CohortBack], users: int
) -> tuple[Literal["unknown", "none", "rose", "fell"], float | None, float | None]:
    """Cohorts in order of day, cut where half of the users are."""
    older_users = older_back = 0
    rest = list(ripe)
    while rest and 2 * older_users < users:
        cohort = rest.pop(0)
        older_users, older_back = older_users + cohort.users, older_back + cohort.back
    newer_users, newer_back = users - older_users, sum(cohort.back for cohort in rest)
    if min(older_users, newer_users) < USERS_LEAST:
        return "unknown", None, None
    older, newer = older_back / older_users, newer_back / newer_users
    pooled = (older_back + newer_back) / users
    error = sqrt(pooled * (1 - pooled) * (1 / older_users + 1 / newer_users))
    if error == 0 or abs(newer - older) <= Z_99 * error:
        return "none", older, newer
    return ("rose" if newer > older else "fell"), older, newer
