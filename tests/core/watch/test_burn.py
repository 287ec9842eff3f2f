"""Runway: right on even burn, its band about right where days differ, and honest where little is known."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.watch import BurnDay, runway

FIRST = date(2026, 6, 1)


def days(amounts, first=FIRST, expected=None):
    return [
        BurnDay(
            first + timedelta(days=number),
            int(fen),
            expected_fen_est=None if expected is None else expected[number],
        )
        for number, fen in enumerate(amounts)
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 90))
def test_an_even_burn_lasts_rest_over_burn_and_the_band_is_a_point(fen, lasts):
    told = runway(fen * lasts, days([fen] * 28))
    assert told.state == "known"
    assert told.days_est == pytest.approx(lasts)
    assert (told.low_est, told.high_est) == (pytest.approx(lasts), pytest.approx(lasts))


def test_what_came_back_does_not_burn():
    back = [BurnDay(day.day, day.committed_fen, returned_fen=40) for day in days([100] * 28)]
    assert runway(6_000, back).days_est == pytest.approx(100)
    assert runway(6_000, [BurnDay(FIRST, 10, 10)] * 9).state == "not_burning"


def test_weekends_and_peaks_to_come_count_by_their_type():
    amounts = [300 if (FIRST + timedelta(days=n)).weekday() >= 5 else 100 for n in range(28)]
    last = FIRST + timedelta(days=27)
    week = 5 * 100 + 2 * 300
    assert runway(week, days(amounts)).days_est == pytest.approx(7)
    peaks = {last + timedelta(days=2): 4.0}
    assert runway(500, days(amounts), peaks=peaks).days_est == pytest.approx(2)
    # A peak in the past is no ordinary day, so the days to come are not expected to be like it.
    amounts[10] *= 4
    past = {FIRST + timedelta(days=10): 4.0}
    assert runway(week, days(amounts), peaks=past).days_est == pytest.approx(7)


def test_a_forecast_is_taken_as_it_is_and_corrected_by_what_days_did_against_it():
    history = days([100] * 14, expected=[100.0] * 14)
    assert runway(1_000, history, [50.0] * 40).days_est == pytest.approx(20)
    twice = days([200] * 14, expected=[100.0] * 14)
    assert runway(1_000, twice, [50.0] * 40).days_est == pytest.approx(10)
    # Where the forecast ends, its last week goes on.
    assert runway(1_000, history, [50.0] * 10).days_est == pytest.approx(20)


def test_states_say_what_is_not_known():
    assert runway(100, []).state == "unknown"
    assert runway(0, days([5] * 9)).days_est == 0
    far = runway(10**9, days([100] * 9))
    assert (far.state, far.days_est, far.high_est) == ("beyond", None, None)
    few = runway(1_000, days([90, 100, 110, 95, 105, 100]))
    assert (few.band, few.low_est) == ("too_few_days", None)
    assert few.days_est == pytest.approx(10)


@pytest.mark.parametrize(("history", "carry"), [(28, 0.0), (28, 0.5), (14, 0.0)])
def test_the_band_holds_the_true_day_about_four_times_in_five(history, carry):
    inside, runs = 0, 80
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        noise = np.zeros(history + 120)
        for n in range(1, len(noise)):
            noise[n] = carry * noise[n - 1] + rng.normal(0, 0.4 * np.sqrt(1 - carry**2))
        burn = 1_000 * np.exp(noise - 0.08)
        told = runway(30_000, days(burn[:history]), seed=seed)
        true = int((np.cumsum(burn[history:]) >= 30_000).argmax()) + 0.5
        inside += told.low_est - 0.5 <= true <= told.high_est + 0.5
    assert 0.66 <= inside / runs <= 0.94, inside / runs


def test_the_same_seed_draws_the_same_band():
    history = days(np.random.default_rng(1).integers(50, 150, 28))
    assert runway(3_000, history, seed=4) == runway(3_000, history, seed=4)
    assert runway(3_000, history, seed=4) != runway(3_000, history, seed=5)
