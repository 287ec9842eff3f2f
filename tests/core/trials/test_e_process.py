"""An e-value is fair to the claim at any look, adds up in any order, and finds what is wrong."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.e_process import BETS, no_drift, no_wealth, wealth_of

shares = st.lists(st.floats(-5, 1), max_size=30)


@st.composite
def claims_that_hold(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """A discrete distribution at most 1 whose mean is at least 0: values and their chances."""
    below = draw(st.lists(st.floats(-3, 0), min_size=1, max_size=2))
    above = draw(st.lists(st.floats(0.05, 1), min_size=1, max_size=2))
    weights = [draw(st.integers(1, 9)) / 10 for _ in below]
    lack = -sum(value * weight for value, weight in zip(below, weights, strict=True))
    extra = draw(st.floats(0, 0.5))
    weights += [(lack + extra) / value / len(above) + 1e-9 for value in above]
    total = sum(weights)
    return [*below, *above], [weight / total for weight in weights]


@given(claims_that_hold())
def test_wealth_does_not_grow_in_the_mean_while_the_claim_holds(law: tuple[list[float], list[float]]) -> None:
    """Every way that three values can fall, with its chance: the e-value of any past is at least its mean after one."""
    values, chances = law
    factors = wealth_of(np.array(values)[:, None], 1.0).logs
    for past in product(range(len(values)), repeat=2):
        before = no_wealth()
        for at in past:
            before = before + wealth_of(np.array([values[at]]), 1.0)
        after = np.exp(before.logs + factors).mean(axis=1) @ np.array(chances)
        assert after <= float(before.e) * (1 + 1e-9)


@given(claims_that_hold())
def test_drift_sum_grows_by_one_a_day_at_most_while_the_claim_holds(
    law: tuple[list[float], list[float]],
) -> None:
    values, chances = law
    days = [wealth_of(np.array([value]), 1.0) for value in values]
    for past in product(range(len(values)), repeat=2):
        before = no_drift()
        for at in past:
            before = before.after(days[at])
        after = [float(np.exp(before.after(day).log_sum)) for day in days]
        assert np.dot(after, chances) <= float(np.exp(before.log_sum)) * (1 + 1e-9) + 1 + 1e-9


@given(st.lists(shares, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_days_add_up_in_any_order(days: list[list[float]], chance: object) -> None:
    whole = wealth_of(np.array([value for day in days for value in day]), 1.0)
    order = sorted(range(len(days)), key=lambda _: chance.random())  # type: ignore[attr-defined]
    added = no_wealth()
    for at in order:
        added = added + wealth_of(np.array(days[at], np.float64), 1.0)
    assert added.logs == pytest.approx(whole.logs, abs=1e-9)
    assert added.count == whole.count


def test_a_process_of_a_stack_is_the_process_alone() -> None:
    rng = np.random.default_rng(4)
    d = np.minimum(rng.normal(0.1, 1, (3, 50)), 1.0)
    stack = wealth_of(d, 1.0)
    for row in range(3):
        assert stack.logs[row] == pytest.approx(wealth_of(d[row], 1.0).logs)
    assert stack.e.shape == (3,)


def test_money_may_be_in_any_unit() -> None:
    d = np.array([-100.0, 2_900.0, -100.0])
    assert wealth_of(d, 2_900.0).logs == pytest.approx(wealth_of(d / 100, 29.0).logs)


def test_a_small_case_by_hand() -> None:
    """Two values of which the most possible: each bet keeps (1 - lam)(1 + lam)."""
    e = float(wealth_of(np.array([1.0, -1.0]), 1.0).e)
    assert e == pytest.approx(float(np.mean(1 - BETS**2)))
    assert float(no_wealth().e) == 1.0


def test_a_value_missing_or_above_the_most_is_an_error() -> None:
    for bad in (1.01, float("nan")):
        with pytest.raises(ValueError, match="missing or above"):
            wealth_of(np.array([0.0, bad]), 1.0)
    with pytest.raises(ValueError, match="above 0"):
        wealth_of(np.array([-1.0]), 0.0)


def test_evidence_far_beyond_a_float_stays_a_number() -> None:
    sure = wealth_of(np.full(100_000, -1.0), 1.0)
    assert np.isfinite(float(sure.log_e))
    assert float(sure.e) == float("inf")
    ruined = wealth_of(np.full(100_000, 1.0), 1.0)
    assert float(ruined.e) < 1e-40
    assert not np.isnan(float(ruined.log_e))


def test_what_goes_wrong_late_is_found_by_drift_long_before_the_whole_evidence() -> None:
    rng = np.random.default_rng(7)
    drift, whole, found, found_whole = no_drift(), no_wealth(), 0, 0
    for day in range(1, 121):
        mean = 0.3 if day <= 60 else -0.3
        of_day = wealth_of(np.clip(rng.normal(mean, 0.5, 40), -3, 1), 1.0)
        drift, whole = drift.after(of_day), whole + of_day
        found = found or (day if drift.alarmed(alpha=0.05, days=120) else 0)
        found_whole = found_whole or (day if whole.e >= 20 else 0)
    assert 60 < found <= 66
    assert found_whole == 0 or found_whole > found + 20
