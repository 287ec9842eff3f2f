"""From a plan, hours counted in the files and the operator's calendar to the pace of a period, and its what-ifs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import exp, sqrt

import numpy as np

from huoshui.core.allocate import curve
from huoshui.core.pacing import (
    Cohort,
    Decision,
    Forecast,
    History,
    Learned,
    PacePlan,
    PaceState,
    Played,
    Protected,
    begun_at,
    curve_of,
    even_settlement,
    forecast,
    opening,
    play,
    runway,
)
from huoshui.core.pacing.demand import kind_of
from huoshui.core.pacing.pace_values import (
    ArrivalsFrom,
    PaceDay,
    PaceScope,
    PaceWhatIf,
    PeakFrom,
    PeakSaid,
    PeriodPace,
    UsePaced,
)
from huoshui.flow.pacing.calendar_file import PaceCalendar
from huoshui.flow.pacing.notes import notes_of
from huoshui.flow.pacing.what_ifs import Asked
from huoshui.flow.planning import PlanRun

HOURS = 24
TAIL_DAYS = 366
"""The forecast goes on so long after the period, so that a long runway has a number."""
CURVE_POINTS = 200
Z_80 = 1.281552
STANDARD: tuple[Asked, ...] = (
    Asked("traffic", 1.25), Asked("traffic", 0.75), Asked("redemption", 1.2), Asked("budget", 1.2),
)  # fmt: skip
HALF_PEAKS = Asked("peaks", 0.5)
USE_SHARE_LEAST = 0.01


@dataclass(frozen=True, slots=True)
class GrantedDay:
    """What campaigns granted on a day of the period that is past, and what became of it by the end of the files."""

    day: str
    issued_fen: int
    spent_fen: int
    expired_fen: int


@dataclass(frozen=True, slots=True, eq=False)
class HourFacts:
    """Arrivals of each hour of the files, how they were counted, and grants of the period that are past."""

    history: History
    arrivals_from: ArrivalsFrom
    granted: tuple[GrantedDay, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What the pace of a period is told from."""

    run: PlanRun
    facts: HourFacts
    calendar: PaceCalendar
    plan: PacePlan
    learned: Learned
    begun: PaceState
    begins: date
    decision: Decision
    played: Played


def make_pace(
    run: PlanRun, facts: HourFacts, calendar: PaceCalendar, what_ifs: Sequence[Asked] = ()
) -> PeriodPace:
    """The pace of the plan's period. Raises ValueError where nobody arrives in the files, or the period is over."""
    wish = run.wish
    ahead, learned = forecast(
        facts.history,
        first_day=wish.first_day.isoformat(),
        days=wish.days + TAIL_DAYS,
        calendar=calendar.days,
    )
    begins = max(wish.first_day, facts.history.days[-1] + timedelta(days=1))
    if begins >= wish.next_day:
        raise ValueError(f"{wish.period} is over in these files")
    plan = plan_of(run, ahead, calendar)
    begun = _begun(plan, facts.granted, wish.first_day, begins)
    made = _Made(
        run,
        facts,
        calendar,
        plan,
        learned,
        begun,
        begins,
        opening(plan, begun=begun),
        play(plan, begun=begun),
    )
    peaks_left = bool((ahead.peak[begun.hour : plan.hours] >= 0).any())
    standard = (*STANDARD, *((HALF_PEAKS,) if peaks_left else ()))
    asked = (*what_ifs, *(one for one in standard if one not in what_ifs))
    return _told(made, tuple(_what_if(made, one) for one in asked))


def plan_of(run: PlanRun, ahead: Forecast, calendar: PaceCalendar) -> PacePlan:
    """The plan's own curve spread over the arrivals expected in the period, and what the calendar protects."""
    plan, hours = run.plan, run.wish.days * HOURS
    points = curve(run.made.aside.offers, points=CURVE_POINTS) if run.made.cells.options else ()
    share = plan.spent_fen / plan.face_fen if plan.face_fen else 1.0
    protected = tuple(
        Protected(peak.name or peak.day, calendar.protected_fen[peak.day], peaks=frozenset({place}))
        for place, peak in enumerate(ahead.peaks)
        if peak.day in calendar.protected_fen and peak.day < run.wish.next_day.isoformat()
    )
    return PacePlan(
        forecast=ahead,
        hours=hours,
        curves=(curve_of(points, float(ahead.arrivals[:, :hours].sum())),),
        budget_fen=max(0, plan.offers_fen),
        edge_est=plan.edge_est,
        settlement=even_settlement(calendar.settle_hours, min(1.0, max(USE_SHARE_LEAST, share))),
        protected=protected,
    )


def _begun(plan: PacePlan, granted: Sequence[GrantedDay], first: date, begins: date) -> PaceState:
    """Where the period stands at the end of the files: each day's grants as of its noon."""
    cohorts = []
    for one in granted:
        hour = (date.fromisoformat(one.day) - first).days * HOURS + HOURS // 2
        expected = one.issued_fen * plan.settlement.use_share
        cohorts.append(Cohort(hour, one.issued_fen, expected, one.spent_fen, one.expired_fen))
    issued = sum(one.face_fen for one in cohorts)
    return begun_at(
        plan,
        hour=(begins - first).days * HOURS,
        committed_fen=issued,
        redeemed_fen=sum(one.redeemed_fen for one in cohorts),
        released_fen=sum(one.released_fen for one in cohorts),
        cohorts=tuple(one for one in cohorts if one.open_fen),
        spent_est=(issued * plan.settlement.use_share, *(0.0,) * (plan.uses - 1)),
    )


def _told(made: _Made, what_ifs: tuple[PaceWhatIf, ...]) -> PeriodPace:
    run, plan, decision, played = made.run, made.plan, made.decision, made.played
    length = runway(plan, decision)
    facts, wish = run.facts.facts, run.wish
    state = made.begun
    return PeriodPace(
        scope=PaceScope(
            period=wish.period,
            first_day=wish.first_day.isoformat(),
            last_day=(wish.next_day - timedelta(days=1)).isoformat(),
            begins=made.begins.isoformat(),
            data_first_day=facts.scope.first_day,
            data_last_day=facts.scope.last_day,
            arrivals_from=made.facts.arrivals_from,
            weeks=made.learned.weeks,
            simulated=facts.scope.simulated,
            gross=facts.scope.gross,
        ),
        budget_fen=wish.budget_fen,
        edge_est=wish.edge_est,
        price_est=decision.price_est,
        reserves=tuple(line for line in run.plan.reserves if line.code != "offers"),
        offers_fen=plan.budget_fen,
        committed_fen=state.committed_fen,
        released_fen=state.released_fen,
        left_fen=decision.left_fen,
        back_est=decision.back_est,
        rest_stays_est=decision.rest_stays_est,
        used_est=played.used_est,
        value_est=played.value_est * run.plan.promise.factor_est,
        runway_est=length.days_est,
        runway_low_est=length.low_est,
        runway_high_est=length.high_est,
        level_sd=made.learned.level_sd,
        settle_hours=plan.settlement.limit_hours,
        use_share_est=plan.settlement.use_share,
        a_day_est=tuple(made.learned.a_day_est.items()),
        peaks=_peaks(made),
        days=_days(made),
        uses=_uses(made),
        what_ifs=what_ifs,
        notes=notes_of(plan, made.learned, made.facts.arrivals_from, made.calendar),
    )


def _days(made: _Made) -> tuple[PaceDay, ...]:
    """Every day of the period: those past by the files, the others as the controller would pace them."""
    plan, first = made.plan, made.run.wish.first_day
    said = {one.day: one for one in made.calendar.days}
    played = {one.day: one for one in made.played.days}
    past = {one.day: one for one in made.facts.granted}
    seen = {day: made.facts.history.arrivals[:, at].sum() for at, day in enumerate(made.facts.history.days)}
    left, days = float(plan.budget_fen), []
    for number in range(plan.hours // HOURS):
        day = first + timedelta(days=number)
        place = int(plan.forecast.peak[number * HOURS])
        peak = plan.forecast.peaks[place].name or day.isoformat() if place >= 0 else None
        told = played.get(number)
        if told is None:
            gone = past.get(day.isoformat(), GrantedDay(day.isoformat(), 0, 0, 0))
            left += gone.expired_fen - gone.issued_fen
            came = float(seen.get(day, 0.0))
            days.append(
                PaceDay(
                    day.isoformat(), kind_of(day, said), peak, came, came, came, float(gone.issued_fen),
                    float(gone.spent_fen), None, None, left, past=True,
                )
            )  # fmt: skip
            continue
        sd = sqrt(made.learned.level_sd**2 + made.learned.day_sd**2)
        noise = Z_80 * sqrt(made.learned.dispersion * told.arrivals_est)
        days.append(
            PaceDay(
                day=day.isoformat(),
                kind=kind_of(day, said),
                peak=peak,
                arrivals_est=told.arrivals_est,
                arrivals_low_est=max(0.0, told.arrivals_est * exp(-Z_80 * sd) - noise),
                arrivals_high_est=told.arrivals_est * exp(Z_80 * sd) + noise,
                granted_est=told.granted_est,
                used_est=told.used_est,
                value_est=told.value_est * made.run.plan.promise.factor_est,
                price_est=told.price_est,
                left_est=told.left_est,
            )
        )
    return tuple(days)


def _peaks(made: _Made) -> tuple[PeakSaid, ...]:
    said = {one.day: one for one in made.calendar.days}
    last = made.run.wish.next_day.isoformat()
    found = []
    for peak in made.plan.forecast.peaks:
        if peak.day >= last:
            continue
        told = said.get(peak.day)
        source: PeakFrom = "recurring" if told is None else "operator" if told.factor is not None else "past"
        found.append(PeakSaid(peak.day, peak.name, peak.factor, peak.value_factor, source))
    return tuple(found)


def _uses(made: _Made) -> tuple[UsePaced, ...]:
    """What the days of each protected peak are expected to be given."""
    found = []
    for place, one in enumerate(made.plan.protected, start=1):
        inside = {
            hour // HOURS for hour in np.flatnonzero(made.plan.use[0, : made.plan.hours] == place).tolist()
        }
        used = sum(day.used_est for day in made.played.days if day.day in inside)
        found.append(UsePaced(one.name, one.fen, used, made.decision.state.prices_est[place]))
    return tuple(found)


def _what_if(made: _Made, asked: Asked) -> PaceWhatIf:
    """The period otherwise: the controller learns of it as it goes; another budget it knows from the beginning."""
    plan, begun = made.plan, made.begun
    if asked.code == "budget":
        pot = made.run.wish.budget_fen
        wanted = round(pot * asked.factor) if asked.budget_fen is None else asked.budget_fen
        # What is owed first is owed whatever the pot is.
        plan = replace(plan, budget_fen=max(0, plan.budget_fen + wanted - pot))
        factor = wanted / pot if pot else 1.0
    else:
        wanted, factor = made.run.wish.budget_fen, asked.factor
    paced = play(plan, begun=begun, truth=asked.truth)
    kept = play(plan, begun=begun, truth=asked.truth, price_kept=made.decision.price_est)
    worth = made.run.plan.promise.factor_est
    return PaceWhatIf(
        code=asked.code,
        factor=factor,
        budget_fen=wanted,
        price_mean_est=paced.price_mean_est,
        used_est=paced.used_est,
        value_est=paced.value_est * worth,
        rest_est=paced.rest_est,
        empty_day=_day(made, paced.empty_hour),
        kept_empty_day=_day(made, kept.empty_hour),
        kept_value_est=kept.value_est * worth,
        kept_rest_est=kept.rest_est,
    )


def _day(made: _Made, hour: int | None) -> str | None:
    """The day of an hour of the period; the last half day is as good as its end."""
    if hour is None or hour >= made.plan.hours - HOURS // 2:
        return None
    return (made.run.wish.first_day + timedelta(days=hour // HOURS)).isoformat()
