"""The luck of a day is no evidence: what a bet wins by it is taken off, and it is not taken for less than is known."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.e_process import BETS, wealth_of
from huoshui.core.watch import GuardTerms, cohort_sums
from huoshui.core.watch.cohorts import Sums, incremental_unit
from huoshui.core.watch.evidence import UNSEEN_MOST, DaySpread, no_process, nothing_seen
from huoshui.core.watch.values import LadderRules

MOST = 30.0
UNCAPPED = LadderRules(day_factor_max=1e12)


def factor(d, expected_fen):
    """What the first day of these D counts for, bet by bet."""
    sums = Sums(len(d), float(d.sum()), float((d**2).sum()))
    process = no_process().after(
        wealth_of(d, MOST), sums, UNCAPPED, unit_fen=MOST, expected_fen=expected_fen, unseen_most=UNSEEN_MOST
    )
    return np.exp(process.wealth.logs)


@settings(max_examples=50, deadline=None)
@given(users=st.integers(1, 2_000), luck=st.floats(0, 1.5))
def test_of_a_luck_that_is_known_no_bet_wins_in_the_mean(users, luck):
    """All users of a day bring the same, normal about the bar: every bet's factor has a mean of at most 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    mean = np.zeros(len(BETS))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        mean += weight * factor(np.full(users, min(MOST, luck * node)), luck)
    assert (mean <= 1 + 1e-6).all()


def test_a_small_luck_takes_off_little_and_none_takes_off_nothing():
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    mean = sum(
        w * factor(np.full(200, 0.1 * x), 0.1) for x, w in zip(nodes, weights / weights.sum(), strict=True)
    )
    assert mean.min() > 0.99
    d = np.array([-1.0, 0.5, -0.2])
    assert factor(d, 0.0) == pytest.approx(np.exp(wealth_of(d, MOST).logs))


def days_of(rng, luck, users, days, spread=1.0):
    found = DaySpread()
    for _ in range(days):
        d = luck * rng.normal() + spread * rng.normal(size=users)
        found = found.after(Sums(users, float(d.sum()), float((d**2).sum())))
    return found


@pytest.mark.parametrize("users", [20, 2_000])
@pytest.mark.parametrize(("days", "seldom"), [(8, 0.2), (40, 0.08)])
def test_luck_is_hardly_ever_taken_for_less_than_it_is(users, days, seldom):
    luck, rng = 0.2, np.random.default_rng((users, days))
    taken = np.array([days_of(rng, luck, users, days).luck(luck, UNSEEN_MOST) for _ in range(400)])
    assert np.mean(taken < 0.9 * luck**2) < seldom
    assert np.median(taken) < (1 + UNSEEN_MOST**2) * luck**2


def test_where_there_is_none_many_days_of_many_users_tell_it():
    rng = np.random.default_rng(1)
    taken = [days_of(rng, 0.0, 2_000, 60).luck(0.1, UNSEEN_MOST) for _ in range(50)]
    assert np.median(taken) < 0.04**2


def test_before_two_days_luck_is_what_is_expected():
    assert DaySpread().luck(0.3, UNSEEN_MOST) == pytest.approx(0.09)
    one = days_of(np.random.default_rng(2), 0.2, 50, 1)
    assert one.luck(0.3, UNSEEN_MOST) == pytest.approx(0.09)
    assert days_of(np.random.default_rng(3), 0.0, 0, 5) == DaySpread()


def test_days_that_are_all_alike_or_of_one_user_are_borne():
    alike = DaySpread()
    for _ in range(10):
        alike = alike.after(Sums(5, 0.0, 0.0)).after(Sums(1, -1.0, 1.0))
    assert np.isfinite(alike.luck(0.1, UNSEEN_MOST))


def test_of_arms_that_share_a_days_luck_what_is_unseen_is_not_feared():
    few = days_of(np.random.default_rng(4), 0.0, 20, 6)
    assert few.luck(0.1, 0.0) < 2 * 0.1**2 < few.luck(0.1, UNSEEN_MOST)
    terms = GuardTerms("c", 1.0, 3_000, treated_least=0.5, treated_most=0.5)
    rng, seen = np.random.default_rng(5), nothing_seen()
    for number in range(6):
        value, got = np.where(rng.random(40) < 0.2, 500.0, 0.0), rng.random(40) < 0.5
        cohort = cohort_sums(
            date(2026, 9, 1 + number), value, 100.0 * got, terms, treated=got, probability=np.full(40, 0.5)
        )
        before, seen = seen, seen.after(cohort, terms)
    expected = 0.1 * before.cost_fen / before.treated
    luck = before.incremental.spread.luck(expected, 0.0)
    stakes = 40 / incremental_unit(terms) * BETS
    told = np.minimum(cohort.incremental.logs - luck / 2 * stakes**2, np.log(4))
    assert seen.incremental.wealth.logs - before.incremental.wealth.logs == pytest.approx(told)
