"""Demand followed: counts as forecast change nothing, a trend is carried on, a peak tells of peaks, a day of itself."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paced_plans import plan_of

from huoshui.core.pacing import Terms
from huoshui.core.pacing.tracking import DAY, LEVEL, OWN, PEAKS, SLOPE, carried, seen_at, tracked_from


def followed(plan, counts, track=None, *, first=0):
    """The track after these counts, hour by hour."""
    track = track or tracked_from(plan)
    for hour, count in enumerate(counts, start=first):
        track = seen_at(plan, track, hour, count)
    return track


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.0, 8.0))
def test_a_covariance_stays_one_whatever_is_counted(seed, scale):
    plan = plan_of(peak_day=2)
    counts = np.random.default_rng(seed).poisson(plan.forecast.arrivals[0, :96] * scale).tolist()
    track = followed(plan, [None if count % 7 == 3 else count for count in counts])
    covariance = np.array(track.covariance).reshape(5, 5)
    assert np.array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > -1e-15
    assert np.isfinite(track.mean).all()


def test_counts_as_forecast_leave_the_forecast_and_make_it_surer():
    plan = plan_of(a_hour=200.0, peak_day=3)
    track = followed(plan, plan.forecast.arrivals[0, :120].astype(int).tolist())
    assert np.abs(carried(plan, track, 120)).max() < 1e-9
    before = np.array(tracked_from(plan).covariance).reshape(5, 5).diagonal()
    after = np.array(track.covariance).reshape(5, 5).diagonal()
    assert after[PEAKS] < before[PEAKS] / 5
    assert after[SLOPE] < before[SLOPE]


@pytest.mark.parametrize(("first", "last"), [(1.0, 0.5), (1.0, 1.5)])
def test_a_trend_is_seen_and_carried_on(first, last):
    plan = plan_of(a_hour=200.0)
    truth = first + (last - first) * np.arange(720) / 719
    track = followed(plan, np.rint(200 * truth[:240]).astype(int).tolist())
    ahead = np.exp(carried(plan, track, 240))[240:720]
    off = abs(log(ahead.sum() / truth[240:].sum()))
    flat = abs(log(truth[239] * 480 / truth[240:].sum()))
    assert off < 0.7 * flat


def test_a_single_strange_day_is_its_own_and_not_a_new_level():
    plan = plan_of(a_hour=200.0)
    track = followed(plan, [200] * 240 + [240] * 23)
    assert track.mean[DAY] > 1.5 * track.mean[LEVEL] > 0
    today, tomorrow = carried(plan, track, 263)[263], carried(plan, track, 263)[264]
    assert today == pytest.approx(log(1.2), abs=0.02)
    assert tomorrow < 0.6 * today


def test_a_peak_tells_of_the_peaks_to_come_and_its_own_hours_at_once():
    plan = plan_of(a_hour=50.0, peak_day=2)
    peak = plan.forecast.peak.copy()
    peak[5 * 24 : 6 * 24] = 1
    plan = replace(plan, forecast=replace(plan.forecast, peak=peak, peaks=plan.forecast.peaks * 2))
    early = followed(plan, [50] * 48 + [75] * 3)
    ahead = carried(plan, early, 51)
    assert exp(ahead[52]) == pytest.approx(0.5, abs=0.05)
    late = followed(plan, [75] * 21, early, first=51)
    ahead = carried(plan, late, 72)
    assert exp(ahead[5 * 24]) == pytest.approx(0.5, abs=0.07)
    assert exp(ahead[80]) == pytest.approx(1.0, abs=0.03)
    assert late.mean[OWN] == 0.0


def test_hours_that_nobody_counted_change_nothing_but_how_sure_it_is():
    plan = plan_of(terms=Terms(slope_sd=0.0))
    told = followed(plan, [14] * 30)
    later = followed(plan, [None] * 12, told, first=30)
    assert later.mean[LEVEL] == pytest.approx(told.mean[LEVEL], abs=1e-12)
    assert later.covariance[0] > told.covariance[0]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 5_000))
def test_an_hour_moves_the_level_towards_what_was_counted_and_not_beyond(count):
    plan = plan_of(a_hour=50.0)
    plan = replace(plan, forecast=replace(plan.forecast, start_sd=0.5))
    track = followed(plan, [count])
    shown = exp(track.mean[LEVEL] + track.mean[DAY])
    assert min(1.0, count / 50) - 1e-9 <= shown <= max(1.0, count / 50) + 1e-9
