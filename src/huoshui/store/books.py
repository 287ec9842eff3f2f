"""Reads the books under lock and writes what core decided, set by set. Locks: wallets, then accounts, each by id.

Ids are 16 bytes, times microseconds of UTC since 1970, amounts fen. Every function takes the connection of one
transaction; who opens and ends it is flow's matter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from psycopg import Connection

from huoshui.core.audit.leaves import Act
from huoshui.core.ledger import (
    INVARIANTS,
    AccountKind,
    ApprovalSubject,
    DataKind,
    Finding,
    Lot,
    floor_of,
)
from huoshui.store.columns import (
    Column,
    Ids,
    Ints,
    bigint_column,
    bytes_column,
    id_array,
    ids_column,
    ints_read,
    smallint_column,
    take_columns,
    time_column,
    times_read,
)
from huoshui.store.statements import statement

Rows = list[tuple[Any, ...]]


class Table(NamedTuple):
    """Rows under their ids: `table[i]` belongs to `ids[i]`; `row` finds it."""

    ids: list[bytes]
    table: Ints

    def row(self) -> dict[bytes, int]:
        """Where each id stands."""
        return {identity: at for at, identity in enumerate(self.ids)}


class Accounts(NamedTuple):
    """Accounts under their ids, and of what kind each is."""

    ids: list[bytes]
    table: Ints
    kinds: list[str]

    def row(self) -> dict[bytes, int]:
        """Where each id stands."""
        return {identity: at for at, identity in enumerate(self.ids)}


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots wallet by wallet in the order of burning.

    `table` has the columns of core.ledger.Lot but WALLET and CAMPAIGN, which stand as ids in `users` and `campaigns`.
    """

    ids: list[bytes]
    users: list[bytes]
    campaigns: list[bytes]
    table: Ints
    priority: Ints


@dataclass(frozen=True, slots=True)
class StoredOp:
    """An op as it was booked the first time."""

    kind: int
    code: int
    asked_fen: int
    principal_fen: int
    bonus_fen: int
    debt_fen: int
    body: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it stands."""

    id: UUID
    kind: AccountKind
    name: str
    parent_id: UUID | None
    floor_fen: int
    principal_fen: int
    bonus_fen: int
    debt_fen: int


def read(connection: Connection[Any], name: str, /, **given: object) -> Rows:
    """The rows of a named statement, in binary."""
    take_columns(connection)
    return connection.execute(statement(name), given, binary=True, prepare=True).fetchall()


def write(connection: Connection[Any], name: str, /, **given: object) -> int:
    """Run a named statement; the rows it wrote."""
    take_columns(connection)
    return connection.execute(statement(name), given, prepare=True).rowcount


def ids(values: Collection[bytes]) -> Column:
    """Ids as one parameter."""
    return ids_column(id_array(list(values)))


def make_wallets(connection: Connection[Any], users: Collection[bytes]) -> None:
    """Empty wallets for users who have none."""
    write(connection, "make_wallets", users=ids(users))


def lock_wallets(connection: Connection[Any], users: Collection[bytes]) -> Table:
    """Lock and read wallets; users without one are left out."""
    rows = read(connection, "lock_wallets", users=ids(users)) if users else []
    return Table([row[0] for row in rows], _table([row[1:6] for row in rows], 5))


def lock_accounts(connection: Connection[Any], accounts: Collection[bytes]) -> Accounts:
    """Lock and read accounts; those that there are not are left out."""
    rows = read(connection, "lock_accounts", accounts=ids(accounts)) if accounts else []
    return Accounts([row[0] for row in rows], _table([row[1:5] for row in rows], 4), [row[5] for row in rows])


def clock(connection: Connection[Any]) -> int:
    """The database's time."""
    return int(times_read([read(connection, "clock")[0][0]])[0])


def open_lots(connection: Connection[Any], users: Collection[bytes]) -> Lots:
    """Every open lot of some users."""
    return _lots(read(connection, "open_lots", users=ids(users)))


def lots_by_id(connection: Connection[Any], lots: Collection[bytes]) -> Lots:
    """Lots by id, open or not."""
    return _lots(read(connection, "lots_by_id", lots=ids(lots)))


def _lots(rows: Rows) -> Lots:
    table = np.zeros((len(rows), len(Lot)), np.int64)
    columns = list(zip(*rows, strict=True)) or [()] * 10
    for column, read_as in ((Lot.REMAINING, 2), (Lot.HELD, 3), (Lot.RESTRICTION, 6), (Lot.SPENT, 8)):
        table[:, column] = ints_read(columns[read_as])
    table[:, Lot.EFFECTIVE] = times_read(columns[4])
    table[:, Lot.EXPIRES] = times_read(columns[5])
    return Lots(list(columns[0]), list(columns[1]), list(columns[7]), table, ints_read(columns[9]))


def ops_by_id(connection: Connection[Any], ops: Collection[bytes]) -> dict[bytes, StoredOp]:
    """Ops that are booked already."""
    rows = read(connection, "ops_by_id", ops=ids(ops))
    return {row[0]: StoredOp(row[1], row[2], *row[5:10]) for row in rows}


def requests_by_key(
    connection: Connection[Any], keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], bytes]:
    """The op of each (source, key) that was asked before."""
    sources, names = [source for source, _ in keys], [key for _, key in keys]
    rows = read(connection, "requests_by_key", sources=sources, keys=names)
    return {(row[0], row[1]): row[2] for row in rows}


def referred(connection: Connection[Any], name: str, asked: Collection[bytes], times: Sequence[int]) -> Rows:
    """Rows of holds, reservations, spends or grants by id; columns in `times` become microseconds."""
    rows = read(connection, name, **{PARAMETER[name]: ids(asked)})
    if not rows:
        return []
    columns = list(zip(*rows, strict=True))
    for column in times:
        columns[column] = tuple(times_read(columns[column]).tolist())
    return list(zip(*columns, strict=True))


PARAMETER = {
    "holds_by_id": "holds",
    "hold_parts": "holds",
    "reservations_by_id": "reservations",
    "spends_by_id": "ops",
    "draws_of": "ops",
    "granted_by_id": "lots",
}


def due(connection: Connection[Any], name: str, limit: int) -> Rows:
    """Ids of what is due: `due_lots`, `due_holds` or `due_reservations`."""
    return read(connection, name, limit=limit)


class OpRows(NamedTuple):
    """Ops to be written, column by column."""

    id: Ids
    debit: Ids
    credit: Ids
    ref: Ids
    asked: Ints
    principal: Ints
    bonus: Ints
    debt: Ints
    happened: Ints
    body: Ints
    kind: Ints
    code: Ints


class LotRows(NamedTuple):
    """New lots."""

    id: Ids
    user: Ids
    campaign: Ids
    effective: Ints
    expires: Ints
    granted: Ints
    remaining: Ints
    priority: Ints
    restriction: Ints


class LotChanges(NamedTuple):
    """Lots as they stand now."""

    id: Ids
    remaining: Ints
    held: Ints
    spent: Ints


class WalletChanges(NamedTuple):
    """Wallets as they stand now."""

    user: Ids
    principal: Ints
    bonus: Ints
    principal_held: Ints
    bonus_held: Ints
    debt: Ints


class AccountChanges(NamedTuple):
    """Accounts as they stand now."""

    id: Ids
    principal: Ints
    bonus: Ints
    debt: Ints


class Draws(NamedTuple):
    """What ops took of lots."""

    op: Ids
    lot: Ids
    fen: Ints
    seq: Ints


class HoldParts(Draws):
    """What holds hold of lots."""


class HoldRows(NamedTuple):
    """New holds."""

    id: Ids
    user: Ids
    principal: Ints
    bonus: Ints
    ends: Ints
    purpose: Ints


class ReservationRows(NamedTuple):
    """New reservations."""

    id: Ids
    user: Ids
    campaign: Ids
    fen: Ints
    ends: Ints
    effective: Ints
    expires: Ints
    priority: Ints
    restriction: Ints


class HoldEnds(NamedTuple):
    """Holds that ended: how, and by which op."""

    id: Ids
    by: Ids
    state: Ints


class ReservationEnds(HoldEnds):
    """Reservations that ended."""


class Undone(NamedTuple):
    """How much of an op is unwound by now, and how much of that became debt."""

    op: Ids
    fen: Ints
    owed: Ints


Written = (
    OpRows
    | LotRows
    | LotChanges
    | WalletChanges
    | AccountChanges
    | Draws
    | HoldRows
    | ReservationRows
    | HoldEnds
    | Undone
)
STATEMENTS: dict[type[tuple[Any, ...]], str] = {
    OpRows: "insert_ops",
    LotRows: "insert_lots",
    LotChanges: "update_lots",
    WalletChanges: "update_wallets",
    AccountChanges: "update_accounts",
    Draws: "insert_draws",
    HoldParts: "insert_hold_parts",
    HoldRows: "insert_holds",
    ReservationRows: "insert_reservations",
    HoldEnds: "end_holds",
    ReservationEnds: "end_reservations",
    Undone: "upsert_undone",
}
IDS = {"id", "debit", "credit", "ref", "user", "campaign", "op", "lot", "by"}
TIMES = {"happened", "effective", "expires", "ends"}
SMALL = {"kind", "code", "priority", "restriction", "seq", "purpose", "state"}


def write_rows(connection: Connection[Any], rows: Written, *, now: int | None = None) -> int:
    """Write a set of rows, where there are any; how many were written. Ops whose id is taken are left out."""
    if not len(rows[0]):
        return 0
    given: dict[str, object] = {}
    for name, values in rows._asdict().items():
        if name in IDS:
            given[name] = ids_column(values)
        elif name in TIMES:
            given[name] = time_column(values)
        else:
            given[name] = smallint_column(values) if name in SMALL else bigint_column(values)
    if now is not None:
        given["now"] = instant(now)
    return write(connection, STATEMENTS[type(rows)], **given)


@dataclass(frozen=True, slots=True)
class Approval:
    """A fact: who asked, who agreed, old -> new, why; `used_by` is the op that stands on it."""

    id: UUID
    subject: ApprovalSubject
    subject_id: UUID
    fen_max: int
    old_fen: int
    new_fen: int
    reason: str
    asked_by: str
    asked_at: datetime
    agreed_by: str | None = None
    agreed_at: datetime | None = None
    used_by: UUID | None = None

    @property
    def self_approved(self) -> bool:
        """Whether one operator alone asked and agreed."""
        return self.agreed_by == self.asked_by


def lock_approvals(connection: Connection[Any], approvals: Collection[bytes]) -> Rows:
    """Approvals that were agreed to and not used: (id, subject, subject id, most fen), locked."""
    return read(connection, "lock_approvals", approvals=ids(approvals)) if approvals else []


def use_approvals(connection: Connection[Any], approvals: Collection[bytes], ops: Collection[bytes]) -> None:
    """Note which op stands on each approval."""
    write(connection, "use_approvals", id=ids(approvals), by=ids(ops))


def ask_approval(connection: Connection[Any], asked: Approval) -> bool:
    """Write down what is asked for; False where the id is taken."""
    given = {field: getattr(asked, field) for field in ASKED}
    return bool(write(connection, "ask_approval", now=asked.asked_at, **given))


ASKED = ("id", "subject", "subject_id", "fen_max", "old_fen", "new_fen", "reason", "asked_by")


def approval(connection: Connection[Any], identity: UUID) -> Approval | None:
    """An approval, locked."""
    rows = read(connection, "approval", id=identity)
    return Approval(*rows[0]) if rows else None


def agree(connection: Connection[Any], identity: UUID, by: str, now: datetime) -> None:
    """Write down who agreed."""
    write(connection, "agree", id=identity, agreed_by=by, now=now)


def insert_requests(
    connection: Connection[Any], keys: Sequence[tuple[str, str]], ops: Collection[bytes]
) -> int:
    """Remember which op a caller's key stands for; how many were new."""
    sources, names = [source for source, _ in keys], [key for _, key in keys]
    return write(connection, "insert_requests", sources=sources, keys=names, ops=ids(ops))


def append_leaves(connection: Connection[Any], subjects: Ids, kinds: Ints, bodies: Sequence[bytes]) -> None:
    """Give the audit log a leaf for each op, in the transaction that books it."""
    write(
        connection,
        "append_leaves",
        subjects=ids_column(subjects),
        kinds=smallint_column(kinds),
        bodies=bytes_column(bodies),
    )


def append_leaf(connection: Connection[Any], subject: UUID, kind: Act, body: bytes) -> None:
    """Give the audit log a leaf for one act."""
    append_leaves(connection, id_array([subject.bytes]), np.array([kind]), [body])


class Begun(NamedTuple):
    """What is known before anything is booked: what the log hashes users with, the time, whether books are marked."""

    salt: bytes
    now_us: int
    marked: bool


def begin(connection: Connection[Any]) -> Begun:
    """Settle how the statements of a booking are planned; goes first."""
    row = read(connection, "begin_booking")[0]
    return Begun(bytes(row[0]), int(times_read([row[1]])[0]), row[2])


def data_held(connection: Connection[Any]) -> DataKind | None:
    """What the books hold; None of books without any data yet."""
    rows = read(connection, "data_held")
    held: DataKind | None = rows[0][0] if rows else None
    return held


def mark(connection: Connection[Any], data: DataKind) -> DataKind:
    """Mark the books where they are not marked yet; what they are marked with."""
    write(connection, "mark_books", data=data)
    held = data_held(connection)
    assert held is not None, "a mark stands once it was written"
    return held


def open_account(
    connection: Connection[Any],
    account: UUID,
    kind: AccountKind,
    name: str,
    *,
    parent: UUID | None = None,
    floor_fen: int | None = None,
) -> bool:
    """Open an account, with its kind's floor unless told otherwise; False where the id is taken."""
    floor = floor_of(kind) if floor_fen is None else floor_fen
    return bool(
        write(connection, "open_account", id=account, kind=kind, name=name, parent=parent, floor=floor)
    )


def account_state(connection: Connection[Any], account: UUID) -> AccountState | None:
    """An account as it stands, unlocked."""
    rows = read(connection, "account", id=account)
    return AccountState(*rows[0]) if rows else None


def wallet_state(connection: Connection[Any], user: UUID) -> tuple[int, ...] | None:
    """A wallet's columns (core.ledger.Wallet) and the bonus that could be spent now; None where there is none."""
    rows = read(connection, "wallet", user=user)
    return (*rows[0], read(connection, "usable_bonus", user=user)[0][0]) if rows else None


def balances_at(connection: Connection[Any], at_us: int) -> dict[UUID, tuple[int, int, int]]:
    """Principal, bonus and debt of every party as of a time, from the ops alone."""
    return {row[0]: (row[1], row[2], row[3]) for row in read(connection, "balances_at", at=instant(at_us))}


def findings(connection: Connection[Any]) -> list[Finding]:
    """Where the books break one of INVARIANTS; reads all of them."""
    read(connection, "before_checks")
    return [
        finding
        for invariant in INVARIANTS
        for finding in invariant.findings(
            [(row[0], row[1], row[2]) for row in read(connection, f"check_{invariant.name}")]
        )
    ]


def instant(microseconds: int) -> datetime:
    """A time as Python has it."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(moment: datetime) -> int:
    """A time as the books count it. Exact, where `timestamp()` passes through a float."""
    return (moment - EPOCH) // timedelta(microseconds=1)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, np.int64).reshape(len(rows), width)
