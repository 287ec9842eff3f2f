"""The decisions, compiled: item after item in order, so that a batch of n is n batches of one by construction.

Each kernel checks an item, refuses it with a code or moves its fen, and writes what it did: ops, draws, new lots. A
refusal leaves every number as it was.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba as nb
import numpy as np

from huoshui.base.money import FEN_MAX
from huoshui.core.ledger.values import (
    BALANCE_MAX,
    PLATFORM_KINDS,
    Account,
    Batch,
    Books,
    Code,
    Held,
    Ints,
    Kind,
    Lot,
    Posting,
    Purpose,
    State,
    Undo,
    Wallet,
)

_F = TypeVar("_F", bound=Callable[..., Any])

OUTSIDE, SALES, RESERVED, BREAKAGE, DEBT, LEGACY = (
    PLATFORM_KINDS.index(kind) for kind in ("outside", "sales", "reserved", "breakage", "debt", "legacy")
)


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place for it."""
    try:
        return cast(_F, nb.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        # Neither the folder of the code nor the user's cache can be written: compiled anew in each process.
        return cast(_F, nb.njit(nogil=True)(function))


class Out(NamedTuple):
    """Room for what a batch does; `counts` are the rows used of postings, draws and new_lots."""

    code: Ints
    postings: Ints
    draws: Ints
    new_lots: Ints
    counts: Ints


@compiled
def post(
    out: Out, item: int, step: int, kind: int, debit: int, credit: int, fen: tuple[int, int, int]
) -> int:
    """Write one op that moves (principal, bonus, debt) and return its row."""
    row = int(out.counts[0])
    out.counts[0] = row + 1
    line = out.postings[row]
    line[Posting.ITEM], line[Posting.STEP], line[Posting.KIND] = item, step, kind
    line[Posting.DEBIT], line[Posting.CREDIT] = debit, credit
    line[Posting.PRINCIPAL], line[Posting.BONUS], line[Posting.DEBT] = fen[0], fen[1], fen[2]
    line[Posting.CODE] = Code.OK
    return row


@compiled
def refuse(out: Out, item: int, kind: int, debit: int, credit: int, code: int) -> None:
    """Write one op that moves nothing, with the reason."""
    row = post(out, item, 0, kind, debit, credit, (0, 0, 0))
    out.postings[row, Posting.CODE] = code
    out.code[item] = code


@compiled
def draw(out: Out, posting: int, lot: int, fen: int) -> None:
    """Write that an op took `fen` of a lot."""
    row = out.counts[1]
    out.counts[1] = row + 1
    out.draws[row, 0], out.draws[row, 1], out.draws[row, 2] = posting, lot, fen


@compiled
def new_lot(out: Out, posting: int, remaining: int, like: int) -> int:
    """Write a lot made by an op, and return its name for draws."""
    row = int(out.counts[2])
    out.counts[2] = row + 1
    out.new_lots[row, 0], out.new_lots[row, 1], out.new_lots[row, 2] = posting, remaining, like
    return -1 - row


@compiled
def amount_code(fen: int) -> int:
    """Whether an amount can be booked at all."""
    return Code.OK if 0 < fen <= FEN_MAX else Code.BAD_AMOUNT


@compiled
def payable(books: Books, account: int, principal: int, bonus: int) -> int:
    """Whether an account stays at or above its floor when it pays."""
    row = books.accounts[account]
    below = (principal > 0 and row[Account.PRINCIPAL] - principal < row[Account.FLOOR]) or (
        bonus > 0 and row[Account.BONUS] - bonus < row[Account.FLOOR]
    )
    return Code.INSUFFICIENT if below else Code.OK


@compiled
def takes(books: Books, account: int, principal: int, bonus: int) -> int:
    """Whether an account can hold what it gets."""
    row = books.accounts[account]
    full = row[Account.PRINCIPAL] > BALANCE_MAX - principal or row[Account.BONUS] > BALANCE_MAX - bonus
    return Code.TOO_LARGE if full else Code.OK


@compiled
def wallet_takes(books: Books, wallet: int, principal: int, bonus: int) -> int:
    """Whether a wallet can hold what it gets."""
    row = books.wallets[wallet]
    full = row[Wallet.PRINCIPAL] > BALANCE_MAX - principal or row[Wallet.BONUS] > BALANCE_MAX - bonus
    return Code.TOO_LARGE if full else Code.OK


@compiled
def move(books: Books, account: int, principal: int, bonus: int) -> None:
    """Add to an account."""
    books.accounts[account, Account.PRINCIPAL] += principal
    books.accounts[account, Account.BONUS] += bonus


@compiled
def pay_debt(books: Books, out: Out, item: int, step: int, wallet: int, lot: int, fen: int) -> int:
    """Take as much of `fen` of a lot as its user owes; what stays is returned."""
    owed = min(int(books.wallets[wallet, Wallet.DEBT]), fen)
    if owed > 0:
        debt = books.platform[DEBT]
        row = post(out, item, step, Kind.NET, -1 - wallet, debt, (0, owed, owed))
        draw(out, row, lot, owed)
        books.wallets[wallet, Wallet.BONUS] -= owed
        books.wallets[wallet, Wallet.DEBT] -= owed
        books.accounts[debt, Account.BONUS] += owed
        books.accounts[debt, Account.DEBT] += owed
    return fen - owed


@compiled
def transfer(batch: Batch, books: Books, out: Out) -> None:
    """Account to account; terms: 0 for principal, 1 for bonus."""
    kind = batch.kind
    for i in range(len(batch.fen)):
        fen, source, to = batch.fen[i], batch.account[i], batch.other[i]
        principal, bonus = (fen, 0) if batch.terms[i, 0] == 0 else (0, fen)
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if source < 0 or to < 0 else amount_code(fen)
        if code == Code.OK and source == to:
            code = Code.BAD_TERMS
        if code == Code.OK:
            code = payable(books, source, principal, bonus)
        if code == Code.OK:
            code = takes(books, to, principal, bonus)
        if code != Code.OK:
            refuse(out, i, kind, source, to, code)
            continue
        move(books, source, -principal, -bonus)
        move(books, to, principal, bonus)
        post(out, i, 0, kind, source, to, (principal, bonus, 0))


@compiled
def grant(batch: Batch, books: Books, out: Out) -> None:
    """Campaign to bonus, as a new lot; what the user owes is paid first."""
    kind, now = batch.kind, batch.now
    for i in range(len(batch.fen)):
        fen, wallet, source = batch.fen[i], batch.wallet[i], batch.account[i]
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if source < 0 or wallet < 0 else amount_code(fen)
        if code == Code.OK and batch.terms[i, 1] <= batch.terms[i, 0]:
            code = Code.BAD_TERMS
        if code == Code.OK and batch.terms[i, 1] <= now:
            code = Code.EXPIRED
        if code == Code.OK:
            code = payable(books, source, 0, fen)
        if code == Code.OK:
            code = wallet_takes(books, wallet, 0, fen)
        if code != Code.OK:
            refuse(out, i, kind, source, -1 - wallet, code)
            continue
        move(books, source, 0, -fen)
        books.wallets[wallet, Wallet.BONUS] += fen
        row = post(out, i, 0, kind, source, -1 - wallet, (0, fen, 0))
        lot = new_lot(out, row, fen, -1)
        out.new_lots[-1 - lot, 1] = pay_debt(books, out, i, 1, wallet, lot, fen)


@compiled
def top_up(batch: Batch, books: Books, out: Out) -> None:
    """Outside (or the legacy account) to principal."""
    kind = batch.kind
    source = books.platform[LEGACY if kind == Kind.OPENING else OUTSIDE]
    for i in range(len(batch.fen)):
        fen, wallet = batch.fen[i], batch.wallet[i]
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if wallet < 0 else amount_code(fen)
        if code == Code.OK:
            code = payable(books, source, fen, 0)
        if code == Code.OK:
            code = wallet_takes(books, wallet, fen, 0)
        if code != Code.OK:
            refuse(out, i, kind, source, -1 - wallet, code)
            continue
        move(books, source, -fen, 0)
        books.wallets[wallet, Wallet.PRINCIPAL] += fen
        post(out, i, 0, kind, source, -1 - wallet, (fen, 0, 0))


@compiled
def withdraw(batch: Batch, books: Books, out: Out) -> None:
    """Free principal to the outside."""
    kind = batch.kind
    to = books.platform[OUTSIDE]
    for i in range(len(batch.fen)):
        fen, wallet = batch.fen[i], batch.wallet[i]
        code = batch.preset[i]
        if code == Code.OK:
            code = amount_code(fen)
        if code == Code.OK and wallet < 0:
            code = Code.INSUFFICIENT
        if code == Code.OK:
            row = books.wallets[wallet]
            free = row[Wallet.PRINCIPAL] - row[Wallet.PRINCIPAL_HELD]
            code = Code.INSUFFICIENT if fen > free else takes(books, to, fen, 0)
        if code != Code.OK:
            refuse(out, i, kind, -1 - wallet, to, code)
            continue
        books.wallets[wallet, Wallet.PRINCIPAL] -= fen
        move(books, to, fen, 0)
        post(out, i, 0, kind, -1 - wallet, to, (fen, 0, 0))


@compiled
def free_of(books: Books, lot: int, now: int, restriction: int) -> int:
    """What a lot can pay now."""
    row = books.lots[lot]
    usable = row[Lot.EFFECTIVE] <= now < row[Lot.EXPIRES] and row[Lot.RESTRICTION] in (0, restriction)
    return int(row[Lot.REMAINING] - row[Lot.HELD]) if usable else 0


@compiled
def spend(batch: Batch, books: Books, out: Out) -> None:
    """Bonus in the order of burning, then principal: to sales (spend), or held where it is (hold, lock).

    Terms: restriction, the most that bonus may pay, and of a hold when it ends.
    """
    kind, now = batch.kind, batch.now
    holds = kind != Kind.SPEND
    for i in range(len(batch.fen)):
        fen, wallet, restriction = batch.fen[i], batch.wallet[i], batch.terms[i, 0]
        to = -1 - wallet if holds else books.platform[SALES]
        bonus = 0
        code = batch.preset[i]
        if code == Code.OK:
            code = amount_code(fen)
        if code == Code.OK and holds and batch.terms[i, 2] <= now:
            code = Code.EXPIRED
        if code == Code.OK and wallet < 0:
            code = Code.INSUFFICIENT
        if code == Code.OK:
            most = min(fen, batch.terms[i, 1])
            for lot in range(books.lot_begin[wallet], books.lot_begin[wallet + 1]):
                if bonus >= most:
                    break
                bonus += min(free_of(books, lot, now, restriction), most - bonus)
            row = books.wallets[wallet]
            if fen - bonus > row[Wallet.PRINCIPAL] - row[Wallet.PRINCIPAL_HELD]:
                code = Code.INSUFFICIENT
            elif not holds:
                code = takes(books, to, fen - bonus, bonus)
        if code != Code.OK:
            refuse(out, i, kind, -1 - wallet, to, code)
            continue
        posting = post(out, i, 0, kind, -1 - wallet, to, (fen - bonus, bonus, 0))
        _take(books, out, posting, wallet, now, restriction, bonus, holds)
        if holds:
            books.wallets[wallet, Wallet.PRINCIPAL_HELD] += fen - bonus
            books.wallets[wallet, Wallet.BONUS_HELD] += bonus
        else:
            books.wallets[wallet, Wallet.PRINCIPAL] -= fen - bonus
            books.wallets[wallet, Wallet.BONUS] -= bonus
            move(books, to, fen - bonus, bonus)


@compiled
def _take(
    books: Books, out: Out, posting: int, wallet: int, now: int, restriction: int, bonus: int, holds: bool
) -> None:
    """Draw `bonus` from a wallet's lots in the order of burning, or hold it there."""
    for lot in range(books.lot_begin[wallet], books.lot_begin[wallet + 1]):
        if bonus == 0:
            break
        part = min(free_of(books, lot, now, restriction), bonus)
        if part > 0:
            if holds:
                books.lots[lot, Lot.HELD] += part
            else:
                books.lots[lot, Lot.REMAINING] -= part
                books.lots[lot, Lot.SPENT] += part
            draw(out, posting, lot, part)
            bonus -= part


@compiled
def settle(batch: Batch, books: Books, out: Out) -> None:
    """The one end of a hold: what is captured goes to sales, everything else is free again."""
    kind, now = batch.kind, batch.now
    captures = kind == Kind.CAPTURE
    purpose = Purpose.TERM if kind == Kind.UNLOCK else Purpose.CHECKOUT
    for i in range(len(batch.fen)):
        h, fen = batch.row[i], batch.fen[i]
        wallet = books.held[h, Held.WALLET] if h >= 0 else -1
        to = books.platform[SALES] if captures else -1 - wallet
        bonus = 0
        code = batch.preset[i]
        if code == Code.OK and (h < 0 or wallet < 0):
            code = Code.UNKNOWN
        if code == Code.OK:
            row = books.held[h]
            if captures:
                bonus = min(fen, row[Held.BONUS])
                code = amount_code(fen)
            else:
                fen, bonus = row[Held.PRINCIPAL] + row[Held.BONUS], row[Held.BONUS]
            if code == Code.OK:
                code = _can_end(row, kind, purpose, now, fen)
        if code == Code.OK and captures:
            code = takes(books, to, fen - bonus, bonus)
        if code != Code.OK:
            _refuse_end(out, i, kind, -1 - wallet, to, code)
            continue
        row = books.held[h]
        books.wallets[wallet, Wallet.PRINCIPAL_HELD] -= row[Held.PRINCIPAL]
        books.wallets[wallet, Wallet.BONUS_HELD] -= row[Held.BONUS]
        posting = post(out, i, 0, kind, -1 - wallet, to, (fen - bonus, bonus, 0))
        if captures:
            books.wallets[wallet, Wallet.PRINCIPAL] -= fen - bonus
            books.wallets[wallet, Wallet.BONUS] -= bonus
            move(books, to, fen - bonus, bonus)
        _free_parts(books, out, posting, h, bonus if captures else 0)
        ended = State.TIMED_OUT if kind == Kind.HOLD_TIMEOUT else State.RELEASED
        books.held[h, Held.STATE] = State.USED if captures else ended


@compiled
def _refuse_end(out: Out, item: int, kind: int, debit: int, credit: int, code: int) -> None:
    """A sweep that came too late asked for nothing: no op is left of it."""
    if kind in (Kind.HOLD_TIMEOUT, Kind.RESERVE_TIMEOUT):
        out.code[item] = code
    else:
        refuse(out, item, kind, debit, credit, code)


@compiled
def _can_end(row: Ints, kind: int, purpose: int, now: int, fen: int) -> int:
    """Whether a hold may end in this way now."""
    if row[Held.PURPOSE] != purpose and kind != Kind.HOLD_TIMEOUT:
        return Code.UNKNOWN
    if row[Held.STATE] != State.OPEN:
        return Code.ENDED
    if kind == Kind.HOLD_TIMEOUT:
        return Code.OK if row[Held.ENDS] <= now else Code.BAD_TERMS
    if kind == Kind.CAPTURE and row[Held.ENDS] <= now:
        return Code.EXPIRED
    return Code.INSUFFICIENT if fen > row[Held.PRINCIPAL] + row[Held.BONUS] else Code.OK


@compiled
def _free_parts(books: Books, out: Out, posting: int, h: int, captured: int) -> None:
    """Free the parts of a hold; the first `captured` fen of them are drawn."""
    for p in range(books.part_begin[h], books.part_begin[h + 1]):
        lot, part = books.parts[p, 0], books.parts[p, 1]
        used = min(part, captured)
        books.lots[lot, Lot.HELD] -= part
        if used > 0:
            books.lots[lot, Lot.REMAINING] -= used
            books.lots[lot, Lot.SPENT] += used
            draw(out, posting, lot, used)
            captured -= used


@compiled
def reserve(batch: Batch, books: Books, out: Out) -> None:
    """Campaign to what is reserved; terms as of a grant, and when the reservation ends."""
    kind, now = batch.kind, batch.now
    to = books.platform[RESERVED]
    for i in range(len(batch.fen)):
        fen, wallet, source = batch.fen[i], batch.wallet[i], batch.account[i]
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if source < 0 or wallet < 0 else amount_code(fen)
        if code == Code.OK and batch.terms[i, 1] <= batch.terms[i, 0]:
            code = Code.BAD_TERMS
        if code == Code.OK and (batch.terms[i, 1] <= now or batch.terms[i, 2] <= now):
            code = Code.EXPIRED
        if code == Code.OK:
            code = payable(books, source, 0, fen)
        if code == Code.OK:
            code = takes(books, to, 0, fen)
        if code != Code.OK:
            refuse(out, i, kind, source, to, code)
            continue
        move(books, source, 0, -fen)
        move(books, to, 0, fen)
        post(out, i, 0, kind, source, to, (0, fen, 0))


@compiled
def end_reservation(batch: Batch, books: Books, out: Out) -> None:
    """The one end of a reservation: a part becomes a lot, the rest goes back to its campaign."""
    kind, now = batch.kind, batch.now
    source = books.platform[RESERVED]
    activates = kind == Kind.ACTIVATE
    for i in range(len(batch.fen)):
        h, fen = batch.row[i], batch.fen[i]
        wallet = books.held[h, Held.WALLET] if h >= 0 else -1
        campaign = books.held[h, Held.CAMPAIGN] if h >= 0 else -1
        to = -1 - wallet if activates else campaign
        code = batch.preset[i]
        if code == Code.OK and (h < 0 or wallet < 0 or campaign < 0):
            code = Code.UNKNOWN
        if code == Code.OK and activates:
            code = amount_code(fen)
        if code == Code.OK:
            code = _can_end_reservation(books.held[h], kind, now, fen)
        if code == Code.OK and activates:
            code = wallet_takes(books, wallet, 0, fen)
        if code != Code.OK:
            _refuse_end(out, i, kind, source, to, code)
            continue
        whole = books.held[h, Held.BONUS]
        given = fen if activates else 0
        move(books, source, 0, -whole)
        move(books, campaign, 0, whole - given)
        books.held[h, Held.STATE] = (
            State.USED if activates else State.TIMED_OUT if kind == Kind.RESERVE_TIMEOUT else State.RELEASED
        )
        if activates:
            books.wallets[wallet, Wallet.BONUS] += given
            row = post(out, i, 0, kind, source, to, (0, given, 0))
            if whole > given:
                post(out, i, 1, Kind.CANCEL, source, campaign, (0, whole - given, 0))
            lot = new_lot(out, row, given, -1)
            out.new_lots[-1 - lot, 1] = pay_debt(books, out, i, 2, wallet, lot, given)
        else:
            post(out, i, 0, kind, source, to, (0, whole, 0))


@compiled
def _can_end_reservation(row: Ints, kind: int, now: int, fen: int) -> int:
    """Whether a reservation may end in this way now."""
    if row[Held.STATE] != State.OPEN:
        return Code.ENDED
    if kind == Kind.RESERVE_TIMEOUT:
        return Code.OK if row[Held.ENDS] <= now else Code.BAD_TERMS
    if kind == Kind.ACTIVATE:
        if row[Held.ENDS] <= now or row[Held.EXPIRES] <= now:
            return Code.EXPIRED
        return Code.INSUFFICIENT if fen > row[Held.BONUS] else Code.OK
    return Code.OK


@compiled
def expire(batch: Batch, books: Books, out: Out) -> None:
    """Lots that ran out, through breakage; terms: 1 to give back to the campaign. Nothing to expire is no op."""
    now = batch.now
    for i in range(len(batch.fen)):
        lot = batch.row[i]
        fen = books.lots[lot, Lot.REMAINING] - books.lots[lot, Lot.HELD]
        if fen <= 0 or books.lots[lot, Lot.EXPIRES] > now:
            out.code[i] = Code.ENDED
            continue
        _lapse(books, out, i, 0, lot, fen, batch.terms[i, 0] == 1)


@compiled
def _lapse(books: Books, out: Out, item: int, step: int, lot: int, fen: int, gives_back: bool) -> int:
    """`fen` of a lot to breakage, and on to its campaign; returns the next step."""
    wallet, campaign, breakage = (
        books.lots[lot, Lot.WALLET],
        books.lots[lot, Lot.CAMPAIGN],
        books.platform[BREAKAGE],
    )
    row = post(out, item, step, Kind.EXPIRE, -1 - wallet, breakage, (0, fen, 0))
    draw(out, row, lot, fen)
    books.lots[lot, Lot.REMAINING] -= fen
    books.wallets[wallet, Wallet.BONUS] -= fen
    if gives_back and campaign >= 0:
        post(out, item, step + 1, Kind.GIVE_BACK, breakage, campaign, (0, fen, 0))
        move(books, campaign, 0, fen)
        return step + 2
    move(books, breakage, 0, fen)
    return step + 1


@compiled
def refund(batch: Batch, books: Books, out: Out) -> None:
    """Back to what an op drew, last first. Terms: days of life of a late refund > 0, and 1 to give back what lapses."""
    kind, now = batch.kind, batch.now
    source = books.platform[SALES]
    for i in range(len(batch.fen)):
        h, fen = batch.row[i], batch.fen[i]
        wallet = books.held[h, Undo.WALLET] if h >= 0 else -1
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if h < 0 or wallet < 0 else amount_code(fen)
        if code == Code.OK:
            row = books.held[h]
            if fen > row[Undo.PRINCIPAL] + row[Undo.BONUS] - row[Undo.DONE]:
                code = Code.INSUFFICIENT
        if code != Code.OK:
            refuse(out, i, kind, source, -1 - wallet, code)
            continue
        row = books.held[h]
        begin, end = row[Undo.DONE], row[Undo.DONE] + fen
        principal = max(min(end, row[Undo.PRINCIPAL]) - begin, 0)
        bonus = fen - principal
        row[Undo.DONE] = end
        move(books, source, -principal, -bonus)
        books.wallets[wallet, Wallet.PRINCIPAL] += principal
        books.wallets[wallet, Wallet.BONUS] += bonus
        posting = post(out, i, 0, kind, source, -1 - wallet, (principal, bonus, 0))
        first = out.counts[1]
        _restore(books, out, posting, h, begin, end)
        _after_refund(books, out, i, first, now, batch.terms[i, 0] > 0, batch.terms[i, 1] == 1)


@compiled
def _restore(books: Books, out: Out, posting: int, h: int, begin: int, end: int) -> None:
    """Give fen begin:end of an op, counted from its last, back to the lots they came from."""
    at = books.held[h, Undo.PRINCIPAL]
    for p in range(books.part_begin[h + 1] - 1, books.part_begin[h] - 1, -1):
        lot, part = books.parts[p, 0], books.parts[p, 1]
        back = min(end, at + part) - max(begin, at)
        at += part
        if back > 0:
            books.lots[lot, Lot.REMAINING] += back
            books.lots[lot, Lot.SPENT] -= back
            draw(out, posting, lot, -back)


@compiled
def _after_refund(
    books: Books, out: Out, item: int, first: int, now: int, lives_on: bool, gives_back: bool
) -> None:
    """What was restored to a lot that has run out lives on as a new lot, or lapses; what is owed is paid from it."""
    step = 1
    for d in range(first, out.counts[1]):
        lot, back = out.draws[d, 1], -out.draws[d, 2]
        wallet = books.lots[lot, Lot.WALLET]
        if books.lots[lot, Lot.EXPIRES] > now:
            kept = pay_debt(books, out, item, step, wallet, lot, back)
            books.lots[lot, Lot.REMAINING] -= back - kept
            step += 1
        elif lives_on:
            row = post(out, item, step, Kind.LATE_REFUND, -1 - wallet, -1 - wallet, (0, back, 0))
            draw(out, row, lot, back)
            books.lots[lot, Lot.REMAINING] -= back
            new = new_lot(out, row, back, lot)
            out.new_lots[-1 - new, 1] = pay_debt(books, out, item, step + 1, wallet, new, back)
            step += 2
        else:
            step = _lapse(books, out, item, step, lot, back, gives_back)


@compiled
def clawback(batch: Batch, books: Books, out: Out) -> None:
    """What remains of a lot back to its campaign; what was spent of it becomes debt, once."""
    kind = batch.kind
    for i in range(len(batch.fen)):
        h, fen, campaign = batch.row[i], batch.fen[i], batch.account[i]
        wallet = books.held[h, Undo.WALLET] if h >= 0 else -1
        taken, owed = 0, 0
        code = batch.preset[i]
        if code == Code.OK:
            code = Code.UNKNOWN if h < 0 or wallet < 0 or campaign < 0 else amount_code(fen)
        if code == Code.OK:
            row = books.held[h]
            lot = books.parts[books.part_begin[h], 0]
            taken = min(fen, books.lots[lot, Lot.REMAINING] - books.lots[lot, Lot.HELD])
            owed = max(min(fen - taken, books.lots[lot, Lot.SPENT] - row[Undo.OWED]), 0)
            most = row[Undo.BONUS] - row[Undo.DONE]
            code = Code.INSUFFICIENT if fen > most or taken + owed == 0 else Code.OK
        if code == Code.OK:
            code = takes(books, campaign, 0, taken)
        if code != Code.OK:
            refuse(out, i, kind, -1 - wallet, campaign, code)
            continue
        posting = post(out, i, 0, kind, -1 - wallet, campaign, (0, taken, 0))
        books.held[h, Undo.DONE] += taken + owed
        lot = books.parts[books.part_begin[h], 0]
        if taken > 0:
            draw(out, posting, lot, taken)
            books.lots[lot, Lot.REMAINING] -= taken
            books.wallets[wallet, Wallet.BONUS] -= taken
            move(books, campaign, 0, taken)
        if owed > 0:
            debt = books.platform[DEBT]
            post(out, i, 1, Kind.OWE, debt, -1 - wallet, (0, 0, owed))
            books.held[h, Undo.OWED] += owed
            books.wallets[wallet, Wallet.DEBT] += owed
            books.accounts[debt, Account.DEBT] -= owed


def room(batch: Batch, books: Books) -> Out:
    """Enough rows for whatever a kernel may write."""
    items, lots, parts = len(batch.fen), len(books.lots), len(books.parts)
    width = len(Posting)
    draws = 3 * (items + lots + parts)
    return Out(
        code=np.zeros(items, np.int64),
        postings=np.empty((3 * items + 2 * draws, width), np.int64),
        draws=np.empty((draws + items, 3), np.int64),
        new_lots=np.empty((items + draws, 3), np.int64),
        counts=np.zeros(3, np.int64),
    )
