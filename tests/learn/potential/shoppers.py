"""A shop's visitors with known chances: visits of looks and carts, some of which end in an order minutes later."""

import numpy as np

from huoshui.learn.potential import Events

SECOND = 1_000_000
DAY = 86_400 * SECOND
START = 20_000 * DAY


def shoppers(seed: int, *, users: int = 900, days: int = 40, telling: bool = True) -> Events:
    """With `telling`, who puts goods into a cart, or has bought often, is likelier to order; else nothing tells."""
    rng = np.random.default_rng(seed)
    keen = rng.normal(size=users) if telling else np.zeros(users)
    visits = rng.poisson(days / 8, users)
    who = np.repeat(np.arange(users), visits)
    begin = START + rng.integers(0, days * DAY, len(who))
    looks = 1 + rng.poisson(2, len(who))
    carts = rng.random(len(who)) < 0.25
    odds = -0.4 + 1.2 * keen[who] + (1.6 * carts + 0.4 * (looks > 3) if telling else 0.0)
    buys = rng.random(len(who)) < 1 / (1 + np.exp(-odds))
    parts = []
    for number, kind, chosen, delay in (
        *((n, 0, looks > n, 60 * n) for n in range(6)),
        (6, 1, carts, 400),
        (7, 4, buys, 400 + 360 + rng.integers(0, 3_000, len(who))),
    ):
        own = np.flatnonzero(chosen)
        at = begin[own] + (delay[own] if isinstance(delay, np.ndarray) else delay) * SECOND
        parts.append(np.column_stack([who[own], at, np.full(len(own), kind), own * 8 + number + 1]))
    user, at, kind, key = np.concatenate(parts).T.copy()
    price = np.full(len(user), 1_990)
    return Events.sorted(
        user=user, happened_us=at, recorded_us=at, kind=kind, price_fen=price, product=key % 7, key=key
    )
