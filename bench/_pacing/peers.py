"""Other ways to pace the same month.

Each knows last month's arrivals, the history and the calendar; none keeps minimums, which is in their favour. Explorers
and the ledger's floor hold for all.
"""

from math import exp

import numpy as np

from _pacing.ours import plan_of
from _pacing.shop import AUDIENCES, DAYS, HOURS, Asked, Floats, Shop
from huoshui.core.pacing import Observed

NO_BOUND = (2**60,) * len(AUDIENCES)


class FirstCome:
    """The highest level for everybody, until the pot is empty."""

    name = "first come, first served"

    def __init__(self, shop: Shop) -> None:  # noqa: ARG002  made like the others
        self.asked = Asked(None, NO_BOUND)

    def ask(self) -> Asked:
        """The same at every hour."""
        return self.asked

    def told(self, observed: Observed) -> None:
        """It learns nothing."""


class AnythingThatPays:
    """Whatever the model says brings more than it costs, until the pot is empty."""

    name = "anything with value > cost"
    price = 1.0

    def __init__(self, shop: Shop) -> None:
        self.factor = plan_of(shop).forecast.value_factor
        self.hour = 0

    def ask(self) -> Asked:
        """One price, in the calendar's value of the hour."""
        return Asked((self.price / float(self.factor[self.hour]),) * len(AUDIENCES), NO_BOUND)

    def told(self, observed: Observed) -> None:  # noqa: ARG002  it learns nothing
        """The clock goes on."""
        self.hour += 1


class LastMonthsPrice(AnythingThatPays):
    """The price that would have used last month's pot, an ordinary month, to the fen."""

    name = "last month's price"

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        last_month = float(shop.history.arrivals[:, -DAYS:].sum())
        self.price = _price(_by_price(shop, last_month), shop.budget_fen)


class EqualDays:
    """A thirtieth of the pot a day, what is left carried on; each day at the price that its forecast arrivals allow."""

    name = "equal daily budgets"

    def __init__(self, shop: Shop) -> None:
        self.shop, self.plan = shop, plan_of(shop)
        self.hour, self.spent, self.today, self.price = 0, 0.0, 0.0, 1.0
        self.one = _by_price(shop, 1.0)

    def ask(self) -> Asked:
        """The day's model price, and what is left of the day's part at face."""
        day = self.hour // HOURS
        if self.hour % HOURS == 0:
            self.today = self.shop.budget_fen * (day + 1) / DAYS - self.spent
            arrivals = float(self.plan.forecast.arrivals[:, day * HOURS : (day + 1) * HOURS].sum())
            self.price = _price([(price, cost * arrivals) for price, cost in self.one], self.today)
        room = max(0, int(self.today / self.shop.settlement.use_share))
        return Asked((self.price,) * len(AUDIENCES), (room,) * len(AUDIENCES))

    def told(self, observed: Observed) -> None:
        """What was granted, as expected to be used, comes off the day's part."""
        used = sum(observed.expected_est)
        self.spent, self.today, self.hour = self.spent + used, self.today - used, self.hour + 1


class MirrorDescent:
    """Dual mirror descent (Balseiro, Lu, Mirrokni 2023) against the spend that the forecast plan would have by hour."""

    name = "dual mirror descent to the forecast plan"
    rate = 0.02

    def __init__(self, shop: Shop) -> None:
        plan = plan_of(shop)
        self.factor, self.hour = plan.forecast.value_factor, 0
        arrivals = plan.forecast.arrivals.sum(axis=0)
        one = _by_price(shop, 1.0)
        self.price = _price_over(one, arrivals, self.factor, shop.budget_fen)
        self.target = arrivals * _costs(one, self.price / self.factor)
        self.mean = float(self.target.mean())

    def ask(self) -> Asked:
        """The price as it has walked."""
        return Asked((self.price / float(self.factor[self.hour]),) * len(AUDIENCES), NO_BOUND)

    def told(self, observed: Observed) -> None:
        """Up by what was spent above the target, down below it."""
        off = (sum(observed.expected_est) - float(self.target[self.hour])) / self.mean
        self.price *= exp(self.rate * max(-5.0, min(5.0, off)))
        self.hour += 1


class SettledOnly:
    """The product's controller as it would be if it counted only what has been used, not what is promised."""

    name = "ours, counting settled spend only"

    def __init__(self, shop: Shop) -> None:
        self.plan = plan_of(shop)
        self.one = _by_price(shop, 1.0)
        self.factor = self.plan.forecast.value_factor
        self.arrivals = self.plan.forecast.arrivals.sum(axis=0)
        self.hour, self.used, self.seen, self.expected = 0, 0, 1.0, 1.0
        self.price = 1.0

    def ask(self) -> Asked:
        """The price at which the demand left costs what has not been used yet."""
        level = self.seen / self.expected
        rest = self.plan.budget_fen - self.used
        self.price = _price_over(self.one, level * self.arrivals[self.hour :], self.factor[self.hour :], rest)
        return Asked((self.price / float(self.factor[self.hour]),) * len(AUDIENCES), NO_BOUND)

    def told(self, observed: Observed) -> None:
        """Level and what was used."""
        assert observed.arrivals is not None
        self.seen = self.seen * 0.98 + sum(observed.arrivals)
        self.expected = self.expected * 0.98 + float(self.arrivals[self.hour])
        self.used += sum(one.redeemed_fen for one in observed.settled)
        self.hour += 1


PEERS = (FirstCome, AnythingThatPays, LastMonthsPrice, EqualDays, MirrorDescent, SettledOnly)


def _by_price(shop: Shop, arrivals: float) -> list[tuple[float, float]]:
    """Price and expected cost of so many arrivals of last month's mix, explorers counted."""
    plan = plan_of(shop)
    share = np.bincount(shop.sample.audience, minlength=len(AUDIENCES)) / len(shop.sample.audience)
    prices = np.geomspace(1.0, max(curve.prices[-1] for curve in plan.curves), 400)
    cost = plan.explore_est + sum(
        part * curve.cost_at(prices) for part, curve in zip(share, plan.curves, strict=True)
    )
    return [(float(price), float(fen) * arrivals) for price, fen in zip(prices, cost, strict=True)]


def _price(by_price: list[tuple[float, float]], budget: float) -> float:
    """The least price whose cost is within the budget."""
    return next((price for price, cost in by_price if cost <= budget), by_price[-1][0])


def _costs(one: list[tuple[float, float]], prices: Floats) -> Floats:
    return np.interp(prices, [price for price, _ in one], [cost for _, cost in one])


def _price_over(one: list[tuple[float, float]], arrivals: Floats, factor: Floats, budget: float) -> float:
    """The least price at which these hours, each worth its factor, cost no more than the budget."""
    low, high = 1.0, one[-1][0]
    for _ in range(30):
        middle = (low * high) ** 0.5
        within = float((arrivals * _costs(one, middle / factor)).sum()) <= budget
        low, high = (low, middle) if within else (middle, high)
    return high
