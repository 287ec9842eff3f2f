"""When people order and what: base orders that depend on no grant, their top-ups, and the dress of any order.

Base orders and orders that a grant induces are dressed by the same rules, which look at no grant.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Columns, Flags, Floats, Ints, choose, choose_by_row, share_of
from huoshui.sim.goods import (
    BASKETS,
    GIFT_CARDS,
    LEVEL_DISCOUNTS,
    TOP_UP_FEN,
    Goods,
    channel_fee,
    level_at,
    top_up_bonus,
)
from huoshui.sim.people import AGENT, DIRECT, GUEST, People

STATUSES: Final = ("delivered", "paid", "partly_refunded", "refunded", "unpaid", "closed", "failed")
DELIVERED, PAID, PARTLY_REFUNDED, REFUNDED, UNPAID, CLOSED, FAILED = range(7)
NEVER_S: Final = 2**40
_PEAK_FACTOR: Final = 3.0
_WEEKEND_FACTOR: Final = 1.3
_PEAK_PROMOTION: Final = 0.04
_HOURS: Final = np.array(
    [
        2.0, 1.2, 0.7, 0.4, 0.3, 0.4, 0.8, 1.5, 2.5, 3.2, 3.8, 4.5,
        5.2, 4.4, 3.9, 3.8, 4.0, 4.4, 5.2, 6.6, 7.6, 7.4, 6.0, 3.8,
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of the files and how busy each is; `peaks` are positions of big-sale days."""

    start: date
    days: int
    busy: Floats
    peaks: tuple[int, ...]

    @property
    def busy_mean(self) -> float:
        """Orders of a mean day, as a multiple of a quiet one."""
        return float(self.busy.mean())

    @property
    def end_s(self) -> int:
        """The end of the last day."""
        return self.days * DAY_S


@dataclass(frozen=True, slots=True)
class TopUps(Columns):
    """Top-ups by time; `paid` is False for those that failed."""

    person: Ints
    at_s: Ints
    amount_fen: Ints
    bonus_fen: Ints
    channel: Ints
    fee_fen: Ints
    paid: Flags


@dataclass(frozen=True, slots=True)
class Orders(Columns):
    """Orders across arrays. `induced_by` and `removed_by` are campaign positions, -1 for none.

    A refund comes at `refund_s` (NEVER_S without); `lost_goods` tells whether the cost stays.
    """

    person: Ints
    at_s: Ints
    status: Ints
    product: Ints
    qty: Ints
    coupon_fen: Ints
    level_discount_fen: Ints
    promotion_fen: Ints
    price_fen: Ints
    cost_fen: Ints
    source: Ints
    channel: Ints
    refund_fen: Ints
    refund_s: Ints
    lost_goods: Flags
    induced_by: Ints
    removed_by: Ints

    @property
    def sold(self) -> Flags:
        """Orders that were paid for."""
        return self.status <= REFUNDED

    @classmethod
    def joined(cls, parts: list["Orders"]) -> "Orders":
        """All orders of `parts`, by time."""
        together = cls.chained(parts)
        return together.take(np.lexsort((together.person, together.at_s)))


def draw_calendar(rng: np.random.Generator, start: date, days: int) -> Calendar:
    """Weekends, a slow swell, and three big-sale days."""
    weekday = np.array([(start + timedelta(days=day)).weekday() for day in range(days)])
    busy = np.where(weekday >= 5, _WEEKEND_FACTOR, 1.0) * (1 + 0.06 * np.sin(np.arange(days) / 19.0))
    peaks = tuple(int(days * share) + int(rng.integers(-2, 3)) for share in (0.14, 0.40, 0.79))
    busy[list(peaks)] *= _PEAK_FACTOR
    return Calendar(start, days, busy, peaks)


def draw_moments(rng: np.random.Generator, people: People, calendar: Calendar) -> tuple[Ints, Ints]:
    """Person and second of every base order: Poisson by day, at each one's pace and wish to buy."""
    days = np.arange(calendar.days)
    depth, period, phase = (people.intent[:, [column]] for column in range(3))
    wish = np.exp(depth * np.sin(2 * np.pi * (days[None, :] + phase) / period) - depth**2 / 4)
    morning = days[None, :] * DAY_S
    here = (morning >= people.registered_s[:, None] - DAY_S) & (morning < people.leaves_s[:, None])
    expected = people.orders_per_day[:, None] * calendar.busy[None, :] * wish * here
    counts = rng.poisson(expected)
    person, day = np.nonzero(counts)
    repeats = counts[person, day]
    person, day = np.repeat(person, repeats), np.repeat(day, repeats)
    at = day * DAY_S + second_of_day(rng, len(day))
    kept = at > people.registered_s[person]
    return person[kept].astype(np.int64), at[kept].astype(np.int64)


def draw_ring_moments(rng: np.random.Generator, people: People) -> tuple[Ints, Ints]:
    """Rings order just enough to look alive: one or two cheap orders each; the head comes back to cash in."""
    person: list[int] = []
    at: list[int] = []
    for members in people.rings.members:
        for member in members.tolist():
            for _ in range(int(rng.integers(1, 3)) + 4 * (member == members[0])):
                person.append(member)
                at.append(int(people.registered_s[member] + rng.integers(DAY_S // 4, 14 * DAY_S)))
    return np.array(person, dtype=np.int64), np.array(at, dtype=np.int64)


def draw_top_ups(rng: np.random.Generator, people: People, person: Ints, at_s: Ints) -> TopUps:
    """Some top up minutes before an order; the amount follows the basket and lasts a few orders."""
    tops_up = (rng.random(len(person)) < people.top_up_per_order[person]) & (at_s > 1_800)
    tops_up &= people.segment[person] != GUEST
    person, at = person[tops_up], at_s[tops_up] - rng.integers(60, 1_500, int(tops_up.sum()))
    order = np.lexsort((person, at))
    person, at = person[order], at[order]
    ladder = np.array([[5, 4, 3, 1, 0.2, 0], [2, 3, 5, 3, 1, 0.2], [0.5, 1, 4, 5, 3, 1.2]])
    amount = TOP_UP_FEN[choose_by_row(rng, ladder, people.basket[person])]
    channel = _channels(rng, people, person)
    paid = rng.random(len(person)) > 0.05
    return TopUps(person, at, amount, top_up_bonus(amount), channel, channel_fee(amount, channel), paid)


def cumulative_before(people: People, top_ups: TopUps, person: Ints, at_s: Ints, *, with_bonus: bool) -> Ints:
    """Cumulative top-up of `person` just before `at_s`: as the shop counts it, or principal alone."""
    span = 2 * NEVER_S
    person_paid, at_paid = top_ups.person[top_ups.paid], top_ups.at_s[top_ups.paid]
    amount = top_ups.amount_fen + (top_ups.bonus_fen if with_bonus else 0)
    order = np.lexsort((at_paid, person_paid))
    keys = person_paid[order] * span + at_paid[order]
    running = np.concatenate([[0], np.cumsum(amount[top_ups.paid][order])])
    until = np.searchsorted(keys, person * span + at_s)
    since = np.searchsorted(keys, person * span)
    return np.asarray(people.prior_top_up_fen[person] + running[until] - running[since])


def dress(
    rng: np.random.Generator,
    people: People,
    goods: Goods,
    calendar: Calendar,
    top_ups: TopUps,
    person: Ints,
    at_s: Ints,
    induced_by: Ints,
) -> Orders:
    """What is ordered, at what price, through whom, and whether it is refunded."""
    count = len(person)
    own = people.source[person]
    source = np.where(rng.random(count) < 0.94, own, DIRECT)
    product = _products(rng, people, goods, person, source)
    qty = 1 + (rng.random(count) < 0.06) + (rng.random(count) < 0.02)
    gross = goods.price_fen[product] * qty
    discounted = source != AGENT
    level = level_at(cumulative_before(people, top_ups, person, at_s, with_bonus=True))
    known = people.segment[person] != GUEST
    level_discount = np.where(discounted & known, share_of(gross, LEVEL_DISCOUNTS[level]), 0)
    coupon_share = rng.random(count)
    coupon = np.where(
        discounted & (coupon_share < people.coupon_share[person]) & (gross >= 3_000),
        rng.integers(2, 5, count) * 100,
        0,
    )
    peak = np.isin(at_s // DAY_S, calendar.peaks)
    promotion = np.where(discounted & peak, share_of(gross, _PEAK_PROMOTION), 0)
    price = gross - level_discount - coupon - promotion
    status = choose(rng, np.array([0.93, 0.0, 0.006, 0.014, 0.03, 0.015, 0.005]), count)
    status[induced_by >= 0] = DELIVERED
    part = np.where(status == PARTLY_REFUNDED, rng.uniform(0.2, 0.6, count), 1.0)
    refunded = (status == PARTLY_REFUNDED) | (status == REFUNDED)
    return Orders(
        person=person,
        at_s=at_s,
        status=status,
        product=product,
        qty=qty.astype(np.int64),
        coupon_fen=coupon.astype(np.int64),
        level_discount_fen=level_discount,
        promotion_fen=promotion,
        price_fen=price.astype(np.int64),
        cost_fen=goods.cost_fen[product] * qty,
        source=source,
        channel=_channels(rng, people, person),
        refund_fen=np.where(refunded, np.rint(price * part), 0).astype(np.int64),
        refund_s=np.where(
            refunded, at_s + (rng.exponential(1.4, count) * DAY_S).astype(np.int64) + 600, NEVER_S
        ),
        lost_goods=(status != REFUNDED) | (rng.random(count) < 0.4),
        induced_by=induced_by,
        removed_by=np.full(count, -1, dtype=np.int64),
    )


def seen_at(orders: Orders, until_s: int) -> Orders:
    """The orders as the shop sees them at `until_s`: no refund still to come, the latest not delivered."""
    coming = (orders.refund_s >= until_s) & (orders.refund_fen > 0)
    status = np.where(coming, DELIVERED, orders.status)
    status = np.where((status == DELIVERED) & (orders.at_s > until_s - 1_200), PAID, status)
    return orders.with_changes(
        status=status,
        refund_fen=np.where(coming, 0, orders.refund_fen),
        refund_s=np.where(coming, NEVER_S, orders.refund_s),
        cost_fen=np.where(orders.lost_goods | coming, orders.cost_fen, 0),
    )


def second_of_day(rng: np.random.Generator, count: int) -> Ints:
    """Seconds since midnight, mostly at noon and in the evening."""
    return choose(rng, _HOURS, count) * 3_600 + rng.integers(0, 3_600, count)


def _channels(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """People keep to their channel, four times in five."""
    others = people.channel[rng.integers(0, people.count, len(person))]
    return np.where(rng.random(len(person)) < 0.8, people.channel[person], others)


def _products(rng: np.random.Generator, people: People, goods: Goods, person: Ints, source: Ints) -> Ints:
    """By basket class; agents sell only their goods; rings buy the cheapest, their heads gift cards."""
    agent_weights = goods.weights * goods.by_agents[None, :]
    cheap = (goods.price_fen <= 1_800).astype(np.float64)
    cards = (goods.category == GIFT_CARDS).astype(np.float64)
    table = np.vstack([goods.weights, agent_weights, cheap[None, :], cards[None, :]])
    row = people.basket[person] + np.where(source == AGENT, BASKETS, 0)
    ring = people.rings.ring_of(people.count)[person]
    heads = np.array([members[0] for members in people.rings.members], dtype=np.int64)
    row = np.where(ring >= 0, 2 * BASKETS, row)
    row = np.where(np.isin(person, heads), 2 * BASKETS + 1, row)
    return choose_by_row(rng, table, row)
