"""The least of a convex dual: prices of at least 0 for limits, over cells of demand that take less as they pay more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from huoshui.core.pacing.values import Floats, Ints, PriceCurve

STEPS_MOST = 60
HALVINGS_MOST = 20
NEAR = 1e-7
"""A limit met to this share of the scale is met."""
LITTLE = 1e-11
"""A step that lowers the dual by a smaller share is the last."""
ENOUGH = 1e-4
"""Armijo's share of the promised decrease."""
LOOK = 0.01
"""The slope of a curve is taken over so much of the price to either side."""
RIDGE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Cells (C,) and limits (L,) of one problem.

    `weight` (L, C): what a fen of cost in a cell takes of a limit; negative for a minimum. `room` (L,): what may be
    taken at most. A cell pays weight x prices over `worth`, at least `floor`; `low` and `high` bound the prices.
    """

    curves: Sequence[PriceCurve]
    audience: Ints
    arrivals: Floats
    worth: Floats
    floor: Floats
    weight: Floats
    room: Floats
    low: Floats
    high: Floats

    def model_price(self, prices: Floats) -> Floats:
        """(C,) what a cell pays a fen of the plan's cost."""
        return (prices @ self.weight) / self.worth

    def cost_at(self, prices: Floats) -> Floats:
        """(C,) expected cost of an arrival."""
        return self._by_curve(np.maximum(self.model_price(prices), self.floor))

    def dual(self, prices: Floats) -> tuple[float, Floats, Floats]:
        """Its value, its slope by price (L,), and the cost of an arrival by cell."""
        model = self.model_price(prices)
        paid = np.maximum(model, self.floor)
        cost = self._by_curve(paid)
        above = np.empty_like(paid)
        for place, curve in enumerate(self.curves):
            mine = self.audience == place
            above[mine] = curve.beyond(paid[mine])
        value = float(
            (self.arrivals * self.worth * (above + (paid - model) * cost)).sum() + prices @ self.room
        )
        return value, self.room - self.weight @ (self.arrivals * cost), cost

    def curvature(self, prices: Floats) -> Floats:
        """(L, L) second derivatives, the curves' slope taken over a little of the price."""
        model = self.model_price(prices)
        some = model > self.floor
        paid = np.maximum(model, self.floor)
        fall = self._by_curve(paid * (1 - LOOK)) - self._by_curve(paid * (1 + LOOK))
        steep = np.where(some, self.arrivals * fall / (2 * LOOK * paid * self.worth), 0.0)
        return (self.weight * steep) @ self.weight.T

    def _by_curve(self, paid: Floats) -> Floats:
        cost = np.empty_like(paid)
        for place, curve in enumerate(self.curves):
            mine = self.audience == place
            cost[mine] = curve.cost_at(paid[mine])
        return cost


def solved(limits: Limits, start: Floats) -> Floats:
    """(L,) prices at the dual's least, by projected Newton steps (Bertsekas 1982)."""
    prices = np.clip(start, limits.low, limits.high)
    scale = max(1.0, float(np.abs(limits.room).max()))
    value, slope, _ = limits.dual(prices)
    for _ in range(STEPS_MOST):
        held = ((prices <= limits.low) & (slope > 0)) | ((prices >= limits.high) & (slope < 0))
        free = ~held
        if not free.any() or float(np.abs(slope[free]).max()) <= NEAR * scale:
            break
        curvature = limits.curvature(prices)[np.ix_(free, free)]
        size = max(float(np.trace(curvature)) / int(free.sum()), scale * RIDGE)
        step = np.zeros_like(prices)
        step[free] = -np.linalg.solve(curvature + RIDGE * size * np.eye(int(free.sum())), slope[free])
        step *= min(1.0, float(limits.high.max()) / max(float(np.abs(step).max()), RIDGE))
        length = 1.0
        for _ in range(HALVINGS_MOST):
            tried = np.clip(prices + length * step, limits.low, limits.high)
            found, found_slope, _ = limits.dual(tried)
            if found <= value + ENOUGH * float(slope @ (tried - prices)):
                break
            length /= 2
        else:
            break
        little = value - found <= LITTLE * abs(value)
        prices, value, slope = tried, found, found_slope
        if little:
            # A curve that falls in steps has corners; there no slope comes to 0.
            break
    return prices
