"""Young cohorts against the campaign's own curve."""

from dataclasses import replace

import numpy as np
import pytest

from huoshui.core.watch import GuardTerms, YoungCohort, maturity_curve, young_signal

TERMS = GuardTerms("c", 1.0, 3_000)
CURVE = maturity_curve(np.tile(1_000 * (1 - np.exp(-np.arange(1, 15) / 4)), (6, 1)))


def cohort(age, share_of_due, users=200):
    due = CURVE.shares_est[age - 1] * users * 100
    value = round(due * share_of_due)
    return YoungCohort(age, users, value, 18.0 * value * 100, users * 100)


def test_a_curve_is_read_from_enough_cohorts_with_value_and_ends_at_all_of_it():
    assert CURVE.shares_est[-1] == 1.0
    assert CURVE.shares_est[3] == pytest.approx((1 - np.exp(-1)) / (1 - np.exp(-3.5)))
    assert maturity_curve(np.ones((4, 14))) is None
    assert maturity_curve(np.zeros((9, 14))) is None


@pytest.mark.parametrize(("share", "state"), [(1.2, "quiet"), (1.0, "quiet"), (0.0, "slower")])
def test_the_signal_grows_with_what_is_missing(share, state):
    signal = young_signal([cohort(age, share) for age in range(3, 13)], CURVE, TERMS)
    assert signal.state == state
    assert signal.return_est == pytest.approx(share, abs=0.01)
    assert signal.rung == ("slower" if state == "slower" else "watch")


def test_a_curve_that_is_a_seventh_off_alone_says_nothing():
    many = [cohort(age, 0.85, users=1_000_000) for age in range(3, 13)]
    assert young_signal(many, CURVE, TERMS).state == "quiet"


def test_a_borrowed_curve_counts_as_less_sure():
    half = [cohort(age, 0.6, users=1_000_000) for age in range(3, 13)]
    assert young_signal(half, CURVE, TERMS).state == "slow"
    assert young_signal(half, replace(CURVE, error_est=0.3), TERMS).state == "quiet"


def test_too_young_too_few_or_without_a_curve_is_unknown_and_not_quiet():
    assert young_signal([cohort(5, 0.0)], None, TERMS).reason == "no_curve"
    assert young_signal([cohort(5, 0.0, users=49)], CURVE, TERMS).reason == "too_few_users"
    assert CURVE.shares_est[0] >= 0.2
    short = maturity_curve(np.tile(np.linspace(0.05, 1, 14), (6, 1)))
    assert young_signal([YoungCohort(2, 500, 0, 0.0, 50_000)], short, TERMS).reason == "too_few_users"
    assert young_signal([YoungCohort(9, 500, 0, 0.0, 0)], CURVE, TERMS).reason == "no_cost"
    assert young_signal([YoungCohort(14, 500, 0, 0.0, 50_000)], CURVE, TERMS).state == "unknown"
