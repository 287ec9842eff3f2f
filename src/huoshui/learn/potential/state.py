"""A user's row of state, moved on by each event and read at any moment: the one definition of the features.

`advance` and `snapshot` are compiled once and run offline and online alike. See docs/spec/potential.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numba as nb
import numpy as np
import numpy.typing as npt

from huoshui.learn.potential.events import (
    CARTED,
    DAY,
    KINDS,
    MINUTE,
    OTHER,
    PAID,
    SECOND,
    VIEWED,
    VISIT_GAP_US,
    Asked,
    Events,
    Ints,
)  # fmt: skip

_F = TypeVar("_F", bound=Callable[..., Any])
Floats = npt.NDArray[np.float64]
HALF_LIVES_US = (10 * MINUTE, DAY, 14 * DAY)
HALF_LIFE_NAMES = ("10min", "1d", "14d")
COUNTED = OTHER
"""Kinds that are counted by themselves: all but the last."""
WINDOWS = len(HALF_LIVES_US)
LATE_MAX_US = DAY
NEVER_US = 90 * DAY
RING = 8
NEVER = np.iinfo(np.int64).min // 4

# Whole numbers of a row.
CLOCK = 0
LAST = 1
VISIT_START = LAST + COUNTED
VISIT_LAST, VISIT_EVENTS, VISIT_CARTS, VISITS, VISITS_UNPAID, PRODUCT, CHANGES, LOOKS, ORDERS, RING_AT = (
    range(VISIT_START + 1, VISIT_START + 11)
)
KEYS = RING_AT + 1
INTS = KEYS + RING
# Others.
PRICE = COUNTED * WINDOWS
PAID_SUM = PRICE + 1
FLOATS = PAID_SUM + 1

FEATURES: tuple[str, ...] = (
    *(f"{kind}_{window}" for kind in KINDS[:COUNTED] for window in HALF_LIFE_NAMES),
    *(f"since_{kind}" for kind in KINDS[:COUNTED]),
    "silence", "visit_length", "visit_events", "visit_carts", "visits", "visits_unpaid", "orders", "changes", "looks",
    "price", "price_to_paid", "hour_sin", "hour_cos", "weekend",
)  # fmt: skip
APPLIED, LATE, TOO_LATE, TWICE = range(4)


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place; sums stay in their order, bit by bit."""
    try:
        return cast(_F, nb.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:
        return cast(_F, nb.njit(nogil=True, error_model="numpy")(function))


@compiled
def advance(
    row: Ints, levels: Floats, happened: int, recorded: int, kind: int, price: int, product: int, key: int
) -> int:
    """Move one user's row on by one event; APPLIED, LATE (counted, but no visit), TOO_LATE or TWICE (nothing done)."""
    at = min(happened, recorded)
    if recorded - at > LATE_MAX_US:
        return TOO_LATE
    for i in range(RING):
        if row[KEYS + i] == key and key != 0:
            return TWICE
    row[KEYS + row[RING_AT]] = key
    row[RING_AT] = (row[RING_AT] + 1) % RING
    late = at < row[CLOCK]
    if late:
        if kind < COUNTED:
            for w in range(WINDOWS):
                levels[kind * WINDOWS + w] += np.exp2(-(row[CLOCK] - at) / HALF_LIVES_US[w])
    else:
        for w in range(WINDOWS):
            kept = np.exp2(-(at - row[CLOCK]) / HALF_LIVES_US[w])
            for k in range(COUNTED):
                levels[k * WINDOWS + w] *= kept
            if kind < COUNTED:
                levels[kind * WINDOWS + w] += 1.0
        row[CLOCK] = at
    if kind < COUNTED:
        row[LAST + kind] = max(row[LAST + kind], at)
    if kind == PAID:
        row[ORDERS] += 1
        row[VISITS_UNPAID] = 0
        levels[PAID_SUM] += price
    elif not late:
        _visit(row, levels, at, kind, price, product)
    return LATE if late else APPLIED


@compiled
def _visit(row: Ints, levels: Floats, at: int, kind: int, price: int, product: int) -> None:
    """An event in time, no payment: it opens a visit or prolongs one."""
    if at - row[VISIT_LAST] > VISIT_GAP_US:
        row[VISIT_START] = at
        row[VISIT_EVENTS] = 0
        row[VISIT_CARTS] = 0
        row[VISITS] += 1
        row[VISITS_UNPAID] += 1
        row[CHANGES] = 0
        row[LOOKS] = 0
        row[PRODUCT] = -1
    row[VISIT_LAST] = at
    row[VISIT_EVENTS] += 1
    row[VISIT_CARTS] += 1 if kind == CARTED else 0
    if product >= 0:
        if product == row[PRODUCT]:
            row[LOOKS] += 1
        else:
            row[CHANGES] += 1 if row[PRODUCT] >= 0 else 0
            row[LOOKS] = 1
        row[PRODUCT] = product
    if price > 0 and kind in (VIEWED, CARTED):
        levels[PRICE] = price


@compiled
def snapshot(row: Ints, levels: Floats, at: int, out: npt.NDArray[np.float32]) -> int:
    """Write the features of one user's row at a moment; changes nothing. -1 where the row is ahead of the moment."""
    if at < row[CLOCK]:
        return -1
    age = at - row[CLOCK]
    for w in range(WINDOWS):
        kept = np.exp2(-age / HALF_LIVES_US[w])
        for k in range(COUNTED):
            out[k * WINDOWS + w] = np.log1p(levels[k * WINDOWS + w] * kept)
    place = COUNTED * WINDOWS
    for k in range(COUNTED):
        out[place + k] = _log_seconds(min(at - row[LAST + k], NEVER_US))
    place += COUNTED
    out[place] = _log_seconds(min(at - row[VISIT_LAST], NEVER_US))
    out[place + 1] = _log_seconds(row[VISIT_LAST] - row[VISIT_START])
    out[place + 2] = np.log1p(row[VISIT_EVENTS])
    out[place + 3] = np.log1p(row[VISIT_CARTS])
    out[place + 4] = np.log1p(row[VISITS])
    out[place + 5] = np.log1p(row[VISITS_UNPAID])
    out[place + 6] = np.log1p(row[ORDERS])
    out[place + 7] = np.log1p(row[CHANGES])
    out[place + 8] = np.log1p(row[LOOKS])
    out[place + 9] = np.log1p(levels[PRICE] / 100)
    mean_paid = levels[PAID_SUM] / row[ORDERS] if row[ORDERS] > 0 else 0.0
    known = levels[PRICE] > 0 and mean_paid > 0
    out[place + 10] = np.log(levels[PRICE] / mean_paid) if known else 0.0
    turn = 2 * np.pi * (at % DAY) / DAY
    out[place + 11] = np.sin(turn)
    out[place + 12] = np.cos(turn)
    out[place + 13] = 1.0 if (at // DAY + 3) % 7 >= 5 else 0.0  # 1970 began on a Thursday
    return 0


@compiled
def _log_seconds(span_us: int) -> float:
    found: float = np.log1p(span_us / SECOND)
    return found


@compiled
def advance_all(
    rows: Ints, levels: Floats, user: Ints, happened: Ints, recorded: Ints, kind: Ints, price: Ints, product: Ints,
    key: Ints, outcomes: Ints,
) -> None:  # fmt: skip
    """Every event in turn; how many came to each outcome, into `outcomes` (4,)."""
    for i in range(len(user)):
        u = user[i]
        found = advance(rows[u], levels[u], happened[i], recorded[i], kind[i], price[i], product[i], key[i])
        outcomes[found] += 1


@compiled
def snapshot_all(rows: Ints, levels: Floats, user: Ints, at: Ints, out: npt.NDArray[np.float32]) -> int:
    """The features of (user, moment) into `out` (M, F); the place of the first that was asked too early, or -1."""
    for i in range(len(user)):
        if snapshot(rows[user[i]], levels[user[i]], at[i], out[i]) < 0:
            return i
    return -1


@compiled
def replay(
    rows: Ints, levels: Floats, user: Ints, happened: Ints, recorded: Ints, kind: Ints, price: Ints, product: Ints,
    key: Ints, outcomes: Ints, asked_user: Ints, asked_at: Ints, out: npt.NDArray[np.float32],
) -> None:  # fmt: skip
    """Events and moments in one pass by time: at a moment all that was recorded by then is in, and nothing later."""
    at = 0
    for m in range(len(asked_user)):
        begin = at
        while at < len(user) and recorded[at] <= asked_at[m]:
            at += 1
        advance_all(
            rows, levels, user[begin:at], happened[begin:at], recorded[begin:at], kind[begin:at], price[begin:at],
            product[begin:at], key[begin:at], outcomes,
        )  # fmt: skip
        u = asked_user[m]
        snapshot(rows[u], levels[u], asked_at[m], out[m])


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch of events."""

    applied: int
    late: int
    too_late: int
    twice: int


class State:
    """The rows of `users` users; events come in batches, in the order of their recording."""

    def __init__(self, users: int) -> None:
        self.rows, self.levels = _empty(users)
        self.recorded_us = NEVER

    @property
    def users(self) -> int:
        return len(self.rows)

    def grow(self, users: int) -> None:
        """Make room for users who have come since."""
        if users > self.users:
            rows, levels = _empty(users - self.users)
            self.rows = np.concatenate([self.rows, rows])
            self.levels = np.concatenate([self.levels, levels])

    def take(self, events: Events) -> Taken:
        """Move the rows on. ValueError where a batch was recorded before one taken earlier."""
        outcomes = np.zeros(4, np.int64)
        if len(events):
            self._check(events)
            advance_all(
                self.rows, self.levels, events.user, events.happened_us, events.recorded_us, events.kind,
                events.price_fen, events.product, events.key, outcomes,
            )  # fmt: skip
            self.recorded_us = int(events.recorded_us[-1])
        return Taken(*outcomes.tolist())

    def features(self, asked: Asked) -> npt.NDArray[np.float32]:
        """(M, F) as the rows stand now. ValueError where an event after the moment is in already."""
        if len(asked) and not 0 <= asked.user.min() <= asked.user.max() < self.users:
            raise ValueError(f"users are rows 0 to {self.users - 1}")
        out = np.empty((len(asked), len(FEATURES)), np.float32)
        early = snapshot_all(self.rows, self.levels, asked.user, asked.at_us, out)
        if early >= 0:
            raise ValueError(f"row {asked.user[early]} is ahead of the moment asked")
        return out

    def _check(self, events: Events) -> None:
        if events.recorded_us[0] < self.recorded_us:
            raise ValueError("a batch was recorded before one that has been taken")
        if events.user.max() >= self.users:
            raise ValueError(f"user {events.user.max()} of {self.users}: make room first")


def features_of(events: Events, asked: Asked, *, users: int) -> tuple[npt.NDArray[np.float32], Taken]:
    """(M, F) at each moment asked, in their order, from what was recorded by then; and what became of the events."""
    state, outcomes = State(users), np.zeros(4, np.int64)
    order = np.argsort(asked.at_us, kind="stable")
    out = np.empty((len(asked), len(FEATURES)), np.float32)
    if len(events):
        state._check(events)
    replay(
        state.rows, state.levels, events.user, events.happened_us, events.recorded_us, events.kind,
        events.price_fen, events.product, events.key, outcomes, asked.user[order], asked.at_us[order], out,
    )  # fmt: skip
    back = np.empty_like(out)
    back[order] = out
    return back, Taken(*outcomes.tolist())


def _empty(users: int) -> tuple[Ints, Floats]:
    rows, levels = np.zeros((users, INTS), np.int64), np.zeros((users, FLOATS))
    rows[:, CLOCK], rows[:, LAST : LAST + COUNTED], rows[:, VISIT_LAST] = NEVER, NEVER, NEVER
    rows[:, VISIT_START] = NEVER
    rows[:, PRODUCT] = -1
    return rows, levels
