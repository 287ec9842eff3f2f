"""Closes of periods: the sums that a close is computed from, the signed closes, and rows for an export.

Every function takes the connection of one transaction; a close reads all of its sums in one snapshot.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from huoshui.core.ledger.period import AccountNow, Amounts, Approval, Due, Flow, LotFlow
from huoshui.core.ledger.three_way import Payment
from huoshui.core.ledger.values import Kind
from huoshui.store.statements import statement

EVERYTHING = 2**63 - 1
"""A place in the log that lies behind every other: the bound of a draft, which stands on no seal."""
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which ops a close knows: happened before `ends_at`, leaf below `sealed_below`; and what was known before."""

    starts_at: datetime
    ends_at: datetime
    known_below: int
    sealed_below: int


@dataclass(frozen=True, slots=True)
class SignedClose:
    """A close as it was signed."""

    period: str
    id: UUID
    starts_at: datetime
    ends_at: datetime
    size: int
    sealed_below: int
    root: bytes
    figures: str
    signed_by: str
    reason: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class SealedTo:
    """The last seal of the log."""

    size: int
    sealed_below: int
    root: bytes


class ExportedOp(NamedTuple):
    """An op that moves something, with both parties and the business day it happened on."""

    id: str
    slot: str
    kind: int
    debit_id: str
    credit_id: str
    principal_fen: int
    bonus_fen: int
    debt_fen: int
    happened_on: date


def in_one_snapshot(connection: Connection[Any]) -> None:
    """Let this transaction see one state of the books, whatever others write, and take its time. Goes first."""
    connection.execute(statement("one_snapshot"))
    connection.execute(statement("no_time_limit"))


def database_time(connection: Connection[Any]) -> datetime:
    """The transaction's time."""
    row = connection.execute(statement("period_now")).fetchone()
    assert row is not None
    at: datetime = row[0]
    return at


def flows(connection: Connection[Any], bounds: Bounds) -> list[Flow]:
    """Ops summed by slot, kind and parties."""
    rows = connection.execute(statement("close_flows"), asdict(bounds))
    return [
        Flow(slot, kind, debit, credit, ops, Amounts(*moved))
        for slot, kind, debit, credit, ops, *moved in rows
    ]


def lot_flows(connection: Connection[Any], bounds: Bounds) -> list[LotFlow]:
    """What changed in users' lots, by slot, kind and campaign."""
    return [LotFlow(*row) for row in connection.execute(statement("close_lot_flows"), asdict(bounds))]


def dues(connection: Connection[Any], bounds: Bounds, zone: str) -> list[Due]:
    """What is open of lots at the end of the period, by campaign and last day."""
    return [Due(*row) for row in connection.execute(statement("close_dues"), asdict(bounds) | {"zone": zone})]


def accounts_now(connection: Connection[Any]) -> list[AccountNow]:
    """All accounts as their rows stand."""
    rows = connection.execute(statement("close_accounts"))
    return [AccountNow(account, kind, name, Amounts(*balance)) for account, kind, name, *balance in rows]


def wallets_now(connection: Connection[Any]) -> Amounts:
    """All wallets together as their rows stand."""
    row = connection.execute(statement("close_wallets")).fetchone()
    assert row is not None
    return Amounts(*row)


def approvals(connection: Connection[Any], bounds: Bounds) -> list[Approval]:
    """Approvals asked for or given in the period."""
    given = {"starts_at": bounds.starts_at, "ends_at": bounds.ends_at}
    return [Approval(*row) for row in connection.execute(statement("close_approvals"), given)]


def top_ups_booked(connection: Connection[Any], bounds: Bounds) -> list[Payment]:
    """What the ledger booked as paid in, by the caller's key."""
    rows = connection.execute(statement("top_ups_booked"), asdict(bounds) | {"kind": int(Kind.TOP_UP)})
    return [Payment(*row) for row in rows]


def close_of(connection: Connection[Any], period: str) -> SignedClose | None:
    """The signed close of a period."""
    return _signed(connection, "close_of", period=period)


def close_before(connection: Connection[Any], starts_at: datetime) -> SignedClose | None:
    """The last signed close that ended at `starts_at` or before."""
    return _signed(connection, "close_before", starts_at=starts_at)


def last_close(connection: Connection[Any]) -> SignedClose | None:
    """The newest signed close."""
    return _signed(connection, "last_close")


def _signed(connection: Connection[Any], name: str, **given: object) -> SignedClose | None:
    with connection.cursor(row_factory=class_row(SignedClose)) as cursor:
        return cursor.execute(statement(name), given).fetchone()


def lock_closes(connection: Connection[Any]) -> None:
    """Let nobody else sign until this transaction ends."""
    connection.execute(statement("lock_closes"))


def add_close(connection: Connection[Any], close: SignedClose) -> None:
    """Write a signed close."""
    connection.execute(statement("add_close"), asdict(close))


def sealed_to(connection: Connection[Any]) -> SealedTo | None:
    """The last seal, None before the first."""
    with connection.cursor(row_factory=class_row(SealedTo)) as cursor:
        return cursor.execute(statement("seal_for_close")).fetchone()


def exported_ops(connection: Connection[Any], bounds: Bounds, zone: str) -> Iterator[ExportedOp]:
    """Every op that moves something, in the order it happened, read piece by piece."""
    with connection.cursor("export_ops") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(statement("export_ops"), asdict(bounds) | {"zone": zone})
        for row in cursor:
            yield ExportedOp(*row)


def party_changes(
    connection: Connection[Any], bounds: Bounds
) -> tuple[dict[str, Amounts], dict[str, Amounts]]:
    """What each account and wallet held before the period, and what changed in it after the close."""
    opening: dict[str, Amounts] = {}
    after: dict[str, Amounts] = {}
    for slot, party, *changed in connection.execute(statement("party_changes"), asdict(bounds)):
        (opening if slot == "opening" else after)[party] = Amounts(*changed)
    return opening, after


def exported_wallets(connection: Connection[Any]) -> Iterator[tuple[str, Amounts]]:
    """Every wallet as its row stands."""
    with connection.cursor("export_wallets") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for user, *amounts in cursor.execute(statement("export_wallets")):
            yield user, Amounts(*amounts)


def balances_of(connection: Connection[Any], users: list[UUID]) -> dict[UUID, int]:
    """Principal and bonus together of some users; who has no wallet is left out."""
    return dict(connection.execute(statement("balances_of"), {"users": users}).fetchall())
