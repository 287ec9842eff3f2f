"""Wallets through time: every credit, order, refund, transfer and expiry, as the shop would have booked it.

Bonus lies in lots, oldest credit first, and pays before principal; money pays the rest of an order. The fold
is plain Python on whole fen, so that it can be read next to docs/spec/world.md.
"""

from array import array
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from huoshui.lake.tables import BONUS_KINDS, ENTRY_KINDS
from huoshui.sim.arrays import DAY_S, Columns, Flags, Ints
from huoshui.sim.credits import (
    CLAWBACK,
    CREDIT_KINDS,
    MOVE_KINDS,
    TRANSFER,
    WITHDRAWAL,
    Commissions,
    Credits,
    Moves,
)
from huoshui.sim.goods import TOP_UP_BONUS_DAYS
from huoshui.sim.orders import NEVER_S, Orders, TopUps

NOBODY: Final = -1
_KIND_CODES: Final = {kind: code for code, kind in enumerate(ENTRY_KINDS)}
_ENTRY_COLUMNS: Final = 9
_CREDIT, _TOP_UP, _COMMISSION, _ORDER, _REFUND, _MOVE = range(6)


@dataclass(frozen=True, slots=True)
class Entries(Columns):
    """All wallets' statements by time. `incoming` is 1 or 0, `kind` a position in ENTRY_KINDS.

    `order`, `campaign` and `other` (of a transfer) are positions, -1 for none.
    """

    person: Ints
    at_s: Ints
    incoming: Ints
    amount_fen: Ints
    kind: Ints
    balance_after_fen: Ints
    order: Ints
    campaign: Ints
    other: Ints

    @property
    def kinds(self) -> list[str]:
        """The kind of each entry by name."""
        return [ENTRY_KINDS[code] for code in self.kind.tolist()]


@dataclass(frozen=True, slots=True)
class Books:
    """All entries by time, and how each order was paid: bonus and principal (money is the rest)."""

    entries: Entries
    bonus_paid_fen: Ints
    balance_paid_fen: Ints


@dataclass(slots=True)
class _Lot:
    left_fen: int
    campaign: int
    expires_s: int


@dataclass(slots=True)
class _Wallet:
    principal_fen: int = 0
    total_fen: int = 0
    lots: list[_Lot] = field(default_factory=list)
    next_expiry_s: int = NEVER_S


def keep_books(
    *,
    people_count: int,
    users: int,
    orders: Orders,
    payable: Flags,
    top_ups: TopUps,
    given: Credits,
    commissions: Commissions,
    moves: Moves,
    until_s: int,
) -> Books:
    """Run all wallets up to `until_s`. `payable` orders draw on a wallet if their buyer is a user."""
    books = _Keeper(people_count, len(orders))
    agenda = _agenda(users, orders, payable, top_ups, given, commissions, moves, until_s)
    for at_s, kind, position in agenda:
        if kind == _ORDER:
            books.pay(position, int(orders.person[position]), at_s, int(orders.price_fen[position]))
        elif kind == _CREDIT:
            person, amount = int(given.person[position]), int(given.amount_fen[position])
            campaign, expires_s = int(given.campaign[position]), int(given.expires_s[position])
            books.credit(person, at_s, amount, CREDIT_KINDS[given.kind[position]], campaign, expires_s)
        elif kind == _TOP_UP:
            person, bonus = int(top_ups.person[position]), int(top_ups.bonus_fen[position])
            books.credit(person, at_s, int(top_ups.amount_fen[position]), "recharge")
            books.credit(person, at_s, bonus, "recharge_bonus", expires_s=at_s + TOP_UP_BONUS_DAYS * DAY_S)
        elif kind == _REFUND:
            books.refund(position, int(orders.person[position]), at_s, int(orders.refund_fen[position]))
        elif kind == _COMMISSION:
            person, amount = int(commissions.promoter[position]), int(commissions.amount_fen[position])
            books.credit(person, at_s, amount, "commission", order=int(commissions.order[position]))
        else:
            books.move(
                int(moves.kind[position]), int(moves.person[position]), int(moves.other[position]), at_s
            )
    books.expire_all(until_s)
    return Books(
        books.entries(),
        np.array(books.bonus_paid, dtype=np.int64),
        np.array(books.balance_paid, dtype=np.int64),
    )


def _agenda(
    users: int, orders: Orders, payable: Flags, top_ups: TopUps, given: Credits, commissions: Commissions,
    moves: Moves, until_s: int,
) -> list[tuple[int, int, int]]:  # fmt: skip
    """(second, kind, position) of all that happens before `until_s`, in order; credits before spending."""
    buys = np.flatnonzero(payable & (orders.person < users))
    refunds = buys[orders.refund_s[buys] < until_s]
    confirmed = np.flatnonzero(commissions.rejected == 0)
    paid = np.flatnonzero(top_ups.paid)
    sources = (
        (_CREDIT, np.arange(len(given.person)), given.at_s),
        (_TOP_UP, paid, top_ups.at_s[paid]),
        (_COMMISSION, confirmed, commissions.confirm_s[confirmed]),
        (_ORDER, buys, orders.at_s[buys]),
        (_REFUND, refunds, orders.refund_s[refunds]),
        (_MOVE, np.arange(len(moves.person)), moves.at_s),
    )
    at = np.concatenate([moments for _, _, moments in sources])
    kind = np.concatenate([np.full(len(positions), code) for code, positions, _ in sources])
    position = np.concatenate([positions for _, positions, _ in sources])
    order = np.lexsort((position, kind, at))
    order = order[at[order] < until_s]
    return list(zip(at[order].tolist(), kind[order].tolist(), position[order].tolist(), strict=True))


class _Keeper:
    """The wallets while the fold runs."""

    def __init__(self, people_count: int, order_count: int) -> None:
        self.wallets = [_Wallet() for _ in range(people_count)]
        # Flat rows of Entries: half a million objects would cost more than the whole fold.
        self.log = array("q")
        self.bonus_paid = [0] * order_count
        self.balance_paid = [0] * order_count

    def credit(
        self,
        person: int,
        at_s: int,
        amount_fen: int,
        kind: str,
        campaign: int = NOBODY,
        expires_s: int = NEVER_S,
        order: int = NOBODY,
    ) -> None:
        wallet = self._opened(person, at_s)
        if amount_fen <= 0:
            return
        wallet.total_fen += amount_fen
        if kind in BONUS_KINDS:
            _add_lot(wallet, _Lot(amount_fen, campaign, expires_s))
        else:
            wallet.principal_fen += amount_fen
        self._note(person, at_s, 1, amount_fen, kind, wallet, order=order, campaign=campaign)

    def pay(self, order: int, person: int, at_s: int, price_fen: int) -> None:
        wallet = self._opened(person, at_s)
        if not wallet.total_fen:
            return
        bonus = sum(lot.left_fen for lot in _draw(wallet, price_fen))
        principal = min(wallet.principal_fen, price_fen - bonus)
        wallet.principal_fen -= principal
        wallet.total_fen -= bonus + principal
        self.bonus_paid[order], self.balance_paid[order] = bonus, principal
        self._note(person, at_s, 0, bonus + principal, "spend", wallet, order=order)

    def refund(self, order: int, person: int, at_s: int, amount_fen: int) -> None:
        """An order that balance helped to pay comes back whole as principal; money goes its own way back."""
        if self.bonus_paid[order] or self.balance_paid[order]:
            self.credit(person, at_s, amount_fen, "refund", order=order)

    def move(self, kind: int, person: int, other: int, at_s: int) -> None:
        """Transfer: all bonus and half the principal. Clawback: all bonus. Withdrawal: all principal."""
        wallet = self._opened(person, at_s)
        lots = [] if kind == WITHDRAWAL else _draw(wallet, wallet.total_fen - wallet.principal_fen)
        principal = {TRANSFER: wallet.principal_fen // 2, WITHDRAWAL: wallet.principal_fen, CLAWBACK: 0}[kind]
        amount = principal + sum(lot.left_fen for lot in lots)
        if not amount:
            return
        wallet.principal_fen -= principal
        wallet.total_fen -= amount
        name = MOVE_KINDS[kind]
        self._note(person, at_s, 0, amount, name, wallet, other=other)
        if kind == TRANSFER:
            receiver = self._opened(other, at_s)
            for lot in lots:
                _add_lot(receiver, lot)
            receiver.principal_fen += principal
            receiver.total_fen += amount
            self._note(other, at_s, 1, amount, name, receiver, other=person)

    def entries(self) -> Entries:
        """Everything noted, by time; what was noted first stands first within a second."""
        rows = np.frombuffer(self.log, dtype=np.int64).reshape(-1, _ENTRY_COLUMNS)
        return Entries(*rows[np.argsort(rows[:, 1], kind="stable")].T.copy())

    def expire_all(self, until_s: int) -> None:
        for person in range(len(self.wallets)):
            self._opened(person, until_s - 1)

    def _opened(self, person: int, at_s: int) -> _Wallet:
        """The wallet of `person`, with everything expired that should have by `at_s`."""
        wallet = self.wallets[person]
        if wallet.next_expiry_s > at_s:
            return wallet
        due = sorted((lot for lot in wallet.lots if lot.expires_s <= at_s), key=lambda lot: lot.expires_s)
        wallet.lots = [lot for lot in wallet.lots if lot.expires_s > at_s]
        wallet.next_expiry_s = min((lot.expires_s for lot in wallet.lots), default=NEVER_S)
        for lot in due:
            wallet.total_fen -= lot.left_fen
            self._note(person, lot.expires_s, 0, lot.left_fen, "expire", wallet, campaign=lot.campaign)
        return wallet

    def _note(
        self,
        person: int,
        at_s: int,
        incoming: int,
        amount_fen: int,
        kind: str,
        wallet: _Wallet,
        *,
        order: int = NOBODY,
        campaign: int = NOBODY,
        other: int = NOBODY,
    ) -> None:
        code = _KIND_CODES[kind]
        self.log.extend((person, at_s, incoming, amount_fen, code, wallet.total_fen, order, campaign, other))


def _add_lot(wallet: _Wallet, lot: _Lot) -> None:
    wallet.lots.append(lot)
    wallet.next_expiry_s = min(wallet.next_expiry_s, lot.expires_s)


def _draw(wallet: _Wallet, wanted_fen: int) -> list[_Lot]:
    """Take up to `wanted_fen` of bonus out of the lots, oldest credit first; what was taken, as lots."""
    taken: list[_Lot] = []
    while wanted_fen and wallet.lots:
        lot = wallet.lots[0]
        part = min(lot.left_fen, wanted_fen)
        taken.append(_Lot(part, lot.campaign, lot.expires_s))
        lot.left_fen -= part
        wanted_fen -= part
        if not lot.left_fen:
            del wallet.lots[0]
    return taken
