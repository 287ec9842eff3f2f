"""One batch of one kind inside a transaction: lock and read, let core decide, write it, append to the audit log."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from huoshui.core.audit.leaves import CREDIT_IS_USER, DEBIT_IS_USER, Ops, op_leaves, user_tag
from huoshui.core.ledger import (
    PLATFORM_KINDS,
    Account,
    ApprovalSubject,
    Batch,
    Books,
    Code,
    Decision,
    Held,
    Kind,
    Lot,
    Posting,
    Purpose,
    State,
    Undo,
    Wallet,
    decide,
    derived_id,
    platform_account,
)
from huoshui.flow.handlers.items import NO_ID, Items, joined
from huoshui.store import books
from huoshui.store.columns import Ids, Ints
from huoshui.store.postgres import Connection

HOLD_KINDS = (Kind.CAPTURE, Kind.RELEASE, Kind.UNLOCK, Kind.HOLD_TIMEOUT)
RESERVATION_KINDS = (Kind.ACTIVATE, Kind.CANCEL, Kind.RESERVE_TIMEOUT)
REFERRED = (
    dict.fromkeys(HOLD_KINDS, "holds_by_id")
    | dict.fromkeys(RESERVATION_KINDS, "reservations_by_id")
    | {Kind.REFUND: "spends_by_id", Kind.CLAWBACK: "granted_by_id", Kind.EXPIRE: "granted_by_id"}
)
"""What an item of a kind refers to; the second column is always the user, who never changes."""
TIMES = {"holds_by_id": (5,), "reservations_by_id": (5, 6, 7)}
MAKES_WALLETS = (Kind.GRANT, Kind.TOP_UP, Kind.OPENING, Kind.RESERVE)
DRAWS_OPEN_LOTS = (Kind.SPEND, Kind.HOLD, Kind.LOCK)
NEEDS_PLATFORM = {
    Kind.TOP_UP: ("outside",),
    Kind.WITHDRAW: ("outside",),
    Kind.OPENING: ("legacy",),
    Kind.SPEND: ("sales",),
    Kind.CAPTURE: ("sales",),
    Kind.REFUND: ("sales", "breakage"),
    Kind.CLAWBACK: ("debt",),
    Kind.EXPIRE: ("breakage",),
} | dict.fromkeys((Kind.RESERVE, *RESERVATION_KINDS), ("reserved",))
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the books; docs/spec/ledger.md says what each does. `second_person` is on where operators sign in."""

    late_refund_days: int = 7
    breakage_to_pot: bool = True
    second_person: bool = False
    by_hand_fen_max: int = 50_000
    self_approval_hours: int = 24


class NewUsers(Exception):
    """Wallets are missing: they are made in a transaction before, so that locks keep their order."""

    def __init__(self, users: list[bytes]) -> None:
        super().__init__()
        self.users = users


class LostRace(Exception):
    """Somebody else booked one of these ids in the meantime: begin again, and look first."""


DEFAULT_RULES = Rules()


@dataclass(slots=True)
class Reading:
    """What the items refer to and touch, as read under lock."""

    wallets: books.Table
    accounts: books.Accounts
    lots: books.Lots
    referred: books.Rows
    parts: books.Rows
    now: int


def users_of(connection: Connection, items: Items) -> set[bytes]:
    """Whose wallets a batch touches."""
    if items.kind in REFERRED:
        name = REFERRED[items.kind]
        rows = books.referred(connection, name, set(items.refs), TIMES.get(name, ()))
        return {row[1] for row in rows}
    return set(items.users) - {NO_ID}


def lock_wallets(connection: Connection, items: Items) -> books.Table:
    """Lock the wallets of a batch. Raises NewUsers where a wallet has to be made first."""
    users = users_of(connection, items)
    wallets = books.lock_wallets(connection, users)
    if items.kind in MAKES_WALLETS and len(wallets.ids) < len(users):
        raise NewUsers(sorted(users - set(wallets.ids)))
    return wallets


def accounts_of(items: Items, wallets: books.Table, referred: books.Rows, lots: books.Lots) -> set[bytes]:
    """Which accounts a batch touches."""
    found = {NO_ID, *items.accounts, *items.others}
    found |= {platform_account(kind).bytes for kind in NEEDS_PLATFORM.get(items.kind, ())}
    if wallets.table[:, Wallet.DEBT].any():
        found.add(platform_account("debt").bytes)
    if items.kind in (*RESERVATION_KINDS, Kind.CLAWBACK):
        found |= {row[2] for row in referred}
    if items.kind in (Kind.EXPIRE, Kind.REFUND):
        found |= set(lots.campaigns)
    return found - {NO_ID}


def read_books(connection: Connection, items: Items, wallets: books.Table) -> Reading:
    """Everything that deciding needs, the wallets being locked; accounts are locked last."""
    referred: books.Rows = []
    parts: books.Rows = []
    lots = books.Lots([], [], [], np.zeros((0, len(Lot)), np.int64), np.zeros(0, np.int64))
    if items.kind in REFERRED:
        name = REFERRED[items.kind]
        referred = books.referred(connection, name, set(items.refs), TIMES.get(name, ()))
        if items.kind in HOLD_KINDS or items.kind == Kind.REFUND:
            drawn = "draws_of" if items.kind == Kind.REFUND else "hold_parts"
            parts = books.referred(connection, drawn, set(items.refs), ())
        elif items.kind in (Kind.CLAWBACK, Kind.EXPIRE):
            parts = [(row[0], row[0], 0) for row in referred]
        if parts:
            lots = books.lots_by_id(connection, {part[1] for part in parts})
    elif items.kind in DRAWS_OPEN_LOTS and (wallets.table[:, Wallet.BONUS] > 0).any():
        lots = books.open_lots(connection, wallets.ids)
    accounts = accounts_of(items, wallets, referred, lots)
    locked = books.lock_accounts(connection, accounts)
    return Reading(wallets, locked, lots, referred, parts, books.clock(connection))


def batch_of(items: Items, reading: Reading, rules: Rules) -> tuple[Batch, Books]:
    """The items and the books as core takes them: rows instead of ids."""
    wallet_row, account_row = reading.wallets.row(), reading.accounts.row()
    held_row = {row[0]: at for at, row in enumerate(reading.referred)}
    lot_row = {lot: at for at, lot in enumerate(reading.lots.ids)}
    terms = items.terms.copy()
    if items.kind in (Kind.GRANT, Kind.RESERVE):
        terms[:, 0] = np.where(terms[:, 0] == 0, reading.now, terms[:, 0])
    elif items.kind == Kind.REFUND:
        terms[:, 0], terms[:, 1] = rules.late_refund_days, rules.breakage_to_pot
    elif items.kind == Kind.EXPIRE:
        terms[:, 0] = rules.breakage_to_pot
    rows = lot_row if items.kind == Kind.EXPIRE else held_row
    held = _held(items.kind, reading.referred, wallet_row, account_row)
    accounts = items.accounts
    if items.kind == Kind.CLAWBACK:
        campaign = {row[0]: row[2] for row in reading.referred}
        accounts = [campaign.get(ref, NO_ID) for ref in items.refs]
    batch = Batch(
        kind=int(items.kind),
        now=reading.now,
        fen=items.fen,
        wallet=_rows(items.users, wallet_row),
        account=_rows(accounts, account_row),
        other=_rows(items.others, account_row),
        row=_rows(items.refs, rows),
        terms=terms,
        preset=items.preset,
    )
    lots = reading.lots.table
    lots[:, Lot.WALLET] = _rows(reading.lots.users, wallet_row)
    lots[:, Lot.CAMPAIGN] = _rows(reading.lots.campaigns, account_row)
    parts = [(held_row[part[0]], lot_row[part[1]], part[2]) for part in reading.parts]
    parts.sort(key=lambda part: part[0])
    part_table = np.array(parts, np.int64).reshape(len(parts), 3)
    return batch, Books(
        wallets=reading.wallets.table,
        accounts=reading.accounts.table,
        platform=_rows([platform_account(kind).bytes for kind in PLATFORM_KINDS], account_row),
        lots=lots,
        lot_begin=np.searchsorted(lots[:, Lot.WALLET], np.arange(len(reading.wallets.ids) + 1)),
        held=held,
        part_begin=np.searchsorted(part_table[:, 0], np.arange(len(held) + 1)),
        parts=np.ascontiguousarray(part_table[:, 1:]),
    )


def _rows(ids: list[bytes], row_of: dict[bytes, int]) -> Ints:
    return np.array([row_of.get(identity, -1) for identity in ids], np.int64)


def _held(
    kind: Kind, referred: books.Rows, wallet_row: dict[bytes, int], account_row: dict[bytes, int]
) -> Ints:
    held = np.zeros((len(referred), len(Held)), np.int64)
    for at, row in enumerate(referred):
        held[at, Held.WALLET] = wallet_row.get(row[1], -1)
        if kind in HOLD_KINDS:
            held[at, [Held.PRINCIPAL, Held.BONUS, Held.STATE, Held.ENDS, Held.PURPOSE]] = row[2:7]
        elif kind in RESERVATION_KINDS:
            held[at, [Held.BONUS, Held.STATE, Held.ENDS, Held.EXPIRES]] = row[3], row[4], row[5], row[7]
            held[at, Held.CAMPAIGN] = account_row.get(row[2], -1)
        elif kind == Kind.REFUND:
            held[at, [Undo.PRINCIPAL, Undo.BONUS, Undo.DONE]] = row[2:5]
        else:
            held[at, [Undo.BONUS, Undo.DONE, Undo.OWED]] = row[3:6]
    return held


def post(connection: Connection, items: Items, wallets: books.Table, rules: Rules, salt: bytes) -> Decision:
    """Decide and book a batch whose wallets are locked and whose ids are new. Raises LostRace where one is not."""
    reading = read_books(connection, items, wallets)
    approved = Approved(connection, items, reading, rules) if rules.second_person else None
    if approved is not None:
        items = replace(items, preset=approved.preset)
    batch, before = batch_of(items, reading, rules)
    groups = items.group if items.group.any() else None
    approvals = approved.numbers if approved is not None and approved.numbers.any() else None
    decision, after = decide(batch, before, groups=groups, approvals=approvals)
    if len(decision.postings):
        writing = Writing(items, reading, batch, before, after, decision, rules)
        ops = writing.ops()
        if books.write_rows(connection, ops, now=reading.now) < len(ops.id):
            raise LostRace
        writing.write(connection, ops.id)
        if approved is not None:
            approved.use(decision)
        leaves = writing.leaves(ops, salt)
        books.append_leaves(connection, ops.id, ops.kind, leaves)
    return decision


class Approved:
    """Which items need a second person's agreement, and whether they name one that covers them.

    `numbers`: the approval that an item stands on, from 1; 0 for none. `preset`: NEEDS_APPROVAL where one is missing.
    """

    def __init__(self, connection: Connection, items: Items, reading: Reading, rules: Rules) -> None:
        self.connection = connection
        self.items = items
        subjects = ((at, _subject(items, at, reading, rules)) for at in range(len(items)))
        needed = {at: subject for at, subject in subjects if subject is not None}
        named = {items.approvals[at] for at in needed} - {NO_ID}
        rows = books.lock_approvals(connection, named)
        agreed = {row[0]: (number, *row[1:]) for number, row in enumerate(rows, start=1)}
        self.preset, self.numbers = items.preset.copy(), np.zeros(len(items), np.int64)
        for at, subject in needed.items():
            number, kind, about, fen_max = agreed.get(items.approvals[at], (0, None, None, 0))
            if (kind, about) == subject and items.fen[at] <= fen_max:
                self.numbers[at] = number
            else:
                self.preset[at] = Code.NEEDS_APPROVAL

    def use(self, decision: Decision) -> None:
        """Note the ops that stand on an approval, so that none is used twice."""
        used = np.flatnonzero((self.numbers > 0) & (decision.code == Code.OK))
        if len(used):
            approvals = [self.items.approvals[at] for at in used]
            books.use_approvals(self.connection, approvals, [self.items.ids[at] for at in used])


def _subject(items: Items, at: int, reading: Reading, rules: Rules) -> tuple[ApprovalSubject, bytes] | None:
    """What an approval of an item must be about; None where it needs none."""
    if items.kind == Kind.TRANSFER:
        kinds = dict(zip(reading.accounts.ids, reading.accounts.kinds, strict=True))
        raised = kinds.get(items.accounts[at]) == "source"
        return ("pot", items.others[at]) if raised else None
    if items.kind == Kind.GRANT and items.by_hand[at] and items.fen[at] > rules.by_hand_fen_max:
        return "grant", items.users[at]
    return ("clawback", items.refs[at]) if items.kind == Kind.CLAWBACK else None


@dataclass(frozen=True, slots=True)
class Writing:
    """What a decision means in rows."""

    items: Items
    reading: Reading
    batch: Batch
    before: Books
    after: Books
    decision: Decision
    rules: Rules

    def ops(self) -> books.OpRows:
        """Each posting as an op; what follows from an item has an id derived from the item's."""
        items, postings = self.items, self.decision.postings
        item, step = postings[:, Posting.ITEM], postings[:, Posting.STEP]
        own = joined(items.ids)[item]
        ids, refs = own.copy(), joined(items.refs)[item]
        for at in np.flatnonzero(step > 0):
            ids[at] = np.void(derived_id(own[at].tobytes(), int(step[at])))
            refs[at] = own[at]
        happened = np.where(items.happened == 0, self.reading.now, items.happened)
        moved = postings[:, Posting.PRINCIPAL : Posting.DEBT + 1].sum(axis=1)
        first = step == 0
        debit, credit = self._parties()
        return books.OpRows(
            id=ids,
            debit=debit,
            credit=credit,
            ref=refs,
            asked=np.where(first, items.fen[item], moved),
            principal=postings[:, Posting.PRINCIPAL],
            bonus=postings[:, Posting.BONUS],
            debt=postings[:, Posting.DEBT],
            happened=happened[item],
            body=np.where(first, items.bodies()[item], 0),
            kind=postings[:, Posting.KIND],
            code=postings[:, Posting.CODE],
        )

    def _parties(self) -> tuple[Ids, Ids]:
        """Ids of both legs. A refused op names what was asked: the user (if any) and the account."""
        postings = self.decision.postings
        parties = joined([*self.reading.accounts.ids, *reversed(self.reading.wallets.ids), NO_ID])
        # A wallet's number is -1 - its row: counted from the end of the wallets, before the one that stands for none.
        refused = postings[:, Posting.CODE] != Code.OK

        def named(column: Ints) -> Ids:
            return parties[np.where(refused, -1, np.where(column >= 0, column, column - 1))]

        debit, credit = named(postings[:, Posting.DEBIT]), named(postings[:, Posting.CREDIT])
        for at in np.flatnonzero(refused):
            item = postings[at, Posting.ITEM]
            user, account = self.items.users[item], self.items.accounts[item]
            debit[at] = np.void(user if user != NO_ID else account)
            credit[at] = np.void(account if user != NO_ID else self.items.others[item])
        return debit, credit

    def leaves(self, ops: books.OpRows, salt: bytes) -> list[bytes]:
        """The canonical bytes of each op; users stand in them as salted hashes."""
        tags: dict[bytes, bytes] = {}

        def tagged(ids: Ids, users: np.ndarray[Any, np.dtype[np.bool_]]) -> bytes:
            cells = ids.copy()
            for at in np.flatnonzero(users):
                user = cells[at].tobytes()
                tag = tags.get(user) or tags.setdefault(user, user_tag(salt, UUID(bytes=user)))
                cells[at] = np.void(tag)
            return cells.tobytes()

        debit_users, credit_users = self._users()
        item, own = self.decision.postings[:, Posting.ITEM], self.decision.postings[:, Posting.STEP] == 0
        return op_leaves(
            Ops(
                kinds=ops.kind,
                codes=ops.code,
                users=debit_users * DEBIT_IS_USER + credit_users * CREDIT_IS_USER,
                ids=ops.id.tobytes(),
                debits=tagged(ops.debit, debit_users),
                credits=tagged(ops.credit, credit_users),
                refs=ops.ref.tobytes(),
                asked_fen=ops.asked,
                principal_fen=ops.principal,
                bonus_fen=ops.bonus,
                debt_fen=ops.debt,
                happened_at_us=ops.happened,
                recorded_at_us=np.full(len(ops.id), self.reading.now),
                terms=self.items.terms[item] * own[:, None],
                priority=self.items.priority[item] * own,
            )
        )

    def _users(self) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], np.ndarray[Any, np.dtype[np.bool_]]]:
        """Which legs are users."""
        postings = self.decision.postings
        refused = postings[:, Posting.CODE] != Code.OK
        asked = np.array([user != NO_ID for user in self.items.users], bool)[postings[:, Posting.ITEM]]
        debit = np.where(refused, asked, postings[:, Posting.DEBIT] < 0)
        return debit, ~refused & (postings[:, Posting.CREDIT] < 0)

    def write(self, connection: Connection, op_ids: Ids) -> None:
        """Everything but the ops themselves."""
        self._write_balances(connection)
        lot_ids = self._write_lots(connection, op_ids)
        self._write_draws(connection, op_ids, lot_ids)
        kind = self.items.kind
        if kind in (Kind.HOLD, Kind.LOCK, Kind.RESERVE):
            self._write_new_holds(connection, op_ids)
        elif kind in (*HOLD_KINDS, *RESERVATION_KINDS):
            self._write_ends(connection)
        elif kind in (Kind.REFUND, Kind.CLAWBACK):
            held = self.after.held
            changed = np.flatnonzero(held[:, Undo.DONE] != self.before.held[:, Undo.DONE])
            refs = joined([self.reading.referred[at][0] for at in changed])
            done, owed = held[changed, Undo.DONE], held[changed, Undo.OWED]
            books.write_rows(connection, books.Undone(refs, done, owed))

    def _write_balances(self, connection: Connection) -> None:
        now = self.after.wallets
        changed = np.flatnonzero((now != self.before.wallets).any(axis=1))
        columns = (now[changed, column] for column in range(5))
        books.write_rows(connection, books.WalletChanges(joined(self.reading.wallets.ids)[changed], *columns))
        now = self.after.accounts
        changed = np.flatnonzero((now != self.before.accounts).any(axis=1))
        three = (now[changed, column] for column in (Account.PRINCIPAL, Account.BONUS, Account.DEBT))
        books.write_rows(connection, books.AccountChanges(joined(self.reading.accounts.ids)[changed], *three))

    def _write_lots(self, connection: Connection, op_ids: Ids) -> Ids:
        """Lots that changed and lots that are new; returns the ids of the new ones."""
        now, known = self.after.lots, joined(self.reading.lots.ids)
        changed = np.flatnonzero((now != self.before.lots).any(axis=1))
        three = (now[changed, column] for column in (Lot.REMAINING, Lot.HELD, Lot.SPENT))
        books.write_rows(connection, books.LotChanges(known[changed], *three))
        posting, remaining = self.decision.new_lots[:, 0], self.decision.new_lots[:, 1]
        lot_ids = op_ids[posting]
        if len(posting):
            terms = self._terms_of_new_lots()
            granted = self.decision.postings[posting, Posting.BONUS]
            users = -1 - self.decision.postings[posting, Posting.CREDIT]
            rows = books.LotRows(
                id=lot_ids,
                user=joined(self.reading.wallets.ids)[users],
                campaign=terms[0],
                effective=terms[1],
                expires=terms[2],
                granted=granted,
                remaining=remaining,
                priority=terms[3],
                restriction=terms[4],
            )
            books.write_rows(connection, rows, now=self.reading.now)
        return lot_ids

    def _terms_of_new_lots(self) -> tuple[Ids, Ints, Ints, Ints, Ints]:
        """Campaign, effective_at, expires_at, priority and restriction of each new lot."""
        item = self.decision.postings[self.decision.new_lots[:, 0], Posting.ITEM]
        if self.items.kind == Kind.GRANT:
            terms = self.batch.terms[item]
            campaigns = joined(self.items.accounts)[item]
            return campaigns, terms[:, 0], terms[:, 1], self.items.priority[item], terms[:, 3]
        if self.items.kind == Kind.ACTIVATE:
            rows = [self.reading.referred[at] for at in self.batch.row[item]]
            columns = [np.array(column, np.int64) for column in list(zip(*rows, strict=True))[6:10]]
            return joined([row[2] for row in rows]), columns[0], columns[1], columns[2], columns[3]
        like = self.decision.new_lots[:, 2]
        lots = self.reading.lots
        begin = np.full(len(like), self.reading.now)
        return (
            joined([lots.campaigns[at] for at in like]),
            begin,
            begin + self.rules.late_refund_days * DAY_US,
            lots.priority[like],
            lots.table[like, Lot.RESTRICTION],
        )

    def _write_draws(self, connection: Connection, op_ids: Ids, lot_ids: Ids) -> None:
        draws = self.decision.draws
        if not len(draws):
            return
        every = joined([*self.reading.lots.ids, *[lot.tobytes() for lot in lot_ids[::-1]]])
        posting = draws[:, 0]
        # Draws of one op stand together, so its numbers run from where they begin.
        starts = np.flatnonzero(np.diff(posting, prepend=-1))
        seq = np.arange(len(draws)) - np.repeat(starts, np.diff(starts, append=len(draws)))
        form = books.HoldParts if self.items.kind in (Kind.HOLD, Kind.LOCK) else books.Draws
        books.write_rows(connection, form(op_ids[posting], every[draws[:, 1]], draws[:, 2], seq))

    def _write_new_holds(self, connection: Connection, op_ids: Ids) -> None:
        postings = self.decision.postings
        made = np.flatnonzero(postings[:, Posting.CODE] == Code.OK)
        item = postings[made, Posting.ITEM]
        users, terms = joined(self.items.users)[item], self.batch.terms[item]
        if self.items.kind == Kind.RESERVE:
            books.write_rows(
                connection,
                books.ReservationRows(
                    id=op_ids[made],
                    user=users,
                    campaign=joined(self.items.accounts)[item],
                    fen=postings[made, Posting.BONUS],
                    ends=terms[:, 2],
                    effective=terms[:, 0],
                    expires=terms[:, 1],
                    priority=self.items.priority[item],
                    restriction=terms[:, 3],
                ),
            )
            return
        purpose = Purpose.CHECKOUT if self.items.kind == Kind.HOLD else Purpose.TERM
        books.write_rows(
            connection,
            books.HoldRows(
                id=op_ids[made],
                user=users,
                principal=postings[made, Posting.PRINCIPAL],
                bonus=postings[made, Posting.BONUS],
                ends=terms[:, 2],
                purpose=np.full(len(made), int(purpose)),
            ),
        )

    def _write_ends(self, connection: Connection) -> None:
        state = self.after.held[:, Held.STATE]
        accepted = np.flatnonzero(self.decision.code == Code.OK)
        rows = self.batch.row[accepted]
        form = books.HoldEnds if self.items.kind in HOLD_KINDS else books.ReservationEnds
        refs = joined([self.reading.referred[at][0] for at in rows])
        assert (state[rows] != State.OPEN).all()
        books.write_rows(connection, form(refs, joined(self.items.ids)[accepted], state[rows]))
