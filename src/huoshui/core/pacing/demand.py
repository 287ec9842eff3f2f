"""Who will come: the shape of a day by its kind, the level of late, the operator's peaks and those the past shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import log, sqrt
from typing import Literal

import numpy as np

from huoshui.core.pacing.values import Floats, Forecast, Peak

DayKind = Literal["weekday", "weekend"]
KINDS: tuple[DayKind, ...] = ("weekday", "weekend")
HOURS = 24
SHAPE_DAYS = 56
"""Eight weeks tell the shape of a day: whole weeks, so that every weekday counts alike."""
LEVEL_DAYS = 28
LEVEL_HALF_LIFE_DAYS = 14.0
PEAK_RATIO = 2.0
"""A day with so many times the median of its kind is a peak."""
RECURRING_MONTHS = 2
"""A day of the month that was a peak in each of so many months is one in the next."""
SD_UNKNOWN, SD_LEAST = 0.33, 0.03
WEEKS_FOR_SD = 3
DAY_SD_LEAST, START_SD_LEAST = 0.02, 0.01
WEEKS_TO_LEVEL = 4 / 3 + 1 / 2
"""Variance of a month's level over that of a week against the week before, as a random walk."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What the operator says of a day. `factor` None: to be learned; `like`: it goes like a day of that kind."""

    day: str
    name: str = ""
    factor: float | None = None
    value_factor: float | None = None
    like: DayKind | None = None


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Arrivals (A, D, 24) of D days in a row from `first_day` ('YYYY-MM-DD') on, every hour of them."""

    first_day: str
    arrivals: Floats

    def __post_init__(self) -> None:
        if self.arrivals.ndim != 3 or self.arrivals.shape[2] != HOURS or (self.arrivals < 0).any():
            raise ValueError(f"(A, D, 24) counts of at least 0 wanted: {self.arrivals.shape}")

    @property
    def days(self) -> list[date]:
        """Every day."""
        first = date.fromisoformat(self.first_day)
        return [first + timedelta(days=place) for place in range(self.arrivals.shape[1])]


@dataclass(frozen=True, slots=True)
class Learned:
    """What the past tells of demand, to be shown: arrivals of an ordinary day by kind, peaks seen, what was missing."""

    a_day_est: Mapping[DayKind, float]
    past_peaks: tuple[Peak, ...]
    recurring: tuple[Peak, ...]
    weeks: int
    level_sd: float
    day_sd: float
    """Of the logarithm of one day about its kind's level."""
    dispersion: float


def forecast(
    history: History,
    *,
    first_day: str,
    days: int,
    calendar: Sequence[CalendarDay] = (),
) -> tuple[Forecast, Learned]:
    """Arrivals of each hour of `days` days from `first_day` on. Raises ValueError for a history without arrivals."""
    if not history.arrivals.sum():
        raise ValueError("a history without arrivals")
    said = {one.day: one for one in calendar}
    kinds = [kind_of(day, said) for day in history.days]
    totals = history.arrivals.sum(axis=(0, 2))
    ratios = _ratios(totals, kinds)
    peak_days = {place for place, ratio in enumerate(ratios) if ratio >= PEAK_RATIO}
    peak_days |= {place for place, day in enumerate(history.days) if _is_peak(said.get(day.isoformat()))}
    ordinary = [place for place in range(len(totals)) if place not in peak_days] or list(range(len(totals)))
    shapes = _shapes(history.arrivals, kinds, ordinary)
    level = _level(totals, kinds, ordinary, shapes)
    past = tuple(
        Peak(history.days[place].isoformat(), _name(said, history.days[place]), float(ratios[place]))
        for place in sorted(peak_days)
    )
    horizon = [date.fromisoformat(first_day) + timedelta(days=place) for place in range(days)]
    recurring = _recurring(past, horizon, said)
    peaks = _peaks_ahead(calendar, past, horizon, recurring)
    by_day = {peak.day: place for place, peak in enumerate(peaks)}
    arrivals = np.zeros((history.arrivals.shape[0], days * HOURS))
    value, peak = np.ones(days * HOURS), np.full(days * HOURS, -1, np.int64)
    for place, day in enumerate(horizon):
        hours = slice(place * HOURS, (place + 1) * HOURS)
        arrivals[:, hours] = shapes[kind_of(day, said)] * level
        if day.isoformat() in by_day:
            peak[hours] = by_day[day.isoformat()]
            arrivals[:, hours] *= peaks[peak[hours][0]].factor
            value[hours] = peaks[peak[hours][0]].value_factor
    weeks, level_sd = _level_sd(totals, kinds, ordinary, shapes)
    dispersion = _dispersion(history.arrivals, kinds, ordinary, shapes)
    told = Learned(
        {kind: float(shapes[kind].sum() * level) for kind in KINDS},
        past,
        recurring,
        weeks,
        level_sd,
        _day_sd(totals, kinds, ordinary, shapes),
        dispersion,
    )
    gap = (horizon[0] - history.days[-1]).days - 1
    start_sd = _start_sd(
        level_sd, weeks, told.day_sd, ages=[len(totals) - 1 - place for place in ordinary], gap=gap
    )
    day_sd = max(told.day_sd, DAY_SD_LEAST)
    return Forecast(first_day, arrivals, value, peak, peaks, level_sd, dispersion, day_sd, start_sd), told


def kind_of(day: date, said: Mapping[str, CalendarDay]) -> DayKind:
    """How a day goes: a Saturday or Sunday as a weekend, unless the operator says that it goes like the other."""
    told = said.get(day.isoformat())
    if told is not None and told.like is not None:
        return told.like
    return "weekend" if day.weekday() >= 5 else "weekday"


def _is_peak(told: CalendarDay | None) -> bool:
    return told is not None and (told.factor is not None or (bool(told.name) and told.like is None))


def _name(said: Mapping[str, CalendarDay], day: date) -> str:
    told = said.get(day.isoformat())
    return told.name if told is not None else ""


def _ratios(totals: Floats, kinds: Sequence[DayKind]) -> Floats:
    """Each day over the median of its kind in the four weeks about it."""
    ratios = np.ones(len(totals))
    for place, kind in enumerate(kinds):
        near = range(max(0, place - 14), min(len(totals), place + 15))
        same = [totals[other] for other in near if kinds[other] == kind]
        middle = float(np.median(same))
        ratios[place] = totals[place] / middle if middle > 0 else 1.0
    return ratios


def _shapes(arrivals: Floats, kinds: Sequence[DayKind], ordinary: Sequence[int]) -> dict[DayKind, Floats]:
    """(A, 24) by kind: mean arrivals of the last eight weeks' ordinary days; a kind never seen is as the other."""
    recent = list(ordinary)[-SHAPE_DAYS:]
    shapes: dict[DayKind, Floats] = {}
    for kind in KINDS:
        same = [place for place in recent if kinds[place] == kind]
        if same:
            shapes[kind] = arrivals[:, same].mean(axis=1)
    return {kind: shapes.get(kind, next(iter(shapes.values()))) for kind in KINDS}


def _level(
    totals: Floats, kinds: Sequence[DayKind], ordinary: Sequence[int], shapes: Mapping[DayKind, Floats]
) -> float:
    """The last four weeks over what the shapes say of them, the latest days counting most."""
    seen = expected = 0.0
    last = len(totals) - 1
    for place in list(ordinary)[-LEVEL_DAYS:]:
        weight = 0.5 ** ((last - place) / LEVEL_HALF_LIFE_DAYS)
        seen += weight * float(totals[place])
        expected += weight * float(shapes[kinds[place]].sum())
    return seen / expected if expected else 1.0


def _level_sd(
    totals: Floats, kinds: Sequence[DayKind], ordinary: Sequence[int], shapes: Mapping[DayKind, Floats]
) -> tuple[int, float]:
    """Whole weeks seen, and how far a month has strayed from the weeks before it, as a logarithm.

    Weeks against the week before stray by s; if that goes on as a random walk, the mean of the four weeks to come
    strays from today's level by about s x sqrt(4 / 3 + 1 / 2).
    """
    weeks: list[float] = []
    for end in range(len(totals), 6, -7):
        inside = [place for place in range(end - 7, end) if place in set(ordinary)]
        expected = sum(float(shapes[kinds[place]].sum()) for place in inside)
        seen = sum(float(totals[place]) for place in inside)
        if expected and seen:
            weeks.append(log(seen / expected))
    if len(weeks) < WEEKS_FOR_SD:
        return len(weeks), SD_UNKNOWN
    steps = [after - before for after, before in pairwise(weeks)]
    stray = sqrt(sum(step * step for step in steps) / len(steps))
    return len(weeks), min(SD_UNKNOWN, max(SD_LEAST, stray * sqrt(WEEKS_TO_LEVEL)))


def _start_sd(level_sd: float, weeks: int, day_sd: float, *, ages: Sequence[int], gap: int) -> float:
    """How well the level is known at the start: days stray about it, and it has strayed since they were.

    What a week strays from the week before beyond what its days explain is the level's own walk.
    """
    if weeks < WEEKS_FOR_SD:
        return level_sd
    recent = list(ages)[-LEVEL_DAYS:]
    each = [0.5 ** (age / LEVEL_HALF_LIFE_DAYS) for age in recent]
    days = sum(each) ** 2 / sum(one * one for one in each)
    age = sum(one * age for one, age in zip(each, recent, strict=True)) / sum(each)
    walk = max(0.0, level_sd**2 / WEEKS_TO_LEVEL - 2 * day_sd**2 / 7) / 7
    return min(level_sd, max(START_SD_LEAST, sqrt(day_sd**2 / days + walk * (age + max(0, gap)))))


def _day_sd(
    totals: Floats, kinds: Sequence[DayKind], ordinary: Sequence[int], shapes: Mapping[DayKind, Floats]
) -> float:
    """How far the last weeks' days lie from their kind, on the logarithm."""
    recent = [place for place in list(ordinary)[-LEVEL_DAYS:] if totals[place] > 0]
    off = [log(float(totals[place]) / float(shapes[kinds[place]].sum())) for place in recent]
    if len(off) < 2:
        return SD_UNKNOWN
    mean = sum(off) / len(off)
    return min(SD_UNKNOWN, sqrt(sum((one - mean) ** 2 for one in off) / (len(off) - 1)))


def _dispersion(
    arrivals: Floats, kinds: Sequence[DayKind], ordinary: Sequence[int], shapes: Mapping[DayKind, Floats]
) -> float:
    """Variance over mean of an hour's count about its day's own level."""
    total = freedom = 0.0
    for place in list(ordinary)[-LEVEL_DAYS:]:
        seen, shape = arrivals[:, place].sum(axis=0), shapes[kinds[place]].sum(axis=0)
        if not seen.sum() or not shape.sum():
            continue
        expected = shape * (seen.sum() / shape.sum())
        inside = expected > 0
        total += float(((seen - expected)[inside] ** 2 / expected[inside]).sum())
        freedom += float(inside.sum()) - 1
    return max(1.0, total / freedom) if freedom > 0 else 1.0


def _recurring(
    past: Sequence[Peak], horizon: Sequence[date], said: Mapping[str, CalendarDay]
) -> tuple[Peak, ...]:
    """Days ahead whose number was a peak in each of the last two months before them, unless the operator speaks."""
    seen: dict[tuple[int, int, int], Peak] = {}
    for peak in past:
        day = date.fromisoformat(peak.day)
        seen[day.year, day.month, day.day] = peak
    found = []
    for day in horizon:
        if day.isoformat() in said:
            continue
        before = [seen.get((*_months_before(day, back), day.day)) for back in range(1, RECURRING_MONTHS + 1)]
        known = [peak for peak in before if peak is not None]
        if len(known) == RECURRING_MONTHS:
            found.append(
                Peak(day.isoformat(), known[0].name, sum(peak.factor for peak in known) / len(known))
            )
    return tuple(found)


def _months_before(day: date, back: int) -> tuple[int, int]:
    months = day.year * 12 + day.month - 1 - back
    return months // 12, months % 12 + 1


def _peaks_ahead(
    calendar: Sequence[CalendarDay], past: Sequence[Peak], horizon: Sequence[date], recurring: Sequence[Peak]
) -> tuple[Peak, ...]:
    """The operator's peaks of the horizon with their factors, and the recurring ones, by day."""
    ahead = {day.isoformat() for day in horizon}
    found = list(recurring)
    for told in calendar:
        if told.day not in ahead or not _is_peak(told):
            continue
        factor = told.factor
        if factor is None:
            same = [peak.factor for peak in past if peak.name == told.name] or [peak.factor for peak in past]
            factor = sum(same) / len(same) if same else 1.0
        found.append(Peak(told.day, told.name, factor, told.value_factor or 1.0))
    return tuple(sorted(found, key=lambda peak: peak.day))
