"""The shop's week: read where weekdays differ, even where they do not, 1 in the mean over users, used by the guard."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from shop_days import COST, FIRST, TERMS, cohorts

from huoshui.core.watch import DayFacts, DayWorth, GuardTerms, cohort_sums, guard_day, new_guard, week_of

MONDAY = date(2026, 6, 1)
MONDAY_AT = 2
"""FIRST is a Saturday."""
PATTERN = np.array([0.8, 0.8, 0.8, 0.8, 0.8, 1.5, 1.5])


def days(pattern, weeks=8, noise=0.05, seed=1, weekend_users=100):
    rng = np.random.default_rng(seed)
    told = []
    for number in range(7 * weeks):
        users = weekend_users if number % 7 >= 5 else 100
        worth = 100 * pattern[number % 7] * np.exp(rng.normal(0, noise))
        told.append(DayWorth(MONDAY + timedelta(days=number), users, round(users * worth)))
    return told


def test_a_week_is_read_and_is_1_in_the_mean_over_users():
    week = week_of(days(PATTERN))
    assert week.state == "known"
    assert week.factors == pytest.approx(PATTERN, abs=0.06)
    users = np.array([100] * 5 + [300] * 2)
    heavy = week_of(days(PATTERN, weekend_users=300))
    assert (np.array(heavy.factors) * users).sum() / users.sum() == pytest.approx(1)


def test_even_days_give_an_even_week_and_noise_draws_factors_to_1():
    states = [week_of(days(np.ones(7), seed=seed, noise=0.3)).state for seed in range(20)]
    assert states.count("even") >= 8
    spread = [np.std(week_of(days(np.ones(7), seed=seed, noise=0.3)).factors) for seed in range(20)]
    plain = [0.3 / np.sqrt(8)] * 20
    assert np.mean(spread) < 0.3 * np.mean(plain)


def test_too_few_days_or_no_value_is_said():
    assert week_of(days(PATTERN, weeks=3)).state == "too_few_days"
    assert week_of([DayWorth(day.day, 100, 0) for day in days(PATTERN)]).state == "no_value"


def test_the_bar_of_a_cohort_is_that_of_its_weekday():
    terms = replace(TERMS, week=tuple(PATTERN))
    value, cost = np.array([500.0]), np.array([100.0])
    monday, sunday = (
        cohort_sums(MONDAY + timedelta(days=number), value, cost, terms).raw_d.total for number in (0, 6)
    )
    assert (monday, sunday) == (pytest.approx(500 - 80), pytest.approx(500 - 150))
    drawn = replace(terms, treated_least=0.5, treated_most=0.5)
    both = cohort_sums(MONDAY, value, cost, drawn, probability=np.array([0.5]))
    assert both.incremental_d.total == pytest.approx((500 - 80) / 0.5)
    with pytest.raises(ValueError, match="seven factors"):
        GuardTerms("c", 1.0, 3_000, week=(1.0, 1.0))


def test_a_campaign_at_the_bar_is_left_alone_though_its_weekdays_lie_below():
    returns = [PATTERN[(FIRST + timedelta(days=number)).weekday()] for number in range(42)]
    # A cap so high that clipping takes next to nothing: the true return is that of the pattern.
    high = replace(TERMS, cap_fen=100 * int(COST))
    lowered = {True: 0, False: 0}
    for follows in lowered:
        terms = replace(high, week=tuple(PATTERN)) if follows else high
        for seed in range(12):
            state = new_guard()
            for cohort in cohorts(seed, returns, users=2_000, terms=terms)[MONDAY_AT:]:
                day = cohort.day + timedelta(days=15)
                facts = DayFacts((cohort,), day - timedelta(days=1))
                state, _ = guard_day(state, facts, day, terms)
                if state.ladder.rung != "watch":
                    break
            lowered[follows] += state.ladder.rung != "watch"
    assert lowered[True] <= 1
    assert lowered[False] >= 3


def test_an_extreme_week_is_bounded_and_still_1_in_the_mean():
    week = week_of(days(np.array([0.05, 1, 1, 1, 1, 1, 6.0])))
    assert np.mean(week.factors) == pytest.approx(1)
    assert max(week.factors) < 2.5
