"""What the guard would have said of a campaign's past, as values: what evaluation and report show."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from huoshui.core.watch import Action, Evidence, ReturnReading
from huoshui.core.watch.values import Rung

SplitState = Literal["agrees", "broken", "untold", "varying", "no_control"]
"""untold: no chances were logged · varying: chances differ from user to user, so that arms are not compared plainly."""


@dataclass(frozen=True, slots=True)
class DayTold:
    """One day of a campaign: what it gave, and the issuing share that the guard would have had."""

    day: date
    issued_fen: int
    share: float


@dataclass(frozen=True, slots=True)
class GuardTold:
    """What the guard would have done had it been on. `paused_on`, `lowered_on`: first proposals, None: never.

    `after_lower_fen`: of what was given while the share was lower, the part above it. `judged` counts users whose
    window has passed.
    """

    rung: Rung
    share: float
    actions: tuple[Action, ...]
    evidence: Evidence
    paused_on: date | None
    lowered_on: date | None
    after_lower_fen: int
    judged: int
    waiting: int
    days: tuple[DayTold, ...]


@dataclass(frozen=True, slots=True)
class GuardedPast:
    """A campaign that users were drawn for, as the report tells it: by cohorts whose window has passed, no others.

    `attributed`: the matured return where there is no control to hold it against, else None. `last_day`: of its last
    grant. `withheld_fen`: of what was given, the part above the share proposed on its day.
    """

    campaign_id: str
    split: SplitState
    attributed: ReturnReading | None
    last_day: date
    alarm_e: float
    withheld_fen: int
    guard: GuardTold

    @property
    def proposed_on(self) -> date | None:
        """The first day on which a step down was proposed, be it too late."""
        days = (self.guard.lowered_on, self.guard.paused_on)
        return min((day for day in days if day is not None), default=None)

    @property
    def in_time(self) -> bool:
        """Whether something was proposed while there was something left to give."""
        return self.split != "broken" and self.proposed_on is not None and self.proposed_on <= self.last_day
