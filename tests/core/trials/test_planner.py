"""How large and how long: plans agree with the textbook, with drawn trials, and with each other."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.boundaries import Boundary, factor
from huoshui.core.trials.planner import least_effect, mean_end, plan_trial, power_of

HALVES = (Fraction(1, 2), Fraction(1, 2))
ALPHA = 0.05


def test_read_once_it_is_the_textbook_size() -> None:
    """Two arms, 80 %, 5 %: 2 (1.96 + 0.84)^2 (spread / effect)^2 an arm."""
    plan = plan_trial(100, spread_est=1_000, shares=HALVES, boundary="fixed", units_per_day_est=100)
    assert plan.units_by_arm[0] == pytest.approx(2 * 2.8016**2 * 100, abs=1)
    assert plan.days == 32 + 14
    assert plan.price_est == 1.0


@pytest.mark.parametrize(("boundary", "drift"), [("closed", 2.9), ("open", 3.84), ("closed", 0.5)])
def test_power_and_mean_end_are_those_of_drawn_trials(boundary: Boundary, drift: float) -> None:
    looks, runs = 200, 8_000
    times = np.arange(1, looks + 1) / looks
    steps = np.random.default_rng(8).normal(drift / looks, np.sqrt(1 / looks), (runs, looks))
    height = factor(boundary, times, planned_units=1.0, alpha=ALPHA) * np.sqrt(times)
    crossed = np.abs(steps.cumsum(axis=1)) > height
    ends = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, looks) / looks
    # The formula of `closed` looks all the time, drawn trials 200 times.
    assert power_of(boundary, drift, alpha=ALPHA) == pytest.approx(crossed.any(axis=1).mean(), abs=0.02)
    assert mean_end(boundary, drift, alpha=ALPHA) == pytest.approx(ends.mean(), abs=0.015)


def test_without_an_effect_the_chance_is_that_of_an_error() -> None:
    assert power_of("closed", 0.0, alpha=ALPHA) == pytest.approx(ALPHA, rel=1e-6)
    assert power_of("open", 0.0, alpha=ALPHA) < ALPHA / 2
    assert power_of("fixed", 0.0, alpha=ALPHA) == pytest.approx(ALPHA)


def test_looking_every_day_costs_little_with_an_end_and_much_without() -> None:
    closed, open_ = (
        plan_trial(100, spread_est=1_000, shares=HALVES, boundary=boundary) for boundary in ("closed", "open")
    )
    assert 1.03 < closed.price_est < 1.08
    assert 1.5 < open_.price_est < 1.8
    assert closed.units_mean_est < 0.8 * closed.units
    assert closed.days is None


@settings(max_examples=25)
@given(
    st.floats(1, 1_000),
    st.floats(100, 10_000),
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.floats(0, 0.9),
    st.sampled_from(["fixed", "closed"]),
)
def test_the_least_effect_of_a_plan_is_the_one_it_was_made_for(
    effect: float, spread: float, split: list[int], explained: float, boundary: Boundary
) -> None:
    shares = tuple(Fraction(weight, sum(split)) for weight in split)
    plan = plan_trial(effect, spread_est=spread, shares=shares, explained_est=explained, boundary=boundary)
    least = least_effect(
        plan.units, spread_est=spread, shares=shares, explained_est=explained, boundary=boundary
    )
    assert least <= effect * (1 + 1e-9)
    if plan.units > 1_000:
        assert least == pytest.approx(effect, rel=0.02)


def test_what_the_time_before_tells_need_not_be_waited_for() -> None:
    plain, known = (plan_trial(100, spread_est=1_000, shares=HALVES, explained_est=e) for e in (0.0, 0.5))
    assert known.units == pytest.approx(plain.units / 2, abs=2)


def test_more_arms_need_more_and_the_small_arm_decides() -> None:
    two = plan_trial(100, spread_est=1_000, shares=HALVES)
    three = plan_trial(100, spread_est=1_000, shares=(Fraction(1, 3),) * 3)
    assert three.units > 1.5 * two.units
    assert len(three.units_by_arm) == 3
    small = plan_trial(100, spread_est=1_000, shares=(Fraction(19, 20), Fraction(1, 20)))
    assert small.units > 5 * two.units


def test_plans_without_sense_are_errors() -> None:
    for effect, spread, shares, power in (
        (0.0, 1.0, HALVES, 0.8),
        (1.0, 0.0, HALVES, 0.8),
        (1.0, 1.0, (Fraction(1, 2),), 0.8),
        (1.0, 1.0, HALVES, 1.0),
    ):
        with pytest.raises(ValueError):
            plan_trial(effect, spread_est=spread, shares=shares, power=power)
