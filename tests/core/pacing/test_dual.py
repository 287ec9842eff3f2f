"""The dual's least: no limit is overdrawn, none that has a price is left unused, and the area under a curve is one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paced_plans import straight_curve

from huoshui.core.pacing import PriceCurve
from huoshui.core.pacing.dual import Limits, solved

CURVES = (straight_curve(), straight_curve(6.0, 120.0))


def limits_of(seed: int, count: int = 3) -> Limits:
    """Random cells: a pot at the end, pots before it, and one minimum."""
    rng = np.random.default_rng(seed)
    cells = 12
    arrivals = rng.uniform(5, 100, cells)
    weight = rng.choice([0.0, 1.0, 1.5], (count, cells))
    weight[-1] = 1.0
    minimum = np.where(np.arange(cells) < 3, -1.0, 0.0)
    weight = np.vstack([weight, minimum])
    audience = rng.integers(0, 2, cells)
    most = np.array([200.0, 120.0])[audience] * arrivals
    room = rng.uniform(0.2, 0.8, count + 1) * np.abs(weight * most).sum(axis=1)
    room[-1] *= -0.3
    return Limits(
        CURVES,
        audience,
        arrivals,
        rng.uniform(0.8, 1.4, cells),
        np.full(cells, 0.1),
        weight,
        room,
        np.zeros(count + 1),
        np.full(count + 1, 60.0),
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), start=st.floats(0.0, 8.0))
def test_what_has_a_price_is_used_up_and_nothing_is_overdrawn(seed, start):
    limits = limits_of(seed)
    prices = solved(limits, np.full(4, start))
    _, slope, cost = limits.dual(prices)
    scale = float(np.abs(limits.room).max())
    assert np.allclose(slope, limits.room - limits.weight @ (limits.arrivals * cost))
    inside = prices < limits.high
    assert (slope[inside] >= -1e-5 * scale).all()
    assert (np.abs(slope[prices > 1e-6]) <= 1e-5 * scale).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), place=st.integers(0, 3))
def test_slope_is_what_the_value_changes_by(seed, place):
    limits = limits_of(seed)
    prices = np.random.default_rng(seed).uniform(0.2, 3.0, 4)
    step = np.zeros(4)
    step[place] = 1e-5
    value, slope, _ = limits.dual(prices)
    ahead, behind = limits.dual(prices + step)[0], limits.dual(prices - step)[0]
    assert (ahead - behind) / 2e-5 == pytest.approx(slope[place], rel=1e-3, abs=1e-2 * abs(value))


@pytest.mark.parametrize("price", [0.001, 0.01, 0.5, 2.003, 3.999, 4.0, 9.0])
def test_what_higher_prices_would_take_is_the_area_under_the_cost(price):
    prices = np.linspace(price, 10.0, 400_001)
    cost = CURVES[0].cost_at(prices)
    area = float(((cost[1:] + cost[:-1]) / 2 * np.diff(prices)).sum())
    assert float(CURVES[0].beyond(np.array([price]))[0]) == pytest.approx(area, abs=0.01)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_curve_with_cliffs_still_comes_near_its_least(seed):
    cliff = PriceCurve(
        np.array([1.0, 1.999, 2.0, 3.0]),
        np.array([200.0, 200.0, 50.0, 50.0]),
        np.array([600.0, 600.0, 200.0, 200.0]),
    )
    limits = replace(limits_of(seed, 1), curves=(cliff, cliff))
    prices = solved(limits, np.full(2, 2.5))
    best = limits.dual(prices)[0]
    grid = np.linspace(0.0, 8.0, 60)
    least = min(limits.dual(np.array([one, other]))[0] for one in grid for other in grid)
    assert best <= least + 2e-3 * abs(least)
