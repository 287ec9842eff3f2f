"""Closing a period: read the books in one snapshot, fold them in core, sign what came out; and export them.

closing = draft(store, "2026-08")                      figures, nothing written
closing = sign(store, log, "2026-08", name="财务甲")      stands on a seal, and is sealed itself
closing = signed(store, "2026-08")                     as it was signed, computed no more
off = check(store, "2026-08")                          the books folded anew against what was signed
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from huoshui.base.clock import DEFAULT_ZONE, new_id
from huoshui.base.errors import BadOption, Text
from huoshui.core.ledger import DataKind
from huoshui.core.ledger.beancount import (
    Standing,
    Transaction,
    account_party,
    beancount_lines,
    wallet_party,
)
from huoshui.core.ledger.mirror import FROM_OUTSIDE
from huoshui.core.ledger.period import USERS, ZERO, Amounts, Off, PeriodClose, PeriodFacts, close_period
from huoshui.core.ledger.three_way import Payment, ThreeWay, three_way
from huoshui.flow.marking import keep_apart
from huoshui.store import close as books
from huoshui.store.booked_acts import close_signed
from huoshui.store.books import append_leaf, data_held
from huoshui.store.close import EVERYTHING, Bounds, ExportedOp, SignedClose
from huoshui.store.postgres import Connection, Store
from huoshui.store.seals import Log

FIRST_DAY_OF_BOOKS = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is signed: the close, and the three-way check where the shop's entries or a bill were at hand."""

    close: PeriodClose
    payments: ThreeWay | None
    zone: str
    first_day: date
    next_day: date

    @property
    def off(self) -> tuple[Off, ...]:
        """Everything that does not add up."""
        sums = self.payments.causes if self.payments else ()
        return (*self.close.off, *(Off("payments", one.cause, one.fen) for one in sums))


@dataclass(frozen=True, slots=True)
class Closing:
    """A period's figures, and who signed them; a draft is signed by nobody. `data`: what the books hold."""

    figures: Figures
    signed: SignedClose | None
    data: DataKind | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """The two outer sides of the three-way check, None where not at hand.

    Of books that were mirrored: `keys` gives the shop's number of a top-up by that of its entry, `not_paid` are entries
    that brought principal and were no payment. `data`: what the shop's files hold.
    """

    shop: Sequence[Payment] | None = None
    bill: Sequence[Payment] | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    not_paid: frozenset[str] = frozenset()
    data: DataKind | None = None

    def named(self, booked: Iterable[Payment]) -> list[Payment]:
        """What the ledger booked as paid in, by the shop's numbers."""
        return [
            Payment(self.keys.get(one.key, one.key), one.fen)
            for one in booked
            if one.key.removesuffix(f" {FROM_OUTSIDE}") not in self.not_paid
        ]


NOTHING_OUTSIDE = Outside()


@dataclass(frozen=True, slots=True)
class Month:
    """A period: its first day, the first day after, and the instants at which they begin."""

    period: str
    zone: str
    first_day: date
    next_day: date

    @property
    def starts_at(self) -> datetime:
        """When its first day begins."""
        return _midnight(self.first_day, self.zone)

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return _midnight(self.next_day, self.zone)


def month_of(period: str, zone: str = DEFAULT_ZONE) -> Month:
    """The month called `period` ('2026-08'). Raises BadOption."""
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError as error:
        raise _refused(period, "要写成 2026-08 这样的年月", "write a year and a month, as 2026-08") from error
    return Month(period, zone, first, (first + timedelta(days=31)).replace(day=1))


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def draft(
    store: Store,
    period: str,
    *,
    zone: str = DEFAULT_ZONE,
    outside: Outside = NOTHING_OUTSIDE,
) -> Closing:
    """The close of a period as the books stand; the signed one where there is one. Writes nothing.

    Raises SimulatedAndReal for the files of a shop of the other kind.
    """
    month = month_of(period, zone)
    with store.transaction() as connection:
        books.in_one_snapshot(connection)
        data = data_held(connection)
        keep_apart(data, outside.data)
        found = books.close_of(connection, period)
        if found is not None:
            return Closing(_figures_of(found), found, data)
        before = books.close_before(connection, month.starts_at)
        return Closing(_figures(connection, month, before, EVERYTHING, outside), None, data)


def sign(
    store: Store,
    log: Log,
    period: str,
    *,
    name: str,
    reason: str = "",
    zone: str = DEFAULT_ZONE,
    outside: Outside = NOTHING_OUTSIDE,
) -> Closing:
    """Seal, compute on that seal, and sign by name. The signed one where there is one already.

    Raises BadOption for a month that is not over or not next in order, and for something off without a reason;
    SimulatedAndReal for the files of a shop of the other kind.
    """
    month = month_of(period, zone)
    log.seal_all()
    with store.transaction() as connection:
        books.lock_closes(connection)
        books.in_one_snapshot(connection)
        data = data_held(connection)
        keep_apart(data, outside.data)
        found = books.close_of(connection, period)
        if found is not None:
            return Closing(_figures_of(found), found, data)
        before = books.last_close(connection)
        at = books.database_time(connection)
        _check_turn(month, before, at)
        seal = books.sealed_to(connection)
        if seal is None:
            raise _refused(
                period, "账本还是空的, 没有可关的", "the books are empty, there is nothing to close"
            )
        figures = _figures(connection, month, before, seal.sealed_below, outside)
        if figures.off and not reason.strip():
            raise BadOption(
                option="--reason", value=reason, reason_zh=NEEDS_REASON.zh, reason_en=NEEDS_REASON.en
            )
        close = SignedClose(
            period=period,
            id=new_id(at),
            starts_at=month.starts_at,
            ends_at=month.ends_at,
            size=seal.size,
            sealed_below=seal.sealed_below,
            root=seal.root,
            figures=msgspec.json.encode(figures).decode(),
            signed_by=name.strip(),
            reason=reason.strip(),
            signed_at=at,
        )
        books.add_close(connection, close)
        append_leaf(connection, *close_signed(close))
    log.seal_all()
    return Closing(figures, close, data)


NEEDS_REASON = Text(
    "还有对不上的地方, 签字要写明原因 (--reason)",
    "something does not add up; signing needs a reason (--reason)",
)


def signed(store: Store, period: str) -> Closing | None:
    """A period as it was signed."""
    with store.transaction() as connection:
        found = books.close_of(connection, period)
        return None if found is None else Closing(_figures_of(found), found, data_held(connection))


def check(store: Store, period: str) -> list[Off]:
    """What the books, folded anew up to the seal of a signed close, say otherwise than it. Raises BadOption."""
    with store.transaction() as connection:
        books.in_one_snapshot(connection)
        found = books.close_of(connection, period)
        if found is None:
            raise _refused(period, "这个月还没有签字关账", "this month is not signed")
        was = _figures_of(found)
        before = books.close_before(connection, found.starts_at)
        month = Month(period, was.zone, was.first_day, was.next_day)
        now = _figures(connection, month, before, found.sealed_below, NOTHING_OUTSIDE)
    return list(_differences(was.close, now.close))


def _figures_of(found: SignedClose) -> Figures:
    return msgspec.json.decode(found.figures, type=Figures)


def _figures(
    connection: Connection,
    month: Month,
    before: SignedClose | None,
    sealed_below: int,
    outside: Outside,
) -> Figures:
    bounds = bounds_of(month, before, sealed_below)
    signed_before = None
    if before is not None and before.ends_at == month.starts_at:
        signed_before = _figures_of(before).close.closing()
    facts = PeriodFacts(
        period=month.period,
        first_day=month.first_day,
        next_day=month.next_day,
        flows=books.flows(connection, bounds),
        lot_flows=books.lot_flows(connection, bounds),
        dues=books.dues(connection, bounds, month.zone),
        accounts=books.accounts_now(connection),
        wallets=books.wallets_now(connection),
        approvals=books.approvals(connection, bounds),
        signed_before=signed_before,
    )
    payments = None
    if outside.shop is not None or outside.bill is not None:
        booked = books.top_ups_booked(connection, bounds)
        payments = three_way(outside.shop, outside.named(booked), outside.bill)
    return Figures(close_period(facts), payments, month.zone, month.first_day, month.next_day)


def bounds_of(month: Month, before: SignedClose | None, sealed_below: int) -> Bounds:
    """Which ops a close of this month knows; to the first close everything earlier was known."""
    known_below = EVERYTHING if before is None else before.sealed_below
    return Bounds(month.starts_at, month.ends_at, known_below, sealed_below)


def _check_turn(month: Month, before: SignedClose | None, at: datetime) -> None:
    """Only a month that is over, and the one after the last signed. Raises BadOption."""
    if at < month.ends_at:
        raise _refused(month.period, "这个月还没有过完", "this month is not over")
    if before is not None and before.ends_at != month.starts_at:
        turn = before.ends_at.astimezone(ZoneInfo(month.zone)).strftime("%Y-%m")
        raise _refused(
            month.period, f"要按顺序关账, 轮到 {turn}", f"periods close in order; the next is {turn}"
        )


def _differences(was: PeriodClose, now: PeriodClose) -> Iterator[Off]:
    """Figures of a signed close that the books no longer give."""
    for line in {line.code: line for line in (*was.users, *now.users)}.values():
        yield from _apart("users", line.code, now.line(line.code), was.line(line.code))
    old, new = was.closing(), now.closing()
    for party in sorted((old.keys() | new.keys()) - {USERS}):
        yield from _apart("accounts", party, new.get(party, ZERO), old.get(party, ZERO))
    lots = {roll.campaign_id: roll.closing_fen for roll in was.campaigns}
    for roll in now.campaigns:
        lots[roll.campaign_id] = lots.get(roll.campaign_id, 0) - roll.closing_fen
    yield from (Off("lots", campaign, -fen) for campaign, fen in lots.items() if fen)


def _apart(code: str, place: str, found: Amounts, expected: Amounts) -> Iterator[Off]:
    yield from (Off(code, place, fen) for fen in found.plus(expected, -1) if fen)


def _refused(period: str, zh: str, en: str) -> BadOption:
    return BadOption(option="period", value=period, reason_zh=zh, reason_en=en)


# --- the export for a check from outside --------------------------------------------------------------------


def export_books(store: Store, *, zone: str = DEFAULT_ZONE) -> Iterator[str]:
    """The whole books as beancount, line by line; the balances at the end are those of wallets and accounts."""
    with store.transaction() as connection:
        books.in_one_snapshot(connection)
        today = books.database_time(connection).astimezone(ZoneInfo(zone)).date()
        bounds = Bounds(_midnight(FIRST_DAY_OF_BOOKS, zone), _midnight(today, zone), 0, EVERYTHING)
        names = _names(connection)
        ops = books.exported_ops(connection, bounds, zone)
        yield from beancount_lines(
            title="huoshui",
            data=data_held(connection),
            opens_on=FIRST_DAY_OF_BOOKS,
            ends_on=today + timedelta(days=1),
            opening=(),
            transactions=(_transaction(op, names, min(op.happened_on, today)) for op in ops),
            closing=_standing(connection, names),
        )


def export_period(store: Store, period: str) -> Iterator[str]:
    """A signed period as beancount: balances before, its ops, and the balances it closed with. Raises BadOption."""
    with store.transaction() as connection:
        books.in_one_snapshot(connection)
        found = books.close_of(connection, period)
        if found is None:
            raise _refused(period, "这个月还没有签字关账", "this month is not signed")
        figures = _figures_of(found)
        month = Month(period, figures.zone, figures.first_day, figures.next_day)
        bounds = bounds_of(month, books.close_before(connection, found.starts_at), found.sealed_below)
        names = _names(connection)
        opening, after = books.party_changes(connection, bounds)
        ops = (
            op for op in books.exported_ops(connection, bounds, month.zone) if op.slot in ("period", "late")
        )
        yield from beancount_lines(
            title=f"huoshui {period}",
            data=data_held(connection),
            opens_on=month.first_day,
            ends_on=month.next_day,
            opening=(Standing(_named(party, names), amounts) for party, amounts in sorted(opening.items())),
            transactions=(_transaction(op, names, max(op.happened_on, month.first_day)) for op in ops),
            closing=_less(_standing(connection, names), {_named(p, names): a for p, a in after.items()}),
        )


def _names(connection: Connection) -> dict[str, str]:
    """What accounts are called in the file."""
    return {one.account_id: account_party(one.kind, one.account_id) for one in books.accounts_now(connection)}


def _named(party: str, names: dict[str, str]) -> str:
    return names.get(party) or wallet_party(party)


def _transaction(op: ExportedOp, names: dict[str, str], on: date) -> Transaction:
    moved = Amounts(op.principal_fen, op.bonus_fen, op.debt_fen)
    parties = _named(op.debit_id, names), _named(op.credit_id, names)
    return Transaction(on, op.id, op.kind, *parties, moved, late=op.slot == "late")


def _standing(connection: Connection, names: dict[str, str]) -> Iterator[Standing]:
    """Every account and wallet as its row stands."""
    for account in books.accounts_now(connection):
        yield Standing(names[account.account_id], account.balance)
    for user, balance in books.exported_wallets(connection):
        yield Standing(wallet_party(user), balance)


def _less(standing: Iterator[Standing], after: dict[str, Amounts]) -> Iterator[Standing]:
    """The same before what came after."""
    for one in standing:
        yield replace(one, balance=one.balance.plus(after.get(one.party, ZERO), -1))
