"""Budgets a little too small: what the operator set aside a month, and the day on which it is really gone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Floats, Ints
from huoshui.sim.campaigns import PLANS, Assignments
from huoshui.sim.orders import Calendar

_TOO_LITTLE: Final = 0.9
_TOO_LITTLE_AT_THE_END: Final = 0.86


@dataclass(frozen=True, slots=True)
class MonthOfPot:
    """One calendar month: budgets by days, what campaigns grant, and the day that uses the budget up."""

    month: str
    pot_fen: int
    granted_fen: int
    empty_day: str | None


@dataclass(frozen=True, slots=True)
class Pot:
    """Budgets of all campaigns; `rest_fen` and `runway_days` as of the cut, from the world that goes on."""

    budget_fen: tuple[int, ...]
    months: tuple[MonthOfPot, ...]
    as_of: str
    rest_fen: int
    burn_fen_per_day_est: float
    runway_days: int | None
    empty_day: str | None


def plan_window(number: int, calendar: Calendar) -> tuple[int, int]:
    """First day and the day after the last of a campaign, as positions."""
    plan = PLANS[number]
    first = int(plan.first * calendar.days)
    last = int(np.ceil(plan.last * calendar.days))
    return first, max(last, first + 1)


def draw_pot(assignments: Assignments, calendar: Calendar, as_of: date) -> Pot:
    """Budgets that fall short of what is granted, and the truth about when they are gone."""
    by_day = _granted_by_day(assignments, calendar)
    months = _months(calendar)
    last_month = months == months[-1]
    budgets = []
    for number in range(len(PLANS)):
        granted = by_day[number]
        if plan_window(number, calendar)[1] >= calendar.days:
            budget = granted[~last_month].sum() + _TOO_LITTLE_AT_THE_END * granted[last_month].sum()
        else:
            budget = _TOO_LITTLE * granted.sum()
        budgets.append(max(10_000, int(budget // 10_000) * 10_000))
    today = (as_of - calendar.start).days
    running = [number for number in range(len(PLANS)) if plan_window(number, calendar)[1] > today + 1]
    rest = sum(budgets[number] - int(by_day[number][: today + 1].sum()) for number in running)
    coming = np.cumsum(by_day[running, today + 1 :].sum(axis=0))
    gone = np.flatnonzero(coming >= rest)
    runway = int(gone[0]) + 1 if len(gone) else None
    lately = by_day[running, max(0, today - 13) : today + 1].sum(axis=0)
    return Pot(
        budget_fen=tuple(budgets),
        months=tuple(
            _month_of_pot(month, months, by_day, budgets, calendar)
            for month in dict.fromkeys(months.tolist())
        ),
        as_of=as_of.isoformat(),
        rest_fen=rest,
        burn_fen_per_day_est=float(lately.mean()) if len(lately) else 0.0,
        runway_days=runway,
        empty_day=None if runway is None else (as_of + timedelta(days=runway)).isoformat(),
    )


def _month_of_pot(
    month: str,
    months: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    by_day: Floats | Ints,
    budgets: list[int],
    calendar: Calendar,
) -> MonthOfPot:
    days = np.flatnonzero(months == month)
    pot = 0.0
    for number, budget in enumerate(budgets):
        first, end = plan_window(number, calendar)
        pot += budget * len(days[(days >= first) & (days < end)]) / (end - first)
    granted = np.cumsum(by_day[:, days].sum(axis=0))
    gone = np.flatnonzero(granted >= pot)
    empty = calendar.start + timedelta(days=int(days[gone[0]])) if len(gone) else None
    return MonthOfPot(month, round(pot), int(granted[-1]), None if empty is None else empty.isoformat())


def _granted_by_day(assignments: Assignments, calendar: Calendar) -> Ints:
    """(campaign, day): face value granted."""
    by_day = np.zeros((len(PLANS), calendar.days), dtype=np.int64)
    day = (assignments.at_s // DAY_S).clip(0, calendar.days - 1)
    np.add.at(by_day, (assignments.campaign, day), assignments.amount_fen)
    return by_day


def _months(calendar: Calendar) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    return np.array(
        [(calendar.start + timedelta(days=day)).strftime("%Y-%m") for day in range(calendar.days)]
    )
