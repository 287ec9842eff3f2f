"""What a level means for money: who of a group may have a newcomer's reward, how much, and how soon it may be spent."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.risk.values import LEVELS, Flags, Ints, Level

HOUR_S = 3_600
NO_CAP_FEN = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Caps:
    """Fen that one user, and the members of one linked group together, may be granted in a period; None: no cap."""

    user_fen: int | None = None
    group_fen: int | None = None

    def __post_init__(self) -> None:
        for cap in (self.user_fen, self.group_fen):
            if cap is not None and cap < 0:
                raise ValueError(f"a cap is at least 0: {cap}")


@dataclass(frozen=True, slots=True)
class Waits:
    """Hours before a reward may be spent, by level; what is found within them costs nothing but the wait.

    `high` waits for a look, and no longer than this: a suspicion nobody has looked at is no reason to keep a reward.
    """

    none: int = 1
    linked: int = 24
    watch: int = 72
    high: int = 168

    def __post_init__(self) -> None:
        if not 0 <= self.none <= self.linked <= self.watch <= self.high:
            raise ValueError(f"a higher level never waits less: {self}")

    def of(self, level: Level) -> int:
        """Hours of a level."""
        return {"none": self.none, "linked": self.linked, "watch": self.watch, "high": self.high}[level]


def spendable_s(granted_s: Ints, level: npt.NDArray[np.uint8], waits: Waits = Waits()) -> Ints:
    """The earliest time at which each reward (M,) granted to a user of a level may be spent."""
    return np.asarray(granted_s + np.array([waits.of(name) for name in LEVELS], np.int64)[level] * HOUR_S)


def one_a_group(group: Ints, wanting: Flags, had: Flags, order: Ints) -> Flags:
    """Who of those `wanting` a newcomer's reward may have it (N,): one a linked group, and none where one `had` it.

    Of a group the one with the least `order` (the time of registration, say); of equals the first in place. Who is in
    no group is a unit of their own.
    """
    count = int(group.max(initial=-1)) + 1
    unit = np.where(group >= 0, group, count + np.arange(len(group)))
    taken = np.zeros(count + len(group), np.bool_)
    taken[unit[had]] = True
    asking = np.flatnonzero(wanting & ~taken[unit])
    asking = asking[np.lexsort((asking, order[asking], unit[asking]))]
    first = np.ones(len(asking), np.bool_)
    first[1:] = unit[asking][1:] != unit[asking][:-1]
    allowed = np.zeros(len(group), np.bool_)
    allowed[asking[first]] = True
    return allowed


def room_fen(granted_fen: Ints, group: Ints, caps: Caps) -> Ints:
    """What each user may still be granted (N,), NO_CAP_FEN without a cap: the lesser of their own room and the group's.

    The room of a group is one for all members: what one is granted, the others have no more.
    """
    room = np.full(len(granted_fen), NO_CAP_FEN, np.int64)
    if caps.user_fen is not None:
        room = np.maximum(0, caps.user_fen - granted_fen)
    if caps.group_fen is not None:
        inside = group >= 0
        given = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
        np.add.at(given, group[inside], granted_fen[inside])
        room[inside] = np.minimum(room[inside], np.maximum(0, caps.group_fen - given)[group[inside]])
    return room
