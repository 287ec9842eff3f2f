"""The forecast: days by kind, the level of late, peaks said, named, returning or never seen, and a band that holds."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.pacing import CalendarDay, History, forecast

FIRST = date(2026, 9, 7)
SHAPE = np.r_[np.full(8, 2.0), np.full(12, 10.0), np.full(4, 20.0)]


def history_of(
    days: int, *, factors: dict[int, float] | None = None, growth: float = 0.0, seed=None
) -> History:
    """So many days from a Monday on: weekends half as many again, `factors` by day, growth a day."""
    counts = np.zeros((1, days, 24))
    for day in range(days):
        kind = 1.5 if (FIRST + timedelta(days=day)).weekday() >= 5 else 1.0
        counts[0, day] = SHAPE * kind * (factors or {}).get(day, 1.0) * (1 + growth) ** day
    return History(
        FIRST.isoformat(), counts if seed is None else np.random.default_rng(seed).poisson(counts) * 1.0
    )


def day_of(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def test_weekdays_and_weekends_have_their_own_hours():
    ahead, told = forecast(history_of(56), first_day=day_of(56), days=7)
    assert ahead.arrivals[0, :24] == pytest.approx(SHAPE)
    assert ahead.arrivals[0, 5 * 24 : 6 * 24] == pytest.approx(1.5 * SHAPE)
    assert told.a_day_est == pytest.approx({"weekday": SHAPE.sum(), "weekend": 1.5 * SHAPE.sum()})
    assert ahead.peak.tolist() == [-1] * 168


def test_a_working_saturday_goes_like_a_weekday():
    calendar = [CalendarDay(day_of(61), "make-up day", like="weekday")]
    ahead, _ = forecast(history_of(56), first_day=day_of(56), days=7, calendar=calendar)
    assert ahead.arrivals[0, 5 * 24 : 6 * 24] == pytest.approx(SHAPE)
    assert not ahead.peaks


def test_the_operators_peak_has_its_factor_and_value():
    calendar = [CalendarDay(day_of(58), "sale", 3.0, 1.4)]
    ahead, _ = forecast(history_of(56), first_day=day_of(56), days=7, calendar=calendar)
    assert ahead.arrivals[0, 48:72] == pytest.approx(3 * SHAPE)
    assert set(ahead.value_factor[48:72]) == {1.4}
    assert set(ahead.peak[48:72]) == {0}


def test_a_peak_without_factor_is_as_large_as_the_last_of_its_name():
    calendar = [
        CalendarDay(day_of(10), "sale"),
        CalendarDay(day_of(20), "fair"),
        CalendarDay(day_of(58), "sale"),
    ]
    ahead, told = forecast(
        history_of(56, factors={10: 4.0, 20: 2.5}), first_day=day_of(56), days=7, calendar=calendar
    )
    assert [peak.factor for peak in ahead.peaks] == pytest.approx([4.0])
    assert [peak.name for peak in told.past_peaks] == ["sale", "fair"]
    assert ahead.arrivals[0, :24] == pytest.approx(SHAPE)


def test_a_day_of_the_month_that_was_a_peak_twice_is_one_again():
    # 15 September and 15 October are days 8 and 38; 15 November is day 69.
    past = {8: 3.0, 38: 3.4}
    _, told = forecast(history_of(63, factors=past), first_day=day_of(63), days=10)
    assert [(peak.day, peak.factor) for peak in told.recurring] == [("2026-11-15", pytest.approx(3.2))]
    once, nothing = forecast(history_of(63, factors={8: 3.0}), first_day=day_of(63), days=10)
    assert not once.peaks
    assert not nothing.recurring
    said = [CalendarDay("2026-11-15", "no sale", 1.0)]
    quiet, _ = forecast(history_of(63, factors=past), first_day=day_of(63), days=10, calendar=said)
    assert [peak.factor for peak in quiet.peaks] == [1.0]


def test_the_level_is_that_of_late():
    ahead, _ = forecast(history_of(70, growth=0.01), first_day=day_of(70), days=1)
    last, first = 1.01**69, 1.01**42
    assert first * SHAPE.sum() < ahead.arrivals[0, :24].sum() < last * SHAPE.sum()


def test_too_little_history_says_so_by_its_band():
    _, few = forecast(history_of(14), first_day=day_of(14), days=7)
    _, many = forecast(history_of(56), first_day=day_of(56), days=7)
    assert (few.weeks, many.weeks) == (2, 8)
    assert few.level_sd > 5 * many.level_sd
    with pytest.raises(ValueError, match="without arrivals"):
        forecast(History(FIRST.isoformat(), np.zeros((1, 7, 24))), first_day=day_of(8), days=7)


def test_the_start_is_known_better_than_the_month_and_worse_the_longer_ago_the_past_ends():
    """Levels that walk by the week; days that only stray about one level are no walk."""
    rng = np.random.default_rng(7)
    walk = np.exp(np.cumsum(rng.normal(0.0, 0.06, 10)))
    walks = history_of(70, factors={day: float(walk[day // 7]) for day in range(70)})
    near, told = forecast(walks, first_day=day_of(70), days=28)
    far, _ = forecast(walks, first_day=day_of(91), days=28)
    assert near.start_sd < told.level_sd
    assert near.start_sd < far.start_sd <= told.level_sd
    strays = history_of(70, factors={day: float(np.exp(rng.normal(0.0, 0.06))) for day in range(70)})
    calm, told = forecast(strays, first_day=day_of(70), days=28)
    assert calm.start_sd < 0.7 * told.level_sd
    assert calm.day_sd == pytest.approx(told.day_sd)


@settings(max_examples=15, deadline=None)
@given(days=st.integers(1, 80), scale=st.floats(0.01, 50.0), seed=st.integers(0, 10**6))
def test_any_history_gives_a_forecast_in_proportion(days, scale, seed):
    counts = np.random.default_rng(seed).poisson(5.0, (2, days, 24)).astype(float)
    counts[0, 0, 0] += 1
    one, _ = forecast(History(day_of(0), counts), first_day=day_of(days), days=30)
    more, _ = forecast(History(day_of(0), counts * scale), first_day=day_of(days), days=30)
    assert more.arrivals == pytest.approx(one.arrivals * scale, rel=1e-6)


def test_the_band_holds_what_it_says():
    """Levels that walk at random by the week: four in five months to come lie within the 80 % band."""
    inside = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        walk = np.exp(np.cumsum(rng.normal(0.0, 0.06, 14)))
        days = {day: float(walk[day // 7]) for day in range(98)}
        counts = rng.poisson(history_of(98, factors=days).arrivals * 3).astype(float)
        ahead, told = forecast(History(FIRST.isoformat(), counts[:, :70]), first_day=day_of(70), days=28)
        ratio = counts[0, 70:].sum() / ahead.arrivals.sum()
        inside += abs(np.log(ratio)) <= 1.2816 * told.level_sd
    assert 0.70 <= inside / 80 <= 0.92
