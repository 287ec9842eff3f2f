"""What people do besides ordering: browsing, filling a cart, opening the top-up page."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Columns, Ints, choose
from huoshui.sim.orders import Calendar, Orders, second_of_day
from huoshui.sim.people import People

TYPES: Final = ("product.viewed", "cart.added", "topup_intent")
VIEWED, CARTED, TOP_UP_OPENED = range(3)
_BEFORE_AN_ORDER: Final = ((VIEWED, 0.45), (CARTED, 0.18), (TOP_UP_OPENED, 0.06))
_LOOKERS_PER_ORDER: Final = 0.5


@dataclass(frozen=True, slots=True)
class Events(Columns):
    """Events by time; `product` is -1 where none is looked at."""

    person: Ints
    at_s: Ints
    type: Ints
    product: Ints


def draw_events(
    rng: np.random.Generator, people: People, calendar: Calendar, orders: Orders, until_s: int
) -> Events:
    """Some of the looking that precedes orders, and the looking that leads to none."""
    person, at, kind, product = [], [], [], []
    for code, share in _BEFORE_AN_ORDER:
        seen = np.flatnonzero(rng.random(len(orders)) < share)
        person.append(orders.person[seen])
        at.append((orders.at_s[seen] - rng.exponential(5_400, len(seen)).astype(np.int64) - 20).clip(0))
        kind.append(np.full(len(seen), code))
        product.append(np.where(code == TOP_UP_OPENED, -1, orders.product[seen]))
    count = int(_LOOKERS_PER_ORDER * float(people.looks.mean()) * len(orders))
    lookers = choose(rng, (people.orders_per_day + 0.002) * people.looks, count)
    when = rng.integers(0, calendar.days, len(lookers)) * DAY_S + second_of_day(rng, len(lookers))
    person.append(lookers)
    at.append(when)
    kind.append(choose(rng, np.array([0.7, 0.22, 0.08]), len(lookers)))
    product.append(
        np.where(
            kind[-1] == TOP_UP_OPENED, -1, choose(rng, np.ones(1 + int(orders.product.max())), len(lookers))
        )
    )
    who, moment, what, on = (np.concatenate(part).astype(np.int64) for part in (person, at, kind, product))
    here = (moment > people.registered_s[who]) & (moment < until_s)
    order = np.flatnonzero(here)[np.lexsort((who[here], moment[here]))]
    return Events(who[order], moment[order], what[order], on[order])
