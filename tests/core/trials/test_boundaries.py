"""Intervals that may be read on any day: how wide they are, and that Brownian motion leaves them as seldom as told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from huoshui.core.trials.boundaries import Boundary, closed_line, factor, narrowest_at, reached

ALPHA = 0.05


def _left(boundary: Boundary, runs: int, looks: int, alpha: float) -> float:
    """Share of Brownian motions that are ever outside, read at even looks up to the planned end."""
    steps = np.random.default_rng(11).normal(size=(runs, looks))
    times = np.arange(1, looks + 1)
    value = steps.cumsum(axis=1) / times
    wide = factor(boundary, times, planned_units=looks, alpha=alpha) / np.sqrt(times)
    return float((np.abs(value) > wide).any(axis=1).mean())


@pytest.mark.parametrize(("boundary", "low", "high"), [("closed", 0.035, 0.05), ("open", 0.008, 0.03)])
def test_nothing_is_found_where_nothing_is(boundary: Boundary, low: float, high: float) -> None:
    """In 20,000 motions, read 300 times: not oftener than promised, and not so seldom that much is given away."""
    assert low < _left(boundary, 20_000, 300, ALPHA) < high + 0.003


def test_the_same_read_plainly_finds_what_is_not_there() -> None:
    steps = np.random.default_rng(12).normal(size=(4_000, 300)).cumsum(axis=1)
    assert (np.abs(steps) > 1.96 * np.sqrt(np.arange(1, 301))).any(axis=1).mean() > 0.3


def test_the_closed_line_is_left_with_the_chance_of_the_series() -> None:
    """P(|B| stays below c up to 1) = 4/pi sum of (-1)^k / (2k+1) exp(-(2k+1)^2 pi^2 / 8c^2) (Feller)."""
    for alpha in (0.2, 0.05, 0.01, 0.001):
        c, k = closed_line(alpha), np.arange(60)
        stays = 4 / np.pi * ((-1.0) ** k / (2 * k + 1) * np.exp(-((2 * k + 1) ** 2) * np.pi**2 / 8 / c**2))
        assert 1 - stays.sum() == pytest.approx(alpha, rel=1e-3)
        assert 1 - stays.sum() <= alpha * (1 + 1e-9)


@given(st.floats(0.001, 0.3), st.floats(10, 1e7))
def test_open_is_narrowest_at_the_planned_end(alpha: float, planned: float) -> None:
    """Tuned to any other time it would be wider there."""
    here = float(factor("open", planned, planned_units=planned, alpha=alpha))
    for other in (0.7, 1.4):
        assert here < float(factor("open", planned, planned_units=planned * other, alpha=alpha))


@given(st.floats(0.001, 0.3), st.floats(0.001, 1.0))
def test_closed_is_narrower_at_the_end_and_wider_early_and_fixed_is_below_both(
    alpha: float, passed: float
) -> None:
    closed, open_ = (
        float(factor(boundary, passed, planned_units=1.0, alpha=alpha)) for boundary in ("closed", "open")
    )
    fixed = float(factor("fixed", 1.0, planned_units=1.0, alpha=alpha))
    assert fixed < min(closed, open_)
    end = [float(factor(boundary, 1.0, planned_units=1.0, alpha=alpha)) for boundary in ("closed", "open")]
    assert end[0] < end[1]
    assert float(factor("closed", 1e-4, planned_units=1.0, alpha=alpha)) > float(
        factor("open", 1e-4, planned_units=1.0, alpha=alpha)
    )


def test_known_figures() -> None:
    assert closed_line(0.05) == pytest.approx(2.2414, abs=1e-4)
    x = narrowest_at(0.05)
    assert x - np.log1p(x) == pytest.approx(-2 * np.log(0.05))
    assert float(factor("open", 1.0, planned_units=1.0, alpha=0.05)) == pytest.approx(
        np.sqrt(2 * (x + 1) / x * np.log(np.sqrt(x + 1) / 0.05))
    )
    assert float(factor("closed", 25, planned_units=100, alpha=0.05)) == pytest.approx(2 * 2.2414, abs=1e-3)


def test_past_the_planned_end_closed_stays_as_at_the_end() -> None:
    assert float(factor("closed", 130, planned_units=100, alpha=0.05)) == closed_line(0.05)


def test_a_line_is_reached_as_seldom_as_formulas_say() -> None:
    assert float(reached(1.5, 0.0, 1.0)) == pytest.approx(2 * (1 - ndtr(1.5)))
    assert float(reached(1.0, -1.0, 1e9)) == pytest.approx(np.exp(-2.0))
    assert float(reached(20.0, 40.0, 1.0)) == pytest.approx(1.0)
    assert float(reached(40.0, 20.0, 0.01)) == pytest.approx(0.0)


def test_what_makes_no_sense_is_an_error() -> None:
    with pytest.raises(ValueError):
        factor("open", 10, planned_units=100, alpha=1.0)
    with pytest.raises(ValueError):
        factor("open", 10, planned_units=0, alpha=0.05)
