"""The guard over the past of a campaign, a day at a time: what it would have proposed, had it been on.

Each day sees the cohorts whose window had passed by then, and the young ones as far as they had come. What was given
stays as it was: nobody knows what fewer grants would have done to later days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from huoshui.core.watch import (
    Action,
    CohortSums,
    DayFacts,
    Guardrail,
    GuardTerms,
    YoungCohort,
    YoungSignal,
    guard_day,
    issuing_share,
    maturity_curve,
    new_guard,
    young_signal,
)
from huoshui.flow.guarding.values import DayTold, GuardTold

Floats = npt.NDArray[np.float64]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CohortDay:
    """What one day's cohort is, judged and young: `value_fen`, `squares` (W,) are added at each age, of who got it."""

    sums: CohortSums
    value_fen: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class YoungPast:
    """What cohorts looked like while they were young."""

    days: Mapping[date, CohortDay]
    value_fen: Floats = field(init=False)
    squares: Floats = field(init=False)
    order: tuple[date, ...] = field(init=False)

    def __post_init__(self) -> None:
        order = tuple(sorted(self.days))
        set_ = object.__setattr__
        set_(self, "order", order)
        set_(self, "value_fen", np.array([self.days[day].value_fen for day in order]).cumsum(axis=1))
        set_(self, "squares", np.array([self.days[day].squares for day in order]).cumsum(axis=1))

    def signal(self, today: date, terms: GuardTerms) -> YoungSignal:
        """What cohorts with an open window say on a morning, by the curve of those that had matured."""
        ages = np.array([(today - day).days - 1 for day in self.order])
        curve = maturity_curve(self.value_fen[ages >= terms.window_days])
        cohorts = [
            YoungCohort(
                age_days=int(ages[place]),
                users=self.days[self.order[place]].sums.treated,
                value_fen=int(self.value_fen[place, ages[place] - 1]),
                value_squares=float(self.squares[place, ages[place] - 1]),
                cost_fen=self.days[self.order[place]].sums.cost_fen,
            )
            for place in np.flatnonzero((ages >= 1) & (ages < terms.window_days))
        ]
        return young_signal(cohorts, curve, terms)


def replay(
    cohorts: Mapping[date, CohortSums],
    issued_fen: Mapping[date, int],
    terms: GuardTerms,
    *,
    last_day: date,
    young: YoungPast | None = None,
    rail: Guardrail | None = None,
) -> GuardTold:
    """From the first cohort to the morning after `last_day`, the last day of the files.

    Without `young` cohorts are read once their window has passed, and not before. `rail` is known at the end alone and
    is told on the last day.
    """
    state = new_guard()
    actions: list[Action] = []
    told: list[DayTold] = []
    first = min((*cohorts, *issued_fen))
    judged = 0
    for number in range((last_day - first).days + 2):
        today = first + number * DAY
        ripe = cohorts.get(today - (terms.window_days + 1) * DAY)
        facts = DayFacts(
            cohorts=() if ripe is None else (ripe,),
            values_until=today - DAY,
            young=None if young is None else young.signal(today, terms),
            guardrail=rail if today > last_day else None,
        )
        state, proposed = guard_day(state, facts, today, terms)
        actions += proposed
        judged += 0 if ripe is None else ripe.treated + ripe.control
        if today <= last_day:
            share = issuing_share(state.ladder, terms.rules)
            told.append(DayTold(today, issued_fen.get(today, 0), share))
    everybody = sum(day.treated + day.control for day in cohorts.values())
    return GuardTold(
        rung=state.ladder.rung,
        share=issuing_share(state.ladder, terms.rules),
        actions=tuple(actions),
        evidence=state.seen.evidence(terms),
        paused_on=_first(actions, "pause"),
        lowered_on=_first(actions, "lower"),
        after_lower_fen=round(sum(day.issued_fen * (1 - day.share) for day in told if 0 < day.share < 1)),
        judged=judged,
        waiting=everybody - judged,
        days=tuple(told),
    )


def _first(actions: list[Action], kind: str) -> date | None:
    return next((action.day for action in actions if action.kind == kind), None)
