"""A shop's visitors with known chances, not made to suit the model: keenness that drifts, pay days, prices, crowds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.learn.potential import Asked, Events
from huoshui.learn.potential.events import CARTED, DAY, MINUTE, ORDERED, PAID, SECOND, TOP_UP_OPENED, VIEWED

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
START = 20_454 * DAY
"""2026-01-01."""
GOODS = 400


@dataclass(frozen=True, slots=True)
class Shop:
    """All events, and of every visit whose it was, when it began, and the chance that it ended in an order."""

    events: Events
    users: int
    until_us: int
    visit_user: Ints
    visit_us: Ints
    visit_chance: Floats

    def true_chance(self, asked: Asked) -> Floats:
        """Chance of an order in the visit that a moment belongs to: what nobody could know better."""
        order = np.lexsort((self.visit_us, self.visit_user))
        user, at = self.visit_user[order], self.visit_us[order]
        place = np.searchsorted(
            user * 10**12 + (at - START) // SECOND, asked.user * 10**12 + (asked.at_us - START) // SECOND
        )
        return self.visit_chance[order][np.maximum(place - 1, 0)]


def drawn_shop(seed: int, *, users: int, days: int = 60, visits_a_user: float = 8.0) -> Shop:
    """Visits cluster in few users; half of what makes somebody buy shows in what they do, half does not."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.6, visits_a_user / 0.6, users)
    count = rng.poisson(rate)
    who = np.repeat(np.arange(users), count)
    begin = START + (rng.random(len(who)) * days * DAY).astype(np.int64)
    order = np.lexsort((begin, who))
    who, begin = who[order], begin[order]
    keen = rng.normal(0, 0.9, users)[who] + rng.normal(0, 0.6, len(who))
    goods = rng.integers(0, GOODS, len(who))
    price = np.exp(np.random.default_rng(seed + 1).normal(7.5, 0.8, GOODS))[goods]
    looks = 1 + rng.poisson(1.5 + 0.8 * np.tanh(keen))
    cart = rng.random(len(who)) < 1 / (1 + np.exp(1.2 - 0.8 * keen))
    opened = rng.random(len(who)) < 0.08
    pay_day = (begin // DAY) % 30 < 3
    odds = -1.6 + 1.1 * keen + 1.2 * cart + 0.9 * opened - 0.5 * np.log(price / 1_800) + 0.5 * pay_day
    chance = 1 / (1 + np.exp(-odds))
    buys = rng.random(len(who)) < chance
    events = _events(rng, who, begin, looks, cart, opened, buys, goods, price.astype(np.int64))
    return Shop(events, users, START + days * DAY, who, begin, chance)


def _events(
    rng: np.random.Generator, who: Ints, begin: Ints, looks: Ints, cart: npt.NDArray[np.bool_],
    opened: npt.NDArray[np.bool_], buys: npt.NDArray[np.bool_], goods: Ints, price: Ints,
) -> Events:  # fmt: skip
    spans = rng.exponential(70 * SECOND, (len(who), int(looks.max()))).cumsum(axis=1).astype(np.int64)
    last = spans[np.arange(len(who)), looks - 1]
    late = last + rng.exponential(9 * MINUTE, len(who)).astype(np.int64) + 6 * MINUTE
    parts = [(looks > n, VIEWED, spans[:, n]) for n in range(int(looks.max()))]
    parts += [(cart, CARTED, last + 40 * SECOND), (opened, TOP_UP_OPENED, last + 90 * SECOND)]
    parts += [(buys, ORDERED, late), (buys, PAID, late + 30 * SECOND)]
    chosen = [np.flatnonzero(mask) for mask, _, _ in parts]
    visit = np.concatenate(chosen)
    at = np.concatenate([begin[own] + delay[own] for own, (_, _, delay) in zip(chosen, parts, strict=True)])
    kind = np.concatenate([np.full(len(own), kind) for own, (_, kind, _) in zip(chosen, parts, strict=True)])
    # A tenth is recorded late, as from a phone without a net; one in a hundred is sent twice.
    recorded = at + np.where(rng.random(len(at)) < 0.1, rng.exponential(3 * MINUTE, len(at)), 0).astype(
        np.int64
    )
    again = np.flatnonzero(rng.random(len(at)) < 0.01)
    rows = np.concatenate([np.arange(len(at)), again])
    delay = np.concatenate([np.zeros(len(at), np.int64), np.full(len(again), 5 * SECOND)])
    return Events.sorted(
        user=who[visit][rows], happened_us=at[rows], recorded_us=recorded[rows] + delay, kind=kind[rows],
        price_fen=price[visit][rows], product=goods[visit][rows], key=rows + 1,
    )  # fmt: skip
