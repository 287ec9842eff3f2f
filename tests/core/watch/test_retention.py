"""Retention and repeat purchase: only who was seen long enough, Wilson's interval, and a change told at 1 %."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.watch import CohortBack, retention
from huoshui.core.watch.retention import wilson

FIRST = date(2026, 6, 1)


def cohorts(backs, users=100, age=30):
    return [
        CohortBack(FIRST + timedelta(days=7 * number), age, users, back) for number, back in enumerate(backs)
    ]


def test_cohorts_that_are_too_young_wait():
    as_of = FIRST + timedelta(days=37)
    told = retention(cohorts([40, 40, 0]), as_of=as_of, age_days=30)
    assert (told.share_est, told.users, told.users_waiting) == (0.4, 200, 100)
    assert retention(cohorts([40]), as_of=FIRST, age_days=30).state == "immature"
    assert retention(cohorts([4], users=10), as_of=as_of, age_days=30).state == "too_few"
    assert retention(cohorts([40], age=90), as_of=as_of, age_days=30).state == "immature"


@pytest.mark.parametrize(
    ("backs", "change"), [([40, 40, 20, 20], "fell"), ([20, 20, 40, 40], "rose"), ([30, 32, 29, 31], "none")]
)
def test_a_change_is_told_between_older_and_newer_cohorts(backs, change):
    told = retention(cohorts(backs), as_of=FIRST + timedelta(days=90), age_days=30)
    assert told.change == change
    assert told.older_est == sum(backs[:2]) / 200


def test_one_cohort_tells_no_change():
    assert retention(cohorts([40]), as_of=FIRST + timedelta(days=60), age_days=30).change == "unknown"


@given(st.integers(1, 500), st.integers(0, 500))
def test_wilson_lies_about_the_share_and_within_0_and_1(of, count):
    count = min(count, of)
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    assert low < high


def test_wilson_by_the_published_example():
    # Newcombe 1998, table I: 81 of 263 and 15 of 148.
    assert wilson(81, 263) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert wilson(15, 148) == (pytest.approx(0.0624, abs=5e-5), pytest.approx(0.1605, abs=5e-5))
