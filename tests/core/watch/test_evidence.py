"""The luck of a day is no evidence: what a bet wins by it is taken off, and it is not taken for less than is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.e_process import BETS, wealth_of
from huoshui.core.watch.cohorts import Sums
from huoshui.core.watch.evidence import LUCK_MOST, DaySpread, no_process
from huoshui.core.watch.values import LadderRules

MOST = 30.0
UNCAPPED = LadderRules(day_factor_max=1e12)


def factor(d, expected_fen):
    """What the first day of these D counts for, bet by bet."""
    sums = Sums(len(d), float(d.sum()), float((d**2).sum()))
    process = no_process().after(wealth_of(d, MOST), sums, UNCAPPED, most_fen=MOST, expected_fen=expected_fen)
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
    taken = np.array([days_of(rng, luck, users, days).luck(luck) for _ in range(400)])
    assert np.mean(taken < 0.9 * luck**2) < seldom
    assert np.median(taken) < (1 + LUCK_MOST**2) * luck**2


def test_where_there_is_none_many_days_of_many_users_tell_it():
    rng = np.random.default_rng(1)
    taken = [days_of(rng, 0.0, 2_000, 60).luck(0.1) for _ in range(50)]
    assert np.median(taken) < 0.04**2


def test_before_two_days_luck_is_what_is_expected():
    assert DaySpread().luck(0.3) == pytest.approx(0.09)
    one = days_of(np.random.default_rng(2), 0.2, 50, 1)
    assert one.luck(0.3) == pytest.approx(0.09)
    assert days_of(np.random.default_rng(3), 0.0, 0, 5) == DaySpread()


def test_days_that_are_all_alike_or_of_one_user_are_borne():
    alike = DaySpread()
    for _ in range(10):
        alike = alike.after(Sums(5, 0.0, 0.0)).after(Sums(1, -1.0, 1.0))
    assert np.isfinite(alike.luck(0.1))
