"""How odd each user's habits are among users of the same age whom nothing ties to anybody.

Each habit is a number that is higher the more it looks like living on rewards. Its oddity is -ln of the share of lone
users of that age who have as much of it; the oddities are added up, and the sum is ranked among lone users once more,
so that habits that go together (a bargain hunter has them all) are not counted twice: of lone users, one in ten has an
oddity above ln 10, whatever the platform.
"""

import numpy as np

from huoshui.core.risk.values import HABITS, NEVER_S, Flags, Floats, Ints, People

AGE_DAYS = (7, 30, 90, 365)
LONE_MIN = 100
"""An age class with fewer lone users is judged among all of them; with fewer than this in all nothing is known."""
DAY_S = 86_400


def habits_of(people: People) -> Floats:
    """(N, HABITS), 0 where there is nothing to take a share of.

    The share of money in that was rewards, rewards a day, shares of orders paid with bonus and for goods as good as
    money. Balance passed on is a link, and no habit.
    """
    reward, own = people.reward_fen.astype(np.float64), np.maximum(0, people.own_fen).astype(np.float64)
    orders = people.orders.astype(np.float64)
    columns = {
        "takes_more": _ratio(reward, reward + own),
        "reward_pace": _ratio(people.rewards.astype(np.float64), people.days_seen.astype(np.float64)),
        "bonus_orders": _ratio(people.bonus_orders.astype(np.float64), orders),
        "cash_like": _ratio(people.cash_like_orders.astype(np.float64), orders),
    }
    return np.column_stack([columns[name] for name in HABITS])


def oddity(people: People, lone: Flags, *, as_of_s: int) -> Floats:
    """(N,): -ln of the share of `lone` users of the same age with habits as odd; NaN where too few are lone."""
    if int(lone.sum()) < LONE_MIN:
        return np.full(people.users, np.nan)
    table, age = habits_of(people), age_class(people.registered_s, as_of_s)
    summed = np.zeros(people.users)
    for column in table.T:
        summed += _surprise(column, age, lone)
    return _surprise(summed, age, lone)


def age_class(registered_s: Ints, as_of_s: int) -> Ints:
    """(N,): by days since registration; who registered nobody knows when is the oldest."""
    days = np.where(registered_s == NEVER_S, np.iinfo(np.int64).max, (as_of_s - registered_s) // DAY_S)
    return np.searchsorted(np.array(AGE_DAYS), days, "right")


def _surprise(values: Floats, age: Ints, lone: Flags) -> Floats:
    """-ln((1 + lone users of that age with as much) / (1 + lone users of that age))."""
    surprise = np.zeros(len(values))
    for number in range(len(AGE_DAYS) + 1):
        own = age == number
        beside = own & lone
        if int(beside.sum()) < LONE_MIN:
            beside = lone
        ranked = np.sort(values[beside])
        # Few habits differ: a share is looked up once, not once a user.
        found, place = np.unique(values[own], return_inverse=True)
        as_much = len(ranked) - np.searchsorted(ranked, found, "left")
        surprise[own] = -np.log((1 + as_much) / (1 + len(ranked)))[place]
    return surprise


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
