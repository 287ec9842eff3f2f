"""Commands of one kind as columns, for core and for the books."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from huoshui.base.money import FEN_MAX
from huoshui.core.ledger import Code, Kind
from huoshui.flow.commands import (
    Activate,
    Cancel,
    Capture,
    Clawback,
    Command,
    Grant,
    LockTerm,
    Opening,
    PlaceHold,
    Refund,
    Release,
    Reserve,
    Spend,
    TopUp,
    Transfer,
    Unlock,
    Withdraw,
)
from huoshui.store.books import microseconds
from huoshui.store.columns import Ids, Ints, id_array

INT64_MAX = 2**63 - 1
SMALL_MAX = 2**15 - 1
"""Priorities and restrictions of lots are kept in 16 bits."""
NO_ID = bytes(16)
"""Stands where a command names nothing."""

Cells = tuple[int, bytes, bytes, bytes, bytes, int, int, int, int, int]
"""fen, user, account, other, ref, four terms (core.ledger.Batch), priority."""


def _grant(command: Grant) -> Cells:
    ends = microseconds(command.ends_at) if isinstance(command, Reserve) else 0
    begins = microseconds(command.effective_at) if command.effective_at else 0
    expires = microseconds(command.expires_at)
    parties = command.user.bytes, command.campaign.bytes, NO_ID, NO_ID
    return (command.fen, *parties, begins, expires, ends, command.restriction, command.priority)


def _spend(command: Spend) -> Cells:
    ends = microseconds(command.ends_at) if isinstance(command, PlaceHold) else 0
    most = FEN_MAX if command.bonus_fen_max is None else command.bonus_fen_max
    return (command.fen, command.user.bytes, NO_ID, NO_ID, NO_ID, command.restriction, most, ends, 0, 0)


def _top_up(command: TopUp) -> Cells:
    return (command.fen, command.user.bytes, NO_ID, NO_ID, NO_ID, 0, 0, 0, 0, 0)


def _transfer(command: Transfer) -> Cells:
    unit = 0 if command.unit == "principal" else 1
    return (command.fen, NO_ID, command.source.bytes, command.to.bytes, NO_ID, unit, 0, 0, 0, 0)


def _about(ref: bytes, fen: int) -> Cells:
    return (fen, NO_ID, NO_ID, NO_ID, ref, 0, 0, 0, 0, 0)


FORMS: dict[type[Command], tuple[Kind, Callable[[Any], Cells]]] = {
    Transfer: (Kind.TRANSFER, _transfer),
    Grant: (Kind.GRANT, _grant),
    TopUp: (Kind.TOP_UP, _top_up),
    Opening: (Kind.OPENING, _top_up),
    Withdraw: (Kind.WITHDRAW, _top_up),
    Spend: (Kind.SPEND, _spend),
    PlaceHold: (Kind.HOLD, _spend),
    LockTerm: (Kind.LOCK, _spend),
    Capture: (Kind.CAPTURE, lambda command: _about(command.hold.bytes, command.fen)),
    Release: (Kind.RELEASE, lambda command: _about(command.hold.bytes, 0)),
    Unlock: (Kind.UNLOCK, lambda command: _about(command.hold.bytes, 0)),
    Reserve: (Kind.RESERVE, _grant),
    Activate: (Kind.ACTIVATE, lambda command: _about(command.reservation.bytes, command.fen)),
    Cancel: (Kind.CANCEL, lambda command: _about(command.reservation.bytes, 0)),
    Refund: (Kind.REFUND, lambda command: _about(command.op.bytes, command.fen)),
    Clawback: (Kind.CLAWBACK, lambda command: _about(command.lot.bytes, command.fen)),
}

BODY = np.dtype(
    [
        ("kind", ">i8"),
        ("fen", ">i8"),
        ("user", "V16"),
        ("account", "V16"),
        ("other", "V16"),
        ("ref", "V16"),
        ("terms", ">i8", (4,)),
        ("priority", ">i8"),
        ("happened", ">i8"),
    ]
)
"""What two commands with one id must have in common to be one."""


@dataclass(frozen=True, slots=True)
class Items:
    """Columns of commands of one kind, in order; NO_ID and 0 stand for what is not given."""

    kind: Kind
    ids: list[bytes]
    fen: Ints
    users: list[bytes]
    accounts: list[bytes]
    others: list[bytes]
    refs: list[bytes]
    terms: Ints
    priority: Ints
    happened: Ints
    group: Ints
    preset: Ints
    approvals: list[bytes]
    by_hand: list[bool]

    def __len__(self) -> int:
        return len(self.ids)

    def taken(self, rows: Sequence[int]) -> "Items":
        """Some of the items."""
        index = np.array(rows, np.int64)
        lists = ("ids", "users", "accounts", "others", "refs", "approvals", "by_hand")
        arrays = ("fen", "terms", "priority", "happened", "group", "preset")
        some: dict[str, Any] = {name: [getattr(self, name)[row] for row in rows] for name in lists}
        some |= {name: getattr(self, name)[index] for name in arrays}
        return Items(kind=self.kind, **some)

    def bodies(self) -> Ints:
        """A number of 64 bits for each item's content: equal where the content is."""
        table = np.zeros(len(self), BODY)
        for name in ("fen", "terms", "priority", "happened"):
            table[name] = getattr(self, name)
        for name in ("user", "account", "other", "ref"):
            table[name] = joined(getattr(self, name + "s"))
        table["kind"] = self.kind
        whole, size = table.tobytes(), BODY.itemsize
        digests = [
            blake2b(whole[at : at + size], digest_size=8).digest() for at in range(0, len(whole), size)
        ]
        return np.frombuffer(b"".join(digests), ">i8").astype(np.int64)


def kind_of(command: Command) -> Kind:
    """What a command asks for."""
    return FORMS[type(command)][0]


def items_of(commands: Sequence[Command], ids: Sequence[bytes]) -> Items:
    """Columns of commands that are all of one kind; `ids` are those of their ops."""
    kind, cells_of = FORMS[type(commands[0])]
    columns = list(zip(*map(cells_of, commands), strict=True))
    happened = [microseconds(command.happened_at) if command.happened_at else 0 for command in commands]
    terms, priority = _numbers(columns[5:9]).T.copy(), _numbers(columns[9])
    preset = np.zeros(len(commands), np.int64)
    if kind in (Kind.GRANT, Kind.RESERVE):
        preset[(abs(priority) > SMALL_MAX) | (abs(terms[:, 3]) > SMALL_MAX)] = Code.BAD_TERMS
    return Items(
        kind=kind,
        ids=list(ids),
        fen=_numbers(columns[0]),
        users=list(columns[1]),
        accounts=list(columns[2]),
        others=list(columns[3]),
        refs=list(columns[4]),
        terms=terms,
        priority=priority,
        happened=np.array(happened, np.int64),
        group=np.array([command.group for command in commands], np.int64),
        preset=preset,
        approvals=[_approval(command) for command in commands],
        by_hand=[isinstance(command, Grant) and command.by_hand for command in commands],
    )


def _numbers(values: Sequence[Any]) -> Ints:
    """Whole numbers as int64; what does not fit becomes the largest that does, and is refused as too large."""
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array(np.clip(np.array(values, object), -INT64_MAX, INT64_MAX), np.int64)


def _approval(command: Command) -> bytes:
    named = isinstance(command, Transfer | Grant | Clawback) and command.approval
    return named.bytes if named else NO_ID


def joined(ids: Sequence[bytes]) -> Ids:
    """Ids as one array."""
    return id_array(ids)
