"""Events as arrays: their kinds, their order, the moments at which a user is asked about, and what came of them."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
KINDS = ("viewed", "carted", "top_up_opened", "ordered", "paid", "other")
VIEWED, CARTED, TOP_UP_OPENED, ORDERED, PAID, OTHER = range(len(KINDS))
SECOND = 1_000_000
"""Times are microseconds of local time since 1970, as in the canonical tables."""
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
VISIT_GAP_US = 30 * MINUTE
SILENCE_US = 5 * MINUTE
HORIZON_US = DAY
LEAVES, BUYS, OPEN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Events:
    """Events in the order in which they were recorded, whoever's they are.

    `user`: row of the state. `key`: hash of the event's id. `price_fen`: of the goods looked at or paid for, 0 where
    unknown. `product`: a number of the goods, -1 for none.
    """

    user: Ints
    happened_us: Ints
    recorded_us: Ints
    kind: Ints
    price_fen: Ints
    product: Ints
    key: Ints

    def __post_init__(self) -> None:
        sizes = {len(getattr(self, each.name)) for each in fields(self)}
        if len(sizes) != 1:
            raise ValueError(f"columns of different lengths: {sorted(sizes)}")
        if len(self) and (np.diff(self.recorded_us) < 0).any():
            raise ValueError("events are taken in the order in which they were recorded")
        if len(self) and not 0 <= self.kind.min() <= self.kind.max() < len(KINDS):
            raise ValueError(f"a kind is one of {len(KINDS)}")
        if len(self) and self.user.min() < 0:
            raise ValueError("a user is a row of the state")

    def __len__(self) -> int:
        return len(self.user)

    @classmethod
    def sorted(
        cls,
        *,
        user: Ints,
        happened_us: Ints,
        recorded_us: Ints,
        kind: Ints,
        price_fen: Ints,
        product: Ints,
        key: Ints,
    ) -> "Events":
        """Events in any order, put into that of their recording; of one moment by their keys."""
        order = np.lexsort((key, recorded_us))
        columns = (user, happened_us, recorded_us, kind, price_fen, product, key)
        return cls(*(np.ascontiguousarray(column[order], np.int64) for column in columns))

    def cut(self, start: int, stop: int) -> "Events":
        """Those from `start` up to `stop`."""
        columns = {each.name: getattr(self, each.name)[start:stop] for each in fields(self)}
        return replace(self, **columns)


@dataclass(frozen=True, slots=True)
class Asked:
    """Moments at which users are asked about: what was recorded at that moment or before is known."""

    user: Ints
    at_us: Ints

    def __len__(self) -> int:
        return len(self.user)

    def thinned(self, most: int) -> "Asked":
        """At most so many of them, evenly spread over their order."""
        if len(self) <= most:
            return self
        kept = np.linspace(0, len(self) - 1, most).astype(np.int64)
        return Asked(self.user[kept], self.at_us[kept])


def occasions(events: Events, *, until_us: int, silence_us: int = SILENCE_US) -> Asked:
    """Every silence after an event that is no payment, by moment: nothing else recorded of the user in between.

    Left out where an order was paid less than a visit's gap before. `until_us`: recorded up to then.
    """
    order = np.lexsort((np.arange(len(events)), events.user))
    user, recorded, kind = events.user[order], events.recorded_us[order], events.kind[order]
    at = recorded + silence_us
    following = np.append(recorded[1:], np.iinfo(np.int64).max)
    last = np.append(user[1:] != user[:-1], True)
    quiet = (last | (following > at)) & (at <= until_us) & (kind != PAID)
    asked = quiet & (at - _last_paid(user, recorded, kind) > VISIT_GAP_US)
    moment = np.lexsort((user[asked], at[asked]))
    return Asked(user[asked][moment], at[asked][moment])


def _last_paid(user: Ints, recorded: Ints, kind: Ints) -> Ints:
    """When the last payment up to each event of its user was recorded; long ago without one."""
    place = np.where(kind == PAID, np.arange(len(user)), -1)
    place = np.maximum.accumulate(place) if len(place) else place
    own = (place >= 0) & (user[place] == user)
    return np.where(own, recorded[place], np.iinfo(np.int64).min // 2)


def labels(
    events: Events, asked: Asked, *, until_us: int, horizon_us: int = HORIZON_US
) -> npt.NDArray[np.int8]:
    """(M,): LEAVES where no order was paid within the horizon of the moment, BUYS, or OPEN where that is not yet known.

    Who had just paid, which was recorded only later, has bought: nobody knew it at the moment, and nothing was to be
    won any more. The future is read here and nowhere else.
    """
    paid = events.kind == PAID
    user, recorded = events.user[paid], events.recorded_us[paid]
    at = np.minimum(events.happened_us[paid], recorded)
    order = np.lexsort((recorded, at, user))
    user, at, recorded = user[order], at[order], recorded[order]
    found = np.full(len(asked), LEAVES, np.int8)
    if len(user):
        place = _first_after(user, at, asked)
        after, before = np.minimum(place, len(user) - 1), np.maximum(place - 1, 0)
        follows = (place < len(user)) & (user[after] == asked.user) & (at[after] <= asked.at_us + horizon_us)
        just = (place > 0) & (user[before] == asked.user) & (at[before] > asked.at_us - VISIT_GAP_US)
        found[follows | (just & (recorded[before] > asked.at_us))] = BUYS
    found[asked.at_us + horizon_us > until_us] = OPEN
    return found


def _first_after(user: Ints, at: Ints, asked: Asked) -> Ints:
    """Place of the first payment of the user after the moment, in payments by user and time."""
    both_user, both_at = np.concatenate([user, asked.user]), np.concatenate([at, asked.at_us])
    is_asked = np.concatenate([np.zeros(len(user), np.int64), np.ones(len(asked), np.int64)])
    order = np.lexsort((is_asked, both_at, both_user))  # a payment at the very moment is no future
    before = np.cumsum(is_asked[order] == 0)
    found = np.empty(len(asked), np.int64)
    mine = is_asked[order] == 1
    found[order[mine] - len(user)] = before[mine]
    return found
